#include "child.h"

#include "command_line.h"
#include "search_windows.h"
#include "text.h"
#include "windows_api.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ELEVATION_REQUIRED = 740 }; /* MinGW's headers lack it */

static const struct krt_code codes[] = {
    {ERROR_FILE_NOT_FOUND, "ERROR_FILE_NOT_FOUND", KRT_ERR_ABSENT,
     "there is no such command; is it installed, and is its folder on PATH?"},
    {ERROR_PATH_NOT_FOUND, "ERROR_PATH_NOT_FOUND", KRT_ERR_ABSENT,
     "there is no such folder"},
    {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED", KRT_ERR_DENIED,
     "the current user may not run it"},
    {ERROR_NOT_ENOUGH_MEMORY, "ERROR_NOT_ENOUGH_MEMORY", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_SHARING_VIOLATION, "ERROR_SHARING_VIOLATION", KRT_ERR_BUSY,
     "another process has the file open"},
    {ERROR_BAD_EXE_FORMAT, "ERROR_BAD_EXE_FORMAT", KRT_ERR_INVALID,
     "it is no program for this Windows"},
    {ERROR_FILENAME_EXCED_RANGE, "ERROR_FILENAME_EXCED_RANGE", KRT_ERR_INVALID,
     "its arguments are longer than Windows passes on"},
    {ERROR_EXE_MACHINE_TYPE_MISMATCH, "ERROR_EXE_MACHINE_TYPE_MISMATCH",
     KRT_ERR_INVALID, "it is a program for other machines"},
    {ELEVATION_REQUIRED, "ERROR_ELEVATION_REQUIRED", KRT_ERR_DENIED,
     "it is for administrators only; start the server as one"},
    {ERROR_NO_SYSTEM_RESOURCES, "ERROR_NO_SYSTEM_RESOURCES", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_COMMITMENT_LIMIT, "ERROR_COMMITMENT_LIMIT", KRT_ERR_NO_MEMORY, NULL},
};

static HANDLE job;     /* NULL where the system has refused it */
static HANDLE command; /* the process */

static int os_error(struct krt_error *error, DWORD code, const char *operation,
                    const char *object)
{
    return krt_error_from_code(error, codes, sizeof codes / sizeof *codes, (long)code,
                               operation, object);
}

/* ---- The environment ---- */

static size_t name_length(const wchar_t *entry)
{
    /* The folder of each drive is a variable, too, whose name starts with '='. */
    const wchar_t *end = *entry ? wcschr(entry + 1, L'=') : NULL;
    return end ? (size_t)(end - entry) : wcslen(entry);
}

static int compare_names(const void *a, const void *b)
{
    const wchar_t *first = *(wchar_t *const *)a;
    const wchar_t *second = *(wchar_t *const *)b;
    return CompareStringOrdinal(first, (int)name_length(first), second,
                                (int)name_length(second), TRUE) -
           CSTR_EQUAL;
}

/* "NAME=VALUE", or "NAME=", which is never passed on; NULL when memory ran out. */
static wchar_t *make_entry(const struct krt_variable *variable)
{
    char storage[512];
    struct krt_buffer entry = KRT_BUFFER(storage);
    krt_put_text(&entry, variable->name);
    krt_put_text(&entry, "=");
    krt_put_text(&entry, variable->value ? variable->value : "");
    return krt__to_utf16(krt_end_text(&entry));
}

struct entries {
    const wchar_t **all;
    size_t n;
    size_t len; /* of the block */
};

static void add_entry(struct entries *entries, const wchar_t *entry)
{
    entries->all[entries->n++] = entry;
    entries->len += wcslen(entry) + 1;
}

static bool is_replaced(const wchar_t *entry, wchar_t *const *made, size_t n)
{
    size_t i = 0;
    while (i < n && compare_names(&entry, &made[i]) != 0)
        i++;
    return i < n;
}

static size_t count_entries(const wchar_t *block)
{
    size_t n = 0;
    for (; *block; block += wcslen(block) + 1)
        n++;
    return n;
}

/* Windows wants them sorted by name, without regard to case. */
static wchar_t *write_block(struct entries *entries)
{
    wchar_t *block = calloc(entries->len + 2, sizeof *block);
    wchar_t *end = block;
    qsort(entries->all, entries->n, sizeof *entries->all, compare_names);
    for (size_t i = 0; block && i < entries->n; i++) {
        wcscpy(end, entries->all[i]);
        end += wcslen(end) + 1;
    }
    return block;
}

static wchar_t *merge(const wchar_t *own, const struct krt_variable *variables,
                      wchar_t *const *made, size_t n)
{
    struct entries entries = {
        .all = calloc(count_entries(own) + n, sizeof *entries.all),
    };
    if (!entries.all)
        return NULL;
    for (; *own; own += wcslen(own) + 1)
        if (!is_replaced(own, made, n))
            add_entry(&entries, own);
    for (size_t i = 0; i < n; i++)
        if (variables[i].value)
            add_entry(&entries, made[i]);
    wchar_t *block = write_block(&entries);
    free(entries.all);
    return block;
}

/* NULL when memory ran out. */
static wchar_t *make_environment(const struct krt_variable *variables, size_t n)
{
    wchar_t *made[KRT_VARIABLES_MAX];
    wchar_t *own = GetEnvironmentStringsW();
    wchar_t *block = NULL;
    size_t n_made = 0;
    while (n_made < n && (made[n_made] = make_entry(&variables[n_made])))
        n_made++;
    if (own && n_made == n)
        block = merge(own, variables, made, n);
    if (own)
        FreeEnvironmentStringsW(own);
    while (n_made > 0)
        free(made[--n_made]);
    return block;
}

/* ---- What is run ---- */

struct launch {
    wchar_t *program; /* its path */
    wchar_t *line;
    wchar_t *environment;
};

static void release(struct launch *launch)
{
    free(launch->program);
    free(launch->line);
    free(launch->environment);
}

static bool ends_with(const wchar_t *path, const wchar_t *ending)
{
    size_t len = wcslen(path);
    size_t ending_len = wcslen(ending);
    return len > ending_len && CompareStringOrdinal(path + len - ending_len, -1, ending,
                                                    -1, TRUE) == CSTR_EQUAL;
}

/* Not what the variable ComSpec names, which may be another shell with other rules. */
static wchar_t *shell_path(void)
{
    static const wchar_t name[] = L"\\cmd.exe";
    UINT len = GetSystemDirectoryW(NULL, 0);
    wchar_t *path = calloc(len + sizeof name / sizeof *name, sizeof *path);
    if (path && GetSystemDirectoryW(path, len) > 0)
        wcscat(path, name);
    return path;
}

static int no_memory(struct krt_error *error, const char *name)
{
    return os_error(error, ERROR_NOT_ENOUGH_MEMORY, "run", name);
}

static int check_for_batch(char *const *argv, struct krt_error *error)
{
    for (size_t i = 1; argv[i]; i++)
        if (!krt_is_for_batch(argv[i]))
            return krt_error_set(
                error, KRT_ERR_INVALID,
                "cannot run %.200s: argument %lu holds the end of a line, which no "
                "batch file can be given; pass it in a file or a variable, or run the "
                "program that the batch file runs",
                argv[0], (unsigned long)i);
    return KRT_OK;
}

static int check_batch_line(const wchar_t *line, const char *name,
                            struct krt_error *error)
{
    if (wcslen(line) <= KRT_BATCH_LINE_MAX)
        return KRT_OK;
    return krt_error_set(error, KRT_ERR_INVALID,
                         "cannot run %.200s: its arguments make a line of %lu "
                         "characters, and batch files take %d; pass them in a file",
                         name, (unsigned long)wcslen(line), KRT_BATCH_LINE_MAX);
}

/* Takes `line`, which is NULL when memory ran out. */
static int set_line(struct launch *launch, char *line, const char *name,
                    struct krt_error *error)
{
    launch->line = line ? krt__to_utf16(line) : NULL;
    free(line);
    return launch->line ? KRT_OK : no_memory(error, name);
}

static int plan_batch(struct launch *launch, char *const *argv, struct krt_error *error)
{
    int result = check_for_batch(argv, error);
    if (result != KRT_OK)
        return result;
    char *path = krt__to_utf8(launch->program);
    free(launch->program);
    launch->program = shell_path();
    if (!path || !launch->program)
        result = no_memory(error, argv[0]);
    else
        result = set_line(launch, krt_batch_line(path, argv), argv[0], error);
    free(path);
    return result == KRT_OK ? check_batch_line(launch->line, argv[0], error) : result;
}

/* Windows itself would run some more files as batch files, x.bat. and "x.bat " for two,
 * with arguments that are quoted for programs only. */
static int plan(struct launch *launch, char *const *argv, struct krt_error *error)
{
    const wchar_t *path = launch->program;
    if (GetFileAttributesW(path) & FILE_ATTRIBUTE_DIRECTORY)
        return krt_error_set(error, KRT_ERR_INVALID,
                             "cannot run %.400s: it is a folder", argv[0]);
    if (ends_with(path, L".exe") || ends_with(path, L".com"))
        return set_line(launch, krt_command_line(argv), argv[0], error);
    if (ends_with(path, L".bat") || ends_with(path, L".cmd"))
        return plan_batch(launch, argv, error);
    return krt_error_set(error, KRT_ERR_INVALID,
                         "cannot run %.300s: it is neither a program (.exe, .com) nor "
                         "a batch file (.bat, .cmd); name the program that reads it",
                         argv[0]);
}

static int prepare(struct launch *launch, char *const *argv, struct krt_error *error)
{
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    wchar_t *name = krt__to_utf16(argv[0]);
    if (name)
        launch->program = krt__find_command(name, &code);
    free(name);
    if (!launch->program)
        return os_error(error, code, "run", argv[0]);
    return plan(launch, argv, error);
}

/* ---- The start ---- */

enum { N_STREAMS = 3 };

/* Copies of the standard handles that are inherited, for the server's own may be the
 * same or not inheritable. */
struct streams {
    HANDLE handles[N_STREAMS]; /* as the command gets them */
    HANDLE copies[N_STREAMS];
    size_t n;
};

static void copy_streams(struct streams *streams)
{
    static const DWORD names[N_STREAMS] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
                                           STD_ERROR_HANDLE};
    HANDLE self = GetCurrentProcess();
    for (size_t i = 0; i < N_STREAMS; i++) {
        HANDLE *copy = &streams->copies[streams->n];
        HANDLE handle = GetStdHandle(names[i]);
        bool is_open = handle && handle != INVALID_HANDLE_VALUE;
        if (is_open &&
            DuplicateHandle(self, handle, self, copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
            streams->handles[i] = streams->copies[streams->n++];
    }
}

static void close_copies(struct streams *streams)
{
    while (streams->n > 0)
        CloseHandle(streams->copies[--streams->n]);
}

/* `list`: the only handles that are inherited, if any are. 0 or a Windows code. */
static DWORD create_with(const struct launch *launch, const struct streams *streams,
                         LPPROC_THREAD_ATTRIBUTE_LIST list,
                         PROCESS_INFORMATION *process)
{
    STARTUPINFOEXW start = {
        .StartupInfo =
            {
                .cb = sizeof start,
                .dwFlags = STARTF_USESTDHANDLES,
                .hStdInput = streams->handles[0],
                .hStdOutput = streams->handles[1],
                .hStdError = streams->handles[2],
            },
        .lpAttributeList = list,
    };
    DWORD flags =
        CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    bool is_created =
        CreateProcessW(launch->program, launch->line, NULL, NULL, streams->n > 0, flags,
                       launch->environment, NULL, &start.StartupInfo, process);
    return is_created ? 0 : GetLastError();
}

static DWORD create(const struct launch *launch, struct streams *streams,
                    PROCESS_INFORMATION *process)
{
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(size);
    if (!list || !InitializeProcThreadAttributeList(list, 1, 0, &size)) {
        free(list);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    bool is_listed = streams->n == 0 ||
                     UpdateProcThreadAttribute(
                         list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, streams->copies,
                         streams->n * sizeof *streams->copies, NULL, NULL);
    DWORD code =
        is_listed ? create_with(launch, streams, list, process) : GetLastError();
    DeleteProcThreadAttributeList(list);
    free(list);
    return code;
}

/* ---- The tree ---- */

/* Not inherited, so that the server's is the last handle. 0 or a Windows code. */
static DWORD make_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    };
    job = CreateJobObjectW(NULL, NULL);
    if (job &&
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits,
                                sizeof limits) &&
        AssignProcessToJobObject(job, command))
        return 0;
    DWORD code = GetLastError();
    if (job)
        CloseHandle(job);
    job = NULL;
    return code;
}

/* The command runs nothing of its own before it is in the job. */
static void start_tree(const PROCESS_INFORMATION *process, const char *name,
                       struct krt_error *error)
{
    command = process->hProcess;
    DWORD code = make_job();
    if (code)
        os_error(error, code, "make a job, which ends what the command starts, for",
                 name);
    ResumeThread(process->hThread);
    CloseHandle(process->hThread);
}

int krt_child_start(char *const *argv, const struct krt_variable *variables, size_t n,
                    struct krt_error *error)
{
    struct launch launch = {.environment = make_environment(variables, n)};
    struct streams streams = {.n = 0};
    PROCESS_INFORMATION process;
    error->text[0] = '\0';
    int result =
        launch.environment ? prepare(&launch, argv, error) : no_memory(error, argv[0]);
    if (result == KRT_OK) {
        copy_streams(&streams);
        DWORD code = create(&launch, &streams, &process);
        close_copies(&streams);
        if (code)
            result = os_error(error, code, "run", argv[0]);
        else
            start_tree(&process, argv[0], error);
    }
    release(&launch);
    return result;
}

int krt_child_wait(void)
{
    DWORD code = 1;
    WaitForSingleObject(command, INFINITE);
    GetExitCodeProcess(command, &code);
    krt_child_kill();
    return (int)code;
}

void krt_child_forward(int signal)
{
    (void)signal;
}

void krt_child_kill(void)
{
    if (job)
        TerminateJobObject(job, 1);
    else
        TerminateProcess(command, 1);
}
