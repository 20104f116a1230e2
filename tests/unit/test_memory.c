/* Memory is taken when a client comes and given back when it goes; requests and answers
 * take none. Counted on a real socket: the linker puts counters in place of malloc()
 * and its like. */
#include "endpoint.h"
#include "handling.h"
#include "io.h"
#include "os.h"
#include "place.h"
#include "sample.h"
#include "sample_text.h"
#include "server.h"
#include "socket_client.h"
#include "unit.h"
#include "user_only.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long n_allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    n_allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    n_allocations++;
    return __real_realloc(old, size);
}

/* ---- A server on a thread of its own ---- */

struct world {
    struct krt_log log;
    struct krt_server server;
    pthread_t thread;
};

static void *serve(void *context)
{
    krt_server_run(context);
    return NULL;
}

static void start(struct world *world, const struct place *place,
                  const struct krt_program *program)
{
    static const struct krt_io_config config = {
        .instances = 16, .connections = 255, .access = &user_only, .workers = 1};
    struct krt_io *io;
    struct krt_error error;
    world->log = (struct krt_log){.program = "sample", .level = KRT_LOG_ERROR};
    world->server =
        (struct krt_server){.program = program, .log = &world->log, .workers = 1};
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), KRT_OK);
    atomic_store(&world->server.io, io);
    assert_int_equal(pthread_create(&world->thread, NULL, serve, &world->server), 0);
}

static void stop(struct world *world)
{
    krt_server_stop(&world->server);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    krt_io_stop(world->server.io);
    krt_io_free(world->server.io);
}

/* ---- What is asked ---- */

#define DATE_LEN (sizeof "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" - 1)

struct exchange {
    const char *request;
    size_t answer_len;
};

#define ANSWER_LEN(head, body_len) (sizeof(head) - 1 + DATE_LEN + 2 + (body_len))

static const struct exchange exchanges[] = {
    {GET_HELLO, ANSWER_LEN(SAMPLE_HELLO_HEAD, sizeof SAMPLE_HELLO_BODY - 1)},
    {POST_3 "abc", ANSWER_LEN(SAMPLE_MAKE_HEAD, sizeof SAMPLE_MAKE_BODY - 1)},
    {"POST /hello" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
     ANSWER_LEN(SAMPLE_MAKE_HEAD, sizeof SAMPLE_MAKE_BODY - 1)},
    {"GET /none%20here" HOST "\r\n",
     ANSWER_LEN("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n", 0)},
    {"GET /huge" HOST "\r\n", ANSWER_LEN(SAMPLE_HUGE_HEAD, SAMPLE_HUGE_LEN)},
    {"GET /pages" HOST "If-None-Match: \"p\"\r\nAccept-Encoding: br\r\n\r\n",
     ANSWER_LEN("HTTP/1.1 304 Not Modified\r\n"
                "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: \"p\"\r\n",
                0)},
    {"GET /pages" HOST "Range: bytes=0-1, 5-6\r\n\r\n",
     ANSWER_LEN("HTTP/1.1 206 Partial Content\r\nContent-Length: 156\r\n"
                "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: \"p\"\r\n"
                "Accept-Ranges: bytes\r\n"
                "Content-Type: multipart/byteranges; boundary=part\r\n",
                156)},
};

static void exchange_all(int client)
{
    static char answer[SAMPLE_HUGE_LEN + 1024];
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++) {
        client_send(client, exchanges[i].request, strlen(exchanges[i].request));
        client_receive(client, answer, exchanges[i].answer_len);
        assert_memory_equal(answer, "HTTP/1.1 ", 9);
    }
}

static void test_requests_take_no_memory(void **state)
{
    struct world world;
    start(&world, *state, &sample_program);
    int client = client_open(&((struct place *)*state)->endpoint);
    exchange_all(client);
    long before = n_allocations;
    for (int i = 0; i < 100; i++)
        exchange_all(client);
    assert_int_equal(n_allocations - before, 0);
    close(client);
    stop(&world);
}

/* One block for the stream and one for everything else that a connection ever has. */
static void test_a_client_takes_two_blocks(void **state)
{
    struct world world;
    start(&world, *state, &sample_program);
    int first = client_open(&((struct place *)*state)->endpoint);
    exchange_all(first); /* the server has started now */
    long before = n_allocations;
    int client = client_open(&((struct place *)*state)->endpoint);
    exchange_all(client);
    assert_int_equal(n_allocations - before, 2);
    close(first);
    close(client);
    stop(&world);
}

/* ---- Handlers ---- */

static int answer(struct krt_exchange *exchange)
{
    static const char user[] = "{\"id\":1,\"name\":\"Anna\"}";
    char *copy = krt_take(exchange, sizeof user);
    memcpy(copy, user, sizeof user);
    assert_int_equal(krt_request_body(exchange).len, 3);
    krt_respond_header(exchange, "X-One", "1");
    krt_respond_header(exchange, "X-Two", "2");
    krt_respond(exchange, "application/json", copy, sizeof user - 1);
    return KRT_DONE;
}

static int answer_later(struct krt_exchange *exchange)
{
    krt_finish(exchange, answer(exchange));
    return KRT_LATER;
}

static const struct krt_handler handler = {.call = answer};
static const struct krt_handler late_handler = {.call = answer_later};
static const struct krt_route handled[] = {HANDLED("/user", &handler),
                                           HANDLED("/late", &late_handler)};

static void test_handlers_take_no_memory(void **state)
{
    static const char *const requests[] = {
        "POST /user" HOST "Content-Length: 3\r\n\r\nabc",
        "POST /user" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST /late" HOST "Content-Length: 3\r\n\r\nabc",
    };
    enum { N = sizeof requests / sizeof *requests };
    char answer_text[ANSWER_LEN("HTTP/1.1 200 OK\r\nX-One: 1\r\nX-Two: 2\r\n"
                                "Content-Type: application/json\r\n"
                                "Content-Length: 22\r\n",
                                22)];
    struct krt_program program =
        handling_program(handled, sizeof handled / sizeof *handled);
    struct world world;
    start(&world, *state, &program);
    int client = client_open(&((struct place *)*state)->endpoint);
    long before = 0;
    for (int i = 0; i < 100 * N; i++) {
        client_send(client, requests[i % N], strlen(requests[i % N]));
        client_receive(client, answer_text, sizeof answer_text);
        assert_memory_equal(answer_text, "HTTP/1.1 200", 12);
        if (i == N)
            before = n_allocations;
    }
    assert_int_equal(n_allocations - before, 0);
    close(client);
    stop(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests_take_no_memory, place_init,
                                        place_deinit),
        cmocka_unit_test_setup_teardown(test_a_client_takes_two_blocks, place_init,
                                        place_deinit),
        cmocka_unit_test_setup_teardown(test_handlers_take_no_memory, place_init,
                                        place_deinit),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
