/* dial_windows.c against a raw pipe server of this file's own. One system call is
 * faked: Windows headers declare imports, so a call goes through the pointer
 * __imp_NAME, which the import library defines; the linker prefers the definition here.
 */
#include "check.h"
#include "dial.h"
#include "os.h"
#include "windows_api.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdbool.h>

enum { PATIENCE_MS = 10000, QUOTA = 4096 };

static struct krt_endpoint endpoint;
static struct krt_error error;
static char expected_text[512];

static void name_pipe(void)
{
    static int n_names;
    char name[KRT_PIPE_NAME_MAX];
    snprintf(name, sizeof name, "krgen.dial.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, &error), 0);
}

/* A blocking server with one instance; a client can open it at once. */
static HANDLE serve_as(SECURITY_ATTRIBUTES *security)
{
    name_pipe();
    HANDLE pipe =
        CreateNamedPipeA(endpoint.path, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT,
                         1, QUOTA, QUOTA, 0, security);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return pipe;
}

static HANDLE serve(void)
{
    return serve_as(NULL);
}

static int64_t soon(int ms)
{
    return krt_os_now_ms() + ms;
}

static struct krt_link *dial(void)
{
    struct krt_link *link;
    CHECK_INT(krt_dial(&link, &endpoint, soon(PATIENCE_MS), &error), 0);
    return link;
}

/* The text is "cannot OPERATION PATH: `rest`". */
static void check_error(enum krt_err kind, const char *operation, const char *rest)
{
    snprintf(expected_text, sizeof expected_text, "cannot %s %s: %s", operation,
             endpoint.path, rest);
    CHECK_TEXT(error.text, expected_text);
    CHECK_INT(error.kind, kind);
}

static void server_write(HANDLE pipe, const void *data, size_t len)
{
    DWORD n;
    CHECK(WriteFile(pipe, data, (DWORD)len, &n, NULL));
    CHECK_INT(n, len);
}

static int link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n)
{
    return krt_link_read(link, buffer, cap, n, soon(PATIENCE_MS), &error);
}

/* What a write hears, and how many times more it shall go on. */
struct listener {
    struct krt_link *link;
    int patience;
    int n_inputs;
    int result; /* of the last read */
    size_t n;
};

static bool on_input(void *context)
{
    struct listener *listener = context;
    char buffer[64];
    listener->n_inputs++;
    listener->result = link_read(listener->link, buffer, sizeof buffer, &listener->n);
    return listener->patience-- > 0;
}

static int link_write(struct listener *listener, const void *data, size_t len,
                      int64_t timeout_ms, bool *has_begun)
{
    struct krt_writing writing = {.data = data,
                                  .len = len,
                                  .timeout_ms = timeout_ms,
                                  .on_input = on_input,
                                  .context = listener};
    int result = krt_link_write(listener->link, &writing, &error);
    if (has_begun)
        *has_begun = writing.has_begun;
    return result;
}

static void test_absent_server_is_told_at_once(void)
{
    struct krt_link *link;
    name_pipe();
    int64_t start = krt_os_now_ms();
    CHECK_INT(krt_dial(&link, &endpoint, soon(PATIENCE_MS), &error), KRT_ERR_ABSENT);
    CHECK(krt_os_now_ms() - start < PATIENCE_MS / 2);
    check_error(KRT_ERR_ABSENT, "open",
                "ERROR_FILE_NOT_FOUND (2): no server listens on this pipe; is it "
                "running, and is the name right?");
}

static void test_data_then_end(void)
{
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    char buffer[64];
    size_t n;
    DWORD received;
    struct listener listener = {.link = link};
    bool has_begun;
    CHECK_INT(link_write(&listener, "hello", 5, PATIENCE_MS, &has_begun), 0);
    CHECK(has_begun);
    CHECK(ReadFile(pipe, buffer, sizeof buffer, &received, NULL));
    CHECK_INT(received, 5);
    server_write(pipe, "welcome", 7);
    CloseHandle(pipe);
    CHECK_INT(link_read(link, buffer, 4, &n), 0);
    CHECK_INT(n, 4);
    CHECK_INT(link_read(link, buffer, sizeof buffer, &n), 0);
    CHECK_INT(n, 3);
    CHECK(memcmp(buffer, "ome", 3) == 0);
    CHECK_INT(link_read(link, buffer, sizeof buffer, &n), KRT_ERR_CLOSED);
    check_error(KRT_ERR_CLOSED, "read from",
                "ERROR_BROKEN_PIPE (109): the server closed the connection");
    CHECK_INT(link_write(&listener, "x", 1, PATIENCE_MS, &has_begun), KRT_ERR_CLOSED);
    CHECK(!has_begun);
    CHECK_INT(listener.n_inputs, 0);
    krt_link_close(link);
}

/* What a server that breaks a response off does: not the end of a body. */
static void test_disconnect_is_no_orderly_end(void)
{
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    char byte;
    size_t n;
    server_write(pipe, "lost", 4);
    CHECK(DisconnectNamedPipe(pipe));
    CHECK_INT(link_read(link, &byte, 1, &n), KRT_ERR_ABORTED);
    check_error(KRT_ERR_ABORTED, "read from",
                "ERROR_PIPE_NOT_CONNECTED (233): the server broke the connection off; "
                "data may be missing");
    struct listener listener = {.link = link};
    bool has_begun;
    CHECK_INT(link_write(&listener, "x", 1, PATIENCE_MS, &has_begun), KRT_ERR_ABORTED);
    CHECK(!has_begun);
    krt_link_close(link);
    CloseHandle(pipe);
}

static DWORD WINAPI free_instance(void *pipe)
{
    Sleep(80);
    DisconnectNamedPipe(pipe);
    ConnectNamedPipe(pipe, NULL);
    return 0;
}

static void test_busy_server_is_awaited(void)
{
    HANDLE pipe = serve();
    struct krt_link *first = dial();
    struct krt_link *second;
    CHECK_INT(krt_dial(&second, &endpoint, soon(30), &error), KRT_ERR_BUSY);
    check_error(KRT_ERR_BUSY, "open",
                "ERROR_PIPE_BUSY (231): the server has no free connection; try again, "
                "or end other clients");
    HANDLE thread = CreateThread(NULL, 0, free_instance, pipe, 0, NULL);
    second = dial();
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    krt_link_close(first);
    krt_link_close(second);
    CloseHandle(pipe);
}

static void test_silent_server_times_out_a_read(void)
{
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    char buffer[8];
    size_t n = 99;
    int64_t start = krt_os_now_ms();
    CHECK_INT(krt_link_read(link, buffer, sizeof buffer, &n, soon(60), &error),
              KRT_ERR_TIMEOUT);
    CHECK(krt_os_now_ms() - start >= 40);
    snprintf(expected_text, sizeof expected_text,
             "no answer from %s: the time limit passed", endpoint.path);
    CHECK_TEXT(error.text, expected_text);
    CHECK_INT(n, 99);
    server_write(pipe, "late", 4);
    CHECK_INT(link_read(link, buffer, sizeof buffer, &n), 0);
    CHECK_INT(n, 4);
    krt_link_close(link);
    CloseHandle(pipe);
}

static void test_past_deadline_still_gets_what_is_there(void)
{
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    char buffer[8];
    size_t n;
    server_write(pipe, "now", 3);
    CHECK_INT(krt_link_read(link, buffer, sizeof buffer, &n, 0, &error), 0);
    CHECK_INT(n, 3);
    CHECK_INT(krt_link_read(link, buffer, sizeof buffer, &n, 0, &error),
              KRT_ERR_TIMEOUT);
    krt_link_close(link);
    CloseHandle(pipe);
}

static void test_server_that_does_not_read_times_out_a_write(void)
{
    static char data[200000];
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    struct listener listener = {.link = link};
    int64_t start = krt_os_now_ms();
    CHECK_INT(link_write(&listener, data, sizeof data, 60, NULL), KRT_ERR_TIMEOUT);
    CHECK(krt_os_now_ms() - start >= 40);
    snprintf(expected_text, sizeof expected_text,
             "no answer from %s: the time limit passed; the server does not read",
             endpoint.path);
    CHECK_TEXT(error.text, expected_text);
    krt_link_close(link);
    CloseHandle(pipe);
}

enum { LARGE = 200000 };

static DWORD WINAPI read_large(void *pipe)
{
    static unsigned char buffer[1000];
    size_t total = 0;
    DWORD n;
    while (total < LARGE && ReadFile(pipe, buffer, sizeof buffer, &n, NULL))
        for (DWORD i = 0; i < n; i++)
            CHECK_INT(buffer[i], (total++ * 7) & 0xff);
    return (DWORD)total;
}

static void test_large_write_arrives_whole(void)
{
    static unsigned char data[LARGE];
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    DWORD total;
    for (size_t i = 0; i < LARGE; i++)
        data[i] = (unsigned char)((i * 7) & 0xff);
    HANDLE thread = CreateThread(NULL, 0, read_large, pipe, 0, NULL);
    struct listener listener = {.link = link};
    CHECK_INT(link_write(&listener, data, LARGE, PATIENCE_MS, NULL), 0);
    krt_link_close(link);
    CHECK_INT(WaitForSingleObject(thread, PATIENCE_MS), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &total));
    CHECK_INT(total, LARGE);
    CloseHandle(thread);
    CloseHandle(pipe);
}

/* ---- What the server says while it is written to ---- */

static void test_input_is_heard_before_the_first_byte(void)
{
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    struct listener listener = {.link = link};
    bool has_begun;
    server_write(pipe, "early", 5);
    CHECK_INT(link_write(&listener, "x", 1, PATIENCE_MS, &has_begun), 0);
    CHECK(!has_begun);
    CHECK_INT(listener.n_inputs, 1);
    CHECK_INT(listener.n, 5);
    server_write(pipe, "again", 5);
    listener.patience = 1;
    CHECK_INT(link_write(&listener, "x", 1, PATIENCE_MS, &has_begun), 0);
    CHECK(has_begun);
    CHECK_INT(listener.n_inputs, 2);
    krt_link_close(link);
    CloseHandle(pipe);
}

static DWORD WINAPI refuse_late(void *pipe)
{
    Sleep(80);
    server_write(pipe, "no", 2);
    return 0;
}

/* The write is taken back, and the connection can still be read. */
static void test_input_ends_a_write_that_the_server_does_not_take(void)
{
    static char data[LARGE];
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    struct listener listener = {.link = link};
    char buffer[8];
    size_t n;
    HANDLE thread = CreateThread(NULL, 0, refuse_late, pipe, 0, NULL);
    CHECK_INT(link_write(&listener, data, LARGE, PATIENCE_MS, NULL), 0);
    CHECK_INT(listener.n_inputs, 1);
    CHECK_INT(listener.result, 0);
    CHECK_INT(listener.n, 2);
    CHECK_INT(WaitForSingleObject(thread, PATIENCE_MS), WAIT_OBJECT_0);
    server_write(pipe, "why", 3);
    CHECK_INT(link_read(link, buffer, sizeof buffer, &n), 0);
    CHECK_INT(n, 3);
    CloseHandle(thread);
    krt_link_close(link);
    CloseHandle(pipe);
}

static DWORD WINAPI consent_late(void *pipe)
{
    Sleep(80);
    server_write(pipe, "go", 2);
    Sleep(80);
    return read_large(pipe);
}

/* A write that is pending goes on while what came is read. */
static void test_input_during_a_write_does_no_harm_to_it(void)
{
    static unsigned char data[LARGE];
    HANDLE pipe = serve();
    struct krt_link *link = dial();
    struct listener listener = {.link = link, .patience = 9};
    DWORD total;
    for (size_t i = 0; i < LARGE; i++)
        data[i] = (unsigned char)((i * 7) & 0xff);
    HANDLE thread = CreateThread(NULL, 0, consent_late, pipe, 0, NULL);
    CHECK_INT(link_write(&listener, data, LARGE, PATIENCE_MS, NULL), 0);
    CHECK_INT(listener.n_inputs, 1);
    krt_link_close(link);
    CHECK_INT(WaitForSingleObject(thread, PATIENCE_MS), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &total));
    CHECK_INT(total, LARGE);
    CloseHandle(thread);
    CloseHandle(pipe);
}

/* ---- Owners ---- */

typedef DWORD(WINAPI *security_fn)(HANDLE, SE_OBJECT_TYPE, SECURITY_INFORMATION, PSID *,
                                   PSID *, PACL *, PACL *, PSECURITY_DESCRIPTOR *);

enum { REAL, FAILS, TELLS_NONE };

static int manner;

/* Wine has no pipe whose descriptor cannot be read. */
static DWORD WINAPI fake_security(HANDLE pipe, SE_OBJECT_TYPE type,
                                  SECURITY_INFORMATION information, PSID *owner,
                                  PSID *group, PACL *dacl, PACL *sacl,
                                  PSECURITY_DESCRIPTOR *descriptor)
{
    typedef void (*any_function)(void);
    CHECK_INT(type, SE_KERNEL_OBJECT);
    CHECK_INT(information, OWNER_SECURITY_INFORMATION);
    if (manner == FAILS)
        return ERROR_ACCESS_DENIED;
    FARPROC real = GetProcAddress(GetModuleHandleW(L"advapi32"), "GetSecurityInfo");
    DWORD code = ((security_fn)(any_function)real)(pipe, type, information, owner,
                                                   group, dacl, sacl, descriptor);
    if (manner == TELLS_NONE)
        *owner = NULL;
    return code;
}

extern security_fn __imp_GetSecurityInfo;
security_fn __imp_GetSecurityInfo = fake_security;

/* The check of a server that belongs to `sid`, a name in SDDL. */
static int check_owner(const char *sid)
{
    char sddl[300];
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
    snprintf(sddl, sizeof sddl, "O:%sD:P(A;;GA;;;WD)", sid);
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        sddl, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL));
    HANDLE pipe = serve_as(&security);
    struct krt_link *link = dial();
    int before = check_count_handles();
    int result = krt_link_check_owner(link, &error);
    CHECK_INT(check_count_handles(), before);
    krt_link_close(link);
    CloseHandle(pipe);
    LocalFree(security.lpSecurityDescriptor);
    return result;
}

static char *this_user(void)
{
    union {
        TOKEN_USER user;
        char room[256];
    } information;
    HANDLE token;
    DWORD len;
    char *sid;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(
        GetTokenInformation(token, TokenUser, &information, sizeof information, &len));
    CHECK(ConvertSidToStringSidA(information.user.User.Sid, &sid));
    CloseHandle(token);
    return sid;
}

static void test_server_of_this_user_or_the_system_is_trusted(void)
{
    char *sid = this_user();
    CHECK_INT(check_owner(sid), 0);
    CHECK_INT(check_owner("SY"), 0);
    CHECK_INT(check_owner("BA"), 0);
    LocalFree(sid);
}

static void check_refusal(const char *sid, const char *reason)
{
    CHECK_INT(check_owner(sid), KRT_ERR_DENIED);
    CHECK_INT(error.kind, KRT_ERR_DENIED);
    snprintf(expected_text, sizeof expected_text,
             "nothing was sent to %s: %s; --any-owner trusts it", endpoint.path,
             reason);
    CHECK_TEXT(error.text, expected_text);
}

static void test_server_of_another_user_is_refused(void)
{
    check_refusal("S-1-5-19",
                  "its server belongs to S-1-5-19, neither to this user nor "
                  "to the system");
    check_refusal("S-1-5-21-1-2-3-1000",
                  "its server belongs to S-1-5-21-1-2-3-1000, neither to this user nor "
                  "to the system");
    check_refusal("WD", "its server belongs to S-1-1-0, neither to this user nor to "
                        "the system");
}

static void test_server_whose_owner_is_unknown_is_refused(void)
{
    char *sid = this_user();
    manner = FAILS;
    check_refusal(sid, "the system does not tell who owns its server (5)");
    manner = TELLS_NONE;
    check_refusal(sid, "the system does not tell who owns its server (0)");
    manner = REAL;
    LocalFree(sid);
}

static void test_nothing_leaks(void)
{
    int before = 0;
    for (int i = 0; i < 20; i++) {
        HANDLE pipe = serve();
        struct krt_link *link = dial();
        struct krt_link *refused;
        CHECK_INT(krt_dial(&refused, &endpoint, 0, &error), KRT_ERR_BUSY);
        krt_link_close(link);
        CloseHandle(pipe);
        CHECK_INT(krt_dial(&refused, &endpoint, 0, &error), KRT_ERR_ABSENT);
        if (i == 0)
            before = check_count_handles();
    }
    CHECK_INT(check_count_handles(), before);
    krt_link_close(NULL);
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
        CASE(test_absent_server_is_told_at_once),
        CASE(test_data_then_end),
        CASE(test_disconnect_is_no_orderly_end),
        CASE(test_busy_server_is_awaited),
        CASE(test_silent_server_times_out_a_read),
        CASE(test_past_deadline_still_gets_what_is_there),
        CASE(test_server_that_does_not_read_times_out_a_write),
        CASE(test_large_write_arrives_whole),
        CASE(test_input_is_heard_before_the_first_byte),
        CASE(test_input_ends_a_write_that_the_server_does_not_take),
        CASE(test_input_during_a_write_does_no_harm_to_it),
        CASE(test_server_of_this_user_or_the_system_is_trusted),
        CASE(test_server_of_another_user_is_refused),
        CASE(test_server_whose_owner_is_unknown_is_refused),
        CASE(test_nothing_leaks),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
