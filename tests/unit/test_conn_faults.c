/* A connection that ends, stalls or is stopped at every point of a conversation. */
#include "sample.h"
#include "talk.h"
#include "unit.h"

#include <stdlib.h>

#define HOST " HTTP/1.1\r\nHost: a\r\n"

static const char conversation[] =
    "GET /hello" HOST "\r\n"
    "\r\nPOST /hello" HOST "Content-Length: 3\r\n\r\nabc"
    "POST /hello" HOST
    "Transfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nT: v\r\n\r\n"
    "GET /pages" HOST "Range: bytes=0-1,-1\r\n\r\n"
    "POST /hello" HOST "Content-Length: 1\r\nExpect: 100-continue\r\n\r\na"
    "HEAD /huge" HOST "\r\n"
    "GET /none" HOST "\r\n"
    "G\r\n";

enum { LEN = sizeof conversation - 1 };

/* Final answers in the output. */
static size_t count_answers(const char *output)
{
    size_t n = 0;
    for (const char *at = output; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        n += at[9] != '1';
    return n;
}

static size_t output_of_all(size_t *n_answers)
{
    struct talk talk;
    talk_init(&talk);
    talk_hear(&talk, conversation, LEN, LEN);
    size_t len = talk.output_len;
    *n_answers = count_answers(talk.output);
    talk_deinit(&talk);
    return len;
}

static void check_closed(const struct talk *talk)
{
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
    assert_false(krt_conn_is_idle(talk->conn));
    assert_true(krt_conn_yields_at(talk->conn) == INT64_MAX);
}

static void test_client_is_lost_at_every_byte_of_input(void **state)
{
    (void)state;
    for (size_t at = 0; at <= LEN; at++) {
        struct talk talk;
        talk_init(&talk);
        talk_hear(&talk, conversation, at, SIZE_MAX);
        krt_conn_lost(talk.conn);
        check_closed(&talk);
        talk_deinit(&talk);
    }
}

/* As where a write has failed or was given up. */
static void test_client_is_lost_at_every_byte_of_output(void **state)
{
    (void)state;
    size_t n_answers;
    size_t len = output_of_all(&n_answers);
    assert_int_equal(n_answers, 8);
    for (size_t sent = 0; sent < len; sent++) {
        struct talk talk;
        size_t space;
        size_t left = sent;
        talk_init(&talk);
        memcpy(krt_conn_space(talk.conn, &space), conversation, LEN);
        krt_conn_received(talk.conn, LEN, &talk.now);
        while (left > 0) {
            size_t n = krt_conn_output(talk.conn).len;
            n = n < left ? n : left;
            krt_conn_sent(talk.conn, n, &talk.now);
            left -= n;
        }
        assert_int_equal(krt_conn_want(talk.conn), KRT_WANT_WRITE);
        krt_conn_lost(talk.conn);
        check_closed(&talk);
        talk_deinit(&talk);
    }
}

/* An idle connection just ends, a begun request is answered with 408. */
static void test_time_runs_out_at_every_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < LEN; at++) {
        struct talk talk;
        talk_init(&talk);
        assert_int_equal(talk_hear(&talk, conversation, at, SIZE_MAX), KRT_WANT_READ);
        bool was_idle = krt_conn_is_idle(talk.conn);
        size_t before = talk.output_len;
        krt_conn_expired(talk.conn, &talk.now);
        enum krt_want want = talk_flush(&talk);
        if (was_idle) {
            assert_int_equal(talk.output_len, before);
        } else {
            assert_int_equal(want, KRT_WANT_DRAIN);
            assert_memory_equal(talk.output + before, "HTTP/1.1 408 ", 13);
            assert_non_null(strstr(talk.output + before, "Connection: close\r\n"));
            krt_conn_expired(talk.conn, &talk.now);
        }
        check_closed(&talk);
        talk_deinit(&talk);
    }
}

/* What has begun is answered, and then no more. */
static void test_server_stops_at_every_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < LEN; at++) {
        struct talk talk;
        talk_init(&talk);
        talk_hear(&talk, conversation, at, SIZE_MAX);
        size_t before = count_answers(talk.output);
        talk.now.is_stopping = true;
        talk_hear(&talk, conversation + at, LEN - at, SIZE_MAX);
        const char *last = strstr(talk.output, "Connection: close\r\n");
        assert_int_equal(count_answers(talk.output), before + 1);
        assert_non_null(last);
        assert_null(strstr(last, "HTTP/1.1 "));
        talk_deinit(&talk);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_is_lost_at_every_byte_of_input),
        cmocka_unit_test(test_client_is_lost_at_every_byte_of_output),
        cmocka_unit_test(test_time_runs_out_at_every_byte),
        cmocka_unit_test(test_server_stops_at_every_byte),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
