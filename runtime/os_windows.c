/* Windows' side of os.h, and its codes in words. */
#include "os.h"
#include "windows_api.h"

#include <ntsecapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the codes. */
static const struct krt_code codes[] = {
    {ERROR_FILE_NOT_FOUND, "ERROR_FILE_NOT_FOUND", KRT_ERR_ABSENT,
     "there is no such file or pipe"},
    {ERROR_PATH_NOT_FOUND, "ERROR_PATH_NOT_FOUND", KRT_ERR_ABSENT,
     "there is no such folder"},
    {ERROR_TOO_MANY_OPEN_FILES, "ERROR_TOO_MANY_OPEN_FILES", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED", KRT_ERR_DENIED,
     "the current user may not do this"},
    {ERROR_NOT_ENOUGH_MEMORY, "ERROR_NOT_ENOUGH_MEMORY", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_OUTOFMEMORY, "ERROR_OUTOFMEMORY", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_SHARING_VIOLATION, "ERROR_SHARING_VIOLATION", KRT_ERR_BUSY,
     "another process has the file open"},
    {ERROR_HANDLE_DISK_FULL, "ERROR_HANDLE_DISK_FULL", KRT_ERR_SYSTEM,
     "the disk is full"},
    {ERROR_INVALID_PARAMETER, "ERROR_INVALID_PARAMETER", KRT_ERR_INVALID, NULL},
    {ERROR_BROKEN_PIPE, "ERROR_BROKEN_PIPE", KRT_ERR_CLOSED, "the other end closed"},
    {ERROR_DISK_FULL, "ERROR_DISK_FULL", KRT_ERR_SYSTEM, "the disk is full"},
    {ERROR_SEM_TIMEOUT, "ERROR_SEM_TIMEOUT", KRT_ERR_TIMEOUT, NULL},
    {ERROR_INVALID_NAME, "ERROR_INVALID_NAME", KRT_ERR_INVALID,
     "the name holds a character that Windows does not allow"},
    {ERROR_ALREADY_EXISTS, "ERROR_ALREADY_EXISTS", KRT_ERR_IN_USE, NULL},
    {ERROR_FILENAME_EXCED_RANGE, "ERROR_FILENAME_EXCED_RANGE", KRT_ERR_INVALID,
     "the name is too long"},
    {ERROR_PIPE_BUSY, "ERROR_PIPE_BUSY", KRT_ERR_BUSY,
     "every instance of the pipe is taken"},
    {ERROR_NO_DATA, "ERROR_NO_DATA", KRT_ERR_CLOSED, "the other end closed"},
    {ERROR_PIPE_NOT_CONNECTED, "ERROR_PIPE_NOT_CONNECTED", KRT_ERR_CLOSED,
     "the other end disconnected"},
    {ERROR_OPERATION_ABORTED, "ERROR_OPERATION_ABORTED", KRT_ERR_ABORTED, NULL},
    {ERROR_NO_UNICODE_TRANSLATION, "ERROR_NO_UNICODE_TRANSLATION", KRT_ERR_INVALID,
     "the text is not UTF-8"},
    {ERROR_INVALID_OWNER, "ERROR_INVALID_OWNER", KRT_ERR_DENIED,
     "the current user may not give a pipe the owner that the spec's access names"},
    {ERROR_PRIVILEGE_NOT_HELD, "ERROR_PRIVILEGE_NOT_HELD", KRT_ERR_DENIED,
     "the current user may not give a pipe what the spec's access asks for"},
    {ERROR_NONE_MAPPED, "ERROR_NONE_MAPPED", KRT_ERR_SYSTEM,
     "a name or a SID in it means nothing on this machine"},
    {ERROR_INVALID_SID, "ERROR_INVALID_SID", KRT_ERR_SYSTEM,
     "a SID in it means nothing on this machine"},
    {ERROR_NO_SYSTEM_RESOURCES, "ERROR_NO_SYSTEM_RESOURCES", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_COMMITMENT_LIMIT, "ERROR_COMMITMENT_LIMIT", KRT_ERR_NO_MEMORY, NULL},
    {ERROR_NOT_ENOUGH_QUOTA, "ERROR_NOT_ENOUGH_QUOTA", KRT_ERR_NO_MEMORY, NULL},
};

enum { N_CODES = sizeof codes / sizeof *codes };

int krt_os_error(struct krt_error *error, long code, const char *operation,
                 const char *object)
{
    return krt_error_from_code(error, codes, N_CODES, code, operation, object);
}

enum krt_err krt_os_error_kind(long code)
{
    return krt_error_kind(codes, N_CODES, code);
}

wchar_t *krt__to_utf16(const char *text)
{
    int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = malloc((size_t)n * sizeof *wide + 1);
    if (wide)
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, n);
    return wide;
}

char *krt__to_utf8(const wchar_t *text)
{
    int n = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *narrow = malloc((size_t)n + 1);
    if (narrow)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, n, NULL, NULL);
    return narrow;
}

DWORD krt__user_of(HANDLE token, union krt__user *user)
{
    DWORD len;
    if (GetTokenInformation(token, TokenUser, user, sizeof *user, &len))
        return 0;
    return GetLastError();
}

DWORD krt__own_user(union krt__user *user)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return GetLastError();
    DWORD code = krt__user_of(token, user);
    CloseHandle(token);
    return code;
}

int64_t krt_os_now_ms(void)
{
    return (int64_t)GetTickCount64();
}

int64_t krt_os_now_us(void)
{
    LARGE_INTEGER now, per_second;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&per_second);
    int64_t seconds = now.QuadPart / per_second.QuadPart;
    int64_t rest = now.QuadPart % per_second.QuadPart;
    return seconds * 1000000 + rest * 1000000 / per_second.QuadPart;
}

int64_t krt_os_unix_ms(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    int64_t ticks = (int64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return ticks / 10000 - 11644473600000; /* from 1601 */
}

int64_t krt_os_unix_seconds(void)
{
    return krt_os_unix_ms() / 1000;
}

void krt_os_sleep_ms(int ms)
{
    Sleep((DWORD)ms);
}

bool krt_os_random(void *bytes, size_t len)
{
    return RtlGenRandom(bytes, (ULONG)len);
}

/* The text in UTF-8 is never freed: it is as good as static. */
const char *krt_os_variable(const char *name)
{
    wchar_t *wide = krt__to_utf16(name);
    DWORD cap = wide ? GetEnvironmentVariableW(wide, NULL, 0) : 0;
    wchar_t *value = cap > 0 ? calloc(cap, sizeof *value) : NULL;
    const char *text = NULL;
    if (value && GetEnvironmentVariableW(wide, value, cap) < cap)
        text = krt__to_utf8(value);
    free(value);
    free(wide);
    return text;
}

unsigned long krt_os_pid(void)
{
    return GetCurrentProcessId();
}

int krt_os_processors(void)
{
    DWORD_PTR ours, all;
    int n = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &ours, &all))
        for (; ours; ours &= ours - 1)
            n++;
    return n > 0 ? n : 1;
}

void krt_os_started(void)
{
    SetProcessWorkingSetSize(GetCurrentProcess(), (SIZE_T)-1, (SIZE_T)-1);
}

/* The one stop request of the process. */
static struct {
    SRWLOCK lock; /* held while stop() runs, and to forget it */
    void (*stop)(void *context, int signal);
    void (*kill_all)(void *context);
    void *context;
    HANDLE stopped;
    volatile LONG n_requests;
} request = {.lock = SRWLOCK_INIT};

static void request_stop(void)
{
    AcquireSRWLockExclusive(&request.lock);
    if (request.stop)
        request.stop(request.context, 0);
    ReleaseSRWLockExclusive(&request.lock);
}

static void end_at_once(void)
{
    if (request.kill_all)
        request.kill_all(request.context);
    TerminateProcess(GetCurrentProcess(), 1);
}

/* Runs on a thread that Windows makes for it. */
static BOOL WINAPI on_console_event(DWORD event)
{
    bool first = InterlockedIncrement(&request.n_requests) == 1;
    if (first)
        request_stop();
    if (event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT) {
        if (!first)
            end_at_once();
        return TRUE;
    }
    /* The console closes, or the session ends: the process dies when this returns, and
     * after five seconds in any case. */
    WaitForSingleObject(request.stopped, 4500);
    return TRUE;
}

void krt_os_on_stop(void (*stop)(void *context, int signal),
                    void (*kill_all)(void *context), void *context)
{
    request.stop = stop;
    request.kill_all = kill_all;
    request.context = context;
    request.stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
    SetConsoleCtrlHandler(on_console_event, TRUE);
}

void krt_os_stopped(void)
{
    AcquireSRWLockExclusive(&request.lock);
    request.stop = NULL;
    ReleaseSRWLockExclusive(&request.lock);
    if (request.stopped)
        SetEvent(request.stopped);
}

/* WriteFile and ReadFile take at most this much at once here. */
enum { PIECE = 1 << 20 };

static DWORD write_all(HANDLE file, const void *data, size_t len)
{
    const char *bytes = data;
    while (len > 0) {
        DWORD n;
        if (!WriteFile(file, bytes, len < PIECE ? (DWORD)len : PIECE, &n, NULL))
            return GetLastError();
        if (n == 0) /* a pipe that is full and does not wait */
            return ERROR_NO_DATA;
        bytes += n;
        len -= n;
    }
    return 0;
}

/* There is no such signal. */
void krt_os_ignore_sigpipe(void)
{
}

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    DWORD number = stream == KRT_STDOUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE;
    return write_all(GetStdHandle(number), data, len) == 0 ? KRT_OK : KRT_ERR_SYSTEM;
}

static DWORD write_new_file(const wchar_t *path, const void *data, size_t len)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD code = write_all(file, data, len);
    CloseHandle(file);
    return code;
}

/* Scanners and readers may hold a file for a moment; Windows then refuses to replace
 * it. */
static DWORD replace_file(const wchar_t *from, const wchar_t *to)
{
    for (int attempt = 1;; attempt++) {
        if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
            return 0;
        DWORD code = GetLastError();
        bool is_held = code == ERROR_SHARING_VIOLATION || code == ERROR_ACCESS_DENIED;
        if (!is_held || attempt == 10)
            return code;
        Sleep(20);
    }
}

/* The path of a file beside `path` that no other process uses. */
static char *temporary_path(const char *path)
{
    size_t cap = strlen(path) + 32;
    char *temporary = malloc(cap);
    if (temporary)
        snprintf(temporary, cap, "%s.%lu.tmp", path, GetCurrentProcessId());
    return temporary;
}

static DWORD write_through(const wchar_t *temporary, const wchar_t *path,
                           const void *data, size_t len)
{
    DWORD code = write_new_file(temporary, data, len);
    if (!code)
        code = replace_file(temporary, path);
    if (code)
        DeleteFileW(temporary);
    return code;
}

int krt_os_write_file(const char *path, const void *data, size_t len,
                      struct krt_error *error)
{
    char *temporary = temporary_path(path);
    wchar_t *from = temporary ? krt__to_utf16(temporary) : NULL;
    wchar_t *to = krt__to_utf16(path);
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    if (from && to)
        code = write_through(from, to, data, len);
    free(to);
    free(from);
    free(temporary);
    return code ? krt_os_error(error, (long)code, "write", path) : 0;
}

/* INVALID_HANDLE_VALUE, with the last error, where it cannot be had. */
static HANDLE open_file(const char *path, DWORD access, DWORD creation)
{
    wchar_t *wide = krt__to_utf16(path);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    HANDLE file = CreateFileW(wide, access,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, creation, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD code = GetLastError();
    free(wide);
    SetLastError(code);
    return file;
}

int krt_os_output_open(struct krt_os_output *output, const char *path, bool appends,
                       struct krt_error *error)
{
    HANDLE file = open_file(path, FILE_APPEND_DATA | SYNCHRONIZE,
                            appends ? OPEN_ALWAYS : CREATE_ALWAYS);
    *output = (struct krt_os_output){path, (intptr_t)file};
    return file == INVALID_HANDLE_VALUE
               ? krt_os_error(error, (long)GetLastError(), "write", path)
               : KRT_OK;
}

int krt_os_output_write(struct krt_os_output *output, const void *data, size_t len,
                        struct krt_error *error)
{
    DWORD code = write_all((HANDLE)output->handle, data, len);
    return code ? krt_os_error(error, (long)code, "write", output->name) : KRT_OK;
}

int krt_os_output_close(struct krt_os_output *output, struct krt_error *error)
{
    return CloseHandle((HANDLE)output->handle)
               ? KRT_OK
               : krt_os_error(error, (long)GetLastError(), "write", output->name);
}

void krt_os_remove_file(const char *path)
{
    wchar_t *wide = krt__to_utf16(path);
    if (wide)
        DeleteFileW(wide);
    free(wide);
}

int krt_os_input_open(struct krt_os_input *input, const char *path,
                      struct krt_error *error)
{
    bool is_stdin = strcmp(path, "-") == 0;
    HANDLE file = is_stdin ? GetStdHandle(STD_INPUT_HANDLE)
                           : open_file(path, GENERIC_READ, OPEN_EXISTING);
    *input = (struct krt_os_input){.name = is_stdin ? "standard input" : path,
                                   .handle = (intptr_t)file};
    if (file == INVALID_HANDLE_VALUE)
        return krt_os_error(error, (long)GetLastError(), "read", input->name);
    LARGE_INTEGER size, at;
    input->knows_length = GetFileType(file) == FILE_TYPE_DISK &&
                          GetFileSizeEx(file, &size) &&
                          SetFilePointerEx(file, (LARGE_INTEGER){0}, &at, FILE_CURRENT);
    if (input->knows_length && size.QuadPart > at.QuadPart)
        input->len = (uint64_t)(size.QuadPart - at.QuadPart);
    return 0;
}

int krt_os_input_read(struct krt_os_input *input, void *buffer, size_t cap, size_t *n,
                      struct krt_error *error)
{
    DWORD received = 0;
    if (!ReadFile((HANDLE)input->handle, buffer, cap < PIECE ? (DWORD)cap : PIECE,
                  &received, NULL)) {
        /* How standard input ends when it is a pipe. */
        DWORD code = GetLastError();
        if (code != ERROR_BROKEN_PIPE)
            return krt_os_error(error, (long)code, "read", input->name);
    }
    *n = received;
    return 0;
}

void krt_os_input_close(struct krt_os_input *input)
{
    if ((HANDLE)input->handle != GetStdHandle(STD_INPUT_HANDLE))
        CloseHandle((HANDLE)input->handle);
}
