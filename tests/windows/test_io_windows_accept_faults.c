/* accept_windows.c and io_windows.c against faked system calls. */
#include "fakes.h"

/* The next completion tells of trouble with accepting. */
static void next_error(struct krt_io *io, int error)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK(!completion.stream);
    CHECK_INT(completion.error, error);
}

static void test_trouble_is_told_once_and_retried_with_back_off(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 4, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(3, 40);
    next_error(io, KRT_ERR_NO_MEMORY);
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
    next_error(io, KRT_ERR_NO_MEMORY);
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
    next_error(io, KRT_ERR_NO_MEMORY);
    check_quiet(io, 1000);
    script(&seen.create, 1, REAL);
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    HANDLE client = client_open();
    krt_stream_close(next_accept(io));
    next_error(io, KRT_ERR_NO_MEMORY);
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
    next_error(io, KRT_ERR_CLOSED);
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
    CHECK_INT(seen.create.n_calls, 5); /* one more waits for room */
    struct krt_stream *streams[4];
    for (int i = 0; i < 4; i++)
        streams[i] = next_accept(io);
    next_error(io, KRT_ERR_BUSY);
    check_quiet(io, 10);
    seen.connect.len = 0;
    for (int i = 0; i < 4; i++)
        krt_stream_close(streams[i]);
    krt_stream_close(next_accept(io));
    krt_io_free(io);
}

static void test_accept_that_is_not_fetched_is_freed(void)
{
    begin();
    script(&seen.connect, 2, ERROR_PIPE_CONNECTED);
    int n_handles = check_count_handles();
    krt_io_free(open_io(1, 4));
    seen.connect.n_calls = 0;
    krt_io_free(open_io(1, 1)); /* nothing listens, and one waits for room */
    CHECK_INT(check_count_handles(), n_handles);
    CHECK_INT(seen.now, 1000000);
}

static void test_failed_connect_does_not_end_the_listening(void)
{
    begin();
    script(&seen.connect, 1, REAL);
    script(&seen.connect, 2, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(2, 4);
    next_error(io, KRT_ERR_NO_MEMORY);
    check_quiet(io, 1000);
    CHECK_INT(seen.connect.n_calls, 4);
    krt_io_free(io);
}

static void test_instance_that_fails_later_is_replaced(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    CHECK(CancelIoEx(seen.connecting, NULL));
    next_error(io, KRT_ERR_ABORTED);
    CHECK_INT(seen.create.n_calls, 1);
    check_quiet(io, 60);
    CHECK_INT(seen.create.n_calls, 2);
    CHECK(!(seen.open_mode[1] & FILE_FLAG_FIRST_PIPE_INSTANCE)); /* it held the name */
    krt_io_free(io);
}

/* No trouble: somebody who looked, and left before anybody saw. */
static void test_instance_whose_client_left_listens_again(void)
{
    static const DWORD codes[] = {ERROR_NO_DATA, ERROR_BROKEN_PIPE};
    for (int i = 0; i < 2; i++) {
        begin();
        script(&seen.result, 1, codes[i]);
        struct krt_io *io = open_io(1, 4);
        CloseHandle(client_open());
        check_quiet(io, 10);
        CHECK_INT(seen.n_disconnects, 1);
        CHECK_INT(seen.create.n_calls, 1);
        CHECK_INT(seen.connect.n_calls, 2);
        HANDLE client = client_open();
        krt_stream_close(next_accept(io));
        CloseHandle(client);
        krt_io_free(io);
    }
}

static void test_stop_ends_the_retries(void)
{
    begin();
    script(&seen.create, 1, REAL);
    script(&seen.create, 20, ERROR_NO_SYSTEM_RESOURCES);
    struct krt_io *io = open_io(2, 4);
    next_error(io, KRT_ERR_NO_MEMORY);
    krt_io_stop(io);
    check_quiet(io, 5000);
    CHECK_INT(seen.create.n_calls, 2);
    krt_io_free(io);
}

/* All fails from some moment on, while connections go on, and then nothing does. */
static void test_long_trouble_is_told_once_and_ends(void)
{
    begin();
    struct krt_io *io = open_io(2, 40);
    HANDLE clients[2];
    struct krt_stream *streams[2];
    script(&seen.create, 2, REAL);
    script(&seen.create, 30, ERROR_NO_SYSTEM_RESOURCES);
    clients[0] = client_open();
    streams[0] = next_accept(io);
    next_error(io, KRT_ERR_NO_MEMORY);
    clients[1] = client_open();
    streams[1] = next_accept(io);
    check_quiet(io, 20000);
    char byte;
    client_write(clients[0], "x");
    krt_stream_read(streams[0], &byte, 1);
    CHECK_INT(next_on(io, KRT_IO_READ, streams[0], 0), 1);
    check_quiet(io, 60000);
    CHECK_INT(seen.create.n_calls, 34); /* the last two succeeded */
    for (int i = 0; i < 2; i++) {
        HANDLE late = client_open();
        krt_stream_close(next_accept(io));
        CloseHandle(late);
        CloseHandle(clients[i]);
        krt_stream_close(streams[i]);
    }
    krt_io_free(io);
}

/* The worker that met the trouble wakes for the retry; the others need not. */
static void test_retry_is_the_business_of_who_failed(void)
{
    struct krt_completion completion;
    begin();
    struct krt_io *io = open_io_for(1, 40, 3);
    script(&seen.create, 1, REAL);
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    HANDLE client = client_open();
    CHECK_INT(krt_io_wait(io, 1, &completion, 1, 100), 1);
    struct krt_stream *stream = completion.stream;
    CHECK(stream);
    CHECK_INT(krt_io_wait(io, 2, &completion, 1, 40), 0);
    CHECK_INT(seen.last_timeout, 40);
    CHECK_INT(krt_io_wait(io, 1, &completion, 1, 5), 1);
    CHECK_INT(completion.error, KRT_ERR_NO_MEMORY);
    CHECK_INT(krt_io_wait(io, 1, &completion, 1, 5000), 0);
    CHECK_INT(seen.create.n_calls, 3);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

/* Room comes before the news is fetched: then it is none. */
static void test_surplus_that_is_over_is_not_told(void)
{
    begin();
    script(&seen.connect, 2, ERROR_PIPE_CONNECTED);
    struct krt_io *io = open_io(1, 1);
    krt_stream_close(next_accept(io));
    struct krt_stream *stream = next_accept(io);
    check_quiet(io, 10);
    krt_stream_close(stream);
    krt_io_free(io);
}

/* Nothing listens, and the last connection closes: there is a new instance before that,
 * and not a first one. */
static void test_name_is_kept_by_what_is_being_closed(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    script(&seen.create, 1, REAL);
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    next_error(io, KRT_ERR_NO_MEMORY);
    seen.now += 60;
    krt_stream_close(stream);
    CHECK_INT(seen.create.n_calls, 3);
    CHECK(!(seen.open_mode[2] & FILE_FLAG_FIRST_PIPE_INSTANCE));
    CloseHandle(client);
    krt_io_free(io);
}

/* No new instance can be had when the last connection closes: that one stays until
 * there is another. */
static void test_name_is_kept_until_there_is_another(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    script(&seen.create, 1, REAL);
    script(&seen.create, 2, ERROR_NO_SYSTEM_RESOURCES);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    next_error(io, KRT_ERR_NO_MEMORY);
    seen.now += 60;
    krt_stream_close(stream);
    CHECK_INT(seen.create.n_calls, 3);
    check_quiet(io, 500);
    CHECK_INT(seen.create.n_calls, 4);
    CHECK(!(seen.open_mode[3] & FILE_FLAG_FIRST_PIPE_INSTANCE));
    DWORD n;
    char byte;
    CHECK(!ReadFile(client, &byte, 1, &n, NULL)); /* and the client has its end */
    CHECK_INT(GetLastError(), ERROR_BROKEN_PIPE);
    CloseHandle(client);
    krt_io_free(io);
}

/* A client that left has its instance disconnected and connected anew; one whose server
 * closes first may have to read yet. */
static void test_instance_of_a_client_that_left_is_used_again(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    char byte;
    for (int i = 0; i < 6; i++) {
        HANDLE client = client_open();
        struct krt_stream *stream = next_accept(io);
        CHECK_INT(seen.create.n_calls, 2);
        CHECK_INT(seen.connect.n_calls, 2 + i);
        CHECK_INT(seen.n_disconnects, i);
        CloseHandle(client);
        krt_stream_read(stream, &byte, 1);
        next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED);
        krt_stream_close(stream);
    }
    HANDLE client = client_open();
    krt_stream_close(next_accept(io));
    CHECK_INT(seen.n_disconnects, 6);
    CHECK_INT(seen.create.n_calls, 2);
    CloseHandle(client);
    client = client_open();
    krt_stream_close(next_accept(io));
    CHECK_INT(seen.create.n_calls, 3);
    CHECK_INT(seen.n_disconnects, 6);
    CloseHandle(client);
    krt_io_free(io);
}

/* Success then brings a packet as well. */
static void test_without_notification_modes_all_works_by_packets(void)
{
    begin();
    script(&seen.modes, SCRIPT_MAX, ERROR_INVALID_PARAMETER);
    struct krt_io *io = open_io(1, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char buffer[4];
    for (int i = 0; i < 20; i++) {
        client_write(client, "ping");
        krt_stream_read(stream, buffer, sizeof buffer);
        CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 4);
        krt_stream_write(stream, "pong", 4);
        seen.n_dequeues = 0;
        CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), 4);
        CHECK_INT(seen.n_dequeues, 1);
    }
    check_quiet(io, 10);
    CloseHandle(client);
    krt_stream_read(stream, buffer, sizeof buffer);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED);
    krt_stream_close(stream);
    krt_io_free(io);
}

/* What succeeds at once asks the port only every so often. */
static void test_port_is_asked_every_17th_time(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    seen.n_dequeues = 0;
    for (int i = 1; i <= 50; i++) {
        krt_stream_write(stream, "x", 1);
        CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), 1);
        CHECK_INT(seen.n_dequeues, i / 17);
        CHECK(i < 17 || seen.last_timeout == 0);
    }
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

/* However long a client goes on with it, the others have their turn. */
static void test_writing_nothing_ends_no_read_and_blocks_nobody(void)
{
    begin();
    struct krt_io *io = open_io(2, 4);
    HANDLE clients[2];
    struct krt_stream *streams[2];
    char bytes[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = client_open();
        streams[i] = next_accept(io);
    }
    krt_stream_read(streams[1], &bytes[1], 1);
    client_write(clients[1], "b");
    script(&seen.read, seen.read.n_calls, REAL);
    script(&seen.read, 40, EMPTY);
    krt_stream_read(streams[0], &bytes[0], 1);
    CHECK_INT(next_on(io, KRT_IO_READ, streams[1], 0), 1);
    CHECK(seen.read.n_calls < 30);
    client_write(clients[0], "a");
    CHECK_INT(next_on(io, KRT_IO_READ, streams[0], 0), 1);
    CHECK_INT(seen.read.n_calls, 42);
    for (int i = 0; i < 2; i++) {
        krt_stream_close(streams[i]);
        CloseHandle(clients[i]);
    }
    krt_io_free(io);
}

static void test_cancel_between_two_empty_reads_is_heard(void)
{
    begin();
    struct krt_io *io = open_io(1, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    char byte;
    script(&seen.read, 1, EMPTY);
    krt_stream_read(stream, &byte, 1);
    krt_stream_cancel(stream);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_ABORTED);
    client_write(client, "x");
    krt_stream_read(stream, &byte, 1);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 1);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_batches_fit_the_workers(void)
{
    struct krt_completion completions[64];
    for (int workers = 1; workers <= 2; workers++) {
        begin();
        struct krt_io *io = open_io_for(1, 4, workers);
        CHECK_INT(krt_io_wait(io, 0, completions, 64, 0), 0);
        CHECK_INT(seen.largest_batch, workers == 1 ? 16 : 1);
        krt_io_free(io);
    }
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
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
        CASE(test_instance_whose_client_left_listens_again),
        CASE(test_stop_ends_the_retries),
        CASE(test_long_trouble_is_told_once_and_ends),
        CASE(test_retry_is_the_business_of_who_failed),
        CASE(test_surplus_that_is_over_is_not_told),
        CASE(test_name_is_kept_by_what_is_being_closed),
        CASE(test_name_is_kept_until_there_is_another),
        CASE(test_instance_of_a_client_that_left_is_used_again),
        CASE(test_without_notification_modes_all_works_by_packets),
        CASE(test_port_is_asked_every_17th_time),
        CASE(test_writing_nothing_ends_no_read_and_blocks_nobody),
        CASE(test_cancel_between_two_empty_reads_is_heard),
        CASE(test_batches_fit_the_workers),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
