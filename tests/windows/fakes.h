/* What Windows does and Wine does not, or only rarely: faked system calls.
 *
 * Windows headers declare imports, so a call goes through the pointer __imp_NAME, which
 * the import library defines; the linker prefers the definitions here. Time is faked,
 * too: it passes only in Sleep() and in waits on the port. */
#ifndef FAKES_H
#define FAKES_H

#include "check.h"
#include "io.h"
#include "os.h"
#include "user_only.h"
#include "windows_api.h"

#include <sddl.h>
#include <stdbool.h>

/* Answers of a fake in the order of its calls: a Windows code, or REAL for what the
 * system itself answers, also after the last. */
enum { REAL = 0, SCRIPT_MAX = 64, EMPTY = 1000000, NONE };

struct script {
    DWORD codes[SCRIPT_MAX];
    int len;
    int n_calls;
};

/* What the case prescribed, and what it saw. */
static struct {
    struct script create, connect, open, associate, descriptor, modes, read, result;
    struct script server_pid, client_pid, impersonate, open_token, revert, user_name;
    DWORD open_mode[SCRIPT_MAX];
    DWORD pipe_mode, max_instances, out_quota, in_quota, default_timeout;
    BOOL inherits;
    wchar_t created_path[300], opened_path[300];
    int n_dequeues;
    DWORD last_timeout;
    const char *foreign_sid; /* the client's, instead of this user's */
    char calls[200];         /* what identification did, in order */
    char sddl[600];
    DWORD access, share, disposition, flags;
    HANDLE connecting;
    int n_disconnects;
    ULONG largest_batch;
    PHANDLER_ROUTINE on_event;
    DWORD shortest_sleep, longest_sleep;
    int64_t now;
} seen;

static void script(struct script *script, int n, DWORD code)
{
    while (n-- > 0)
        script->codes[script->len++] = code;
}

static DWORD play(struct script *script)
{
    int call = script->n_calls++;
    return call < script->len ? script->codes[call] : REAL;
}

/* The system's own function. */
static FARPROC real(const wchar_t *library, const char *name)
{
    FARPROC function = GetProcAddress(GetModuleHandleW(library), name);
    CHECK(function);
    return function;
}

typedef void (*any_function)(void);

#define REAL_FUNCTION(type, library, name) ((type)(any_function)real(library, name))

static void copy_path(wchar_t *to, const wchar_t *from)
{
    size_t i = 0;
    for (; from[i] && i < 299; i++)
        to[i] = from[i];
    to[i] = 0;
}

typedef HANDLE(WINAPI *create_fn)(const wchar_t *, DWORD, DWORD, DWORD, DWORD, DWORD,
                                  DWORD, SECURITY_ATTRIBUTES *);

static HANDLE WINAPI fake_create(const wchar_t *path, DWORD open_mode, DWORD pipe_mode,
                                 DWORD max_instances, DWORD out_quota, DWORD in_quota,
                                 DWORD default_timeout, SECURITY_ATTRIBUTES *security)
{
    if (seen.create.n_calls < SCRIPT_MAX)
        seen.open_mode[seen.create.n_calls] = open_mode;
    copy_path(seen.created_path, path);
    seen.pipe_mode = pipe_mode;
    seen.max_instances = max_instances;
    seen.out_quota = out_quota;
    seen.in_quota = in_quota;
    seen.default_timeout = default_timeout;
    CHECK(security);
    CHECK_INT(security->nLength, sizeof *security);
    CHECK(security->lpSecurityDescriptor);
    seen.inherits = security->bInheritHandle;
    DWORD code = play(&seen.create);
    SetLastError(code);
    if (code != REAL)
        return INVALID_HANDLE_VALUE;
    return REAL_FUNCTION(create_fn, L"kernel32", "CreateNamedPipeW")(
        path, open_mode, pipe_mode, max_instances, out_quota, in_quota, default_timeout,
        security);
}

typedef BOOL(WINAPI *connect_fn)(HANDLE, OVERLAPPED *);

static BOOL WINAPI fake_connect(HANDLE pipe, OVERLAPPED *overlapped)
{
    CHECK(overlapped);
    seen.connecting = pipe;
    DWORD code = play(&seen.connect);
    SetLastError(code);
    if (code != REAL)
        return FALSE;
    return REAL_FUNCTION(connect_fn, L"kernel32", "ConnectNamedPipe")(pipe, overlapped);
}

typedef BOOL(WINAPI *disconnect_fn)(HANDLE);

static BOOL WINAPI fake_disconnect(HANDLE pipe)
{
    seen.n_disconnects++;
    return REAL_FUNCTION(disconnect_fn, L"kernel32", "DisconnectNamedPipe")(pipe);
}

typedef BOOL(WINAPI *modes_fn)(HANDLE, UCHAR);

static BOOL WINAPI fake_modes(HANDLE pipe, UCHAR modes)
{
    CHECK_INT(modes,
              FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE);
    DWORD code = play(&seen.modes);
    SetLastError(code);
    if (code != REAL)
        return FALSE;
    return REAL_FUNCTION(modes_fn, L"kernel32",
                         "SetFileCompletionNotificationModes")(pipe, modes);
}

typedef BOOL(WINAPI *result_fn)(HANDLE, OVERLAPPED *, DWORD *, BOOL);

static BOOL WINAPI fake_result(HANDLE pipe, OVERLAPPED *overlapped, DWORD *n,
                               BOOL waits)
{
    DWORD code = play(&seen.result);
    SetLastError(code);
    if (code != REAL)
        return FALSE;
    return REAL_FUNCTION(result_fn, L"kernel32",
                         "GetOverlappedResult")(pipe, overlapped, n, waits);
}

typedef BOOL(WINAPI *read_fn)(HANDLE, void *, DWORD, DWORD *, OVERLAPPED *);

/* EMPTY: what the client wrote was nothing. */
static BOOL WINAPI fake_read(HANDLE pipe, void *buffer, DWORD len, DWORD *n,
                             OVERLAPPED *overlapped)
{
    if (!overlapped || play(&seen.read) != EMPTY)
        return REAL_FUNCTION(read_fn, L"kernel32", "ReadFile")(pipe, buffer, len, n,
                                                               overlapped);
    overlapped->Internal = 0;
    overlapped->InternalHigh = 0;
    return TRUE;
}

static void note(const char *call)
{
    size_t len = strlen(seen.calls);
    snprintf(seen.calls + len, sizeof seen.calls - len, "%s ", call);
}

/* These answer with what is in their script: a pid, or NONE. */
static BOOL play_pid(struct script *script, ULONG *pid)
{
    DWORD answer = play(script);
    *pid = answer == NONE ? 4711 : answer;
    return answer != NONE;
}

static BOOL WINAPI fake_server_pid(HANDLE pipe, ULONG *pid)
{
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return play_pid(&seen.server_pid, pid);
}

static BOOL WINAPI fake_client_pid(HANDLE pipe, ULONG *pid)
{
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return play_pid(&seen.client_pid, pid);
}

static BOOL WINAPI fake_impersonate(HANDLE pipe)
{
    CHECK(pipe != INVALID_HANDLE_VALUE);
    note("impersonate");
    return play(&seen.impersonate) == REAL;
}

typedef BOOL(WINAPI *process_token_fn)(HANDLE, DWORD, HANDLE *);

static BOOL WINAPI fake_process_token(HANDLE process, DWORD access, HANDLE *token)
{
    note("process");
    return REAL_FUNCTION(process_token_fn, L"advapi32",
                         "OpenProcessToken")(process, access, token);
}

/* The client is this process, unless a foreign SID says otherwise. */
static BOOL WINAPI fake_open_token(HANDLE thread, DWORD access, BOOL as_self,
                                   HANDLE *token)
{
    note("token");
    CHECK(thread == GetCurrentThread());
    CHECK_INT(access, TOKEN_QUERY);
    CHECK(as_self);
    if (play(&seen.open_token) != REAL)
        return FALSE;
    return REAL_FUNCTION(process_token_fn, L"advapi32",
                         "OpenProcessToken")(GetCurrentProcess(), access, token);
}

static BOOL WINAPI fake_revert(void)
{
    note("revert");
    return play(&seen.revert) == REAL;
}

static BOOL WINAPI fake_terminate(HANDLE process, UINT code)
{
    CHECK(process == GetCurrentProcess());
    CHECK_INT(code, 1);
    note("terminate");
    return TRUE;
}

typedef BOOL(WINAPI *information_fn)(HANDLE, TOKEN_INFORMATION_CLASS, void *, DWORD,
                                     DWORD *);

static BOOL WINAPI fake_information(HANDLE token, TOKEN_INFORMATION_CLASS class,
                                    void *information, DWORD cap, DWORD *len)
{
    TOKEN_USER *user = information;
    PSID sid;
    note("user");
    CHECK_INT(class, TokenUser);
    if (!seen.foreign_sid)
        return REAL_FUNCTION(information_fn, L"advapi32", "GetTokenInformation")(
            token, class, information, cap, len);
    CHECK(ConvertStringSidToSidA(seen.foreign_sid, &sid));
    user->User.Sid = (PSID)(user + 1);
    CHECK(CopySid(cap - (DWORD)sizeof *user, user->User.Sid, sid));
    LocalFree(sid);
    return TRUE;
}

typedef BOOL(WINAPI *user_name_fn)(wchar_t *, DWORD *);

static BOOL WINAPI fake_user_name(wchar_t *name, DWORD *len)
{
    static const wchar_t text[] = L"J\u00f6rg";
    if (play(&seen.user_name) != REAL)
        return FALSE;
    CHECK(*len >= sizeof text / sizeof *text);
    memcpy(name, text, sizeof text);
    *len = sizeof text / sizeof *text;
    return TRUE;
}

typedef HANDLE(WINAPI *open_fn)(const wchar_t *, DWORD, DWORD, SECURITY_ATTRIBUTES *,
                                DWORD, DWORD, HANDLE);

static HANDLE WINAPI fake_open(const wchar_t *path, DWORD access, DWORD share,
                               SECURITY_ATTRIBUTES *security, DWORD disposition,
                               DWORD flags, HANDLE template)
{
    copy_path(seen.opened_path, path);
    seen.access = access;
    seen.share = share;
    seen.disposition = disposition;
    seen.flags = flags;
    CHECK(!security);
    DWORD code = play(&seen.open);
    SetLastError(code);
    if (code != REAL)
        return INVALID_HANDLE_VALUE;
    return REAL_FUNCTION(open_fn, L"kernel32", "CreateFileW")(
        path, access, share, security, disposition, flags, template);
}

typedef HANDLE(WINAPI *associate_fn)(HANDLE, HANDLE, ULONG_PTR, DWORD);

static HANDLE WINAPI fake_associate(HANDLE file, HANDLE port, ULONG_PTR key,
                                    DWORD n_threads)
{
    DWORD code = play(&seen.associate);
    SetLastError(code);
    if (code != REAL)
        return NULL;
    return REAL_FUNCTION(associate_fn, L"kernel32",
                         "CreateIoCompletionPort")(file, port, key, n_threads);
}

typedef BOOL(WINAPI *descriptor_fn)(const char *, DWORD, PSECURITY_DESCRIPTOR *,
                                    ULONG *);

static BOOL WINAPI fake_descriptor(const char *text, DWORD revision,
                                   PSECURITY_DESCRIPTOR *descriptor, ULONG *size)
{
    snprintf(seen.sddl, sizeof seen.sddl, "%s", text);
    DWORD code = play(&seen.descriptor);
    SetLastError(code);
    if (code != REAL)
        return FALSE;
    return REAL_FUNCTION(descriptor_fn, L"advapi32",
                         "ConvertStringSecurityDescriptorToSecurityDescriptorA")(
        text, revision, descriptor, size);
}

typedef BOOL(WINAPI *dequeue_fn)(HANDLE, OVERLAPPED_ENTRY *, ULONG, ULONG *, DWORD,
                                 BOOL);

static BOOL WINAPI fake_dequeue(HANDLE port, OVERLAPPED_ENTRY *entries, ULONG cap,
                                ULONG *n, DWORD timeout, BOOL is_alertable)
{
    CHECK(timeout != INFINITE);
    CHECK(!is_alertable);
    seen.n_dequeues++;
    seen.last_timeout = timeout;
    if (cap > seen.largest_batch)
        seen.largest_batch = cap;
    BOOL result = REAL_FUNCTION(dequeue_fn, L"kernel32", "GetQueuedCompletionStatusEx")(
        port, entries, cap, n, 0, FALSE);
    if (!result)
        seen.now += timeout;
    return result;
}

static void WINAPI fake_sleep(DWORD ms)
{
    if (seen.shortest_sleep == 0 || ms < seen.shortest_sleep)
        seen.shortest_sleep = ms;
    if (ms > seen.longest_sleep)
        seen.longest_sleep = ms;
    seen.now += ms;
}

static ULONGLONG WINAPI fake_ticks(void)
{
    return (ULONGLONG)seen.now;
}

static BOOL WINAPI fake_set_handler(PHANDLER_ROUTINE handler, BOOL is_added)
{
    CHECK(is_added);
    seen.on_event = handler;
    return TRUE;
}

extern create_fn __imp_CreateNamedPipeW;
extern connect_fn __imp_ConnectNamedPipe;
extern disconnect_fn __imp_DisconnectNamedPipe;
extern modes_fn __imp_SetFileCompletionNotificationModes;
extern result_fn __imp_GetOverlappedResult;
extern read_fn __imp_ReadFile;
extern BOOL(WINAPI *__imp_GetNamedPipeServerProcessId)(HANDLE, ULONG *);
extern BOOL(WINAPI *__imp_GetNamedPipeClientProcessId)(HANDLE, ULONG *);
extern BOOL(WINAPI *__imp_ImpersonateNamedPipeClient)(HANDLE);
extern process_token_fn __imp_OpenProcessToken;
extern BOOL(WINAPI *__imp_OpenThreadToken)(HANDLE, DWORD, BOOL, HANDLE *);
extern BOOL(WINAPI *__imp_RevertToSelf)(void);
extern BOOL(WINAPI *__imp_TerminateProcess)(HANDLE, UINT);
extern information_fn __imp_GetTokenInformation;
extern user_name_fn __imp_GetUserNameW;
extern open_fn __imp_CreateFileW;
extern associate_fn __imp_CreateIoCompletionPort;
extern descriptor_fn __imp_ConvertStringSecurityDescriptorToSecurityDescriptorA;
extern dequeue_fn __imp_GetQueuedCompletionStatusEx;
extern void(WINAPI *__imp_Sleep)(DWORD);
extern ULONGLONG(WINAPI *__imp_GetTickCount64)(void);
extern BOOL(WINAPI *__imp_SetConsoleCtrlHandler)(PHANDLER_ROUTINE, BOOL);

create_fn __imp_CreateNamedPipeW = fake_create;
connect_fn __imp_ConnectNamedPipe = fake_connect;
disconnect_fn __imp_DisconnectNamedPipe = fake_disconnect;
modes_fn __imp_SetFileCompletionNotificationModes = fake_modes;
result_fn __imp_GetOverlappedResult = fake_result;
read_fn __imp_ReadFile = fake_read;
BOOL(WINAPI *__imp_GetNamedPipeServerProcessId)(HANDLE, ULONG *) = fake_server_pid;
BOOL(WINAPI *__imp_GetNamedPipeClientProcessId)(HANDLE, ULONG *) = fake_client_pid;
BOOL(WINAPI *__imp_ImpersonateNamedPipeClient)(HANDLE) = fake_impersonate;
process_token_fn __imp_OpenProcessToken = fake_process_token;
BOOL(WINAPI *__imp_OpenThreadToken)(HANDLE, DWORD, BOOL, HANDLE *) = fake_open_token;
BOOL(WINAPI *__imp_RevertToSelf)(void) = fake_revert;
BOOL(WINAPI *__imp_TerminateProcess)(HANDLE, UINT) = fake_terminate;
information_fn __imp_GetTokenInformation = fake_information;
user_name_fn __imp_GetUserNameW = fake_user_name;
open_fn __imp_CreateFileW = fake_open;
associate_fn __imp_CreateIoCompletionPort = fake_associate;
descriptor_fn __imp_ConvertStringSecurityDescriptorToSecurityDescriptorA =
    fake_descriptor;
dequeue_fn __imp_GetQueuedCompletionStatusEx = fake_dequeue;
void(WINAPI *__imp_Sleep)(DWORD) = fake_sleep;
ULONGLONG(WINAPI *__imp_GetTickCount64)(void) = fake_ticks;
BOOL(WINAPI *__imp_SetConsoleCtrlHandler)(PHANDLER_ROUTINE, BOOL) = fake_set_handler;

static struct krt_endpoint endpoint;

static inline void begin(void)
{
    static int n_names;
    char name[KRT_PIPE_NAME_MAX];
    struct krt_error error;
    memset(&seen, 0, sizeof seen);
    seen.now = 1000000;
    snprintf(name, sizeof name, "krgen.fault.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, &error), 0);
}

static inline struct krt_io *open_io_for(int instances, int connections, int workers)
{
    struct krt_io_config config = {.instances = instances,
                                   .connections = connections,
                                   .workers = workers,
                                   .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), 0);
    return io;
}

static inline struct krt_io *open_io(int instances, int connections)
{
    return open_io_for(instances, connections, 1);
}

static inline void check_path(const wchar_t *path)
{
    for (size_t i = 0; i == 0 || path[i - 1]; i++)
        CHECK_INT(path[i], endpoint.path[i]);
}

static inline struct krt_completion next(struct krt_io *io)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, 100), 1);
    return completion;
}

static inline struct krt_stream *next_accept(struct krt_io *io)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK_INT(completion.error, 0);
    CHECK(completion.stream);
    return completion.stream;
}

static inline void check_quiet(struct krt_io *io, int ms)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, ms), 0);
}

/* A client of the io. */
static inline HANDLE client_open(void)
{
    HANDLE client = REAL_FUNCTION(open_fn, L"kernel32", "CreateFileW")(
        seen.created_path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0,
        NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    return client;
}

static inline void client_write(HANDLE client, const char *data)
{
    DWORD n;
    CHECK(WriteFile(client, data, (DWORD)strlen(data), &n, NULL));
}

/* The next completion is `op` on `stream` with `error`; returns its bytes. */
static inline size_t next_on(struct krt_io *io, enum krt_io_op op,
                             struct krt_stream *stream, int error)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, op);
    CHECK(completion.stream == stream);
    CHECK_INT(completion.error, error);
    return completion.n;
}

#endif
