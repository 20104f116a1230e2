/* What a connection makes of time, of a peer that leaves and of a server that stops. */
#include "sample_text.h"
#include "talk.h"
#include "unit.h"

static int set_up(void **state)
{
    static struct talk talk;
    talk_init(&talk);
    *state = &talk;
    return 0;
}

static int tear_down(void **state)
{
    talk_deinit(*state);
    return 0;
}

/* Hands over `text` without writing what it brings about. */
static void hear_only(struct talk *talk, const char *text)
{
    size_t len;
    void *space = krt_conn_space(talk->conn, &len);
    assert_true(strlen(text) <= len);
    memcpy(space, text, strlen(text));
    krt_conn_received(talk->conn, strlen(text), &talk->now);
}

static void expire(struct talk *talk)
{
    krt_conn_expired(talk->conn, &talk->now);
}

/* ---- Deadlines ---- */

static void test_head_deadline_counts_from_the_connect(void **state)
{
    struct talk *talk = *state;
    assert_int_equal(talk_deadline(talk), talk_limits.head_ms);
    talk_wait(talk, 10);
    talk_say(talk, "G");
    assert_int_equal(talk_deadline(talk), talk_limits.head_ms - 10);
}

static void test_trickling_head_does_not_extend_its_deadline(void **state)
{
    struct talk *talk = *state;
    const char *head = "GET /hello" HOST;
    for (size_t i = 0; i < strlen(head); i++) {
        talk_hear(talk, head + i, 1, 1);
        talk_wait(talk, 10);
        assert_int_equal(talk_deadline(talk), talk_limits.head_ms - 10 * ((int)i + 1));
    }
}

static void test_kept_connection_is_idle_until_the_first_byte(void **state)
{
    struct talk *talk = *state;
    talk_wait(talk, 50);
    talk_say(talk, GET_HELLO);
    assert_int_equal(talk_deadline(talk), talk_limits.idle_ms);
    talk_wait(talk, 100);
    talk_say(talk, "\r\n"); /* an empty line starts nothing and wins no time */
    assert_int_equal(talk_deadline(talk), talk_limits.idle_ms - 100);
    talk_wait(talk, 100);
    talk_say(talk, "GET");
    assert_int_equal(talk_deadline(talk), talk_limits.head_ms);
    talk_wait(talk, 100);
    talk_say(talk, " /he");
    assert_int_equal(talk_deadline(talk), talk_limits.head_ms - 100);
    talk_say(talk, "llo" HOST "\r\n");
    assert_int_equal(talk_deadline(talk), talk_limits.idle_ms);
}

static void test_pipelined_head_gets_its_own_time(void **state)
{
    struct talk *talk = *state;
    talk_wait(talk, 900);
    talk_say(talk, GET_HELLO "GET");
    assert_int_equal(talk_deadline(talk), talk_limits.head_ms);
}

static void test_each_piece_of_a_body_extends_its_deadline(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, POST_3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(talk_deadline(talk), talk_limits.body_ms);
        talk_wait(talk, talk_limits.body_ms - 1);
        talk_say(talk, "a");
    }
    assert_int_equal(talk_deadline(talk), talk_limits.body_ms);
    talk_say(talk, "a");
    assert_int_equal(talk_deadline(talk), talk_limits.idle_ms);
}

static void test_each_write_has_its_deadline(void **state)
{
    struct talk *talk = *state;
    hear_only(talk, "GET /huge" HOST "\r\n" POST_3);
    int n = 0;
    while (krt_conn_want(talk->conn) == KRT_WANT_WRITE) {
        assert_int_equal(talk_deadline(talk), talk_limits.write_ms);
        talk_wait(talk, 33);
        krt_conn_sent(talk->conn, krt_conn_output(talk->conn).len, &talk->now);
        n++;
    }
    assert_true(n > 3);
    assert_int_equal(talk_deadline(talk), talk_limits.body_ms);
}

static void test_drain_has_one_deadline(void **state)
{
    struct talk *talk = *state;
    hear_only(talk, "GET\r\n");
    assert_int_equal(talk_deadline(talk), talk_limits.write_ms);
    talk_wait(talk, 7);
    talk_flush(talk);
    assert_int_equal(talk_deadline(talk), talk_limits.drain_ms);
    talk_wait(talk, 100);
    talk_say(talk, "x");
    assert_int_equal(talk_deadline(talk), talk_limits.drain_ms - 100);
}

/* ---- A read that was given up ---- */

static void test_expired_without_request_closes_silently(void **state)
{
    struct talk *talk = *state;
    expire(talk);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
}

static void test_expired_between_requests_closes_silently(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, GET_HELLO);
    expire(talk);
    assert_int_equal(talk_flush(talk), KRT_WANT_CLOSE);
    talk_check_output(talk, HELLO);
}

static void check_408(struct talk *talk)
{
    expire(talk);
    assert_int_equal(talk_deadline(talk), talk_limits.write_ms);
    assert_int_equal(talk_flush(talk), KRT_WANT_DRAIN);
    assert_int_equal(talk_deadline(talk), talk_limits.drain_ms);
    talk_check_output(talk, REJECTED("408 Request Timeout"));
    talk_say(talk, GET_HELLO);
    talk_check_output(talk, "");
}

static void test_expired_head_is_408(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, "GET /hello" HOST);
    check_408(talk);
}

static void test_expired_request_line_is_408(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, "G");
    check_408(talk);
}

static void test_expired_pipelined_head_is_408(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, GET_HELLO "GET /he");
    talk_check_output(talk, HELLO);
    check_408(talk);
}

static void test_expired_body_is_408(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, POST_3 "ab");
    check_408(talk);
}

static void test_expired_body_behind_100_is_408(void **state)
{
    struct talk *talk = *state;
    talk_say(talk,
             "POST /hello" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    talk_check_output(talk, "HTTP/1.1 100 Continue\r\n\r\n");
    check_408(talk);
}

static void test_expired_drain_closes(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, "GET\r\n");
    talk_check_output(talk, REJECTED("400 Bad Request"));
    expire(talk);
    assert_int_equal(talk_flush(talk), KRT_WANT_CLOSE);
    talk_check_output(talk, "");
}

/* ---- A peer that leaves ---- */

static void check_lost(struct talk *talk, const char *said)
{
    hear_only(talk, said);
    krt_conn_lost(talk->conn);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
    assert_false(krt_conn_is_idle(talk->conn));
}

static void test_lost_connection_wants_nothing_more(void **state)
{
    static const char *const said[] = {
        "",
        "G",
        "GET /hello" HOST,
        GET_HELLO,
        GET_HELLO GET_HELLO,
        "GET /huge" HOST "\r\n",
        POST_3,
        POST_3 "a",
        "GET\r\n",
    };
    struct talk *talk = *state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        talk_deinit(talk);
        talk_init(talk);
        check_lost(talk, said[i]);
    }
}

static void test_connection_lost_amid_a_write_wants_nothing_more(void **state)
{
    struct talk *talk = *state;
    hear_only(talk, "GET /huge" HOST "\r\n" GET_HELLO);
    krt_conn_sent(talk->conn, 10, &talk->now);
    krt_conn_lost(talk->conn);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
}

static void test_connection_lost_while_draining_wants_nothing_more(void **state)
{
    struct talk *talk = *state;
    assert_int_equal(talk_say(talk, "GET\r\n"), KRT_WANT_DRAIN);
    krt_conn_lost(talk->conn);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
}

/* ---- A server that stops ---- */

static void test_next_answer_closes_when_stopping(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, GET_HELLO "GET /hello" HOST);
    talk->now.is_stopping = true;
    assert_int_equal(talk_say(talk, "\r\n" GET_HELLO), KRT_WANT_CLOSE);
    talk_check_output(talk, HELLO HELLO_CLOSE);
}

static void test_body_is_still_read_when_stopping(void **state)
{
    struct talk *talk = *state;
    talk_say(talk, POST_3 "a");
    talk->now.is_stopping = true;
    assert_int_equal(talk_say(talk, "bc"), KRT_WANT_CLOSE);
    talk_check_output(talk, MADE_CLOSE);
}

static void test_answer_under_way_is_finished_when_stopping(void **state)
{
    struct talk *talk = *state;
    hear_only(talk, "GET /huge" HOST "\r\n");
    talk->now.is_stopping = true;
    assert_int_equal(talk_flush(talk), KRT_WANT_READ);
    assert_true(krt_conn_is_idle(talk->conn)); /* so the server closes it */
    assert_int_equal(talk->output_len, strlen(SAMPLE_HUGE_HEAD END) + SAMPLE_HUGE_LEN);
}

/* ---- Idleness ---- */

static void check_idle(const struct talk *talk, bool expected)
{
    assert_int_equal(krt_conn_is_idle(talk->conn), expected);
}

static void test_idle_means_nothing_begun(void **state)
{
    struct talk *talk = *state;
    check_idle(talk, true);
    hear_only(talk, "G");
    check_idle(talk, false);
    hear_only(talk, "ET /hello" HOST "\r\n");
    check_idle(talk, false); /* the answer is not written yet */
    krt_conn_sent(talk->conn, 1, &talk->now);
    check_idle(talk, false);
    talk_flush(talk);
    check_idle(talk, true);
    talk_say(talk, POST_3);
    check_idle(talk, false);
    talk_say(talk, "abc");
    check_idle(talk, true);
    talk_say(talk, "GET\r\n");
    check_idle(talk, false); /* draining */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_head_deadline_counts_from_the_connect),
        TEST(test_trickling_head_does_not_extend_its_deadline),
        TEST(test_kept_connection_is_idle_until_the_first_byte),
        TEST(test_pipelined_head_gets_its_own_time),
        TEST(test_each_piece_of_a_body_extends_its_deadline),
        TEST(test_each_write_has_its_deadline),
        TEST(test_drain_has_one_deadline),
        TEST(test_expired_without_request_closes_silently),
        TEST(test_expired_between_requests_closes_silently),
        TEST(test_expired_head_is_408),
        TEST(test_expired_request_line_is_408),
        TEST(test_expired_pipelined_head_is_408),
        TEST(test_expired_body_is_408),
        TEST(test_expired_body_behind_100_is_408),
        TEST(test_expired_drain_closes),
        TEST(test_lost_connection_wants_nothing_more),
        TEST(test_connection_lost_amid_a_write_wants_nothing_more),
        TEST(test_connection_lost_while_draining_wants_nothing_more),
        TEST(test_next_answer_closes_when_stopping),
        TEST(test_body_is_still_read_when_stopping),
        TEST(test_answer_under_way_is_finished_when_stopping),
        TEST(test_idle_means_nothing_begun),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
