/* krt_server_run() on scripted transport, when something runs out: memory, descriptors
 * or the will to serve. */
#include "conn.h"
#include "io_script.h"
#include "os.h"
#include "sample_text.h"
#include "server.h"
#include "serving.h"
#include "unit.h"

#include <stdlib.h>

enum { STOP_MS = 5000 };

/* Memory runs out for the next n_failures allocations of the server. */
static int n_failures;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    if (size > KRT_BODY_ROOM && n_failures > 0) {
        n_failures--;
        return NULL;
    }
    return __real_malloc(size);
}

static void fail_allocation(void)
{
    n_failures = 1;
}

/* ---- Trouble ---- */

static void test_trouble_with_accepting_is_logged(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        TROUBLE(KRT_ERR_NO_MEMORY),
        EXPECT_LOG("sample: error: no client can be accepted for now; trying again\n"),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        CONNECT(1),
        SEND(1, GET_HELLO),
        EXPECT(1, HELLO),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_client_without_memory_is_turned_away(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CALL(fail_allocation),
        CONNECT(1),
        EXPECT_CLOSED(1),
        EXPECT_LOG("sample: error: a client was turned away: out of memory\n"),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        CONNECT(2),
        SEND(2, GET_HELLO),
        EXPECT(2, HELLO),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

#define BY_ANNA " in 0 us, pid 7, user anna\n"

static void test_answers_are_logged_when_debugging(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO "HEAD /hello?a" HOST "\r\nGARBAGE\r\n"),
        EXPECT_LOG("sample: debug: 200 21 GET /hello -> GET /hello" BY_ANNA
                   "sample: debug: 200 0 HEAD /hello?a -> GET /hello" BY_ANNA
                   "sample: debug: 400 0  " BY_ANNA),
        CONNECT(1),
        SEND(1, "GET /posts/2020/%0A%20" HOST "\r\nGET /posts" HOST "\r\n"
                "GET /x" HOST "\r\nGET /%" HOST "\r\n"),
        EXPECT_LOG("sample: debug: 200 2 GET /posts/2020/%0A%20 -> "
                   "GET /posts/{year:int=2024}/{slug?} year=2020 slug=%0A%20" BY_ANNA
                   "sample: debug: 200 2 GET /posts -> "
                   "GET /posts/{year:int=2024}/{slug?} year=2024" BY_ANNA
                   "sample: debug: 404 0 GET /x" BY_ANNA
                   "sample: info: 404 GET /x: no route is near\n"
                   "sample: debug: 400 0 GET /%" BY_ANNA),
        CONNECT(2),
        SEND(2, "GET /hello" HOST),
        PASS(20),
        SEND(2, "\r\n"),
        EXPECT_LOG("sample: debug: 200 21 GET /hello -> GET /hello in 20000 us, pid 7, "
                   "user anna\n"),
        STOP(),
        OVER(),
    };
    serving_run_at(steps, KRT_LOG_DEBUG);
}

static void test_misses_are_logged_with_their_reason(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO "GET /x?y" HOST "\r\nGET /helo" HOST "\r\n"
                          "GET /hello/" HOST "\r\nGET /folder" HOST "\r\n"
                          "GET /Hello" HOST "\r\n"),
        EXPECT_LOG(
            "sample: info: 404 GET /x?y: no route is near\n"
            "sample: info: 404 GET /helo: did you mean GET /hello (sample.yaml:4)?\n"
            "sample: info: 404 GET /hello/: GET /hello (sample.yaml:4) has no '/' at "
            "its "
            "end\n"
            "sample: info: 404 GET /folder: GET /folder/ (sample.yaml:14) has a '/' at "
            "its end\n"
            "sample: info: 404 GET /Hello: GET /hello (sample.yaml:4) differs only in "
            "upper and lower case\n"),
        SEND(0, "HEAD /users/%0A%C3%A4" HOST "\r\nPOST /gnoe" HOST "\r\n"
                "DELETE /hello" HOST "\r\nOPTIONS *" HOST "\r\nBREW /x" HOST "\r\n"),
        EXPECT_LOG(
            "sample: info: 404 HEAD /users/%0A%C3%A4: nearest is GET /users/{id:int} "
            "(sample.yaml:10), but id '%0A%C3%A4' is not int\n"
            "sample: info: 404 POST /gnoe: nearest is DELETE /gone (sample.yaml:9), of "
            "another method\n"
            "sample: info: 405 DELETE /hello: it takes GET, HEAD, POST, OPTIONS\n"),
        STOP(),
        OVER(),
    };
    serving_run_at(steps, KRT_LOG_INFO);
}

static void test_nothing_is_logged_when_told_so(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO "GET /none" HOST "\r\n"),
        TROUBLE(KRT_ERR_NO_MEMORY),
        EXPECT(0, HELLO NOT_FOUND),
        STOP(),
        EXPECT_LOG(""),
        OVER(),
    };
    serving_run_at(steps, KRT_LOG_NONE);
}

/* ---- Stopping ---- */

static void test_stop_without_clients_is_immediate(void **state)
{
    (void)state;
    static const struct script_step steps[] = {STOP(), OVER()};
    int64_t start = krt_os_now_ms();
    serving_run(steps);
    assert_int_equal(krt_os_now_ms() - start, 0);
}

static void test_stop_before_the_start_counts(void **state)
{
    (void)state;
    static const struct script_step steps[] = {OVER()};
    struct script script = {.steps = steps};
    struct krt_log log = {.program = "sample", .level = KRT_LOG_ERROR};
    struct krt_server server = {.program = &sample_program, .log = &log, .workers = 1};
    server.io = io_script_open(&script);
    krt_server_stop(&server);
    krt_server_run(&server);
    krt_io_free(server.io);
}

static void test_waking_is_not_stopping(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),       WAKE(), EXPECT_OPEN(0), SEND(0, GET_HELLO),
        EXPECT(0, HELLO), STOP(), OVER(),
    };
    serving_run(steps);
}

static void test_stop_closes_idle_connections_at_once(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),       CONNECT(1),       SEND(1, GET_HELLO),
        EXPECT(1, HELLO), CONNECT(2),       SEND(2, "GET"), /* keeps the server */
        STOP(),           EXPECT_CLOSED(0), EXPECT_CLOSED(1),
        EXPECT(1, ""),    EXPECT_OPEN(2),   BREAK(2),
        OVER(),
    };
    serving_run(steps);
}

static void test_stop_finishes_what_has_begun(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /hello" HOST),
        CONNECT(1),
        SEND(1, POST_3 "a"),
        CONNECT(2),
        HOLD(2),
        SEND(2, GET_HUGE),
        STOP(),
        PASS(STOP_MS - 1000),
        SEND(0, "\r\n" GET_HELLO),
        EXPECT(0, SAMPLE_HELLO_HEAD END_CLOSE_AT("08:49:41") SAMPLE_HELLO_BODY),
        EXPECT_CLOSED(0),
        SEND(1, "bc"),
        EXPECT(1, SAMPLE_MAKE_HEAD END_CLOSE_AT("08:49:41") SAMPLE_MAKE_BODY),
        EXPECT_CLOSED(1),
        RESUME(2),
        EXPECT_LENGTH(2, HUGE_LEN),
        PASS(2), /* it is read from once more */
        EXPECT_CLOSED(2),
        OVER(),
    };
    serving_run(steps);
}

static void test_stop_drops_what_does_not_end(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /hello" HOST),
        CONNECT(1),
        SEND(1, POST_3 "a"),
        CONNECT(2),
        HOLD(2),
        SEND(2, GET_HUGE),
        CONNECT(3),
        SEND(3, "GET\r\n"),
        EXPECT(3, REJECTED("400 Bad Request")),
        STOP(),
        PASS(STOP_MS - 1),
        EXPECT_OPEN(0),
        EXPECT_OPEN(1),
        EXPECT_OPEN(2),
        EXPECT_ENDED(3),
        PASS(1),
        EXPECT_CLOSED(0),
        EXPECT_CLOSED(1),
        EXPECT_CLOSED(2),
        EXPECT_CLOSED(3),
        EXPECT(0, ""),
        EXPECT(1, ""),
        EXPECT(2, ""),
        EXPECT(3, ""),
        OVER(),
    };
    serving_run(steps);
}

static void test_request_that_beats_the_stop_is_answered(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),       SEND(0, GET_HELLO),
        EXPECT(0, HELLO), RACE(0, GET_HELLO GET_HELLO),
        STOP(),           EXPECT(0, HELLO_CLOSE),
        EXPECT_CLOSED(0), OVER(),
    };
    struct script script = {.steps = steps};
    serving_run_once(&script, KRT_LOG_ERROR);
}

static void test_client_accepted_late_is_served_once(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET"),
        STOP(),
        CONNECT(1),
        SEND(1, GET_HELLO GET_HELLO),
        EXPECT(1, HELLO_CLOSE),
        EXPECT_CLOSED(1),
        SEND(0, " /hello" HOST "\r\n"),
        EXPECT(0, HELLO_CLOSE),
        OVER(),
    };
    serving_run(steps);
}

static void test_stopping_twice_is_stopping(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),     SEND(0, POST_3),       STOP(), STOP(),
        SEND(0, "abc"), EXPECT(0, MADE_CLOSE), OVER(),
    };
    serving_run(steps);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trouble_with_accepting_is_logged),
        cmocka_unit_test(test_client_without_memory_is_turned_away),
        cmocka_unit_test(test_answers_are_logged_when_debugging),
        cmocka_unit_test(test_misses_are_logged_with_their_reason),
        cmocka_unit_test(test_nothing_is_logged_when_told_so),
        cmocka_unit_test(test_stop_without_clients_is_immediate),
        cmocka_unit_test(test_stop_before_the_start_counts),
        cmocka_unit_test(test_waking_is_not_stopping),
        cmocka_unit_test(test_stop_closes_idle_connections_at_once),
        cmocka_unit_test(test_stop_finishes_what_has_begun),
        cmocka_unit_test(test_stop_drops_what_does_not_end),
        cmocka_unit_test(test_request_that_beats_the_stop_is_answered),
        cmocka_unit_test(test_client_accepted_late_is_served_once),
        cmocka_unit_test(test_stopping_twice_is_stopping),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
