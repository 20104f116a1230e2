/* io_windows.c with real pipes and one worker. */
#include "pipes.h"

static void test_wait_ends_at_its_timeout(void)
{
    struct krt_io *io = open_io(2, 4);
    int64_t start = krt_os_now_ms();
    check_quiet(io, 0);
    check_quiet(io, 60);
    CHECK(krt_os_now_ms() - start >= 50);
    krt_io_free(io);
}

static void test_write_and_read(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[16];
    krt_stream_set_owner(stream, io);
    CHECK(krt_stream_owner(stream) == io);

    krt_stream_read(stream, buffer, sizeof buffer);
    check_quiet(io, 0);
    client_write(client, "hello", 5);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 5);
    CHECK(memcmp(buffer, "hello", 5) == 0);
    krt_stream_write(stream, "welcome", 7);
    CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), 7);
    client_read(client, buffer, 7);
    CHECK(memcmp(buffer, "welcome", 7) == 0);

    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

/* More clients than fit at once, each on its own thread. */
enum { ECHO_CLIENTS = 12, ECHO_ROUNDS = 40 };

static DWORD WINAPI echo_client(void *context)
{
    HANDLE client = try_open();
    while (client == INVALID_HANDLE_VALUE) {
        CHECK_INT(GetLastError(), ERROR_PIPE_BUSY);
        Sleep(5);
        client = try_open();
    }
    for (int i = 0; i < ECHO_ROUNDS; i++) {
        int sent[2] = {*(const int *)context, i};
        int received[2];
        client_write(client, sent, sizeof sent);
        client_read(client, received, sizeof received);
        CHECK(memcmp(sent, received, sizeof sent) == 0);
    }
    CloseHandle(client);
    return 0;
}

struct echo {
    size_t n_bytes;
    char buffer[64];
};

/* Serves one completion; says whether it was the last of a client. */
static bool serve_echo(const struct krt_completion *completion, struct echo *echo)
{
    struct krt_stream *stream = completion->stream;
    if (completion->op == KRT_IO_ACCEPT)
        krt_stream_set_owner(stream, echo);
    else
        echo = krt_stream_owner(stream);
    if (completion->error) {
        CHECK_INT(completion->error, KRT_ERR_CLOSED);
        krt_stream_close(stream);
        return true;
    }
    if (completion->op == KRT_IO_READ)
        krt_stream_write(stream, echo->buffer, completion->n);
    else
        krt_stream_read(stream, echo->buffer, sizeof echo->buffer);
    return false;
}

static void test_many_clients_at_once(void)
{
    static struct echo echoes[ECHO_CLIENTS];
    struct krt_io *io = open_io(4, 8);
    HANDLE threads[ECHO_CLIENTS];
    int numbers[ECHO_CLIENTS];
    int n_accepted = 0;
    int n_open = 0;
    for (int i = 0; i < ECHO_CLIENTS; i++) {
        numbers[i] = i;
        threads[i] = CreateThread(NULL, 0, echo_client, &numbers[i], 0, NULL);
    }
    for (int n_done = 0; n_done < ECHO_CLIENTS;) {
        struct krt_completion completions[3];
        size_t n = krt_io_wait(io, 0, completions, 3, PATIENCE_MS);
        CHECK(n > 0);
        for (size_t i = 0; i < n; i++) {
            bool is_accept = completions[i].op == KRT_IO_ACCEPT;
            if (completions[i].error == KRT_ERR_BUSY)
                continue; /* there are more clients than fit */
            bool is_end = serve_echo(&completions[i], &echoes[n_accepted]);
            n_accepted += is_accept;
            n_open += is_accept - is_end;
            n_done += is_end;
            CHECK(n_open <= 8);
        }
    }
    WaitForMultipleObjects(ECHO_CLIENTS, threads, TRUE, PATIENCE_MS);
    for (int i = 0; i < ECHO_CLIENTS; i++)
        CloseHandle(threads[i]);
    krt_io_free(io);
}

/* Windows completes a read when the client writes nothing. */
static void test_writing_nothing_ends_no_read(void)
{
    struct krt_io *io = open_io(2, 8);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char bytes[8];
    krt_stream_read(stream, bytes, sizeof bytes);
    for (int i = 0; i < 3; i++)
        client_write(client, "", 0);
    check_quiet(io, 50);
    client_write(client, "ab", 2);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 2);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_peer_closing_ends_a_pending_read(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[8];
    krt_stream_read(stream, buffer, sizeof buffer);
    check_quiet(io, 0);
    CloseHandle(client);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED), 0);
    krt_stream_close(stream);
    krt_io_free(io);
}

static void test_data_arrives_before_the_end(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[8];
    client_write(client, "last", 4);
    CloseHandle(client);
    krt_stream_read(stream, buffer, sizeof buffer);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 4);
    krt_stream_read(stream, buffer, sizeof buffer);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED);
    krt_stream_close(stream);
    krt_io_free(io);
}

static void test_write_to_a_closed_peer_fails_from_wait(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    CloseHandle(client);
    krt_stream_write(stream, "x", 1);
    next_on(io, KRT_IO_WRITE, stream, KRT_ERR_CLOSED);
    krt_stream_close(stream);
    krt_io_free(io);
}

static void test_cancelled_read_leaves_the_stream_usable(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[8];
    krt_stream_read(stream, buffer, sizeof buffer);
    krt_stream_cancel(stream);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_ABORTED);
    client_write(client, "more", 4);
    krt_stream_read(stream, buffer, sizeof buffer);
    krt_stream_cancel(stream); /* too late: the data was there */
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 4);
    check_quiet(io, 0);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_write_beyond_the_quota_waits_for_the_reader(void)
{
    static char data[QUOTA];
    static char received[QUOTA];
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    memset(data, 'a', sizeof data);
    krt_stream_write(stream, data, sizeof data);
    CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), QUOTA);
    krt_stream_write(stream, data, sizeof data);
    check_quiet(io, 30);
    client_read(client, received, sizeof received);
    CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), QUOTA);
    client_read(client, received, sizeof received);
    CHECK(memcmp(data, received, sizeof data) == 0);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_pending_write_can_be_cancelled(void)
{
    static char data[QUOTA];
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    krt_stream_write(stream, data, sizeof data);
    next_on(io, KRT_IO_WRITE, stream, 0);
    krt_stream_write(stream, data, sizeof data);
    krt_stream_cancel(stream);
    next_on(io, KRT_IO_WRITE, stream, KRT_ERR_ABORTED);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_close_keeps_what_was_written(void)
{
    static char received[QUOTA];
    static char data[QUOTA];
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    memset(data, 'z', sizeof data);
    client_write(client, "unread", 6);
    krt_stream_write(stream, data, sizeof data);
    next_on(io, KRT_IO_WRITE, stream, 0);
    krt_stream_end_output(stream);
    krt_stream_close(stream);
    client_read(client, received, sizeof received);
    CHECK(memcmp(data, received, sizeof data) == 0);
    check_client_read_fails(client, ERROR_BROKEN_PIPE);
    CloseHandle(client);
    krt_io_free(io);
}

static DWORD WINAPI wake_soon(void *io)
{
    Sleep(30);
    krt_io_wake(io);
    return 0;
}

static void test_wake_from_another_thread(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE thread = CreateThread(NULL, 0, wake_soon, io, 0, NULL);
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, -1), 1);
    CHECK_INT(completion.op, KRT_IO_WAKE);
    CHECK(!completion.stream);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    check_quiet(io, 0);
    krt_io_free(io);
}

static void test_wakes_are_joined_and_never_lost(void)
{
    struct krt_io *io = open_io(2, 4);
    for (int i = 0; i < 3; i++) {
        krt_io_wake(io);
        krt_io_wake(io);
        CHECK_INT(next(io).op, KRT_IO_WAKE);
        check_quiet(io, 0);
    }
    krt_io_wake(io);
    krt_io_free(io);
}

/* Wine knows but one user, and no levels of impersonation. */
static void test_client_is_identified(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    struct krt_identity identity;
    wchar_t name[256];
    char user[256];
    DWORD len = 256;
    client_write(client, "hello", 5);
    next_read(io, stream, "hello");
    krt_stream_identify(stream, &identity);
    CHECK(GetUserNameW(name, &len));
    CHECK(WideCharToMultiByte(CP_UTF8, 0, name, -1, user, sizeof user, NULL, NULL));
    CHECK_INT(identity.pid, krt_os_pid());
    CHECK_TEXT(identity.user, user);
    HANDLE token;
    CHECK(!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    CHECK_INT(GetLastError(), ERROR_NO_TOKEN);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

/* A busy stream does not keep the others from their turn: it brings no packets, as its
 * writes succeed at once. */
static void test_busy_stream_lets_others_have_a_turn(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE busy_client = client_open();
    struct krt_stream *busy = next_accept(io);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    struct krt_completion completion;
    char byte;
    int n_waits = 0;
    krt_stream_read(stream, &byte, 1);
    client_write(client, "x", 1);
    do {
        krt_stream_write(busy, "y", 1);
        CHECK_INT(krt_io_wait(io, 0, &completion, 1, PATIENCE_MS), 1);
        CHECK(n_waits++ < 40);
    } while (completion.stream == busy);
    CHECK_INT(completion.n, 1);
    next_on(io, KRT_IO_WRITE, busy, 0);
    krt_stream_close(stream);
    krt_stream_close(busy);
    CloseHandle(client);
    CloseHandle(busy_client);
    krt_io_free(io);
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
        CASE(test_wait_ends_at_its_timeout),
        CASE(test_write_and_read),
        CASE(test_many_clients_at_once),
        CASE(test_writing_nothing_ends_no_read),
        CASE(test_peer_closing_ends_a_pending_read),
        CASE(test_data_arrives_before_the_end),
        CASE(test_write_to_a_closed_peer_fails_from_wait),
        CASE(test_cancelled_read_leaves_the_stream_usable),
        CASE(test_write_beyond_the_quota_waits_for_the_reader),
        CASE(test_pending_write_can_be_cancelled),
        CASE(test_close_keeps_what_was_written),
        CASE(test_wake_from_another_thread),
        CASE(test_wakes_are_joined_and_never_lost),
        CASE(test_client_is_identified),
        CASE(test_busy_stream_lets_others_have_a_turn),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
