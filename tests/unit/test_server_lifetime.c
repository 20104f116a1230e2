/* krt_server_run() on scripted transport, of servers that end by themselves. */
#include "io_script.h"
#include "sample_text.h"
#include "serving.h"
#include "unit.h"

/* ---- After some requests ---- */

static void test_last_answer_says_so_and_ends_the_server(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),       CONNECT(1), SEND(0, GET_HELLO), EXPECT(0, HELLO),
        EXPECT_OPEN(0),   PASS(100),  SEND(1, GET_HELLO), EXPECT(1, HELLO_CLOSE),
        EXPECT_CLOSED(1), OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.max_requests = 2}, steps,
                         KRT_END_MAX_REQUESTS);
}

static void test_what_follows_the_last_request_is_not_answered(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO GET_HELLO GET_HELLO GET_HELLO GET_HELLO),
        EXPECT(0, HELLO HELLO HELLO_CLOSE),
        EXPECT_CLOSED(0),
        OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.max_requests = 3}, steps,
                         KRT_END_MAX_REQUESTS);
}

static void test_what_is_in_flight_is_answered_too(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, POST_3 "a"),
        CONNECT(1),
        HOLD(1),
        SEND(1, GET_HUGE),
        CONNECT(2),
        SEND(2, GET_HELLO),
        EXPECT(2, HELLO_CLOSE),
        EXPECT_CLOSED(2),
        SEND(0, "bc" GET_HELLO),
        EXPECT(0, MADE_CLOSE),
        EXPECT_CLOSED(0),
        RESUME(1),
        EXPECT_LENGTH(1, HUGE_LEN),
        PASS(2), /* it is read from once more */
        EXPECT_CLOSED(1),
        OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.max_requests = 2}, steps,
                         KRT_END_MAX_REQUESTS);
}

static void test_refusals_are_answers(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /none" HOST "\r\n"),
        EXPECT(0, NOT_FOUND),
        CONNECT(1),
        SEND(1, "GET\r\n"),
        EXPECT(1, REJECTED("400 Bad Request")),
        OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.max_requests = 2}, steps,
                         KRT_END_MAX_REQUESTS);
}

static void test_stop_request_may_come_first(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0), SEND(0, GET_HELLO), EXPECT(0, HELLO), STOP(), OVER(),
    };
    serving_run_lifetime(
        (struct krt_lifetime){.max_requests = 2, .idle_ms = 60000, .timeout_ms = 60000},
        steps, KRT_END_ASKED);
}

/* ---- After some time without ---- */

static void test_nobody_who_comes_is_idleness(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        PASS(499), CONNECT(0), EXPECT_OPEN(0), PASS(1), EXPECT_CLOSED(0), OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.idle_ms = 500}, steps, KRT_END_IDLE);
}

static void test_kept_connection_is_idle_from_its_answer_on(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),         PASS(400),        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),   PASS(499),        EXPECT_OPEN(0),
        SEND(0, GET_HELLO), EXPECT(0, HELLO), PASS(499),
        EXPECT_OPEN(0),     CONNECT(1),       PASS(1),
        EXPECT_CLOSED(0),   EXPECT_CLOSED(1), OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.idle_ms = 500}, steps, KRT_END_IDLE);
}

static void test_request_under_way_is_waited_for(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        HOLD(1),
        SEND(1, GET_HUGE),
        SEND(0, "GET /hello" HOST),
        PASS(2000),
        SEND(0, "\r\n"),
        EXPECT(0, HELLO_AT("08:49:39")),
        PASS(2000),
        EXPECT_OPEN(0),
        RESUME(1),
        EXPECT_LENGTH(1, HUGE_LEN),
        PASS(499),
        EXPECT_OPEN(0),
        EXPECT_OPEN(1),
        PASS(1),
        EXPECT_CLOSED(0),
        EXPECT_CLOSED(1),
        OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.idle_ms = 500}, steps, KRT_END_IDLE);
}

/* Its request is over with it. */
static void test_client_that_vanishes_is_not_waited_for(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),       SEND(0, "GET /hello" HOST),
        CONNECT(1),       PASS(2000),
        BREAK(0),         PASS(499),
        EXPECT_OPEN(1),   PASS(1),
        EXPECT_CLOSED(1), OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.idle_ms = 500}, steps, KRT_END_IDLE);
}

/* ---- After some time ---- */

static void test_timeout_stops_in_order(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        CONNECT(1),
        SEND(1, POST_3),
        PASS(999),
        EXPECT_OPEN(0),
        PASS(1),
        EXPECT_CLOSED(0),
        SEND(1, "abc"),
        EXPECT(1, SAMPLE_MAKE_HEAD END_CLOSE_AT("08:49:38") SAMPLE_MAKE_BODY),
        EXPECT_CLOSED(1),
        OVER(),
    };
    serving_run_lifetime((struct krt_lifetime){.timeout_ms = 1000}, steps,
                         KRT_END_TIMEOUT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_answer_says_so_and_ends_the_server),
        cmocka_unit_test(test_what_follows_the_last_request_is_not_answered),
        cmocka_unit_test(test_what_is_in_flight_is_answered_too),
        cmocka_unit_test(test_refusals_are_answers),
        cmocka_unit_test(test_stop_request_may_come_first),
        cmocka_unit_test(test_nobody_who_comes_is_idleness),
        cmocka_unit_test(test_kept_connection_is_idle_from_its_answer_on),
        cmocka_unit_test(test_request_under_way_is_waited_for),
        cmocka_unit_test(test_client_that_vanishes_is_not_waited_for),
        cmocka_unit_test(test_timeout_stops_in_order),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
