/* krt_server_run() on a real socket with handlers on other threads: blocking ones, and
 * those that are finished by whoever comes along. Also what ThreadSanitizer is shown of
 * the server: several workers, and everything that meets them. */
#include "endpoint.h"
#include "handling.h"
#include "io.h"
#include "os.h"
#include "place.h"
#include "pool.h"
#include "sample_text.h"
#include "server.h"
#include "socket_client.h"
#include "thread.h"
#include "unit.h"
#include "user_only.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define GET(path) "GET " path HOST "\r\n"

enum { WORKERS = 4, SLEEP_MS = 300, FINISHERS = 3 };

/* ---- Who finishes what is left to others ---- */

static struct {
    struct krt_mutex lock;
    struct krt_condition changed;
    struct krt_exchange *waiting[256];
    size_t n;
    bool is_over;
} desk = {.lock = KRT_MUTEX_INIT, .changed = KRT_CONDITION_INIT};

static int leave_at_desk(struct krt_exchange *exchange)
{
    krt_lock(&desk.lock);
    desk.waiting[desk.n++] = exchange;
    krt_condition_signal(&desk.changed);
    krt_unlock(&desk.lock);
    return KRT_LATER;
}

static struct krt_exchange *take_from_desk(void)
{
    struct krt_exchange *exchange = NULL;
    krt_lock(&desk.lock);
    while (desk.n == 0 && !desk.is_over)
        krt_condition_wait(&desk.changed, &desk.lock, 10);
    if (desk.n > 0)
        exchange = desk.waiting[--desk.n];
    krt_unlock(&desk.lock);
    return exchange;
}

static void run_finisher(void *context)
{
    struct krt_exchange *exchange;
    (void)context;
    while ((exchange = take_from_desk()) != NULL) {
        krt_respond(exchange, NULL, "1234", 4);
        (void)krt_request_peer(exchange);
        krt_finish(exchange, KRT_DONE);
    }
}

/* ---- The handlers ---- */

static atomic_int n_asleep;
static atomic_bool is_released;

static int sleep_and_answer(struct krt_exchange *exchange)
{
    atomic_fetch_add(&n_asleep, 1);
    krt_os_sleep_ms(SLEEP_MS);
    krt_respond(exchange, NULL, "1234", 4);
    atomic_fetch_sub(&n_asleep, 1);
    return KRT_DONE;
}

static int answer_at_once(struct krt_exchange *exchange)
{
    krt_respond(exchange, NULL, "1234", 4);
    return KRT_DONE;
}

/* A mistake that is easily made, and no reason to disturb other exchanges. */
static int finish_and_be_done(struct krt_exchange *exchange)
{
    krt_respond(exchange, NULL, "1234", 4);
    krt_finish(exchange, KRT_DONE);
    (void)krt_request_path(exchange);
    return KRT_DONE;
}

static int take_piece(struct krt_exchange *exchange, struct krt_str piece)
{
    (void)exchange;
    return piece.len > 0 ? KRT_DONE : KRT_FAILED;
}

static long write_next(struct krt_exchange *exchange, void *context, char *room,
                       size_t cap)
{
    int *n = context;
    (void)exchange;
    assert_true(cap >= 1024);
    if ((*n)-- == 0)
        return 0;
    krt_os_sleep_ms(1);
    memcpy(room, "ab", 2);
    return 2;
}

static int stream_slowly(struct krt_exchange *exchange)
{
    int *n = krt_take(exchange, sizeof *n);
    *n = 3;
    krt_respond_stream(exchange, NULL, write_next, n);
    return KRT_DONE;
}

/* Not until the test has seen that nobody waits for it. */
static int never_return(struct krt_exchange *exchange)
{
    (void)exchange;
    while (!atomic_load(&is_released))
        krt_os_sleep_ms(20);
    return KRT_DONE;
}

static const struct krt_handler desk_handler = {.call = leave_at_desk};
static const struct krt_handler plain_handler = {.call = answer_at_once};
static const struct krt_handler quick_handler = {.call = answer_at_once,
                                                 .is_blocking = true};
static const struct krt_handler done_handler = {.call = finish_and_be_done};
static const struct krt_handler blocking_done_handler = {.call = finish_and_be_done,
                                                         .is_blocking = true};
static const struct krt_handler both_handler = {.call = leave_at_desk,
                                                .is_blocking = true};
static const struct krt_handler sleeping_handler = {.call = sleep_and_answer,
                                                    .is_blocking = true};
static const struct krt_handler taking_handler = {
    .call = answer_at_once, .take = take_piece, .is_blocking = true};
static const struct krt_handler stream_handler = {.call = stream_slowly,
                                                  .is_blocking = true};
static const struct krt_handler endless_handler = {.call = never_return,
                                                   .is_blocking = true};

static const struct krt_route routes[] = {
    {.name = "GET /static", .pattern = "/static", SAYS("1234", "4")},
    {.name = "GET /delayed",
     .pattern = "/delayed",
     .delay_min_ms = 1,
     .delay_max_ms = 5,
     SAYS("1234", "4")},
    HANDLED("/desk", &desk_handler),
    HANDLED("/plain", &plain_handler),
    HANDLED("/quick", &quick_handler),
    HANDLED("/done", &done_handler),
    HANDLED("/blocking-done", &blocking_done_handler),
    HANDLED("/both", &both_handler),
    HANDLED("/sleep", &sleeping_handler),
    STREAMED("/take", &taking_handler),
    HANDLED("/stream", &stream_handler),
    HANDLED("/endless", &endless_handler),
};

/* ---- The server, on a thread of its own ---- */

struct world {
    struct krt_program program;
    struct krt_log log;
    struct krt_server server;
    struct krt_thread thread;
    struct krt_thread finishers[FINISHERS];
    const struct krt_endpoint *endpoint;
};

static void serve(void *context)
{
    struct krt_server *server = context;
    krt_server_run(server);
}

static struct world *start(const struct place *place, int workers, int drain_ms)
{
    static struct world world;
    struct krt_io *io;
    struct krt_error error;
    const struct krt_io_config config = {
        .instances = 16, .connections = 255, .access = &user_only, .workers = workers};
    world = (struct world){.log = {.program = "sample", .level = KRT_LOG_ERROR},
                           .program = handling_program(routes, LENGTH(routes)),
                           .endpoint = &place->endpoint};
    world.program.limits.drain_ms = drain_ms;
    world.program.blocking = &krt_pool;
    world.server = (struct krt_server){
        .program = &world.program, .log = &world.log, .workers = workers};
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), KRT_OK);
    atomic_store(&world.server.io, io);
    desk.is_over = false;
    for (int i = 0; i < FINISHERS; i++)
        assert_int_equal(krt_thread_start(&world.finishers[i], run_finisher, NULL),
                         KRT_OK);
    assert_int_equal(krt_thread_start(&world.thread, serve, &world.server), KRT_OK);
    return &world;
}

static void end(struct world *world)
{
    krt_server_stop(&world->server);
    krt_thread_join(&world->thread);
    krt_io_stop(world->server.io);
    krt_io_free(world->server.io);
    krt_lock(&desk.lock);
    desk.is_over = true;
    krt_unlock(&desk.lock);
    for (int i = 0; i < FINISHERS; i++)
        krt_thread_join(&world->finishers[i]);
}

/* ---- Clients ---- */

static void say(int fd, const char *request)
{
    client_send(fd, request, strlen(request));
}

/* Reads a response up to `end`, which is at its end only. */
static void hear(int fd, const char *its_end)
{
    char text[1024];
    size_t len = 0;
    size_t end_len = strlen(its_end);
    do {
        assert_true(len < sizeof text);
        client_receive(fd, text + len, 1);
        len++;
    } while (len < end_len || memcmp(text + len - end_len, its_end, end_len) != 0);
    if (memcmp(text, "HTTP/1.1 200 OK\r\n", 17) != 0)
        fail_msg("got %.*s", (int)len, text);
}

#define END_4 "\r\n\r\n1234"
#define END_STREAM "\r\n0\r\n\r\n"

static const struct {
    const char *request;
    const char *end;
} exchanges[] = {
    {GET("/static"), END_4},
    {GET("/delayed"), END_4},
    {GET("/desk"), END_4},
    {GET("/plain"), END_4},
    {GET("/quick"), END_4},
    {GET("/done"), END_4},
    {GET("/desk"), END_4},
    {GET("/blocking-done"), END_4},
    {GET("/both"), END_4},
    {"POST /take" HOST "Content-Length: 3\r\n\r\nabc", END_4},
    {"POST /take" HOST
     "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
     END_4},
    {GET("/stream"), END_STREAM},
    {"POST /desk" HOST "Content-Length: 3\r\n\r\nabc", END_4},
};

/* ---- Tests ---- */

static void test_each_is_answered(void **state)
{
    struct world *world = start(*state, 1, 5000);
    int fd = client_open(world->endpoint);
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < LENGTH(exchanges); i++) {
            say(fd, exchanges[i].request);
            hear(fd, exchanges[i].end);
        }
    }
    for (size_t i = 0; i < LENGTH(exchanges); i++)
        say(fd, exchanges[i].request);
    for (size_t i = 0; i < LENGTH(exchanges); i++)
        hear(fd, exchanges[i].end);
    close(fd);
    end(world);
}

/* All of the pool sleeps, and some have to wait for a thread. */
static void test_sleepers_keep_nobody_waiting(void **state)
{
    enum { SLEEPERS = KRT_POOL_THREADS + 3, REQUESTS = 50 };
    struct world *world = start(*state, 1, 5000);
    int sleepers[SLEEPERS];
    int fd = client_open(world->endpoint);
    for (int i = 0; i < SLEEPERS; i++) {
        sleepers[i] = client_open(world->endpoint);
        say(sleepers[i], GET("/sleep"));
    }
    while (atomic_load(&n_asleep) < KRT_POOL_THREADS)
        krt_os_sleep_ms(1);
    for (int i = 0; i < REQUESTS; i++) {
        say(fd, i % 2 ? GET("/static") : GET("/plain"));
        hear(fd, END_4);
    }
    assert_int_equal(atomic_load(&n_asleep), KRT_POOL_THREADS);
    for (int i = 0; i < SLEEPERS; i++) {
        hear(sleepers[i], END_4);
        close(sleepers[i]);
    }
    close(fd);
    end(world);
}

static void test_stop_lets_them_end(void **state)
{
    struct world *world = start(*state, 2, 5000);
    int fd = client_open(world->endpoint);
    say(fd, GET("/sleep"));
    while (atomic_load(&n_asleep) == 0)
        krt_os_sleep_ms(1);
    end(world);
    assert_int_equal(world->server.n_left_behind, 0);
    hear(fd, END_4);
    close(fd);
}

struct visitor {
    struct krt_thread thread;
    const struct krt_endpoint *endpoint;
    unsigned seed;
};

/* Asks for this and that, and leaves without listening. */
static void visit(void *context)
{
    enum { VISITS = 50, REQUESTS = 4 };
    struct visitor *visitor = context;
    for (int i = 0; i < VISITS; i++) {
        int fd = client_open(visitor->endpoint);
        for (int j = 0; j < REQUESTS; j++) {
            visitor->seed = visitor->seed * 1103515245u + 12345u;
            say(fd, exchanges[(visitor->seed >> 16) % LENGTH(exchanges)].request);
        }
        krt_os_sleep_ms(i % 3);
        close(fd);
    }
}

static void test_many_clients_of_all_kinds(void **state)
{
    enum { VISITORS = 8, ROUNDS = 30 };
    struct world *world = start(*state, WORKERS, 5000);
    struct visitor visitors[VISITORS];
    int fds[VISITORS];
    for (unsigned i = 0; i < VISITORS; i++) {
        visitors[i] = (struct visitor){.endpoint = world->endpoint, .seed = i};
        assert_int_equal(krt_thread_start(&visitors[i].thread, visit, &visitors[i]),
                         KRT_OK);
    }
    for (int i = 0; i < VISITORS; i++)
        fds[i] = client_open(world->endpoint);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < VISITORS; i++)
            say(fds[i], exchanges[(i + round) % LENGTH(exchanges)].request);
        for (size_t i = 0; i < VISITORS; i++)
            hear(fds[i], exchanges[(i + round) % LENGTH(exchanges)].end);
    }
    for (int i = 0; i < VISITORS; i++) {
        krt_thread_join(&visitors[i].thread);
        close(fds[i]);
    }
    end(world);
    assert_int_equal(world->server.n_left_behind, 0);
}

/* The stop comes at any moment. */
static void test_stop_meets_exchanges_of_all_kinds(void **state)
{
    enum { CLIENTS = 16, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        struct world *world = start(*state, WORKERS, 5000);
        int fds[CLIENTS];
        for (size_t i = 0; i < CLIENTS; i++) {
            fds[i] = client_open(world->endpoint);
            say(fds[i], exchanges[i % LENGTH(exchanges)].request);
        }
        krt_os_sleep_ms(round % 4);
        end(world);
        assert_int_equal(world->server.n_left_behind, 0);
        for (int i = 0; i < CLIENTS; i++)
            close(fds[i]);
    }
}

/* LeakSanitizer, where there is one, looks for the last time before the last test,
 * whose memory is meant to stay. */
static bool is_over;
int __lsan_is_turned_off(void);
void __lsan_do_leak_check(void) __attribute__((weak));

int __lsan_is_turned_off(void)
{
    return is_over;
}

/* Last, as its thread stays. */
static void test_endless_handler_is_left_behind(void **state)
{
    if (__lsan_do_leak_check)
        __lsan_do_leak_check();
    is_over = true;
    struct world *world = start(*state, 1, 50);
    int fd = client_open(world->endpoint);
    say(fd, GET("/endless"));
    krt_os_sleep_ms(50);
    end(world);
    assert_int_equal(world->server.n_left_behind, 1);
    client_check_end(fd);
    close(fd);
    atomic_store(&is_released, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_each_is_answered),
        TEST(test_sleepers_keep_nobody_waiting),
        TEST(test_stop_lets_them_end),
        TEST(test_many_clients_of_all_kinds),
        TEST(test_stop_meets_exchanges_of_all_kinds),
        TEST(test_endless_handler_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
