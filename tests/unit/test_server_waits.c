/* krt_server_run() on scripted transport, with exchanges that last. */
#include "handling.h"
#include "io_script.h"
#include "sample_text.h"
#include "serving.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define GET(path) "GET " path HOST "\r\n"
#define OK(text, length, end)                                                          \
    "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n" end text
#define LATE OK("late", "4", END)
#define FAST OK("fast", "4", END)

enum { STOP_MS = 5000 };

/* All that were waited for: what is left behind is never freed. */
static struct krt_exchange *all[256];
static size_t n_all;
static struct krt_exchange *late; /* the last */

static int wait_for(struct krt_exchange *exchange)
{
    assert_true(n_all < LENGTH(all));
    all[n_all++] = late = exchange;
    return KRT_LATER;
}

static int finish_early(struct krt_exchange *exchange)
{
    krt_respond_static(exchange, NULL, "late", 4);
    krt_finish(exchange, KRT_DONE);
    return KRT_LATER;
}

static int tell_peer(struct krt_exchange *exchange)
{
    struct krt_peer peer = krt_request_peer(exchange);
    assert_int_equal(peer.pid, 7);
    krt_respond(exchange, NULL, peer.user, strlen(peer.user));
    return KRT_DONE;
}

static int break_off(struct krt_exchange *exchange)
{
    (void)exchange;
    return -7;
}

static const struct krt_handler late_handler = {.call = wait_for};
static const struct krt_handler early_handler = {.call = finish_early};
static const struct krt_handler peer_handler = {.call = tell_peer};
static const struct krt_handler failing_handler = {.call = break_off};

static const struct krt_route routes[] = {
    {.name = "GET /fast", .pattern = "/fast", SAYS("fast", "4")},
    {.name = "GET /delayed",
     .pattern = "/delayed",
     .delay_min_ms = 1000,
     .delay_max_ms = 1000,
     SAYS("late", "4")},
    HANDLED("/late", &late_handler),
    HANDLED("/early", &early_handler),
    HANDLED("/peer", &peer_handler),
    HANDLED("/fail", &failing_handler),
};

static void run(const struct script_step *steps)
{
    struct krt_program program = handling_program(routes, LENGTH(routes));
    serving_run_program(&program, steps);
}

/* Both requests of a client come at once. */
static void run_whole(const struct script_step *steps)
{
    struct krt_program program = handling_program(routes, LENGTH(routes));
    struct script script = {.steps = steps};
    serving_run_program_once(&program, &script);
}

static void finish(void)
{
    krt_respond_static(late, NULL, "late", 4);
    krt_finish(late, KRT_DONE);
}

static void finish_again(void)
{
    krt_finish(late, KRT_FAILED);
}

static void test_others_are_served_during_a_delay(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        SEND(0, GET("/delayed") GET("/fast")),
        PASS(500),
        SEND(1, GET("/fast")),
        EXPECT(1, FAST),
        PASS(499),
        EXPECT(0, ""),
        PASS(2),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" DATE(
                      "08:49:38") "\r\nlate"
                                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" DATE(
                                      "08:49:38") "\r\n"
                                                  "fast"),
        STOP(),
        OVER(),
    };
    run(steps);
}

static void test_answer_comes_when_it_is_finished(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        SEND(0, GET("/fast") GET("/late") GET("/fast")),
        SEND(1, GET("/fast")),
        EXPECT(0, FAST),
        EXPECT(1, FAST),
        CALL(finish),
        CALL(finish_again),
        EXPECT(0, LATE FAST),
        SEND(0, GET("/early") GET("/fast") GET("/early")),
        EXPECT(0, LATE FAST LATE),
        EXPECT_LOG(""),
        STOP(),
        OVER(),
    };
    run(steps);
}

/* No deadline applies to it. */
static void test_handler_may_take_as_long_as_it_likes(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET("/late")),
        PASS(10L * 24 * 3600 * 1000),
        EXPECT_OPEN(0),
        CALL(finish),
        EXPECT_LENGTH(0, sizeof(LATE) - 1),
        STOP(),
        OVER(),
    };
    run(steps);
}

static void test_client_may_leave_while_its_exchange_waits(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),     SEND(0, GET("/late")), BREAK(0),       PASS(100),
        EXPECT_OPEN(0), /* nobody looks */
        CALL(finish),   EXPECT_CLOSED(0),      EXPECT_LOG(""), STOP(),
        OVER(),
    };
    run(steps);
}

/* The answer before it could not be written, so that nobody waits for this one. */
static void test_client_may_take_nothing_while_its_exchange_waits(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),     HOLD(0),      SEND(0, GET("/fast") GET("/late")),
        PASS(30100), /* write_ms */
        EXPECT_OPEN(0), CALL(finish), EXPECT_CLOSED(0),
        STOP(),         OVER(),
    };
    run_whole(steps);
}

static void test_finished_while_an_earlier_answer_is_written(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),    HOLD(0),      SEND(0, GET("/fast") GET("/late")),
        PASS(100),     CALL(finish), PASS(100),
        EXPECT(0, ""), RESUME(0),    EXPECT(0, FAST LATE),
        STOP(),        OVER(),
    };
    run_whole(steps);
}

static void test_failed_handler_is_logged(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET("/fail") GET("/peer")),
        EXPECT(0, STATUS("500 Internal Server Error") END OK("anna", "4", END)),
        EXPECT_LOG("sample: error: GET /fail (sample.yaml:15): handler failed with "
                   "-7\n"),
        STOP(),
        OVER(),
    };
    run(steps);
}

/* ---- Stopping ---- */

static void test_stop_waits_for_exchanges(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        SEND(0, GET("/late")),
        SEND(1, GET("/delayed")),
        STOP(),
        PASS(999),
        EXPECT_OPEN(1),
        PASS(2),
        EXPECT(1, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" END_CLOSE_AT(
                      "08:49:38") "late"),
        EXPECT_CLOSED(1),
        EXPECT_OPEN(0),
        CALL(finish),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" END_CLOSE_AT(
                      "08:49:38") "late"),
        EXPECT_CLOSED(0),
        OVER(),
    };
    run(steps);
}

static void test_stop_does_not_wait_for_ever(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0), SEND(0, GET("/late")), STOP(), PASS(STOP_MS - 1), EXPECT_OPEN(0),
        PASS(2),    EXPECT_CLOSED(0),      OVER(),
    };
    run(steps);
    krt_respond(late, "text/plain", "nobody", 6);
    assert_non_null(krt_take(late, 10000));
    assert_string_equal(krt_request_peer(late).user, "");
    krt_finish(late, KRT_DONE);
}

static void test_delay_that_is_longer_than_a_stop_is_given_up(void **state)
{
    struct krt_program program = handling_program(routes, LENGTH(routes));
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),    SEND(0, GET("/delayed")), STOP(), PASS(501),
        EXPECT(0, ""), EXPECT_CLOSED(0),         OVER(),
    };
    program.limits.drain_ms = 500;
    serving_run_program(&program, steps);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_are_served_during_a_delay),
        cmocka_unit_test(test_answer_comes_when_it_is_finished),
        cmocka_unit_test(test_handler_may_take_as_long_as_it_likes),
        cmocka_unit_test(test_client_may_leave_while_its_exchange_waits),
        cmocka_unit_test(test_client_may_take_nothing_while_its_exchange_waits),
        cmocka_unit_test(test_finished_while_an_earlier_answer_is_written),
        cmocka_unit_test(test_failed_handler_is_logged),
        cmocka_unit_test(test_stop_waits_for_exchanges),
        cmocka_unit_test(test_stop_does_not_wait_for_ever),
        cmocka_unit_test(test_delay_that_is_longer_than_a_stop_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
