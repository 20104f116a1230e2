/* dial_windows.c against a raw pipe server of this file's own. */
#include "check.h"
#include "dial.h"
#include "os.h"
#include "windows_api.h"

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
static HANDLE serve(void)
{
    name_pipe();
    HANDLE pipe =
        CreateNamedPipeA(endpoint.path, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT,
                         1, QUOTA, QUOTA, 0, NULL);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    return pipe;
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
    CHECK_INT(krt_link_write(link, "hello", 5, soon(PATIENCE_MS), &error), 0);
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
    CHECK_INT(krt_link_write(link, "x", 1, soon(PATIENCE_MS), &error), KRT_ERR_CLOSED);
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
    CHECK_INT(link_read(link, &byte, 1, &n), KRT_ERR_SYSTEM);
    check_error(KRT_ERR_SYSTEM, "read from",
                "ERROR_PIPE_NOT_CONNECTED (233): the server broke the connection off; "
                "data may be missing");
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
    check_error(KRT_ERR_TIMEOUT, "read from",
                "timed out: the server sent nothing in time");
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
    CHECK_INT(krt_link_write(link, data, sizeof data, soon(60), &error),
              KRT_ERR_TIMEOUT);
    check_error(KRT_ERR_TIMEOUT, "write to", "timed out: the server does not read");
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
    CHECK_INT(krt_link_write(link, data, LARGE, soon(PATIENCE_MS), &error), 0);
    krt_link_close(link);
    CHECK_INT(WaitForSingleObject(thread, PATIENCE_MS), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &total));
    CHECK_INT(total, LARGE);
    CloseHandle(thread);
    CloseHandle(pipe);
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
        CASE(test_nothing_leaks),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
