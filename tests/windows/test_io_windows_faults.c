/* What Windows does and Wine does not, or only rarely: io_windows.c and dial_windows.c
 * against faked system calls.
 *
 * Windows headers declare imports, so a call goes through the pointer __imp_NAME, which
 * the import library defines; the linker prefers the definitions here. Time is faked,
 * too: it passes only in Sleep() and in waits on the port. */
#include "check.h"
#include "dial.h"
#include "io.h"
#include "os.h"
#include "user_only.h"
#include "windows_api.h"

#include <sddl.h>
#include <stdbool.h>

/* Answers of a fake in the order of its calls: a Windows code, or REAL for what the
 * system itself answers, also after the last. */
enum { REAL = 0, SCRIPT_MAX = 64 };

struct script {
    DWORD codes[SCRIPT_MAX];
    int len;
    int n_calls;
};

/* What the case prescribed, and what it saw. */
static struct {
    struct script create, connect, wait_name, open, associate, descriptor;
    DWORD open_mode[SCRIPT_MAX];
    DWORD pipe_mode, max_instances, out_quota, in_quota, default_timeout;
    BOOL inherits;
    wchar_t created_path[300], awaited_path[300], opened_path[300];
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

static BOOL WINAPI fake_disconnect(HANDLE pipe)
{
    (void)pipe;
    seen.n_disconnects++;
    return TRUE;
}

/* Never asks the system, because nothing real is ever awaited here. */
static BOOL WINAPI fake_wait_name(const wchar_t *path, DWORD timeout)
{
    CHECK(timeout != NMPWAIT_USE_DEFAULT_WAIT && timeout <= 100);
    copy_path(seen.awaited_path, path);
    DWORD code = play(&seen.wait_name);
    SetLastError(code);
    return code == REAL;
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
extern BOOL(WINAPI *__imp_DisconnectNamedPipe)(HANDLE);
extern BOOL(WINAPI *__imp_WaitNamedPipeW)(const wchar_t *, DWORD);
extern open_fn __imp_CreateFileW;
extern associate_fn __imp_CreateIoCompletionPort;
extern descriptor_fn __imp_ConvertStringSecurityDescriptorToSecurityDescriptorA;
extern dequeue_fn __imp_GetQueuedCompletionStatusEx;
extern void(WINAPI *__imp_Sleep)(DWORD);
extern ULONGLONG(WINAPI *__imp_GetTickCount64)(void);
extern BOOL(WINAPI *__imp_SetConsoleCtrlHandler)(PHANDLER_ROUTINE, BOOL);

create_fn __imp_CreateNamedPipeW = fake_create;
connect_fn __imp_ConnectNamedPipe = fake_connect;
BOOL(WINAPI *__imp_DisconnectNamedPipe)(HANDLE) = fake_disconnect;
BOOL(WINAPI *__imp_WaitNamedPipeW)(const wchar_t *, DWORD) = fake_wait_name;
open_fn __imp_CreateFileW = fake_open;
associate_fn __imp_CreateIoCompletionPort = fake_associate;
descriptor_fn __imp_ConvertStringSecurityDescriptorToSecurityDescriptorA =
    fake_descriptor;
dequeue_fn __imp_GetQueuedCompletionStatusEx = fake_dequeue;
void(WINAPI *__imp_Sleep)(DWORD) = fake_sleep;
ULONGLONG(WINAPI *__imp_GetTickCount64)(void) = fake_ticks;
BOOL(WINAPI *__imp_SetConsoleCtrlHandler)(PHANDLER_ROUTINE, BOOL) = fake_set_handler;

static const char live_5[] =
    "ERROR_ACCESS_DENIED (5): another server has this pipe; stop it or choose another "
    "name";
static const char live_231[] =
    "ERROR_PIPE_BUSY (231): another server has this pipe; stop it or choose another "
    "name";

static struct krt_endpoint endpoint;
static char expected_text[512];

static void begin(void)
{
    static int n_names;
    char name[KRT_PIPE_NAME_MAX];
    struct krt_error error;
    memset(&seen, 0, sizeof seen);
    seen.now = 1000000;
    snprintf(name, sizeof name, "krgen.fault.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, &error), 0);
}

static struct krt_io *open_io(int instances, int connections)
{
    struct krt_io_config config = {
        .instances = instances, .connections = connections, .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), 0);
    return io;
}

/* krt_io_open() fails with `kind` and "cannot OPERATION OBJECT: `rest`". */
static void check_failure(enum krt_err kind, const char *operation, const char *object,
                          const char *rest)
{
    struct krt_io_config config = {
        .instances = 16, .connections = 40, .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), kind);
    CHECK_INT(error.kind, kind);
    snprintf(expected_text, sizeof expected_text, "cannot %s %s: %s", operation, object,
             rest);
    CHECK_TEXT(error.text, expected_text);
}

/* The same, the object being the pipe. */
static void check_open_fails(enum krt_err kind, const char *operation, const char *rest)
{
    check_failure(kind, operation, endpoint.path, rest);
}

static void check_path(const wchar_t *path)
{
    for (size_t i = 0; i == 0 || path[i - 1]; i++)
        CHECK_INT(path[i], endpoint.path[i]);
}

static struct krt_completion next(struct krt_io *io)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, &completion, 1, 100), 1);
    return completion;
}

static struct krt_stream *next_accept(struct krt_io *io)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK_INT(completion.error, 0);
    CHECK(completion.stream);
    return completion.stream;
}

static void check_quiet(struct krt_io *io, int ms)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, &completion, 1, ms), 0);
}

static void test_pipe_is_created_as_designed(void)
{
    begin();
    struct krt_io *io = open_io(16, 40);
    DWORD base = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    CHECK_INT(seen.create.n_calls, 16);
    CHECK_INT(seen.open_mode[0], base | FILE_FLAG_FIRST_PIPE_INSTANCE);
    for (int i = 1; i < 16; i++)
        CHECK_INT(seen.open_mode[i], base);
    CHECK_INT(seen.pipe_mode, PIPE_REJECT_REMOTE_CLIENTS); /* the rest of it is 0 */
    CHECK_INT(seen.max_instances, 255);
    CHECK_INT(seen.out_quota, 65536);
    CHECK_INT(seen.in_quota, 65536);
    CHECK_INT(seen.default_timeout, 0);
    CHECK_INT(seen.inherits, FALSE);
    check_path(seen.created_path);
    check_quiet(io, 10);
    krt_io_free(io);
    CHECK_INT(seen.n_disconnects, 0);
}

static void test_descriptor_names_user_and_system_only(void)
{
    begin();
    krt_io_free(open_io(1, 1));
    const char *sid = seen.sddl + 2;
    size_t len = strcspn(sid, "D");
    CHECK(memcmp(seen.sddl, "O:S-1-5-", 8) == 0);
    snprintf(expected_text, sizeof expected_text, "O:%.*sD:P(A;;GA;;;%.*s)(A;;GA;;;SY)",
             (int)len, sid, (int)len, sid);
    CHECK_TEXT(seen.sddl, expected_text);
}

static void test_without_descriptor_there_is_no_server(void)
{
    begin();
    script(&seen.descriptor, 1, ERROR_INVALID_SID);
    check_failure(
        KRT_ERR_SYSTEM, "make a security descriptor of", "the spec's access",
        "ERROR_INVALID_SID (1337): a SID in it means nothing on this machine");
    CHECK_INT(seen.create.n_calls, 0);
}

static void test_descriptor_that_cannot_be_had_is_told(void)
{
    begin();
    script(&seen.create, 1, ERROR_INVALID_OWNER);
    check_open_fails(KRT_ERR_DENIED, "create",
                     "ERROR_INVALID_OWNER (1307): the current user may not give a pipe "
                     "the owner that the spec's access names");
    CHECK_INT(seen.create.n_calls, 1);
}

/* What tells a live server from the remains of a dead one. */
static void test_name_of_a_live_server_is_in_use_at_once(void)
{
    static const struct {
        DWORD create_code, wait_code, open_code;
        int n_opens;
    } rows[] = {
        {ERROR_ACCESS_DENIED, REAL, REAL, 0}, /* an instance listens */
        {ERROR_ACCESS_DENIED, ERROR_SEM_TIMEOUT, ERROR_PIPE_BUSY, 1},
        {ERROR_ACCESS_DENIED, ERROR_SEM_TIMEOUT, ERROR_ACCESS_DENIED, 1},
        {ERROR_PIPE_BUSY, ERROR_SEM_TIMEOUT, ERROR_PIPE_BUSY, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        script(&seen.create, 1, rows[i].create_code);
        script(&seen.wait_name, 1, rows[i].wait_code);
        script(&seen.open, 1, rows[i].open_code);
        check_open_fails(KRT_ERR_IN_USE, "create",
                         rows[i].create_code == ERROR_PIPE_BUSY ? live_231 : live_5);
        check_path(seen.awaited_path);
        CHECK_INT(seen.open.n_calls, rows[i].n_opens);
        CHECK_INT(seen.create.n_calls, 1);
        CHECK_INT(seen.now, 1000000);
    }
}

static void test_probe_of_a_taken_name_gives_no_rights_away(void)
{
    begin();
    script(&seen.create, 1, ERROR_ACCESS_DENIED);
    script(&seen.wait_name, 1, ERROR_SEM_TIMEOUT);
    script(&seen.open, 1, ERROR_PIPE_BUSY);
    check_open_fails(KRT_ERR_IN_USE, "create", live_5);
    CHECK_INT(seen.access, FILE_READ_ATTRIBUTES);
    CHECK_INT(seen.flags, SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION);
}

/* The name is gone when it is asked about, or a client holds it: then it can be waited
 * for in vain, but not opened. */
static void test_name_of_a_dead_server_is_waited_for(void)
{
    for (int holds = 0; holds < 2; holds++) {
        begin();
        script(&seen.create, 5, ERROR_ACCESS_DENIED);
        script(&seen.wait_name, 5, holds ? ERROR_SEM_TIMEOUT : ERROR_FILE_NOT_FOUND);
        script(&seen.open, 5, ERROR_FILE_NOT_FOUND);
        struct krt_io *io = open_io(2, 4);
        CHECK_INT(seen.now, 1000500);
        CHECK_INT(seen.open.n_calls, holds ? 5 : 0);
        for (int i = 0; i <= 5; i++)
            CHECK(seen.open_mode[i] & FILE_FLAG_FIRST_PIPE_INSTANCE);
        CHECK(!(seen.open_mode[6] & FILE_FLAG_FIRST_PIPE_INSTANCE));
        krt_io_free(io);
    }
}

static void test_name_of_a_dead_server_is_given_up(void)
{
    begin();
    script(&seen.create, SCRIPT_MAX, ERROR_PIPE_BUSY);
    script(&seen.wait_name, SCRIPT_MAX, ERROR_SEM_TIMEOUT);
    script(&seen.open, SCRIPT_MAX, ERROR_FILE_NOT_FOUND);
    check_open_fails(KRT_ERR_IN_USE, "create",
                     "ERROR_PIPE_BUSY (231): a client of a server that ended still "
                     "holds the pipe; end that client");
    CHECK(seen.now >= 1002500 && seen.now <= 1003500);
}

static void test_new_owner_of_a_dead_name_ends_the_wait(void)
{
    begin();
    script(&seen.create, 3, ERROR_ACCESS_DENIED);
    script(&seen.wait_name, 2, ERROR_FILE_NOT_FOUND);
    check_open_fails(KRT_ERR_IN_USE, "create", live_5);
    CHECK_INT(seen.create.n_calls, 3);
}

static void test_other_failures_to_create_are_told_at_once(void)
{
    begin();
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    check_open_fails(KRT_ERR_NO_MEMORY, "create", "ERROR_NO_SYSTEM_RESOURCES (1450)");
    begin();
    script(&seen.create, 1, 4242);
    check_open_fails(KRT_ERR_SYSTEM, "create", "system error 4242");
    begin();
    script(&seen.associate, 1, REAL);
    script(&seen.associate, 1, ERROR_NOT_ENOUGH_MEMORY);
    int n_handles = check_count_handles();
    check_open_fails(KRT_ERR_NO_MEMORY, "create", "ERROR_NOT_ENOUGH_MEMORY (8)");
    CHECK_INT(check_count_handles(), n_handles);
    CHECK_INT(seen.wait_name.n_calls, 0);
}

static void test_trouble_is_told_once_and_retried_with_back_off(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 4, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(3, 40);
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK(!completion.stream);
    CHECK_INT(completion.error, KRT_ERR_NO_MEMORY);
    CHECK_INT(seen.create.n_calls, 2);
    check_quiet(io, 49);
    CHECK_INT(seen.create.n_calls, 2);
    check_quiet(io, 1);
    check_quiet(io, 99);
    CHECK_INT(seen.create.n_calls, 3);
    check_quiet(io, 650);
    CHECK_INT(seen.create.n_calls, 7); /* two failures more, then two successes */
    check_quiet(io, 10000);
    CHECK_INT(seen.create.n_calls, 7);
    krt_io_free(io);
}

static void test_back_off_is_bounded_and_a_wait_spans_it(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 20, ERROR_NOT_ENOUGH_QUOTA);
    struct krt_io *io = open_io(2, 40);
    CHECK_INT(next(io).error, KRT_ERR_NO_MEMORY);
    check_quiet(io, 60000);
    CHECK_INT(seen.create.n_calls, 22);
    CHECK_INT(seen.now, 1060000);
    krt_io_free(io);
}

static void test_trouble_comes_again_after_it_was_over(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(2, 40);
    CHECK_INT(next(io).error, KRT_ERR_NO_MEMORY);
    check_quiet(io, 1000);
    script(&seen.create, 1, REAL);
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    HANDLE client = REAL_FUNCTION(open_fn, L"kernel32", "CreateFileW")(
        seen.created_path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    krt_stream_close(next_accept(io));
    struct krt_completion completion = next(io);
    CHECK_INT(completion.error, KRT_ERR_NO_MEMORY);
    CHECK(!completion.stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_clients_that_left_do_not_count(void)
{
    begin();
    script(&seen.connect, 3, ERROR_NO_DATA);
    struct krt_io *io = open_io(1, 4);
    CHECK_INT(seen.connect.n_calls, 4);
    CHECK_INT(seen.n_disconnects, 3);
    CHECK_INT(seen.create.n_calls, 1);
    check_quiet(io, 100);
    krt_io_free(io);
}

static void test_instance_that_only_loses_clients_is_replaced(void)
{
    begin();
    script(&seen.connect, 1, REAL);
    script(&seen.connect, 16, ERROR_NO_DATA);
    struct krt_io *io = open_io(2, 4);
    CHECK_INT(seen.connect.n_calls, 17);
    CHECK_INT(next(io).error, KRT_ERR_CLOSED);
    check_quiet(io, 60);
    CHECK_INT(seen.connect.n_calls, 18);
    CHECK_INT(seen.create.n_calls, 3);
    krt_io_free(io);
}

static void test_client_that_came_first_is_accepted_without_a_packet(void)
{
    begin();
    script(&seen.connect, 1, REAL);
    script(&seen.connect, 2, ERROR_PIPE_CONNECTED);
    struct krt_io *io = open_io(2, 4);
    CHECK_INT(seen.create.n_calls, 4); /* two listen besides those two */
    struct krt_stream *first = next_accept(io);
    struct krt_stream *second = next_accept(io);
    check_quiet(io, 10);
    krt_stream_close(first);
    krt_stream_close(second);
    CHECK_INT(seen.create.n_calls, 4);
    krt_io_free(io);
}

static void test_clients_that_came_first_stay_within_the_limit(void)
{
    begin();
    script(&seen.connect, 10, ERROR_PIPE_CONNECTED);
    struct krt_io *io = open_io(16, 4);
    CHECK_INT(seen.create.n_calls, 4);
    struct krt_stream *streams[4];
    for (int i = 0; i < 4; i++)
        streams[i] = next_accept(io);
    check_quiet(io, 10);
    seen.connect.len = 0;
    for (int i = 0; i < 4; i++)
        krt_stream_close(streams[i]);
    krt_io_free(io);
}

static void test_accept_that_is_not_fetched_is_freed(void)
{
    begin();
    script(&seen.connect, 2, ERROR_PIPE_CONNECTED);
    int n_handles = check_count_handles();
    krt_io_free(open_io(1, 4));
    seen.connect.n_calls = 0;
    krt_io_free(open_io(1, 2)); /* nothing listens */
    CHECK_INT(check_count_handles(), n_handles);
    CHECK_INT(seen.now, 1000000);
}

static void test_failed_connect_does_not_end_the_listening(void)
{
    begin();
    script(&seen.connect, 1, REAL);
    script(&seen.connect, 2, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(2, 4);
    CHECK_INT(next(io).error, KRT_ERR_NO_MEMORY);
    check_quiet(io, 1000);
    CHECK_INT(seen.connect.n_calls, 4);
    krt_io_free(io);
}

static void test_instance_that_fails_later_is_replaced(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    CHECK(CancelIoEx(seen.connecting, NULL));
    CHECK_INT(next(io).error, KRT_ERR_ABORTED);
    CHECK_INT(seen.create.n_calls, 1);
    check_quiet(io, 60);
    CHECK_INT(seen.create.n_calls, 2);
    CHECK(seen.open_mode[1] & FILE_FLAG_FIRST_PIPE_INSTANCE); /* no other was left */
    krt_io_free(io);
}

static void test_stop_ends_the_retries(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 20, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(2, 4);
    CHECK_INT(next(io).error, KRT_ERR_NO_MEMORY);
    krt_io_stop(io);
    check_quiet(io, 5000);
    CHECK_INT(seen.create.n_calls, 2);
    krt_io_free(io);
}

static void test_batches_are_small(void)
{
    struct krt_completion completions[64];
    begin();
    struct krt_io *io = open_io(1, 4);
    CHECK_INT(krt_io_wait(io, completions, 64, 0), 0);
    CHECK_INT(seen.largest_batch, 16);
    krt_io_free(io);
}

static void check_dial_fails(int64_t patience, enum krt_err kind, const char *rest)
{
    struct krt_error error;
    struct krt_link *link;
    CHECK_INT(krt_dial(&link, &endpoint, seen.now + patience, &error), kind);
    snprintf(expected_text, sizeof expected_text, "cannot open %s: %s", endpoint.path,
             rest);
    CHECK_TEXT(error.text, expected_text);
}

static void test_dial_opens_as_designed(void)
{
    begin();
    script(&seen.open, 1, ERROR_FILE_NOT_FOUND);
    check_dial_fails(5000, KRT_ERR_ABSENT,
                     "ERROR_FILE_NOT_FOUND (2): no server listens on this pipe; is it "
                     "running, and is the name right?");
    check_path(seen.opened_path);
    CHECK_INT(seen.access, GENERIC_READ | GENERIC_WRITE);
    CHECK_INT(seen.share, 0);
    CHECK_INT(seen.disposition, OPEN_EXISTING);
    CHECK_INT(seen.flags,
              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION);
    CHECK_INT(seen.open.n_calls, 1);
}

static void test_dial_does_not_repeat_a_denied_open(void)
{
    begin();
    script(&seen.open, 1, ERROR_ACCESS_DENIED);
    check_dial_fails(5000, KRT_ERR_DENIED,
                     "ERROR_ACCESS_DENIED (5): the server does not let this user in; "
                     "run both as the same user");
    CHECK_INT(seen.open.n_calls, 1);
}

static void test_dial_waits_for_a_busy_server(void)
{
    begin();
    script(&seen.open, SCRIPT_MAX, ERROR_PIPE_BUSY);
    check_dial_fails(100, KRT_ERR_BUSY,
                     "ERROR_PIPE_BUSY (231): the server has no free connection; try "
                     "again, or end other clients");
    CHECK(seen.now >= 1000100 && seen.now < 1000110);
    CHECK_INT(seen.shortest_sleep, 5);
    CHECK_INT(seen.longest_sleep, 10);
    begin();
    script(&seen.open, 3, ERROR_PIPE_BUSY);
    script(&seen.open, 1, ERROR_FILE_NOT_FOUND);
    check_dial_fails(100, KRT_ERR_ABSENT,
                     "ERROR_FILE_NOT_FOUND (2): no server listens on this pipe; is it "
                     "running, and is the name right?");
}

static LONG n_stops;

static void count_stop(void *context)
{
    InterlockedIncrement(context);
}

static DWORD WINAPI close_console(void *context)
{
    (void)context;
    return (DWORD)seen.on_event(CTRL_CLOSE_EVENT);
}

/* The system ends the process when the handler of this event returns. */
static void test_closing_console_waits_for_the_server(void)
{
    begin();
    krt_os_stopped();
    krt_os_on_stop(count_stop, &n_stops);
    CHECK(seen.on_event(CTRL_BREAK_EVENT));
    CHECK_INT(n_stops, 1);
    HANDLE thread = CreateThread(NULL, 0, close_console, NULL, 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 60), WAIT_TIMEOUT);
    krt_os_stopped();
    CHECK_INT(WaitForSingleObject(thread, 4000), WAIT_OBJECT_0);
    CHECK_INT(n_stops, 1);
    CloseHandle(thread);
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
        CASE(test_pipe_is_created_as_designed),
        CASE(test_descriptor_names_user_and_system_only),
        CASE(test_without_descriptor_there_is_no_server),
        CASE(test_descriptor_that_cannot_be_had_is_told),
        CASE(test_name_of_a_live_server_is_in_use_at_once),
        CASE(test_probe_of_a_taken_name_gives_no_rights_away),
        CASE(test_name_of_a_dead_server_is_waited_for),
        CASE(test_name_of_a_dead_server_is_given_up),
        CASE(test_new_owner_of_a_dead_name_ends_the_wait),
        CASE(test_other_failures_to_create_are_told_at_once),
        CASE(test_trouble_is_told_once_and_retried_with_back_off),
        CASE(test_back_off_is_bounded_and_a_wait_spans_it),
        CASE(test_trouble_comes_again_after_it_was_over),
        CASE(test_clients_that_left_do_not_count),
        CASE(test_instance_that_only_loses_clients_is_replaced),
        CASE(test_client_that_came_first_is_accepted_without_a_packet),
        CASE(test_clients_that_came_first_stay_within_the_limit),
        CASE(test_accept_that_is_not_fetched_is_freed),
        CASE(test_failed_connect_does_not_end_the_listening),
        CASE(test_instance_that_fails_later_is_replaced),
        CASE(test_stop_ends_the_retries),
        CASE(test_batches_are_small),
        CASE(test_closing_console_waits_for_the_server),
        CASE(test_dial_opens_as_designed),
        CASE(test_dial_does_not_repeat_a_denied_open),
        CASE(test_dial_waits_for_a_busy_server),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
