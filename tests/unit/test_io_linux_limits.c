/* io_linux.c on real sockets: waiting, waking, and where it has to stop. */
#define _GNU_SOURCE

#include "io_pair.h"
#include "os.h"
#include "place.h"
#include "socket_client.h"
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- Waiting and waking ---- */

static void test_wait_keeps_its_timeout(void **state)
{
    struct krt_io *io = pair_open_io(*state, 4);
    struct krt_completion completion;
    int64_t start = krt_os_now_ms();
    assert_int_equal(krt_io_wait(io, 0, &completion, 1, 0), 0);
    assert_int_equal(krt_io_wait(io, 0, &completion, 1, 20), 0);
    assert_true(krt_os_now_ms() - start >= 19);
    krt_io_free(io);
}

static void test_wakes_are_one_until_seen(void **state)
{
    struct krt_io *io = pair_open_io(*state, 4);
    krt_io_wake(io);
    krt_io_wake(io);
    assert_int_equal(pair_next(io).op, KRT_IO_WAKE);
    pair_check_nothing(io);
    krt_io_wake(io);
    assert_int_equal(pair_next(io).op, KRT_IO_WAKE);
    krt_io_free(io);
}

static void *wake_later(void *io)
{
    krt_os_sleep_ms(30);
    krt_io_wake(io);
    return NULL;
}

static void test_other_thread_ends_an_endless_wait(void **state)
{
    struct krt_io *io = pair_open_io(*state, 4);
    struct krt_completion completion;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_later, io), 0);
    assert_int_equal(krt_io_wait(io, 0, &completion, 1, -1), 1);
    assert_int_equal(completion.op, KRT_IO_WAKE);
    pthread_join(thread, NULL);
    krt_io_free(io);
}

static void test_owner_is_kept(void **state)
{
    struct pair pair = pair_open(*state);
    assert_null(krt_stream_owner(pair.stream));
    krt_stream_set_owner(pair.stream, &pair);
    assert_ptr_equal(krt_stream_owner(pair.stream), &pair);
    pair_close(&pair);
}

/* One stream's operations that never have to wait do not hide another's. */
static void test_busy_stream_starves_nobody(void **state)
{
    const struct place *place = *state;
    struct pair busy = pair_open(place);
    char buffer[16];
    int quiet_client = client_open(&place->endpoint);
    struct krt_stream *quiet = pair_accept(busy.io);
    krt_stream_read(quiet, buffer, sizeof buffer);
    pair_check_nothing(busy.io);
    client_send(quiet_client, "me", 2);
    bool was_heard = false;
    krt_stream_write(busy.stream, "x", 1);
    for (int i = 0; i < 100 && !was_heard; i++) {
        struct krt_completion completion = pair_next(busy.io);
        was_heard = completion.stream == quiet;
        if (!was_heard)
            krt_stream_write(busy.stream, "x", 1);
    }
    assert_true(was_heard);
    pair_end(busy.io, busy.stream, KRT_IO_WRITE, KRT_OK);
    krt_stream_close(quiet);
    close(quiet_client);
    pair_close(&busy);
}

static void test_many_completions_come_in_portions(void **state)
{
    enum { N = 12, PORTION = 5 };
    const struct place *place = *state;
    struct krt_io *io = pair_open_io(place, N);
    int clients[N];
    for (int i = 0; i < N; i++)
        clients[i] = client_open(&place->endpoint);
    for (int n = 0; n < N;) {
        struct krt_completion completions[PORTION];
        size_t got = krt_io_wait(io, 0, completions, PORTION, PATIENCE_MS);
        assert_in_range(got, 0, PORTION);
        for (size_t i = 0; i < got; i++) {
            assert_int_equal(completions[i].op, KRT_IO_ACCEPT);
            krt_stream_close(completions[i].stream);
            close(clients[n++]);
        }
    }
    krt_io_free(io);
}

/* ---- Limits ---- */

static void check_waiting(struct krt_io *io)
{
    struct krt_completion completion = pair_next(io);
    assert_int_equal(completion.op, KRT_IO_ACCEPT);
    assert_null(completion.stream);
    assert_int_equal(completion.error, KRT_ERR_BUSY);
    pair_check_nothing(io);
}

/* That a client waits is told once, and again, before or after the accept of one that
 * has waited, when the next does. */
static struct krt_stream *accept_while_one_waits(struct krt_io *io)
{
    struct krt_completion a = pair_next(io);
    struct krt_completion b = pair_next(io);
    assert_int_equal(a.error + b.error, KRT_ERR_BUSY);
    return a.stream ? a.stream : b.stream;
}

static void test_clients_over_the_limit_wait(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = pair_open_io(place, 2);
    int clients[4];
    struct krt_stream *streams[4];
    for (int i = 0; i < 2; i++) {
        clients[i] = client_open(&place->endpoint);
        streams[i] = pair_accept(io);
    }
    pair_check_nothing(io);
    clients[2] = client_open(&place->endpoint);
    check_waiting(io);
    clients[3] = client_open(&place->endpoint);
    for (int i = 2; i < 4; i++) {
        krt_stream_close(streams[i - 2]);
        streams[i] = i == 2 ? accept_while_one_waits(io) : pair_accept(io);
        pair_check_nothing(io);
        client_send(clients[i], "x", 1);
        pair_check_read(io, streams[i], "x");
    }
    pair_check_nothing(io);
    krt_stream_close(streams[2]);
    krt_stream_close(streams[3]);
    krt_io_free(io);
    for (int i = 0; i < 4; i++)
        close(clients[i]);
}

/* Lets the process open no descriptor any more; returns the limit to restore. */
static struct rlimit forbid_descriptors(void)
{
    struct rlimit before;
    int lowest_free = dup(STDERR_FILENO);
    assert_true(lowest_free >= 0);
    close(lowest_free);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = (rlim_t)lowest_free, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return before;
}

static void test_lack_of_descriptors_is_reported_once_and_passes(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = pair_open_io(place, 4);
    for (int i = 0; i < 2; i++) {
        int client = client_open(&place->endpoint);
        struct rlimit before = forbid_descriptors();
        struct krt_completion completion = pair_next(io);
        int64_t reported = krt_os_now_ms();
        while (krt_os_now_ms() < reported + 600) { /* two more attempts fail */
            struct krt_completion more;
            assert_int_equal(krt_io_wait(io, 0, &more, 1, 100), 0);
        }
        setrlimit(RLIMIT_NOFILE, &before);
        assert_int_equal(completion.op, KRT_IO_ACCEPT);
        assert_null(completion.stream);
        assert_int_equal(completion.error, KRT_ERR_NO_MEMORY);
        struct krt_stream *stream = pair_accept(io);
        client_send(client, "x", 1);
        pair_check_read(io, stream, "x");
        krt_stream_close(stream);
        close(client);
    }
    krt_io_free(io);
}

/* As many clients as the configuration lets in, though a process starts with fewer. */
static void test_descriptors_suffice_for_all_clients(void **state)
{
    struct rlimit before;
    struct rlimit during;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 64, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct krt_io *io = pair_open_io(*state, 500);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &during), 0);
    assert_in_range(during.rlim_cur, 501, before.rlim_max);
    krt_io_free(io);
    setrlimit(RLIMIT_NOFILE, &before);
}

/* ---- The end ---- */

static void test_stop_refuses_clients_and_keeps_streams(void **state)
{
    const struct place *place = *state;
    struct pair pair = pair_open(place);
    krt_io_stop(pair.io);
    krt_io_stop(pair.io);
    assert_int_equal(client_refusal(&place->endpoint), ENOENT);
    client_send(pair.client, "still", 5);
    pair_check_read(pair.io, pair.stream, "still");
    pair_check_write(pair.io, pair.stream, "here");
    krt_io_wake(pair.io);
    assert_int_equal(pair_next(pair.io).op, KRT_IO_WAKE);
    pair_close(&pair);
}

/* A request may be complete before its client is accepted. */
static void test_stop_keeps_who_has_connected(void **state)
{
    const struct place *place = *state;
    struct pair pair = pair_open(place);
    int late = client_open(&place->endpoint);
    client_send(late, "late", 4);
    krt_io_stop(pair.io);
    assert_int_equal(client_refusal(&place->endpoint), ENOENT);
    struct krt_stream *stream = pair_accept(pair.io);
    pair_check_read(pair.io, stream, "late");
    krt_stream_close(stream);
    close(late);
    pair_close(&pair);
}

static void test_stop_keeps_who_waits_for_room(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = pair_open_io(place, 1);
    int clients[2];
    clients[0] = client_open(&place->endpoint);
    struct krt_stream *first = pair_accept(io);
    clients[1] = client_open(&place->endpoint);
    check_waiting(io);
    krt_io_stop(io);
    assert_false(krt_io_is_idle(io));
    krt_stream_close(first);
    krt_stream_close(pair_accept(io));
    pair_check_nothing(io);
    assert_true(krt_io_is_idle(io));
    krt_io_free(io);
    close(clients[0]);
    close(clients[1]);
}

/* The fixture counts descriptors, so this also proves that none is lost. */
static void test_free_closes_clients_that_nobody_waited_for(void **state)
{
    enum { N = 3 };
    const struct place *place = *state;
    struct krt_io *io = pair_open_io(place, 8);
    int clients[N + 1];
    for (int i = 0; i < N; i++)
        clients[i] = client_open(&place->endpoint);
    struct krt_stream *stream = pair_accept(io);
    clients[N] = client_open(&place->endpoint); /* stays in the backlog */
    krt_stream_close(stream);
    krt_io_free(io);
    for (int i = 0; i <= N; i++)
        close(clients[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_wait_keeps_its_timeout),
        TEST(test_wakes_are_one_until_seen),
        TEST(test_other_thread_ends_an_endless_wait),
        TEST(test_owner_is_kept),
        TEST(test_busy_stream_starves_nobody),
        TEST(test_many_completions_come_in_portions),
        TEST(test_clients_over_the_limit_wait),
        TEST(test_lack_of_descriptors_is_reported_once_and_passes),
        TEST(test_descriptors_suffice_for_all_clients),
        TEST(test_stop_refuses_clients_and_keeps_streams),
        TEST(test_stop_keeps_who_has_connected),
        TEST(test_stop_keeps_who_waits_for_room),
        TEST(test_free_closes_clients_that_nobody_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
