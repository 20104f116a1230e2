/* accept_windows.c with real pipes: who is let in, what becomes of instances, and the
 * end.
 */
#include "pipes.h"

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
        size_t n = krt_io_wait(io, 0, completions, 64, PATIENCE_MS);
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

/* A wait without limit ends for each packet, so that who stops can look. */
static void wait_until_idle(struct krt_io *io)
{
    struct krt_completion completion;
    while (!krt_io_is_idle(io))
        CHECK_INT(krt_io_wait(io, 0, &completion, 1, -1), 0);
}

static void test_stop_gives_the_name_up(void)
{
    struct krt_io *io = open_io(16, 40);
    krt_io_stop(io);
    krt_io_stop(io);
    wait_until_idle(io);
    check_refused(ERROR_FILE_NOT_FOUND);
    krt_io_free(io);
}

static void test_stop_leaves_connections_and_arms_no_more(void)
{
    struct krt_io *io = open_io(2, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    int n_handles = check_count_handles();
    char buffer[4];
    krt_io_stop(io);
    while (check_count_handles() > n_handles - 2)
        check_quiet(io, PATIENCE_MS); /* returns for what was cancelled */
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

static void test_probes_do_no_harm(void)
{
    struct krt_io *io = open_io(2, 8);
    for (int i = 0; i < 20; i++) {
        CloseHandle(client_open());
        next_end(io, next_accept(io));
    }
    check_quiet(io, 0);
    HANDLE client = client_open();
    client_write(client, "x", 1);
    struct krt_stream *stream = next_accept(io);
    next_read(io, stream, "x");
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_one_client_more_waits_for_room(void)
{
    struct krt_io *io = open_io(16, 2);
    struct krt_stream *streams[2];
    HANDLE clients[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = client_open();
        streams[i] = next_accept(io);
    }
    HANDLE surplus = client_open();
    client_write(surplus, "me too", 6);
    check_refused(ERROR_PIPE_BUSY);
    next_is_surplus(io);
    check_quiet(io, 20);
    check_refused(ERROR_PIPE_BUSY);

    krt_stream_close(streams[0]);
    struct krt_stream *admitted = next_accept(io);
    next_read(io, admitted, "me too");
    check_quiet(io, 0);

    HANDLE last = client_open();
    next_is_surplus(io);
    krt_stream_close(streams[1]);
    krt_stream_close(next_accept(io));
    krt_stream_close(admitted);
    check_quiet(io, 0);
    CloseHandle(clients[0]);
    CloseHandle(clients[1]);
    CloseHandle(surplus);
    CloseHandle(last);
    krt_io_free(io);
}

/* All come before the io looks. */
static void test_clients_at_once_stay_within_the_limit(void)
{
    struct krt_io *io = open_io(16, 3);
    struct krt_completion completions[16];
    HANDLE clients[4];
    for (int i = 0; i < 4; i++)
        clients[i] = client_open();
    check_refused(ERROR_PIPE_BUSY);
    CHECK_INT(krt_io_wait(io, 0, completions, 16, PATIENCE_MS), 4);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(completions[i].op, KRT_IO_ACCEPT);
        CHECK_INT(completions[i].error, 0);
    }
    CHECK_INT(completions[3].error, KRT_ERR_BUSY);
    for (int i = 0; i < 3; i++)
        krt_stream_close(completions[i].stream);
    krt_stream_close(next_accept(io));
    for (int i = 0; i < 4; i++)
        CloseHandle(clients[i]);
    krt_io_free(io);
}

/* A client that waits for room and goes away is found out when there is room. */
static void test_surplus_client_that_leaves_does_no_harm(void)
{
    struct krt_io *io = open_io(1, 1);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    CloseHandle(client_open());
    next_is_surplus(io);
    krt_stream_close(stream);
    next_end(io, next_accept(io));
    CloseHandle(client);
    client = client_open();
    krt_stream_close(next_accept(io));
    CloseHandle(client);
    krt_io_free(io);
}

static void test_one_connection_is_enough(void)
{
    struct krt_io *io = open_io(16, 1);
    for (int i = 0; i < 5; i++) {
        HANDLE client = client_open();
        struct krt_stream *stream = next_accept(io);
        HANDLE surplus = client_open();
        check_refused(ERROR_PIPE_BUSY);
        next_is_surplus(io);
        krt_stream_close(stream);
        krt_stream_close(next_accept(io));
        CloseHandle(client);
        CloseHandle(surplus);
    }
    krt_io_free(io);
}

/* With one instance armed the next one that is is what the client before left. */
static void test_instance_of_a_client_that_left_starts_afresh(void)
{
    struct krt_io *io = open_io(1, 4);
    int n_seen[2] = {0, 0};
    struct krt_stream *streams[2] = {NULL, NULL};
    for (int i = 0; i < 10; i++) {
        HANDLE client = client_open();
        struct krt_stream *stream = next_accept(io);
        int which = i % 2;
        n_seen[which] += stream == streams[which];
        streams[which] = stream;
        krt_stream_set_owner(stream, &n_seen);
        client_write(client, "left over", 9);
        next_read(io, stream, "left over");
        next_write(io, stream, "unread");
        client_write(client, "unread, too", 11);
        CloseHandle(client);
        krt_stream_write(stream, "x", 1);
        next_on(io, KRT_IO_WRITE, stream, KRT_ERR_CLOSED);
        krt_stream_close(stream);
    }
    CHECK(n_seen[0] == 4 && n_seen[1] == 4); /* the same two in turn */
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    client_write(client, "new", 3);
    next_read(io, stream, "new");
    next_write(io, stream, "answer");
    check_client_reads(client, "answer");
    krt_stream_close(stream);
    check_client_read_fails(client, ERROR_BROKEN_PIPE);
    CloseHandle(client);
    krt_io_free(io);
}

/* A spare instance is no client's: the name is as busy with it as without. */
static void test_spare_instances_take_no_clients(void)
{
    struct krt_io *io = open_io(2, 9);
    HANDLE clients[4];
    struct krt_stream *streams[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = client_open();
        streams[i] = next_accept(io);
    }
    for (int i = 0; i < 4; i++) {
        CloseHandle(clients[i]);
        next_end(io, streams[i]);
    }
    clients[0] = client_open();
    clients[1] = client_open();
    check_refused(ERROR_PIPE_BUSY);
    for (int i = 0; i < 2; i++) {
        krt_stream_close(next_accept(io));
        CloseHandle(clients[i]);
    }
    krt_io_free(io);
}

static void test_server_that_closes_first_leaves_the_name_taken(void)
{
    struct krt_io *io = open_io(1, 1);
    for (int i = 0; i < 20; i++) {
        HANDLE client = client_open();
        struct krt_stream *stream = next_accept(io);
        next_write(io, stream, "bye");
        krt_stream_close(stream);
        HANDLE next_client = client_open();
        check_client_reads(client, "bye");
        check_client_read_fails(client, ERROR_BROKEN_PIPE);
        CloseHandle(client);
        CloseHandle(next_client);
        next_end(io, next_accept(io));
    }
    krt_io_free(io);
}

/* Its request may be complete. */
static void test_stop_keeps_the_surplus_client(void)
{
    struct krt_io *io = open_io(2, 1);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    HANDLE surplus = client_open();
    client_write(surplus, "me too", 6);
    next_is_surplus(io);
    krt_io_stop(io);
    CHECK(!krt_io_is_idle(io));
    krt_stream_close(stream);
    stream = next_accept(io);
    next_read(io, stream, "me too");
    krt_stream_close(stream);
    CHECK(krt_io_is_idle(io));
    check_quiet(io, 0);
    CloseHandle(client);
    CloseHandle(surplus);
    krt_io_free(io);
}

/* Who was faster than the stop waits as well, and is let go at the end. */
static void test_stop_keeps_who_has_to_wait(void)
{
    struct krt_io *io = open_io(2, 1);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    HANDLE surplus = client_open();
    krt_io_stop(io);
    next_is_surplus(io);
    krt_stream_close(stream);
    CHECK(!krt_io_is_idle(io));
    krt_io_free(io);
    check_client_read_fails(surplus, ERROR_BROKEN_PIPE);
    CloseHandle(client);
    CloseHandle(surplus);
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

/* The client closes first, or the server, with data unread, or without a word. */
static void converse(struct krt_io *io, int i)
{
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    client_write(client, "ask", 3);
    next_read(io, stream, "ask");
    next_write(io, stream, "answer");
    if (i % 3 == 0) {
        krt_stream_close(stream);
        check_client_reads(client, "answer");
        CloseHandle(client);
    } else {
        if (i % 3 == 1)
            check_client_reads(client, "answer");
        CloseHandle(client);
        next_end(io, stream);
    }
}

static void test_a_thousand_connections_leave_no_handles(void)
{
    struct krt_io *io = open_io(16, 40);
    int at_start = check_count_handles();
    converse(io, 1);
    int before = check_count_handles();
    CHECK(before <= at_start + 1); /* one spare instance */
    for (int i = 2; i <= 1001; i++)
        converse(io, i);
    CHECK_INT(check_count_handles(), before);
    krt_io_free(io);
    CHECK_INT(check_count_handles(), at_start - 17); /* and the port */
}

/* As many spare instances as help, and as clients leave for good, none but one. */
static void test_spare_instances_go_with_the_clients(void)
{
    enum { N = 12 };
    struct krt_io *io = open_io(4, 40);
    int before = check_count_handles();
    HANDLE clients[N];
    struct krt_stream *streams[N];
    for (int i = 0; i < N; i++) {
        clients[i] = client_open();
        streams[i] = next_accept(io);
    }
    for (int i = 0; i < N; i++) {
        int n_open = N - i;
        int n_spares = i < 4 ? i : 4;
        if (n_spares > n_open + 1)
            n_spares = n_open + 1;
        CHECK_INT(check_count_handles() - before, 2 * n_open + n_spares);
        CloseHandle(clients[i]);
        next_end(io, streams[i]);
    }
    CHECK_INT(check_count_handles() - before, 1);
    krt_io_free(io);
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
        CASE(test_sixteen_instances_are_armed_ahead),
        CASE(test_replacement_is_armed_before_the_accept),
        CASE(test_stop_gives_the_name_up),
        CASE(test_stop_leaves_connections_and_arms_no_more),
        CASE(test_client_that_beats_the_stop_is_accepted),
        CASE(test_probes_do_no_harm),
        CASE(test_one_client_more_waits_for_room),
        CASE(test_clients_at_once_stay_within_the_limit),
        CASE(test_surplus_client_that_leaves_does_no_harm),
        CASE(test_one_connection_is_enough),
        CASE(test_instance_of_a_client_that_left_starts_afresh),
        CASE(test_spare_instances_take_no_clients),
        CASE(test_server_that_closes_first_leaves_the_name_taken),
        CASE(test_stop_keeps_the_surplus_client),
        CASE(test_stop_keeps_who_has_to_wait),
        CASE(test_a_thousand_connections_leave_no_handles),
        CASE(test_spare_instances_go_with_the_clients),
        CASE(test_nothing_leaks),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
