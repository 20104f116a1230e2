/* Exchanges and handlers on one connection: what becomes of bodies, who is waited for,
 * and what is sent. */
#include "exchange.h"
#include "handling.h"
#include "sample_text.h"
#include "talk.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define GET(path) "GET " path HOST "\r\n"
#define POST(path, fields) "POST " path HOST fields "\r\n"
#define OK(fields, length) "HTTP/1.1 200 OK\r\n" fields "Content-Length: " length "\r\n"
#define FAILED STATUS("500 Internal Server Error") END
#define FAILED_CLOSE STATUS("500 Internal Server Error") END_CLOSE

/* ---- The handlers ---- */

static struct krt_exchange
    *late;       /* the last exchange of a handler that is waited for */
static int step; /* what a handler is to do */
static const void *seen_body;
static char taken[8192];
static size_t n_taken;

static int hello(struct krt_exchange *exchange)
{
    krt_respond(exchange, "text/plain", "hello", 5);
    return KRT_DONE;
}

static int echo(struct krt_exchange *exchange)
{
    struct krt_str body = krt_request_body(exchange);
    seen_body = body.at;
    krt_respond(exchange, NULL, body.at, body.len);
    return KRT_DONE;
}

static int wait_for(struct krt_exchange *exchange)
{
    late = exchange;
    return KRT_LATER;
}

static int finish_early(struct krt_exchange *exchange)
{
    krt_respond_static(exchange, NULL, "early", 5);
    krt_finish(exchange, KRT_DONE);
    return KRT_LATER;
}

static int finish_and_be_done(struct krt_exchange *exchange)
{
    krt_respond_static(exchange, NULL, "early", 5);
    krt_finish(exchange, KRT_DONE);
    return step;
}

static int fail_late(struct krt_exchange *exchange)
{
    krt_respond(exchange, "text/plain", "half", 4);
    return -7;
}

static int set_fields(struct krt_exchange *exchange)
{
    krt_respond_status(exchange, 404);
    krt_respond_header(exchange, "X-First", "1");
    krt_respond_header(exchange, "Set-Cookie", "a=b\t\"c\" \xc3\xa4");
    krt_respond_header(exchange, "x", "");
    krt_respond_static(exchange, "text/plain", "none", 4);
    return KRT_DONE;
}

/* Faults that only the response has. */
static int break_rules(struct krt_exchange *exchange)
{
    static char large[9000];
    switch (step) {
    case 0:
        krt_respond_header(exchange, "content-LENGTH", "1");
        break;
    case 1:
        krt_respond_header(exchange, "a b", "1");
        break;
    case 2:
        krt_respond_header(exchange, "", "1");
        break;
    case 3:
        krt_respond_header(exchange, "a", "1\r\nb: 2");
        break;
    case 4:
        krt_respond_status(exchange, 199);
        break;
    case 5:
        krt_respond_status(exchange, 600);
        break;
    case 6:
        krt_respond(exchange, "text/plain\r\nA: b", "x", 1);
        break;
    default:
        memset(large, 'a', sizeof large - 1);
        krt_respond_header(exchange, "a", large);
    }
    return KRT_DONE;
}

static int no_content(struct krt_exchange *exchange)
{
    krt_respond_status(exchange, 204);
    krt_respond(exchange, NULL, "dropped", 7);
    return KRT_DONE;
}

static int reset_content(struct krt_exchange *exchange)
{
    krt_respond_status(exchange, 205);
    krt_respond(exchange, NULL, "dropped", 7);
    if (step == 1)
        krt_respond_header(exchange, "Upgrade", "x");
    return KRT_DONE;
}

static int take(struct krt_exchange *exchange, struct krt_str piece)
{
    memcpy(taken + n_taken, piece.at, piece.len);
    n_taken += piece.len;
    late = exchange;
    if (step == KRT_FAILED - 1)
        krt_finish(exchange, KRT_DONE);
    return step;
}

static int count(struct krt_exchange *exchange)
{
    char *text = krt_take(exchange, 24);
    assert_int_equal(krt_request_body(exchange).len, 0);
    int len = snprintf(text, 24, "%zu", n_taken);
    krt_respond(exchange, NULL, text, (size_t)len);
    return KRT_DONE;
}

/* Writes `step` pieces, then ends, or breaks off where there is nothing to write to. */
static long next(struct krt_exchange *exchange, void *context, char *room, size_t cap)
{
    int *n = context;
    (void)exchange;
    assert_true(cap >= 1024);
    if ((*n)-- == 0)
        return step == 3 ? KRT_FAILED : step == 4 ? (long)cap + 1 : 0;
    memset(room, 'a' + *n, 18);
    return 18;
}

static int stream(struct krt_exchange *exchange)
{
    int *n = krt_take(exchange, sizeof *n);
    *n = 2;
    krt_respond_stream(exchange, "text/plain", next, n);
    return KRT_DONE;
}

static int tell(struct krt_exchange *exchange)
{
    struct krt_str value = {"-", 1};
    struct krt_str cookie = {"-", 1};
    struct krt_str method = krt_request_method(exchange);
    struct krt_str path = krt_request_path(exchange);
    struct krt_str query = krt_request_query(exchange);
    char *text = krt_take(exchange, 200);
    for (int i = 0; i < 200; i++)
        assert_int_equal(text[i], 0);
    krt_request_header(exchange, "x-ASKED", &value);
    assert_false(krt_request_header(exchange, "x", &value));
    krt_request_cookie(exchange, "c", &cookie);
    assert_int_equal(krt_request_peer(exchange).pid, 0);
    assert_ptr_equal(krt_server_data(exchange), &step);
    int len = snprintf(text, 200, "%.*s %.*s %.*s %.*s %.*s", (int)method.len,
                       method.at, (int)path.len, path.at, (int)query.len, query.at,
                       (int)value.len, value.at, (int)cookie.len, cookie.at);
    krt_respond(exchange, NULL, text, (size_t)len);
    return KRT_DONE;
}

static int tell_time(struct krt_exchange *exchange, const void *data)
{
    (void)data;
    krt_respond_static(exchange, NULL, "12345", (size_t)exchange->unix_seconds % 5);
    return KRT_DONE;
}

static bool refuse(struct krt_exchange *exchange, const struct krt_query *query)
{
    (void)query;
    exchange->made.status = 400;
    return false;
}

static const struct krt_query refusing_query = {.read = refuse};

#define HANDLER(function)                                                              \
    {                                                                                  \
        .call = (function)                                                             \
    }

static const struct krt_handler hello_handler = HANDLER(hello);
static const struct krt_handler echo_handler = HANDLER(echo);
static const struct krt_handler late_handler = HANDLER(wait_for);
static const struct krt_handler early_handler = HANDLER(finish_early);
static const struct krt_handler done_handler = HANDLER(finish_and_be_done);
static const struct krt_handler failing_handler = HANDLER(fail_late);
static const struct krt_handler fields_handler = HANDLER(set_fields);
static const struct krt_handler breaking_handler = HANDLER(break_rules);
static const struct krt_handler empty_handler = HANDLER(no_content);
static const struct krt_handler reset_handler = HANDLER(reset_content);
static const struct krt_handler taking_handler = {.call = count, .take = take};
static const struct krt_handler stream_handler = HANDLER(stream);
static const struct krt_handler telling_handler = HANDLER(tell);

static const struct krt_route routes[] = {
    {.name = "GET /static", .pattern = "/static", SAYS("ok", "2")},
    {.name = "GET /delayed",
     .pattern = "/delayed",
     .delay_min_ms = 50,
     .delay_max_ms = 50,
     SAYS("ok", "2")},
    {.name = "GET /random",
     .pattern = "/random",
     .delay_min_ms = 10,
     .delay_max_ms = 200,
     SAYS("ok", "2")},
    {.name = "GET /time",
     .pattern = "/time",
     .delay_min_ms = 50,
     .delay_max_ms = 50,
     .answer = tell_time},
    {.name = "GET /refused", .pattern = "/refused", .query = &refusing_query},
    HANDLED("/hello", &hello_handler),
    HANDLED("/echo", &echo_handler),
    HANDLED("/late", &late_handler),
    HANDLED("/early", &early_handler),
    HANDLED("/done", &done_handler),
    HANDLED("/fail", &failing_handler),
    HANDLED("/fields", &fields_handler),
    HANDLED("/break", &breaking_handler),
    HANDLED("/empty", &empty_handler),
    HANDLED("/reset", &reset_handler),
    STREAMED("/take", &taking_handler),
    HANDLED("/stream", &stream_handler),
    HANDLED("/tell", &telling_handler),
};

/* ---- The connection ---- */

static char complaint[1024];
static int n_finished;

static void complain(void *context, const char *text)
{
    (void)context;
    snprintf(complaint, sizeof complaint, "%s", text);
}

static void finished(void *context, struct krt_conn *conn)
{
    (void)context;
    (void)conn;
    n_finished++;
}

static struct talk *talk_new(void)
{
    static struct talk talk;
    static struct krt_program program;
    program = handling_program(routes, LENGTH(routes));
    talk_init(&talk);
    talk.service.program = &program;
    talk.service.complain = complain;
    talk.service.finished = finished;
    talk.service.data = &step;
    complaint[0] = '\0';
    n_finished = step = 0;
    n_taken = 0;
    return &talk;
}

static void end(struct talk *talk)
{
    krt_conn_release(talk->conn);
    talk_deinit(talk);
}

static enum krt_want resume(struct talk *talk)
{
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_WAIT);
    krt_conn_resumed(talk->conn, &talk->now);
    return talk_flush(talk);
}

static void test_handlers_answer(void **state)
{
    static const struct {
        const char *request;
        const char *answer;
        const char *complaint;
        int step;
    } cases[] = {
        {GET("/static"), OK("", "2") END "ok", "", 0},
        {GET("/hello"), OK("Content-Type: text/plain\r\n", "5") END "hello", "", 0},
        {"HEAD /hello" HOST "\r\n", OK("Content-Type: text/plain\r\n", "5") END, "", 0},
        {"GET /hello HTTP/1.0\r\n\r\n",
         OK("Content-Type: text/plain\r\n", "5") END_CLOSE "hello", "", 0},
        {GET("/none"), NOT_FOUND, "", 0},
        {GET("/echo"), OK("", "0") END, "", 0},
        {GET("/empty"), "HTTP/1.1 204 No Content\r\n" END, "", 0},
        {GET("/reset"), "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n" END, "",
         0},
        {GET("/reset"), FAILED,
         "GET /reset (sample.yaml:15): the handler has set a header field that is the "
         "server's",
         1},
        {GET("/fields"),
         "HTTP/1.1 404 Not Found\r\nX-First: 1\r\nSet-Cookie: a=b\t\"c\" \xc3\xa4\r\n"
         "x: \r\nContent-Type: text/plain\r\nContent-Length: 4\r\n" END "none",
         "", 0},
        {GET("/fail"), FAILED, "GET /fail (sample.yaml:15): handler failed with -7", 0},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a header field that is the "
         "server's",
         0},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a header field that is not "
         "valid",
         1},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a header field that is not "
         "valid",
         2},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a header field that is not "
         "valid",
         3},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a status that is not 200 to "
         "599",
         4},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a status that is not 200 to "
         "599",
         5},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the handler has set a media type that is not "
         "valid",
         6},
        {GET("/break"), FAILED,
         "GET /break (sample.yaml:15): the head of the response is too long", 7},
        {"GET /tell?a=%20b HTTP/1.1\r\nHost: a\r\nX-Asked: yes\r\n"
         "Cookie: b=1; c=2\r\n\r\n",
         OK("", "22") END "GET /tell a=%20b yes 2", "", 0},
        {GET("/%74ell"), OK("", "14") END "GET /tell  - -", "", 0},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct talk *talk = talk_new();
        step = cases[i].step;
        talk_say(talk, cases[i].request);
        talk_check_output(talk, cases[i].answer);
        assert_string_equal(complaint, cases[i].complaint);
        end(talk);
    }
}

/* ---- Bodies ---- */

static void check_echo(const char *request, const char *answer, size_t first,
                       size_t rest)
{
    struct talk *talk = talk_new();
    size_t len = strlen(request);
    talk_hear(talk, request, first, first);
    talk_hear(talk, request + first, len - first, rest);
    expect_text(request, talk->output, answer);
    end(talk);
}

static void test_kept_bodies_do_not_depend_on_delivery(void **state)
{
    static const struct {
        const char *request;
        const char *answer;
    } cases[] = {
        {POST("/echo", "Content-Length: 5\r\n") "abcde", OK("", "5") END "abcde"},
        {POST("/echo", "Content-Length: 5\r\n") "abcde" GET("/static"),
         OK("", "5") END "abcde" OK("", "2") END "ok"},
        {POST("/echo", "Transfer-Encoding: chunked\r\n") "1\r\na\r\n3\r\nbcd\r\n0\r\n"
                                                         "\r\n" GET("/hello"),
         OK("", "4") END "abcd" OK("Content-Type: text/plain\r\n", "5") END "hello"},
        {GET("/hello") POST("/echo", "Content-Length: 2\r\n") "ab",
         OK("Content-Type: text/plain\r\n", "5") END "hello" OK("", "2") END "ab"},
        /* The request may have to move before its body has come. */
        {GET("/hello") POST("/tell?q", "Content-Length: 2\r\n") "ab",
         OK("Content-Type: text/plain\r\n", "5") END "hello" OK("", "16") END
         "POST /tell q - -"},
        {POST("/static", "Content-Length: 2\r\n") "ab" GET("/hello"),
         OK("", "2") END "ok" OK("Content-Type: text/plain\r\n", "5") END "hello"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        size_t len = strlen(cases[i].request);
        check_echo(cases[i].request, cases[i].answer, 1, 1);
        for (size_t at = 1; at <= len; at++)
            check_echo(cases[i].request, cases[i].answer, at, len);
    }
}

static void test_whole_body_is_not_copied(void **state)
{
    struct talk *talk = talk_new();
    const unsigned char *storage = talk->storage;
    (void)state;
    talk_say(talk, POST("/echo", "Content-Length: 5\r\n") "abcde");
    assert_in_range((uintptr_t)seen_body, (uintptr_t)storage,
                    (uintptr_t)(storage + talk->limits.head));
    end(talk);
}

/* More than the input has room for. */
static void test_large_bodies_are_kept(void **state)
{
    enum { LEN = 200000 };
    static char request[LEN + 1024];
    static char body[LEN];
    (void)state;
    for (size_t i = 0; i < LEN; i++)
        body[i] = (char)('a' + i % 23);
    for (int is_chunked = 0; is_chunked < 2; is_chunked++) {
        struct talk *talk = talk_new();
        talk->limits.body = 2 * LEN;
        int len = snprintf(request, sizeof request,
                           is_chunked ? POST("/echo", "Transfer-Encoding: chunked\r\n")
                                      : POST("/echo", "Content-Length: 200000\r\n"));
        char *at = request + len;
        if (is_chunked)
            at += sprintf(at, "%x\r\n", LEN);
        memcpy(at, body, LEN);
        at += LEN;
        if (is_chunked)
            at += sprintf(at, "\r\n0\r\n\r\n");
        talk_hear(talk, request, (size_t)(at - request), 5000);
        assert_memory_equal(talk->output + talk->output_len - LEN, body, LEN);
        assert_null(talk->conn->arena.others); /* all is given back by now */
        end(talk);
    }
}

static bool is_out_of_memory;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_out_of_memory ? NULL : __real_malloc(size);
}

static void test_lack_of_memory_is_told(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    is_out_of_memory = true;
    talk_say(talk, POST("/echo", "Content-Length: 4999\r\n") "abc");
    is_out_of_memory = false;
    talk_check_output(talk, STATUS("503 Service Unavailable") END_CLOSE);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_DRAIN);
    assert_string_equal(complaint, "GET /echo (sample.yaml:15): no memory for the body "
                                   "of a request");
    end(talk);
    talk = talk_new();
    static char body[3900];
    memset(body, 'a', sizeof body - 1);
    is_out_of_memory = true;
    talk_say(talk, POST("/echo", "Content-Length: 3899\r\n"));
    talk_say(talk, body);
    is_out_of_memory = false;
    talk_check_output(talk, FAILED);
    assert_string_equal(complaint,
                        "GET /echo (sample.yaml:15): no memory for the response");
    end(talk);
}

/* ---- Streamed requests ---- */

static void test_bodies_are_taken_piece_by_piece(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    talk_say(talk, POST("/take", "Content-Length: 7\r\n") "abc");
    assert_int_equal(n_taken, 3);
    talk_say(talk, "defg" GET("/static"));
    assert_memory_equal(taken, "abcdefg", 7);
    talk_check_output(talk, OK("", "1") END "7" OK("", "2") END "ok");
    end(talk);
}

static void test_taking_may_last(void **state)
{
    static const char chunks[] = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    struct talk *talk = talk_new();
    (void)state;
    step = KRT_LATER;
    talk_say(talk, POST("/take", "Transfer-Encoding: chunked\r\n"));
    assert_int_equal(talk_say(talk, chunks), KRT_WANT_WAIT);
    assert_int_equal(n_taken, 3);
    assert_true(krt_conn_is_lent(talk->conn));
    krt_finish(late, KRT_DONE);
    assert_int_equal(n_finished, 1);
    assert_int_equal(resume(talk), KRT_WANT_WAIT);
    assert_int_equal(n_taken, 5);
    krt_finish(late, KRT_DONE);
    assert_int_equal(resume(talk), KRT_WANT_READ);
    talk_check_output(talk, OK("", "1") END "5");
    talk_say(talk, POST("/take", "Content-Length: 2\r\n") "a");
    krt_finish(late, KRT_DONE);
    assert_int_equal(resume(talk), KRT_WANT_READ);
    assert_int_equal(talk_say(talk, "b"), KRT_WANT_WAIT);
    krt_finish(late, -3);
    assert_int_equal(resume(talk), KRT_WANT_DRAIN);
    talk_check_output(talk, FAILED_CLOSE);
    assert_string_equal(complaint,
                        "GET /take (sample.yaml:15): handler failed with -3");
    end(talk);
}

/* A body that nobody wants is not asked for, and may come all the same. */
static void test_refused_query_needs_no_body(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    assert_int_equal(
        talk_say(talk,
                 POST("/refused", "Expect: 100-continue\r\nContent-Length: 3\r\n")),
        KRT_WANT_DRAIN);
    talk_check_output(talk,
                      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n" END_CLOSE);
    end(talk);
}

static void test_failed_taking_ends_the_connection(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    step = -1;
    assert_int_equal(talk_say(talk, POST("/take", "Content-Length: 3\r\n") "ab"),
                     KRT_WANT_DRAIN);
    talk_check_output(talk, FAILED_CLOSE);
    end(talk);
}

/* ---- Waiting ---- */

static void test_answer_may_come_later(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    assert_int_equal(talk_say(talk, GET("/late") GET("/static")), KRT_WANT_WAIT);
    talk_check_output(talk, "");
    assert_true(krt_conn_is_lent(talk->conn));
    assert_false(krt_conn_is_idle(talk->conn));
    assert_int_equal(krt_conn_deadline(talk->conn), INT64_MAX);
    krt_respond(late, "text/plain", "late", 4);
    krt_finish(late, KRT_DONE);
    assert_int_equal(n_finished, 1);
    assert_int_equal(resume(talk), KRT_WANT_READ);
    talk_check_output(talk, OK("Content-Type: text/plain\r\n", "4") END
                      "late" OK("", "2") END "ok");
    krt_finish(late, KRT_DONE); /* is too late, and no harm */
    assert_int_equal(n_finished, 1);
    assert_false(krt_conn_is_lent(talk->conn));
    talk_say(talk, GET("/late"));
    krt_finish(late, -1);
    krt_finish(late, KRT_DONE); /* once is enough */
    assert_int_equal(n_finished, 2);
    resume(talk);
    talk_check_output(talk, FAILED);
    end(talk);
}

static void test_answer_may_come_before_the_handler_returns(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    assert_int_equal(talk_say(talk, GET("/early")), KRT_WANT_WAIT);
    assert_int_equal(n_finished, 1);
    resume(talk);
    talk_check_output(talk, OK("", "5") END "early");
    end(talk);
}

/* Each end that is told of is waited for once, lest it end the next exchange. */
static void test_finishing_counts_whatever_is_returned(void **state)
{
    static const int results[] = {KRT_DONE, KRT_LATER, KRT_FAILED};
    (void)state;
    for (size_t i = 0; i < LENGTH(results); i++) {
        struct talk *talk = talk_new();
        step = results[i];
        assert_int_equal(talk_say(talk, GET("/done") GET("/late")), KRT_WANT_WAIT);
        talk_check_output(talk, "");
        assert_int_equal(n_finished, 1);
        assert_int_equal(resume(talk), KRT_WANT_WAIT);
        talk_check_output(talk, OK("", "5") END "early");
        krt_finish(late, KRT_DONE);
        resume(talk);
        end(talk);
    }
    struct talk *talk = talk_new();
    step = KRT_FAILED - 1; /* the piece is taken, says krt_finish() */
    assert_int_equal(talk_say(talk, POST("/take", "Content-Length: 1\r\n") "a"),
                     KRT_WANT_WAIT);
    assert_int_equal(n_finished, 1);
    resume(talk);
    talk_check_output(talk, OK("", "1") END "1");
    end(talk);
}

/* What was answered before is sent meanwhile. */
static void test_earlier_answers_do_not_wait(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    assert_int_equal(talk_say(talk, GET("/static") GET("/late")), KRT_WANT_WAIT);
    talk_check_output(talk, OK("", "2") END "ok");
    krt_finish(late, KRT_DONE);
    resume(talk);
    talk_check_output(talk, OK("", "0") END);
    end(talk);
}

static void test_client_may_leave_meanwhile(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    talk_say(talk, GET("/late"));
    krt_conn_lost(talk->conn);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_WAIT);
    assert_true(krt_conn_is_lent(talk->conn));
    krt_respond(late, NULL, "nobody", 6);
    krt_finish(late, KRT_DONE);
    assert_int_equal(resume(talk), KRT_WANT_CLOSE);
    talk_check_output(talk, "");
    end(talk);
    talk = talk_new();
    talk_say(talk, GET("/delayed"));
    krt_conn_lost(talk->conn);
    assert_int_equal(krt_conn_want(talk->conn), KRT_WANT_CLOSE);
    end(talk);
}

static void test_delay_comes_before_the_answer(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    talk->now.us += 1;
    assert_int_equal(talk_say(talk, GET("/delayed") GET("/delayed")), KRT_WANT_WAIT);
    assert_int_equal(talk_deadline(talk), 51); /* no less than it says */
    assert_false(krt_conn_is_lent(talk->conn));
    talk_check_output(talk, "");
    talk_wait(talk, 51);
    assert_int_equal(resume(talk), KRT_WANT_WAIT); /* the second has one of its own */
    talk_check_output(talk, OK("", "2") END "ok");
    assert_int_equal(talk_deadline(talk), 51);
    talk_wait(talk, 51);
    assert_int_equal(resume(talk), KRT_WANT_READ);
    talk_check_output(talk, OK("", "2") END "ok");
    end(talk);
}

static void test_answers_have_the_time_when_they_are_made(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    talk->now.unix_seconds = 100;
    talk_say(talk, POST("/time", "Content-Length: 1\r\n"));
    talk->now.unix_seconds = 101;
    assert_int_equal(talk_say(talk, "a"), KRT_WANT_WAIT);
    talk->now.unix_seconds = 103;
    talk_wait(talk, 50);
    resume(talk);
    talk_check_output(talk, OK("", "3") END "123");
    end(talk);
}

static void test_delay_begins_when_the_request_has_come(void **state)
{
    struct talk *talk = talk_new();
    (void)state;
    talk_say(talk, POST("/delayed", "Content-Length: 1\r\n"));
    talk_wait(talk, 200);
    assert_int_equal(talk_say(talk, "a"), KRT_WANT_WAIT);
    assert_int_equal(talk_deadline(talk), 50);
    talk_wait(talk, 50);
    resume(talk);
    talk_check_output(talk, OK("", "2") END "ok");
    end(talk);
}

static void test_random_delays_are_spread(void **state)
{
    enum { DRAWS = 2000 };
    int64_t least = 1000;
    int64_t most = 0;
    int64_t sum = 0;
    struct talk *talk = talk_new();
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        talk->now.us += 997;
        talk->now.ms = talk->now.us / 1000;
        talk_say(talk, GET("/random"));
        int64_t delay = talk_deadline(talk);
        assert_in_range(delay, 10, 201);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
        sum += delay;
        talk_wait(talk, 201);
        resume(talk);
        talk->output_len = 0;
    }
    assert_in_range(least, 10, 12);
    assert_in_range(most, 199, 201);
    assert_in_range(sum / DRAWS, 98, 113);
    end(talk);
}

/* ---- In place of a 404 ---- */

static int miss(struct krt_exchange *exchange)
{
    krt_respond_status(exchange, 404);
    krt_respond_static(exchange, NULL, "missed", 6);
    return KRT_DONE;
}

static const struct krt_handler missing_handler = {.call = miss};

static void check_unmatched(const struct krt_route *unmatched, const char *request,
                            const char *answer, int delay_ms)
{
    struct talk *talk = talk_new();
    struct krt_program program = *talk->service.program;
    program.unmatched = unmatched;
    talk->service.program = &program;
    talk_say(talk, request);
    if (delay_ms > 0) {
        talk_wait(talk, delay_ms);
        resume(talk);
    }
    talk_check_output(talk, answer);
    end(talk);
}

static void test_what_no_route_takes_is_answered_by_another(void **state)
{
    static const struct krt_route handled = HANDLED("", &missing_handler);
    static const struct krt_route plain = {.name = "unmatched", SAYS("no", "2")};
    static const struct krt_route delayed = {
        .name = "unmatched", .delay_min_ms = 20, .delay_max_ms = 20, SAYS("no", "2")};
    (void)state;
    check_unmatched(&plain, GET("/none"), OK("", "2") END "no", 0);
    check_unmatched(&plain,
                    POST("/none", "Expect: 100-continue\r\nContent-Length: 2\r\n"),
                    OK("", "2") END_CLOSE "no", 0);
    check_unmatched(&delayed, GET("/none"), OK("", "2") END "no", 20);
    check_unmatched(&handled, GET("/none") GET("/static"),
                    "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n" END
                    "missed" OK("", "2") END "ok",
                    0);
    check_unmatched(&handled,
                    POST("/none", "Expect: 100-continue\r\nContent-Length: 2\r\n"),
                    "HTTP/1.1 100 Continue\r\n\r\n", 0);
    check_unmatched(&plain, "PUT /static" HOST "\r\n",
                    STATUS("501 Not Implemented") END, 0);
}

/* ---- Streamed responses ---- */

#define STREAM_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define CHUNKED_HEAD STREAM_HEAD "Transfer-Encoding: chunked\r\n"
#define BS "bbbbbbbbbbbbbbbbbb"
#define AS "aaaaaaaaaaaaaaaaaa"
#define CHUNKS "0012\r\n" BS "\r\n0012\r\n" AS "\r\n"

static void test_bodies_are_pulled(void **state)
{
    static const struct {
        const char *request;
        const char *answer;
        enum krt_want want;
        int step;
    } cases[] = {
        {GET("/stream"), CHUNKED_HEAD END CHUNKS "0\r\n\r\n", KRT_WANT_READ, 2},
        {GET("/stream") GET("/static"),
         CHUNKED_HEAD END CHUNKS "0\r\n\r\n" OK("", "2") END "ok", KRT_WANT_READ, 2},
        {"HEAD /stream" HOST "\r\n", CHUNKED_HEAD END, KRT_WANT_READ, 2},
        {"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         STREAM_HEAD END_CLOSE BS AS, KRT_WANT_CLOSE, 2},
        {"GET /stream" HOST "Connection: close\r\n\r\n",
         CHUNKED_HEAD END_CLOSE CHUNKS "0\r\n\r\n", KRT_WANT_CLOSE, 2},
        {GET("/stream"), CHUNKED_HEAD END CHUNKS, KRT_WANT_CLOSE, 3},
        {GET("/stream"), CHUNKED_HEAD END CHUNKS, KRT_WANT_CLOSE, 4},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t sent_max = 0; sent_max < 8; sent_max++) {
            struct talk *talk = talk_new();
            talk->sent_max = sent_max;
            step = cases[i].step;
            assert_int_equal(talk_say(talk, cases[i].request), cases[i].want);
            talk_check_output(talk, cases[i].answer);
            assert_string_equal(complaint,
                                step == 3 ? "GET /stream (sample.yaml:15): handler "
                                            "failed with -1"
                                : step == 4
                                    ? "GET /stream (sample.yaml:15): the handler has "
                                      "written more of its body than it had room for"
                                    : "");
            end(talk);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handlers_answer),
        cmocka_unit_test(test_kept_bodies_do_not_depend_on_delivery),
        cmocka_unit_test(test_whole_body_is_not_copied),
        cmocka_unit_test(test_large_bodies_are_kept),
        cmocka_unit_test(test_lack_of_memory_is_told),
        cmocka_unit_test(test_bodies_are_taken_piece_by_piece),
        cmocka_unit_test(test_taking_may_last),
        cmocka_unit_test(test_refused_query_needs_no_body),
        cmocka_unit_test(test_failed_taking_ends_the_connection),
        cmocka_unit_test(test_answer_may_come_later),
        cmocka_unit_test(test_answer_may_come_before_the_handler_returns),
        cmocka_unit_test(test_finishing_counts_whatever_is_returned),
        cmocka_unit_test(test_earlier_answers_do_not_wait),
        cmocka_unit_test(test_client_may_leave_meanwhile),
        cmocka_unit_test(test_delay_comes_before_the_answer),
        cmocka_unit_test(test_answers_have_the_time_when_they_are_made),
        cmocka_unit_test(test_delay_begins_when_the_request_has_come),
        cmocka_unit_test(test_random_delays_are_spread),
        cmocka_unit_test(test_what_no_route_takes_is_answered_by_another),
        cmocka_unit_test(test_bodies_are_pulled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
