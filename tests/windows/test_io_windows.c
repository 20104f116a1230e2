/* io_windows.c with real pipes. Clients open them with CreateFileW, in this process; a
 * pipe's quota lets most conversations run on one thread. */
#include "check.h"
#include "io.h"
#include "os.h"
#include "user_only.h"
#include "windows_api.h"

#include <stdbool.h>

enum { PATIENCE_MS = 10000, QUOTA = 64 * 1024 };

/* The pipe of the running case. */
static struct krt_endpoint endpoint;
static wchar_t pipe_path[KRT_ENDPOINT_MAX];

static struct krt_io *open_io(int instances, int connections)
{
    static int n_names;
    struct krt_io_config config = {
        .instances = instances, .connections = connections, .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    char name[KRT_PIPE_NAME_MAX];
    snprintf(name, sizeof name, "krgen.test.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, &error), 0);
    for (size_t i = 0; i < KRT_ENDPOINT_MAX; i++)
        pipe_path[i] = (wchar_t)endpoint.path[i];
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), 0);
    return io;
}

static HANDLE try_open(void)
{
    return CreateFileW(pipe_path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       0, NULL);
}

static HANDLE client_open(void)
{
    HANDLE client = try_open();
    CHECK(client != INVALID_HANDLE_VALUE);
    return client;
}

static void check_refused(DWORD code)
{
    CHECK(try_open() == INVALID_HANDLE_VALUE);
    CHECK_INT(GetLastError(), code);
}

static void client_write(HANDLE client, const void *data, size_t len)
{
    DWORD n;
    CHECK(WriteFile(client, data, (DWORD)len, &n, NULL));
    CHECK_INT(n, len);
}

static void client_read(HANDLE client, void *buffer, size_t len)
{
    char *bytes = buffer;
    while (len > 0) {
        DWORD n;
        CHECK(ReadFile(client, bytes, (DWORD)len, &n, NULL));
        bytes += n;
        len -= n;
    }
}

static void check_client_read_fails(HANDLE client, DWORD code)
{
    char byte;
    DWORD n;
    CHECK(!ReadFile(client, &byte, 1, &n, NULL));
    CHECK_INT(GetLastError(), code);
}

static struct krt_completion next(struct krt_io *io)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, &completion, 1, PATIENCE_MS), 1);
    return completion;
}

static void check_quiet(struct krt_io *io, int ms)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, &completion, 1, ms), 0);
}

static struct krt_stream *next_accept(struct krt_io *io)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK_INT(completion.error, 0);
    CHECK(completion.stream);
    CHECK(!krt_stream_owner(completion.stream));
    return completion.stream;
}

/* The next completion is `op` on `stream` with `error`; returns its bytes. */
static size_t next_on(struct krt_io *io, enum krt_io_op op, struct krt_stream *stream,
                      int error)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, op);
    CHECK(completion.stream == stream);
    CHECK_INT(completion.error, error);
    return completion.n;
}

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
        size_t n = krt_io_wait(io, completions, 3, PATIENCE_MS);
        CHECK(n > 0);
        for (size_t i = 0; i < n; i++) {
            bool is_accept = completions[i].op == KRT_IO_ACCEPT;
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

static void test_sixteen_instances_are_armed_ahead(void)
{
    struct krt_io *io = open_io(16, 40);
    struct krt_stream *streams[16];
    struct krt_completion completions[64];
    HANDLE clients[16];
    for (int round = 0; round < 2; round++) {
        for (char i = 0; i < 16; i++) {
            clients[(int)i] = client_open();
            client_write(clients[(int)i], &i, 1);
        }
        check_refused(ERROR_PIPE_BUSY);
        size_t n = krt_io_wait(io, completions, 64, PATIENCE_MS);
        CHECK_INT(n, 16);
        for (size_t i = 0; i < 16; i++) {
            char number;
            CHECK_INT(completions[i].op, KRT_IO_ACCEPT);
            streams[i] = completions[i].stream;
            krt_stream_read(streams[i], &number, 1);
            CHECK_INT(next_on(io, KRT_IO_READ, streams[i], 0), 1);
            CHECK_INT(number, i);
        }
        for (size_t i = 0; i < 16; i++) {
            CloseHandle(clients[i]);
            krt_stream_close(streams[i]);
        }
    }
    krt_io_free(io);
}

static void test_replacement_is_armed_before_the_accept(void)
{
    struct krt_io *io = open_io(1, 4);
    HANDLE first = client_open();
    check_refused(ERROR_PIPE_BUSY);
    struct krt_stream *first_stream = next_accept(io);
    HANDLE second = client_open();
    struct krt_stream *second_stream = next_accept(io);
    krt_stream_close(first_stream);
    krt_stream_close(second_stream);
    CloseHandle(first);
    CloseHandle(second);
    krt_io_free(io);
}

static void test_probes_do_no_harm(void)
{
    struct krt_io *io = open_io(2, 8);
    struct krt_stream *stream;
    char byte;
    for (int i = 0; i < 20; i++) {
        CloseHandle(client_open());
        stream = next_accept(io);
        krt_stream_read(stream, &byte, 1);
        next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED);
        krt_stream_close(stream);
    }
    check_quiet(io, 0);
    HANDLE client = client_open();
    client_write(client, "x", 1);
    stream = next_accept(io);
    krt_stream_read(stream, &byte, 1);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 1);
    krt_stream_close(stream);
    CloseHandle(client);
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

static void test_stop_gives_the_name_up(void)
{
    struct krt_io *io = open_io(16, 40);
    krt_io_stop(io);
    krt_io_stop(io);
    check_quiet(io, 50);
    check_refused(ERROR_FILE_NOT_FOUND);
    krt_io_free(io);
}

static void test_stop_leaves_connections_and_arms_no_more(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[4];
    krt_io_stop(io);
    check_quiet(io, 20);
    check_refused(ERROR_PIPE_BUSY);
    client_write(client, "ping", 4);
    krt_stream_read(stream, buffer, sizeof buffer);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 4);
    krt_stream_write(stream, "pong", 4);
    next_on(io, KRT_IO_WRITE, stream, 0);
    krt_stream_close(stream);
    check_refused(ERROR_FILE_NOT_FOUND);
    client_read(client, buffer, 4);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_client_that_beats_the_stop_is_accepted(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    krt_io_stop(io);
    struct krt_stream *stream = next_accept(io);
    krt_stream_write(stream, "bye", 3);
    next_on(io, KRT_IO_WRITE, stream, 0);
    krt_stream_close(stream);
    char buffer[3];
    client_read(client, buffer, 3);
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
    CHECK_INT(krt_io_wait(io, &completion, 1, -1), 1);
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

static void test_connections_are_limited(void)
{
    struct krt_io *io = open_io(16, 2);
    HANDLE clients[3];
    struct krt_stream *streams[3];
    for (int i = 0; i < 2; i++) {
        clients[i] = client_open();
        streams[i] = next_accept(io);
    }
    check_refused(ERROR_PIPE_BUSY);
    check_quiet(io, 20);
    check_refused(ERROR_PIPE_BUSY);
    krt_stream_close(streams[0]);
    clients[2] = client_open();
    check_refused(ERROR_PIPE_BUSY);
    streams[2] = next_accept(io);
    for (int i = 0; i < 3; i++)
        CloseHandle(clients[i]);
    krt_stream_close(streams[1]);
    krt_stream_close(streams[2]);
    krt_io_free(io);
}

static void test_one_connection_is_enough(void)
{
    struct krt_io *io = open_io(16, 1);
    for (int i = 0; i < 5; i++) {
        HANDLE client = client_open();
        struct krt_stream *stream = next_accept(io);
        check_refused(ERROR_PIPE_BUSY);
        krt_stream_close(stream);
        CloseHandle(client);
    }
    krt_io_free(io);
}

static void live_and_die(void)
{
    struct krt_io *io = open_io(16, 40);
    HANDLE early = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[4];
    krt_stream_read(stream, buffer, sizeof buffer);
    krt_stream_cancel(stream);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_ABORTED);
    krt_stream_close(stream);
    HANDLE late = client_open();
    krt_io_free(io); /* with `late` accepted by the system, but not yet by the user */
    CloseHandle(early);
    CloseHandle(late);
}

static void test_nothing_leaks(void)
{
    live_and_die();
    int before = check_count_handles();
    int64_t start = krt_os_now_ms();
    for (int i = 0; i < 10; i++)
        live_and_die();
    CHECK_INT(check_count_handles(), before);
    CHECK(krt_os_now_ms() - start < 5000); /* no wait ran into its timeout */
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
        CASE(test_sixteen_instances_are_armed_ahead),
        CASE(test_replacement_is_armed_before_the_accept),
        CASE(test_probes_do_no_harm),
        CASE(test_writing_nothing_ends_no_read),
        CASE(test_peer_closing_ends_a_pending_read),
        CASE(test_data_arrives_before_the_end),
        CASE(test_write_to_a_closed_peer_fails_from_wait),
        CASE(test_cancelled_read_leaves_the_stream_usable),
        CASE(test_write_beyond_the_quota_waits_for_the_reader),
        CASE(test_pending_write_can_be_cancelled),
        CASE(test_close_keeps_what_was_written),
        CASE(test_stop_gives_the_name_up),
        CASE(test_stop_leaves_connections_and_arms_no_more),
        CASE(test_client_that_beats_the_stop_is_accepted),
        CASE(test_wake_from_another_thread),
        CASE(test_wakes_are_joined_and_never_lost),
        CASE(test_connections_are_limited),
        CASE(test_one_connection_is_enough),
        CASE(test_nothing_leaks),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
