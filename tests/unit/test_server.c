/* krt_server_run() on scripted transport. Every scenario runs with whole operations and
 * with operations that move single bytes; what clients see must not change. */
#include "io_script.h"
#include "sample_text.h"
#include "serving.h"
#include "unit.h"

enum {
    HEAD_MS = 30000,
    BODY_MS = 30000,
    WRITE_MS = 30000,
    IDLE_MS = 130000,
    DRAIN_MS = 5000,
};

/* ---- Serving ---- */

static void test_one_connection_is_kept(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        SEND(0, POST_3 "abc" GET_HELLO),
        EXPECT(0, MADE HELLO),
        EXPECT_OPEN(0),
        SEND(0, "GET /hello" HOST CLOSE_FIELD "\r\n"),
        EXPECT(0, HELLO_CLOSE),
        EXPECT_CLOSED(0),
        STOP(),
        EXPECT_LOG(""),
        OVER(),
    };
    serving_run(steps);
}

static void test_connections_do_not_mix(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        SEND(0, "GET /hel"),
        SEND(1, "POST /hello" HOST),
        CONNECT(2),
        SEND(2, GET_HELLO GET_HELLO),
        SEND(0, "lo" HOST "\r\nGE"),
        SEND(1, "Content-Length: 5\r\n\r\nab"),
        EXPECT(2, HELLO HELLO),
        EXPECT(0, HELLO),
        EXPECT(1, ""),
        SEND(1, "cde"),
        SEND(0, "T /none" HOST "\r\n"),
        EXPECT(1, MADE),
        EXPECT(0, NOT_FOUND),
        STOP(),
        EXPECT_CLOSED(0),
        EXPECT_CLOSED(1),
        EXPECT_CLOSED(2),
        OVER(),
    };
    serving_run(steps);
}

static void test_slow_reader_holds_nobody_up(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        HOLD(0),
        SEND(0, GET_HUGE GET_HELLO),
        CONNECT(1),
        SEND(1, GET_HUGE),
        EXPECT_LENGTH(1, HUGE_LEN),
        EXPECT_LENGTH(0, 0),
        RESUME(0),
        SEND(1, GET_HELLO),
        EXPECT(1, HELLO),
        EXPECT_LENGTH(0, HUGE_LEN + sizeof(HELLO) - 1),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_rejected_client_gets_its_answer_and_an_end(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),      SEND(0, "GET\r\n"), EXPECT(0, REJECTED("400 Bad Request")),
        EXPECT_ENDED(0), SEND(0, GET_HELLO), EXPECT(0, ""),
        FINISH(0),       EXPECT_CLOSED(0),   STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_date_follows_the_clock(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        PASS(999),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        PASS(1),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO_AT("08:49:38")),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

/* ---- Clients that leave ---- */

static void test_peer_lost_in_any_operation_disturbs_nobody(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        CONNECT(2),
        CONNECT(3),
        CONNECT(4),
        CONNECT(5),
        SEND(1, "GET /he"),  /* lost in a head */
        SEND(2, POST_3 "a"), /* in a body */
        HOLD(3),
        SEND(3, GET_HUGE),  /* in a write */
        SEND(4, "GET\r\n"), /* in a drain */
        SEND(5, GET_HELLO), /* between requests */
        EXPECT(4, REJECTED("400 Bad Request")),
        EXPECT(5, HELLO),
        BREAK(1),
        EXPECT_CLOSED(1),
        EXPECT(1, ""),
        BREAK(2),
        EXPECT_CLOSED(2),
        EXPECT(2, ""),
        BREAK(3),
        EXPECT_CLOSED(3),
        EXPECT(3, ""),
        BREAK(4),
        EXPECT_CLOSED(4),
        BREAK(5),
        EXPECT_CLOSED(5),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO),
        CONNECT(6),
        BREAK(6),
        EXPECT_CLOSED(6),
        EXPECT_LOG(""),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_request_of_a_client_that_finished_is_answered(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HUGE GET_HELLO),
        FINISH(0),
        EXPECT_LENGTH(0, HUGE_LEN + sizeof(HELLO) - 1),
        EXPECT_CLOSED(0),
        CONNECT(1),
        SEND(1, "GET /hello" HOST),
        FINISH(1),
        EXPECT(1, ""),
        EXPECT_CLOSED(1),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

/* ---- Deadlines ---- */

static void test_head_that_does_not_come_is_408(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /hello" HOST),
        PASS(HEAD_MS - 1),
        EXPECT(0, ""),
        PASS(1),
        EXPECT(0, TIMEOUT_AT("08:50:07")),
        EXPECT_ENDED(0),
        PASS(DRAIN_MS - 1),
        EXPECT_ENDED(0),
        PASS(1),
        EXPECT_CLOSED(0),
        EXPECT(0, ""),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

/* A server without Date and with little time. */
static void test_program_decides(void **state)
{
    (void)state;
    enum { MS = 40 };
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO),
        EXPECT(0, SAMPLE_HELLO_HEAD "\r\n" SAMPLE_HELLO_BODY),
        PASS(MS - 1),
        EXPECT_OPEN(0),
        PASS(1),
        EXPECT_CLOSED(0),
        EXPECT(0, ""),
        CONNECT(1),
        SEND(1, "POST /hello" HOST "Content-Length: 2\r\n\r\nab"),
        EXPECT(1, SAMPLE_MAKE_HEAD "\r\n" SAMPLE_MAKE_BODY),
        SEND(1, POST_3),
        EXPECT(1, STATUS("413 Content Too Large") CLOSE_FIELD "\r\n"),
        STOP(),
        OVER(),
    };
    struct krt_program program = sample_program;
    program.has_date = false;
    program.limits.idle_ms = MS;
    program.limits.body = 2;
    serving_run_program(&program, steps);
}

static void test_body_that_does_not_come_is_408(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, POST_3),
        PASS(BODY_MS - 1),
        SEND(0, "a"),
        PASS(BODY_MS - 1),
        EXPECT(0, ""),
        PASS(1),
        EXPECT(0, TIMEOUT_AT("08:50:36")),
        EXPECT_ENDED(0),
        FINISH(0),
        EXPECT_CLOSED(0),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_silent_connections_are_closed(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        SEND(1, GET_HELLO),
        EXPECT(1, HELLO),
        PASS(HEAD_MS - 1),
        EXPECT_OPEN(0),
        PASS(1),
        EXPECT_CLOSED(0),
        EXPECT(0, ""),
        PASS(IDLE_MS - HEAD_MS - 1),
        EXPECT_OPEN(1),
        PASS(1),
        EXPECT_CLOSED(1),
        EXPECT(1, ""),
        STOP(),
        OVER(),
    };
    serving_run(steps);
}

static void test_client_that_does_not_read_is_closed(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),     HOLD(0), SEND(0, GET_HELLO), PASS(WRITE_MS - 1),
        EXPECT_OPEN(0), PASS(1), EXPECT_CLOSED(0),   EXPECT(0, ""),
        STOP(),         OVER(),
    };
    serving_run(steps);
}

static void test_result_that_beats_the_cancel_counts(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /hello" HOST),
        RACE(0, "\r\n"),
        PASS(HEAD_MS),
        EXPECT(0, HELLO_AT("08:50:07")),
        HOLD(0),
        SEND(0, "GET /empty" HOST "\r\n"),
        RACE(0, ""),
        PASS(WRITE_MS),
        RESUME(0),
        EXPECT(0, SAMPLE_EMPTY_HEAD DATE("08:50:07") "\r\n"),
        SEND(0, GET_HELLO),
        EXPECT(0, HELLO_AT("08:50:37")),
        STOP(),
        OVER(),
    };
    struct script script = {.steps = steps};
    serving_run_once(&script, KRT_LOG_ERROR);
}

static void test_each_peer_has_its_own_deadline(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),     PASS(1000),           CONNECT(1),       PASS(1000),
        CONNECT(2),     PASS(HEAD_MS - 2000), EXPECT_CLOSED(0), EXPECT_OPEN(1),
        PASS(999),      EXPECT_OPEN(1),       PASS(1),          EXPECT_CLOSED(1),
        EXPECT_OPEN(2), PASS(1000),           EXPECT_CLOSED(2), STOP(),
        OVER(),
    };
    serving_run(steps);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_connection_is_kept),
        cmocka_unit_test(test_connections_do_not_mix),
        cmocka_unit_test(test_slow_reader_holds_nobody_up),
        cmocka_unit_test(test_rejected_client_gets_its_answer_and_an_end),
        cmocka_unit_test(test_date_follows_the_clock),
        cmocka_unit_test(test_peer_lost_in_any_operation_disturbs_nobody),
        cmocka_unit_test(test_request_of_a_client_that_finished_is_answered),
        cmocka_unit_test(test_head_that_does_not_come_is_408),
        cmocka_unit_test(test_program_decides),
        cmocka_unit_test(test_body_that_does_not_come_is_408),
        cmocka_unit_test(test_silent_connections_are_closed),
        cmocka_unit_test(test_client_that_does_not_read_is_closed),
        cmocka_unit_test(test_result_that_beats_the_cancel_counts),
        cmocka_unit_test(test_each_peer_has_its_own_deadline),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
