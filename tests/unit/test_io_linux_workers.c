/* io_linux.c with several workers: who gets which stream, and what one worker may do to
 * the stream of another. */
#include "io_pair.h"
#include "os.h"
#include "place.h"
#include "socket_client.h"
#include "thread.h"
#include "unit.h"

#include <stdatomic.h>
#include <unistd.h>

enum { WORKERS = 3 };

/* Accepts what has come, on the first worker, and finds who got it. */
static int find_worker(struct krt_io *io, struct krt_completion *completion)
{
    int64_t deadline = krt_os_now_ms() + PATIENCE_MS;
    for (int worker = 0;; worker = (worker + 1) % WORKERS) {
        if (krt_io_wait(io, worker, completion, 1, 1) == 1)
            return worker;
        assert_true(krt_os_now_ms() < deadline);
    }
}

static struct krt_io *open_attended(const struct place *place, int connections)
{
    struct krt_io *io = pair_open_workers(place, connections, WORKERS);
    for (int worker = 0; worker < WORKERS; worker++) {
        struct krt_completion none;
        assert_int_equal(krt_io_wait(io, worker, &none, 1, 0), 0);
    }
    return io;
}

static void test_new_clients_go_where_the_fewest_are(void **state)
{
    enum { CLIENTS = 9 };
    const struct place *place = *state;
    struct krt_io *io = open_attended(place, CLIENTS);
    struct krt_stream *streams[CLIENTS];
    int clients[CLIENTS];
    int counts[WORKERS] = {0};
    for (int i = 0; i < CLIENTS; i++) {
        struct krt_completion completion;
        clients[i] = client_open(&place->endpoint);
        counts[find_worker(io, &completion)]++;
        assert_int_equal(completion.op, KRT_IO_ACCEPT);
        streams[i] = completion.stream;
    }
    for (int worker = 0; worker < WORKERS; worker++)
        assert_int_equal(counts[worker], CLIENTS / WORKERS);
    for (int i = 0; i < CLIENTS; i++) {
        krt_stream_close(streams[i]);
        close(clients[i]);
    }
    krt_io_free(io);
}

static void test_worker_that_is_not_there_gets_nothing(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = pair_open_workers(place, 4, WORKERS);
    struct krt_stream *streams[4];
    int clients[4];
    for (int i = 0; i < 4; i++) {
        clients[i] = client_open(&place->endpoint);
        streams[i] = pair_accept(io);
    }
    for (int i = 0; i < 4; i++) {
        krt_stream_close(streams[i]);
        close(clients[i]);
    }
    krt_io_free(io);
}

/* The fixture counts descriptors. */
static void test_stream_that_its_worker_never_saw_is_freed(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = open_attended(place, 4);
    struct krt_completion none;
    struct krt_stream *first;
    int clients[2];
    clients[0] = client_open(&place->endpoint);
    first = pair_accept(io);
    clients[1] = client_open(&place->endpoint);
    while (krt_io_wait(io, 0, &none, 1, A_WHILE_MS) == 0 && krt_io_is_idle(io))
        ;
    krt_io_stop(io);
    krt_stream_close(first);
    assert_false(krt_io_is_idle(io));
    krt_io_free(io);
    close(clients[0]);
    close(clients[1]);
}

/* ---- Several threads ---- */

static void cancel(void *stream)
{
    krt_stream_cancel(stream);
}

static void cancel_elsewhere(struct krt_stream *stream)
{
    struct krt_thread thread;
    assert_int_equal(krt_thread_start(&thread, cancel, stream), KRT_OK);
    krt_thread_join(&thread);
}

static void test_any_thread_may_cancel(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[8];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    cancel_elsewhere(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_ERR_ABORTED);
    pair_close(&pair);
}

/* A cancelling that finds nothing outstanding does not hit what comes next. */
static void test_late_cancel_hits_nothing(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[8];
    cancel_elsewhere(pair.stream);
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    client_send(pair.client, "ab", 2);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 2);
    cancel_elsewhere(pair.stream); /* and the stream may be closed */
    pair_close(&pair);
}

static void test_cancel_does_not_pass_over_what_has_come(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[8];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    krt_stream_cancel(pair.stream); /* is heard before the bytes are */
    client_send(pair.client, "ab", 2);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 2);
    pair_check_nothing(pair.io);
    pair_close(&pair);
}

static void test_wake_reaches_every_worker(void **state)
{
    struct krt_io *io = open_attended(*state, 4);
    krt_io_wake(io);
    for (int worker = 0; worker < WORKERS; worker++)
        assert_int_equal(pair_next_of(io, worker).op, KRT_IO_WAKE);
    krt_io_free(io);
}

static void post(void *stream)
{
    krt_stream_post(stream);
}

static void post_elsewhere(struct krt_stream *stream)
{
    struct krt_thread thread;
    assert_int_equal(krt_thread_start(&thread, post, stream), KRT_OK);
    krt_thread_join(&thread);
}

static void test_any_thread_may_post(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[8];
    post_elsewhere(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_POST, KRT_OK);
    pair_check_nothing(pair.io);
    krt_stream_post(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_POST, KRT_OK);
    client_send(pair.client, "ab", 2); /* nothing that has come is lost */
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 2);
    pair_check_nothing(pair.io);
    pair_close(&pair);
}

/* The cancelling comes late for an operation and finds nothing but the post. */
static void test_post_is_not_cancelled(void **state)
{
    struct pair pair = pair_open(*state);
    krt_stream_cancel(pair.stream);
    post_elsewhere(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_POST, KRT_OK);
    post_elsewhere(pair.stream);
    krt_stream_cancel(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_POST, KRT_OK);
    pair_check_nothing(pair.io);
    pair_close(&pair);
}

/* ---- Under load ---- */

enum { ECHO_CLIENTS = 12, ROUNDS = 200 };

struct echo {
    struct krt_io *io;
    int worker;
    atomic_int *n_left;
    struct krt_thread thread;
};

/* The buffer is the stream's owner. */
static void echo(struct echo *echo, const struct krt_completion *completion)
{
    static char buffers[ECHO_CLIENTS][1];
    static atomic_int n_buffers;
    struct krt_stream *stream = completion->stream;
    if (completion->op == KRT_IO_ACCEPT)
        krt_stream_set_owner(stream, buffers[atomic_fetch_add(&n_buffers, 1)]);
    if (completion->error != KRT_OK) {
        krt_stream_close(stream);
        if (atomic_fetch_sub(echo->n_left, 1) == 1)
            krt_io_wake(echo->io);
    } else if (completion->op == KRT_IO_READ) {
        krt_stream_write(stream, krt_stream_owner(stream), 1);
    } else {
        krt_stream_read(stream, krt_stream_owner(stream), 1);
    }
}

static void run_echo(void *context)
{
    struct echo *own = context;
    while (atomic_load(own->n_left) > 0) {
        struct krt_completion completions[4];
        size_t n = krt_io_wait(own->io, own->worker, completions, 4, PATIENCE_MS);
        for (size_t i = 0; i < n; i++)
            if (completions[i].stream)
                echo(own, &completions[i]);
    }
}

static void test_workers_echo_side_by_side(void **state)
{
    const struct place *place = *state;
    atomic_int n_left = ECHO_CLIENTS;
    struct krt_io *io = pair_open_workers(place, ECHO_CLIENTS, WORKERS);
    struct echo echoes[WORKERS];
    int clients[ECHO_CLIENTS];
    for (int i = 0; i < WORKERS; i++) {
        echoes[i] = (struct echo){.io = io, .worker = i, .n_left = &n_left};
        assert_int_equal(krt_thread_start(&echoes[i].thread, run_echo, &echoes[i]),
                         KRT_OK);
    }
    for (int i = 0; i < ECHO_CLIENTS; i++)
        clients[i] = client_open(&place->endpoint);
    for (int round = 0; round < ROUNDS; round++) {
        char sent = (char)('a' + round % 26);
        char received;
        for (int i = 0; i < ECHO_CLIENTS; i++)
            client_send(clients[i], &sent, 1);
        for (int i = 0; i < ECHO_CLIENTS; i++) {
            client_receive(clients[i], &received, 1);
            assert_int_equal(received, sent);
        }
    }
    for (int i = 0; i < ECHO_CLIENTS; i++)
        close(clients[i]);
    for (int i = 0; i < WORKERS; i++)
        krt_thread_join(&echoes[i].thread);
    krt_io_free(io);
}

enum { POSTERS = 6, POSTS = 2000 };

/* Posts as soon as the last post has come. */
struct poster {
    struct krt_stream *stream;
    atomic_int n_come;
    struct krt_thread thread;
};

static void run_poster(void *context)
{
    struct poster *poster = context;
    for (int i = 0; i < POSTS; i++) {
        krt_stream_post(poster->stream);
        while (atomic_load(&poster->n_come) == i)
            krt_os_sleep_ms(0);
    }
}

/* Counts posts, on its own worker. */
struct counting {
    struct krt_io *io;
    int worker;
    atomic_int *n_left;
    struct krt_thread thread;
};

static void run_counting(void *context)
{
    struct counting *own = context;
    while (atomic_load(own->n_left) > 0) {
        struct krt_completion completions[4];
        size_t n = krt_io_wait(own->io, own->worker, completions, 4, PATIENCE_MS);
        for (size_t i = 0; i < n; i++) {
            if (completions[i].op != KRT_IO_POST)
                continue;
            struct poster *poster = krt_stream_owner(completions[i].stream);
            atomic_fetch_add(&poster->n_come, 1);
            if (atomic_fetch_sub(own->n_left, 1) == 1)
                krt_io_wake(own->io);
        }
    }
}

static void test_each_post_comes_once(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = open_attended(place, POSTERS);
    static struct poster posters[POSTERS];
    struct counting countings[WORKERS];
    int clients[POSTERS];
    atomic_int n_left = POSTERS * POSTS;
    for (int i = 0; i < POSTERS; i++) {
        struct krt_completion completion;
        clients[i] = client_open(&place->endpoint);
        find_worker(io, &completion);
        posters[i].stream = completion.stream;
        atomic_store(&posters[i].n_come, 0);
        krt_stream_set_owner(completion.stream, &posters[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        countings[i] = (struct counting){.io = io, .worker = i, .n_left = &n_left};
        assert_int_equal(
            krt_thread_start(&countings[i].thread, run_counting, &countings[i]),
            KRT_OK);
    }
    for (int i = 0; i < POSTERS; i++)
        assert_int_equal(krt_thread_start(&posters[i].thread, run_poster, &posters[i]),
                         KRT_OK);
    for (int i = 0; i < POSTERS; i++)
        krt_thread_join(&posters[i].thread);
    for (int i = 0; i < WORKERS; i++)
        krt_thread_join(&countings[i].thread);
    for (int i = 0; i < POSTERS; i++) {
        assert_int_equal(atomic_load(&posters[i].n_come), POSTS);
        krt_stream_close(posters[i].stream);
        close(clients[i]);
    }
    krt_io_free(io);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_new_clients_go_where_the_fewest_are),
        TEST(test_worker_that_is_not_there_gets_nothing),
        TEST(test_stream_that_its_worker_never_saw_is_freed),
        TEST(test_any_thread_may_cancel),
        TEST(test_late_cancel_hits_nothing),
        TEST(test_cancel_does_not_pass_over_what_has_come),
        TEST(test_wake_reaches_every_worker),
        TEST(test_any_thread_may_post),
        TEST(test_post_is_not_cancelled),
        TEST(test_each_post_comes_once),
        TEST(test_workers_echo_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
