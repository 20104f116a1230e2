/* More clients than a server serves at once: who yields, who waits, and for how long.
 */
#include "io_script.h"
#include "sample.h"
#include "sample_text.h"
#include "serving.h"
#include "unit.h"

enum { GRACE_MS = 1000 };

/* Answers without Date, whatever the time is. */
#define OF(head, body) head "\r\n" body
#define GREETING OF(SAMPLE_HELLO_HEAD, SAMPLE_HELLO_BODY)
#define CREATED OF(SAMPLE_MAKE_HEAD, SAMPLE_MAKE_BODY)

/* The sample with room for two. */
static struct krt_program program;

static int make_program(void **state)
{
    (void)state;
    program = sample_program;
    program.limits.connections = 2;
    program.has_date = false;
    return 0;
}

static void test_who_has_idled_longest_yields(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET_HELLO),
        PASS(10),
        CONNECT(1),
        SEND(1, GET_HELLO),
        PASS(10),
        SEND(0, GET_HELLO),
        EXPECT(0, GREETING GREETING),
        EXPECT(1, GREETING),
        CONNECT(2),
        SEND(2, GET_HELLO),
        EXPECT_CLOSED(1),
        EXPECT(2, GREETING),
        EXPECT_OPEN(0),
        CONNECT(3),
        SEND(3, GET_HELLO),
        EXPECT_CLOSED(0),
        EXPECT(3, GREETING),
        EXPECT_OPEN(2),
        STOP(),
        OVER(),
    };
    serving_run_program(&program, steps);
}

static void test_who_is_busy_does_not_yield(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "GET /hel"),
        CONNECT(1),
        SEND(1, POST_3 "a"),
        CONNECT(2),
        SEND(2, GET_HELLO),
        PASS(GRACE_MS + 1),
        EXPECT(2, ""),
        SEND(1, "bc"),
        EXPECT(1, CREATED),
        PASS(2), /* it is read from once more */
        EXPECT_CLOSED(1),
        EXPECT(2, GREETING),
        SEND(0, "lo" HOST "\r\n"),
        EXPECT(0, GREETING),
        STOP(),
        OVER(),
    };
    serving_run_program(&program, steps);
}

/* Its first request may be on its way. */
static void test_new_client_has_a_second_to_begin(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),         CONNECT(1),     CONNECT(2),       SEND(2, GET_HELLO),
        PASS(GRACE_MS - 1), EXPECT_OPEN(0), EXPECT_OPEN(1),   EXPECT(2, ""),
        SEND(1, "G"),       PASS(1),        EXPECT_CLOSED(0), EXPECT(2, GREETING),
        EXPECT_OPEN(1),     STOP(),         OVER(),
    };
    serving_run_program(&program, steps);
}

static void test_end_of_a_connection_makes_room(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),    SEND(0, "G"), CONNECT(1),
        SEND(1, "G"),  CONNECT(2),   SEND(2, GET_HELLO),
        EXPECT(2, ""), BREAK(0),     EXPECT(2, GREETING),
        STOP(),        OVER(),
    };
    serving_run_program(&program, steps);
}

/* The time for its first head begins when it is served. */
static void test_waiting_costs_no_time(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, POST_3),
        CONNECT(1),
        SEND(1, POST_3),
        PASS(20000),
        CONNECT(2),
        SEND(2, "GET /hello" HOST),
        PASS(20000),
        EXPECT_CLOSED(0),
        PASS(20000),
        SEND(2, "\r\n"),
        EXPECT(2, GREETING),
        STOP(),
        OVER(),
    };
    serving_run_program(&program, steps);
}

static void test_stop_ends_the_wait(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, "G"),
        CONNECT(1),
        SEND(1, "G"),
        CONNECT(2),
        STOP(),
        EXPECT_CLOSED(2),
        EXPECT_OPEN(0),
        SEND(0, "ET /hello" HOST "\r\n"),
        EXPECT(0, SAMPLE_HELLO_HEAD CLOSE_FIELD "\r\n" SAMPLE_HELLO_BODY),
        OVER(),
    };
    serving_run_program(&program, steps);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_has_idled_longest_yields),
        cmocka_unit_test(test_who_is_busy_does_not_yield),
        cmocka_unit_test(test_new_client_has_a_second_to_begin),
        cmocka_unit_test(test_end_of_a_connection_makes_room),
        cmocka_unit_test(test_waiting_costs_no_time),
        cmocka_unit_test(test_stop_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, make_program, NULL);
}
