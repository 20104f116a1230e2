/* What a connection answers. Each conversation is held over and over, with the input
 * split at every byte and the output taken in pieces; the answer must not change. */
#include "sample_text.h"
#include "talk.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Stand for the large bodies in the text of an expected answer. */
#define LARGE_BODY "\1"
#define HUGE_BODY "\2"
#define LARGE SAMPLE_LARGE_HEAD END LARGE_BODY
#define SHORT SAMPLE_SHORT_HEAD END SAMPLE_SHORT_BODY
#define HUGE_ SAMPLE_HUGE_HEAD END HUGE_BODY

#define TWICE(text) text text
#define FOUR(text) TWICE(TWICE(text))
#define SIXTEEN(text) FOUR(FOUR(text))

struct conversation {
    const char *name;
    const char *said;
    const char *answer;
    enum krt_want end; /* what is wanted when all is said */
};

#define READ KRT_WANT_READ
#define DRAIN KRT_WANT_DRAIN
#define CLOSE KRT_WANT_CLOSE
/* CLOSE, or DRAIN when more had come by then. */
#define LINGER ((enum krt_want)(KRT_WANT_CLOSE + 1))

static const struct conversation conversations[] = {
    /* Routes. */
    {"GET", GET_HELLO, HELLO, READ},
    {"GET with a query", "GET /hello?a=b" HOST "\r\n", HELLO, READ},
    {"GET in absolute-form", "GET http://a/hello" HOST "\r\n", HELLO, READ},
    {"HEAD", "HEAD /hello" HOST "\r\n", SAMPLE_HELLO_HEAD END, READ},
    {"HEAD of a large body", "HEAD /huge" HOST "\r\n", SAMPLE_HUGE_HEAD END, READ},
    {"HEAD then GET", "HEAD /large" HOST "\r\n" GET_HELLO, SAMPLE_LARGE_HEAD END HELLO,
     READ},
    {"204", "GET /empty" HOST "\r\n", SAMPLE_EMPTY_HEAD END, READ},
    {"410", "DELETE /gone" HOST "\r\n", SAMPLE_GONE_HEAD END, READ},
    {"body larger than the output", "GET /large" HOST "\r\n", LARGE, READ},
    {"body larger than a write", "GET /huge" HOST "\r\n", HUGE_, READ},
    {"empty lines before a request", "\r\n\r\n" GET_HELLO "\r\n" GET_HELLO, HELLO HELLO,
     READ},
    {"only empty lines", "\r\n\r\n", "", READ},
    {"half a head", "GET /hello" HOST, "", READ},

    /* Paths. */
    {"escape", "GET /h%65llo" HOST "\r\n", HELLO, READ},
    {"escape with a query", "GET /%68ello?%41%" HOST "\r\n", HELLO, READ},
    {"escape in absolute-form", "GET http://a/%68ello" HOST "\r\n", HELLO, READ},
    {"dot segments", "GET /a/b/.././../hello" HOST "\r\n", HELLO, READ},
    {"escaped dot segments", "GET /a/%2e%2E/hello" HOST "\r\n", HELLO, READ},
    {"dots that are no segments", "GET /files/..." HOST "\r\n", SHORT, READ},
    {"path after a path in normal form", GET_HELLO "GET /%68ello" HOST "\r\n" GET_HELLO,
     HELLO HELLO HELLO, READ},
    {"absolute-form without path", "GET http://a" HOST "\r\n" GET_HELLO,
     NOT_FOUND HELLO, READ},
    {"HEAD with an escape", "HEAD /h%65llo" HOST "\r\n", SAMPLE_HELLO_HEAD END, READ},
    {"body after an escape",
     "POST /h%65llo" HOST "Content-Length: 5\r\n\r\n12345" GET_HELLO, MADE HELLO, READ},
    {"405 with an escape", "DELETE /h%65llo" HOST "\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"
     "Content-Length: 0\r\n" END,
     READ},
    {"OPTIONS with a dot segment", "OPTIONS /x/../gone?a" HOST "\r\n",
     "HTTP/1.1 204 No Content\r\nAllow: DELETE, OPTIONS\r\n" END, READ},
    {"escaped slash divides nothing", "GET /users%2F5" HOST "\r\n", NOT_FOUND, READ},
    {"escaped question mark", "GET /hello%3Fa" HOST "\r\n", NOT_FOUND, READ},
    {"malformed escape", "GET /hello%4" HOST "\r\n" GET_HELLO,
     REJECTED("400 Bad Request"), DRAIN},
    {"escaped NUL", "GET /hello%00" HOST "\r\n", REJECTED("400 Bad Request"), DRAIN},
    {"escapes that are not UTF-8", "GET /hello%C0%AF" HOST "\r\n",
     REJECTED("400 Bad Request"), DRAIN},
    {"malformed path with a body",
     "POST /%" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
     REJECTED("400 Bad Request"), DRAIN},
    {"malformed path with an unknown method", "BREW /%" HOST "\r\n",
     REJECTED("400 Bad Request"), DRAIN},
    {"malformed escape in a query", "GET /hello?%4%00%C0" HOST "\r\n", HELLO, READ},

    /* Parameters. */
    {"value", "GET /users/5" HOST "\r\n", SHORT, READ},
    {"value that is refused", "GET /users/x" HOST "\r\n", NOT_FOUND, READ},
    {"escaped value", "GET /users/%35" HOST "\r\n", SHORT, READ},
    {"405 with a value", "POST /users/5" HOST "\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, OPTIONS\r\n"
     "Content-Length: 0\r\n" END,
     READ},
    {"404 with a value that is refused", "POST /users/x" HOST "\r\n", NOT_FOUND, READ},
    {"absent values", "GET /posts" HOST "\r\n", SHORT, READ},
    {"catch-all", "GET /tree/a/b/" HOST "\r\n", SHORT, READ},
    {"slash at the end", "GET /folder/" HOST "\r\n", SHORT, READ},
    {"no slash at the end", "GET /folder" HOST "\r\n", NOT_FOUND, READ},

    /* No route. */
    {"404", "GET /none" HOST "\r\n", NOT_FOUND, READ},
    {"404 for a longer path", "GET /hello/" HOST "\r\n", NOT_FOUND, READ},
    {"404 for HEAD", "HEAD /none" HOST "\r\n", NOT_FOUND, READ},
    {"404 for a method without routes", "PUT /none" HOST "\r\n", NOT_FOUND, READ},
    {"404 for OPTIONS", "OPTIONS /none" HOST "\r\n", NOT_FOUND, READ},
    {"405 for a method of another route", "DELETE /hello" HOST "\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"
     "Content-Length: 0\r\n" END,
     READ},
    {"405 for a method without routes", "PATCH /gone" HOST "\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\nAllow: DELETE, OPTIONS\r\n"
     "Content-Length: 0\r\n" END,
     READ},
    {"501 for an unknown method", "BREW /hello" HOST "\r\n",
     STATUS("501 Not Implemented") END, READ},
    {"501 for an unknown method and path", "BREW /none" HOST "\r\n",
     STATUS("501 Not Implemented") END, READ},
    {"501 for a method in lower case", "get /hello" HOST "\r\n",
     STATUS("501 Not Implemented") END, READ},
    {"OPTIONS", "OPTIONS /hello" HOST "\r\n",
     "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, POST, OPTIONS\r\n" END, READ},
    {"OPTIONS for all", "OPTIONS *" HOST "\r\n",
     "HTTP/1.1 204 No Content\r\nAllow: DELETE, GET, HEAD, POST, OPTIONS\r\n" END,
     READ},
    {"asterisk with another method", "GET *" HOST "\r\n", REJECTED("400 Bad Request"),
     DRAIN},

    /* Bodies. */
    {"body", "POST /hello" HOST "Content-Length: 5\r\n\r\n12345", MADE, READ},
    {"body of another request",
     "POST /hello" HOST "Content-Length: 32\r\n\r\n" GET_HELLO GET_HELLO, MADE HELLO,
     READ},
    {"body of 0 bytes", "POST /hello" HOST "Content-Length: 0\r\n\r\n" GET_HELLO,
     MADE HELLO, READ},
    {"body with GET", "GET /hello" HOST "Content-Length: 3\r\n\r\nabc" GET_HELLO,
     HELLO HELLO, READ},
    {"body nobody wants", "POST /none" HOST "Content-Length: 3\r\n\r\nabc" GET_HELLO,
     NOT_FOUND HELLO, READ},
    {"body with an unknown method",
     "BREW /none" HOST "Content-Length: 3\r\n\r\nabc" GET_HELLO,
     STATUS("501 Not Implemented") END HELLO, READ},
    {"half a body", "POST /hello" HOST "Content-Length: 5\r\n\r\n1234", "", READ},
    {"413", "POST /hello" HOST "Content-Length: 5001\r\n\r\n",
     REJECTED("413 Content Too Large"), DRAIN},
    {"413 far over", "POST /hello" HOST "Content-Length: 18446744073709551615\r\n\r\n",
     REJECTED("413 Content Too Large"), DRAIN},
    {"413 instead of 100",
     "POST /hello" HOST "Content-Length: 5001\r\nExpect: 100-continue\r\n\r\n",
     REJECTED("413 Content Too Large"), DRAIN},

    /* Persistence. */
    {"close", "GET /hello" HOST "Connection: close\r\n\r\n" GET_HELLO, HELLO_CLOSE,
     LINGER},
    {"close in a list", "GET /hello" HOST "Connection: x, Close\r\n\r\n", HELLO_CLOSE,
     CLOSE},
    {"close beside keep-alive",
     "GET /hello" HOST "Connection: keep-alive, close\r\n\r\n", HELLO_CLOSE, CLOSE},
    {"keep-alive is the rule", "GET /hello" HOST "Connection: keep-alive\r\n\r\n",
     HELLO, READ},
    {"close with a large body", "GET /huge" HOST "Connection: close\r\n\r\n",
     SAMPLE_HUGE_HEAD END_CLOSE HUGE_BODY, CLOSE},
    {"close with 404", "GET /none" HOST "Connection: close\r\n\r\n",
     REJECTED("404 Not Found"), CLOSE},
    {"close after a body",
     "POST /hello" HOST "Connection: close\r\nContent-Length: 2\r\n\r\nab" GET_HELLO,
     SAMPLE_MAKE_HEAD END_CLOSE SAMPLE_MAKE_BODY, LINGER},
    {"HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n" GET_HELLO, HELLO_CLOSE, LINGER},
    {"HTTP/1.0 with keep-alive",
     "GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" GET_HELLO,
     SAMPLE_HELLO_HEAD END_KEEP SAMPLE_HELLO_BODY HELLO, READ},
    {"HTTP/1.0 with both",
     "GET /hello HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", HELLO_CLOSE,
     CLOSE},
    {"HTTP/1.0 with 404 and keep-alive",
     "GET /none HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     STATUS("404 Not Found") END_KEEP, READ},
    {"HTTP/1.0 does not know 100",
     "POST /hello HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
     SAMPLE_MAKE_HEAD END_CLOSE SAMPLE_MAKE_BODY, CLOSE},

    /* Pipelining. */
    {"16 requests", SIXTEEN(GET_HELLO), SIXTEEN(HELLO), READ},
    {"requests of all kinds",
     GET_HELLO "HEAD /hello" HOST "\r\nPOST /hello" HOST
               "Content-Length: 3\r\n\r\nabcGET /none" HOST "\r\nGET /empty" HOST
               "\r\n",
     HELLO SAMPLE_HELLO_HEAD END MADE NOT_FOUND SAMPLE_EMPTY_HEAD END, READ},
    {"large bodies", TWICE("GET /large" HOST "\r\n" GET_HELLO), TWICE(LARGE HELLO),
     READ},
    {"a huge body between small ones", GET_HELLO "GET /huge" HOST "\r\n" GET_HELLO,
     HELLO HUGE_ HELLO, READ},
    {"rejection behind requests", TWICE(GET_HELLO) "GET\r\n" GET_HELLO,
     TWICE(HELLO) REJECTED("400 Bad Request"), DRAIN},
    {"half a request behind one", GET_HELLO "GET /he", HELLO, READ},

    /* Rejections. */
    {"400", "GET /hello HTTP/1.1\r\n\r\n" GET_HELLO, REJECTED("400 Bad Request"),
     DRAIN},
    {"417", "GET /hello" HOST "Expect: more\r\n\r\n",
     REJECTED("417 Expectation Failed"), DRAIN},
    {"501 for a coding under chunked",
     "POST /hello" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     REJECTED("501 Not Implemented"), DRAIN},
    {"505", "GET /hello HTTP/2.0\r\n\r\n", REJECTED("505 HTTP Version Not Supported"),
     DRAIN},
    {"TLS", "\x16\x03\x01", REJECTED("400 Bad Request"), DRAIN},
};

/* ---- Holding a conversation ---- */

static char *put_large(char *at, int route)
{
    struct krt_bytes body = sample_program.routes[route].response.plain.body;
    memcpy(at, body.data, body.len);
    return at + body.len;
}

/* `answer` with the large bodies in their places, in memory to be freed. */
static char *expand(const char *answer)
{
    size_t size = strlen(answer) + 1;
    for (const char *mark = answer; *mark; mark++)
        size += *mark == *LARGE_BODY  ? SAMPLE_LARGE_LEN
                : *mark == *HUGE_BODY ? SAMPLE_HUGE_LEN
                                      : 0;
    char *text = malloc(size);
    char *at = text;
    assert_non_null(text);
    for (; *answer; answer++) {
        if (*answer == *LARGE_BODY)
            at = put_large(at, SAMPLE_LARGE);
        else if (*answer == *HUGE_BODY)
            at = put_large(at, SAMPLE_HUGE);
        else
            *at++ = *answer;
    }
    *at = '\0';
    return text;
}

/* How the bytes travel. */
struct transport {
    size_t first; /* bytes of the first piece of input */
    size_t rest;  /* of the others */
    size_t sent;  /* of a write; 0 for all */
};

static void hold(const struct conversation *conversation, const char *answer,
                 struct transport by)
{
    struct talk talk;
    size_t len = strlen(conversation->said);
    size_t first = by.first < len ? by.first : len;
    talk_init(&talk);
    talk.sent_max = by.sent;
    talk_hear(&talk, conversation->said, first, first);
    enum krt_want end =
        talk_hear(&talk, conversation->said + first, len - first, by.rest);
    if (strcmp(talk.output, answer) != 0)
        fail_msg("%s (%zu, %zu, %zu): got %.600s, expected %.600s", conversation->name,
                 by.first, by.rest, by.sent, talk.output, answer);
    bool is_as_told = conversation->end == LINGER ? end == CLOSE || end == DRAIN
                                                  : end == conversation->end;
    if (!is_as_told)
        fail_msg("%s (%zu, %zu, %zu): wants %d", conversation->name, by.first, by.rest,
                 by.sent, (int)end);
    talk_deinit(&talk);
}

static void hold_all(const struct transport *by)
{
    for (size_t i = 0; i < LENGTH(conversations); i++) {
        char *answer = expand(conversations[i].answer);
        hold(&conversations[i], answer, *by);
        free(answer);
    }
}

static void test_conversations_in_whole_pieces(void **state)
{
    (void)state;
    hold_all(&(struct transport){SIZE_MAX, SIZE_MAX, 0});
}

static void test_conversations_byte_by_byte(void **state)
{
    (void)state;
    hold_all(&(struct transport){1, 1, 0});
    hold_all(&(struct transport){SIZE_MAX, SIZE_MAX, 1});
    hold_all(&(struct transport){1, 1, 1});
    hold_all(&(struct transport){3, 7, 13});
}

static void test_conversations_split_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(conversations); i++) {
        char *answer = expand(conversations[i].answer);
        for (size_t at = 1; at < strlen(conversations[i].said); at++)
            hold(&conversations[i], answer, (struct transport){at, SIZE_MAX, 0});
        free(answer);
    }
}

/* ---- Writes ---- */

static void test_pipelined_answers_share_a_write(void **state)
{
    (void)state;
    struct talk talk;
    talk_init(&talk);
    talk_say(&talk, SIXTEEN(GET_HELLO));
    assert_int_equal(talk.n_writes, 1);
    talk_deinit(&talk);
}

static void test_large_body_is_written_from_where_it_lies(void **state)
{
    (void)state;
    struct talk talk;
    size_t len = strlen("GET /huge" HOST "\r\n");
    size_t n;
    talk_init(&talk);
    memcpy(krt_conn_space(talk.conn, &n), "GET /huge" HOST "\r\n", len);
    krt_conn_received(talk.conn, len, &talk.now);
    krt_conn_sent(talk.conn, krt_conn_output(talk.conn).len, &talk.now);
    struct krt_bytes bytes = krt_conn_output(talk.conn);
    assert_ptr_equal(bytes.data,
                     sample_program.routes[SAMPLE_HUGE].response.plain.body.data);
    assert_int_equal(bytes.len, KRT_WRITE_MAX);
    talk_deinit(&talk);
}

/* More than the input holds, in one stream and at every alignment to its end. */
static void test_more_is_pipelined_than_the_input_holds(void **state)
{
    (void)state;
    static const char request[] = GET_HELLO;
    enum { REQUEST_LEN = sizeof request - 1, N = 4 * 48 * 1024 / REQUEST_LEN };
    char *said = malloc(N * REQUEST_LEN);
    assert_non_null(said);
    for (size_t i = 0; i < N; i++)
        memcpy(said + i * REQUEST_LEN, request, REQUEST_LEN);
    for (size_t first = 0; first <= REQUEST_LEN; first++) {
        struct talk talk;
        talk_init(&talk);
        talk_hear(&talk, said, first, SIZE_MAX);
        assert_int_equal(
            talk_hear(&talk, said + first, N * REQUEST_LEN - first, SIZE_MAX),
            KRT_WANT_READ);
        assert_int_equal(talk.output_len, N * strlen(HELLO));
        for (size_t i = 0; i < N; i++)
            assert_memory_equal(talk.output + i * strlen(HELLO), HELLO, strlen(HELLO));
        assert_true(krt_conn_is_idle(talk.conn));
        talk_deinit(&talk);
    }
    free(said);
}

/* While an answer waits to be written, input is left where it is. */
static void test_input_waits_for_the_output(void **state)
{
    (void)state;
    struct talk talk;
    size_t n;
    talk_init(&talk);
    size_t len = strlen("GET /huge" HOST "\r\n" GET_HELLO);
    memcpy(krt_conn_space(talk.conn, &n), "GET /huge" HOST "\r\n" GET_HELLO, len);
    krt_conn_received(talk.conn, len, &talk.now);
    for (size_t left = SAMPLE_HUGE_LEN; left > 0;) {
        assert_int_equal(krt_conn_want(talk.conn), KRT_WANT_WRITE);
        struct krt_bytes bytes = krt_conn_output(talk.conn);
        if (bytes.len > 1000)
            left -= bytes.len;
        krt_conn_sent(talk.conn, bytes.len, &talk.now);
    }
    talk_flush(&talk);
    talk_check_output(&talk, HELLO);
    talk_deinit(&talk);
}

/* ---- Bodies ---- */

static void test_body_at_its_limit_is_discarded_in_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
    static char body[5000];
    memset(body, '\r', sizeof body);
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct talk talk;
        talk_init(&talk);
        talk_say(&talk, GET_HELLO);
        talk_say(&talk, "POST /hello" HOST "Content-Length: 5000\r\n\r\n");
        talk_hear(&talk, body, sizeof body - 1, pieces[i]);
        talk_check_output(&talk, HELLO);
        talk_hear(&talk, body, 1, 1);
        talk_say(&talk, GET_HELLO);
        talk_check_output(&talk, MADE HELLO);
        talk_deinit(&talk);
    }
}

/* Far more than the input holds goes by without filling it. */
static void test_long_body_needs_no_room(void **state)
{
    (void)state;
    enum { PIECE = 100000, N = 50 };
    static char body[PIECE];
    struct talk talk;
    talk_init(&talk);
    talk.limits.body = (uint64_t)PIECE * N;
    talk_say(&talk, "POST /hello" HOST "Content-Length: 5000000\r\n\r\n");
    for (int i = 0; i < N; i++) {
        talk_check_output(&talk, "");
        assert_int_equal(talk_hear(&talk, body, PIECE, SIZE_MAX), KRT_WANT_READ);
    }
    talk_check_output(&talk, MADE);
    talk_deinit(&talk);
}

#define EXPECTING "POST /hello" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"

static void test_continue_is_said_before_the_body(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, SIZE_MAX};
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct talk talk;
        talk_init(&talk);
        talk.sent_max = i;
        talk_hear(&talk, EXPECTING, strlen(EXPECTING), pieces[i]);
        talk_check_output(&talk, "HTTP/1.1 100 Continue\r\n\r\n");
        talk_hear(&talk, "abc", 3, pieces[i]);
        talk_check_output(&talk, MADE);
        talk_say(&talk, GET_HELLO);
        talk_check_output(&talk, HELLO);
        talk_deinit(&talk);
    }
}

/* RFC 9110 section 10.1.1: not when content has come, nor when none is to come. */
static void test_continue_is_not_said_for_nothing(void **state)
{
    (void)state;
    struct talk talk;
    talk_init(&talk);
    talk_say(&talk, EXPECTING "a");
    talk_check_output(&talk, "");
    talk_say(&talk, "bc");
    talk_check_output(&talk, MADE);
    talk_say(&talk, "POST /hello" HOST "Expect: 100-continue\r\n\r\n");
    talk_check_output(&talk, MADE);
    talk_say(&talk, "POST /hello" HOST "Expect: 100-continue\r\nContent-Length: 0\r\n"
                    "\r\n");
    talk_check_output(&talk, MADE);
    talk_deinit(&talk);
}

/* ---- Draining ---- */

static void test_drain_ends_at_its_limit(void **state)
{
    (void)state;
    static const size_t pieces[] = {9999, SIZE_MAX};
    static char rest[KRT_DRAIN_MAX];
    memset(rest, 'x', sizeof rest);
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct talk talk;
        talk_init(&talk);
        assert_int_equal(talk_say(&talk, "GET\r\n"), KRT_WANT_DRAIN);
        talk_check_output(&talk, REJECTED("400 Bad Request"));
        assert_int_equal(talk_hear(&talk, rest, KRT_DRAIN_MAX - 1, pieces[i]),
                         KRT_WANT_DRAIN);
        assert_int_equal(talk_hear(&talk, rest, 1, 1), KRT_WANT_CLOSE);
        talk_check_output(&talk, "");
        talk_deinit(&talk);
    }
}

/* What is said behind the rejected request, however valid, is not answered. */
static void test_drained_requests_are_not_answered(void **state)
{
    (void)state;
    struct talk talk;
    talk_init(&talk);
    talk_say(&talk, GET_HELLO GET_HELLO "GET /hello HTTP/3.0\r\n");
    talk_check_output(&talk, HELLO HELLO REJECTED("505 HTTP Version Not Supported"));
    assert_int_equal(talk_say(&talk, SIXTEEN(GET_HELLO)), KRT_WANT_DRAIN);
    talk_check_output(&talk, "");
    talk_deinit(&talk);
}

/* ---- The access log ---- */

struct record {
    char text[2048];
    struct krt_buffer buffer;
};

static void record(void *context, struct krt_conn *conn,
                   const struct krt_answer *answer)
{
    (void)conn;
    struct krt_buffer *buffer = &((struct record *)context)->buffer;
    int route = answer->verdict ? answer->verdict->route : KRT_NO_ROUTE;
    krt_put(buffer, answer->method.at, answer->method.len);
    krt_put_text(buffer, " ");
    krt_put(buffer, answer->target.at, answer->target.len);
    krt_put_text(buffer, route == KRT_NO_ROUTE ? " -" : " ");
    if (route != KRT_NO_ROUTE)
        krt_put_number(buffer, (unsigned long)route, 1);
    krt_put_text(buffer, " ");
    krt_put_number(buffer, (unsigned long)answer->status, 3);
    krt_put_text(buffer, " ");
    krt_put_number(buffer, (unsigned long)answer->body_len, 1);
    krt_put_text(buffer, "\n");
}

static void test_each_answer_is_reported_once(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, SIZE_MAX};
    static const char said[] =
        GET_HELLO "HEAD /hello?q" HOST "\r\nGET /huge" HOST "\r\nPUT /none" HOST
                  "\r\nPOST /hello" HOST "Content-Length: 9999\r\n\r\n";
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        struct talk talk;
        struct record log;
        log.buffer = (struct krt_buffer)KRT_BUFFER(log.text);
        talk_init(&talk);
        talk.service.answered = record;
        talk.service.context = &log;
        talk_hear(&talk, said, strlen(said), pieces[i]);
        assert_string_equal(krt_end_text(&log.buffer), "GET /hello 0 200 21\n"
                                                       "HEAD /hello?q 0 200 0\n"
                                                       "GET /huge 3 200 204800\n"
                                                       "PUT /none - 404 0\n"
                                                       "POST /hello - 413 0\n");
        talk_deinit(&talk);
    }
}

static void test_refused_request_line_is_reported_without_its_parts(void **state)
{
    (void)state;
    struct talk talk;
    struct record log;
    log.buffer = (struct krt_buffer)KRT_BUFFER(log.text);
    talk_init(&talk);
    talk.service.answered = record;
    talk.service.context = &log;
    talk_say(&talk, GET_HELLO "GARBAGE\r\n");
    assert_string_equal(krt_end_text(&log.buffer), "GET /hello 0 200 21\n  - 400 0\n");
    talk_deinit(&talk);
}

/* ---- Values ---- */

/* "ROUTE VALUE VALUE", with "-" for what is absent. */
static void record_values(void *context, struct krt_conn *conn,
                          const struct krt_answer *answer)
{
    (void)conn;
    struct krt_buffer *buffer = &((struct record *)context)->buffer;
    const struct krt_verdict *verdict = answer->verdict;
    assert_non_null(verdict);
    assert_int_not_equal(verdict->route, KRT_NO_ROUTE);
    krt_put_number(buffer, (unsigned long)verdict->route, 1);
    for (size_t i = 0; i < sample_program.routes[verdict->route].n_parameters; i++) {
        struct krt_slice value = verdict->values[i];
        krt_put_text(buffer, value.at ? " " : " -");
        krt_put(buffer, value.at, value.len);
    }
    krt_put_text(buffer, "\n");
}

static void check_values(const char *said, size_t first, size_t rest,
                         const char *expected)
{
    struct talk talk;
    struct record log;
    log.buffer = (struct krt_buffer)KRT_BUFFER(log.text);
    talk_init(&talk);
    talk.service.answered = record_values;
    talk.service.context = &log;
    talk_hear(&talk, said, first, SIZE_MAX);
    talk_hear(&talk, said + first, strlen(said) - first, rest);
    assert_string_equal(krt_end_text(&log.buffer), expected);
    talk_deinit(&talk);
}

/* They are decoded, and stay where they are while a body comes and input moves. */
static void test_values_are_reported(void **state)
{
    (void)state;
#define GET(target) "GET " target HOST "\r\n"
#define GET_SLOWLY(target) "GET " target HOST "Content-Length: 3\r\n\r\nabc"
    static const char said[] =
        GET("/users/5?a/b") GET_SLOWLY("/users/55") GET("/users/%35") GET("/posts")
            GET("/posts/2020") GET_SLOWLY("/posts/2020/%C3%A4%20?x") GET("/files/a.b.c")
                GET("/files/a%2fb") GET("/tree") GET("/tree/")
                    GET_SLOWLY("/x/../tree/a//b/") GET("http://a/tree/a?b")
                        GET("/tree/%2E%2e/users/6");
    static const char values[] = "6 5\n6 55\n6 5\n7 - -\n7 2020 -\n7 2020 \xc3\xa4 \n"
                                 "8 a.b c\n8 a%2fb -\n9 -\n9 \n9 a//b/\n9 a\n6 6\n";
    check_values(said, 0, SIZE_MAX, values);
    check_values(said, 0, 1, values);
    check_values(said, 0, 7, values);
    for (size_t at = 1; at < sizeof said - 1; at++)
        check_values(said, at, SIZE_MAX, values);
}

/* Paths are matched where they lie, but nobody sees their NUL. */
static void test_input_is_left_as_it_was(void **state)
{
    (void)state;
    struct talk talk;
    struct record log;
    log.buffer = (struct krt_buffer)KRT_BUFFER(log.text);
    talk_init(&talk);
    talk.service.answered = record;
    talk.service.context = &log;
    talk_say(&talk, GET("/hello?a") GET("http://a?b") GET("/none?c") GET("/%68ello?d"));
    assert_string_equal(krt_end_text(&log.buffer), "GET /hello?a 0 200 21\n"
                                                   "GET http://a?b - 404 0\n"
                                                   "GET /none?c - 404 0\n"
                                                   "GET /%68ello?d 0 200 21\n");
    talk_deinit(&talk);
}

/* ---- The slash at the end ---- */

#define REDIRECT(to)                                                                   \
    "HTTP/1.1 308 Permanent Redirect\r\nLocation: " to "\r\nContent-Length: 0\r\n"

static const struct conversation redirections[] = {
    {"slash too much", GET("/hello/"), REDIRECT("/hello") END, READ},
    {"slash missing", GET("/folder"), REDIRECT("/folder/") END, READ},
    {"with a query", GET("/hello/?a=b/&c"), REDIRECT("/hello?a=b/&c") END, READ},
    {"with a query, slash missing", GET("/folder?a"), REDIRECT("/folder/?a") END, READ},
    {"HEAD", "HEAD /hello/" HOST "\r\n", REDIRECT("/hello") END, READ},
    {"POST with a body", "POST /hello/" HOST "Content-Length: 3\r\n\r\nabc" GET_HELLO,
     REDIRECT("/hello") END HELLO, READ},
    {"absolute-form", GET("http://a/hello/?b"), REDIRECT("/hello?b") END, READ},
    {"escapes stay as they are", GET("/%68ello/"), REDIRECT("/%68ello") END, READ},
    {"dot segments are resolved", GET("/./hello/"), REDIRECT("/hello") END, READ},
    {"values", GET("/users/5/"), REDIRECT("/users/5") END, READ},
    {"values, slash missing", GET("/any/a/b"), REDIRECT("/any/a/b/") END, READ},
    {"close", "GET /hello/" HOST "Connection: close\r\n\r\n",
     REDIRECT("/hello") END_CLOSE, CLOSE},
    {"HTTP/1.0", "GET /hello/ HTTP/1.0\r\n\r\n", REDIRECT("/hello") END_CLOSE, CLOSE},
    {"other method has the path", "POST /hello/" HOST "\r\n", REDIRECT("/hello") END,
     READ},
    {"the method has no such route", "DELETE /hello/" HOST "\r\n", NOT_FOUND, READ},
    {"a route is not left for another", GET("/hello"), HELLO, READ},
    {"catch-all takes the slash", GET("/tree/"), SHORT, READ},
    {"value that is refused", GET("/users/x/"), NOT_FOUND, READ},
    {"two slashes", GET("/hello//"), NOT_FOUND, READ},
    {"root", GET("/"), NOT_FOUND, READ},
    {"dot segment at the end", GET("/hello/."), REDIRECT("/hello") END, READ},
    {"dot segment before the slash", GET("/hello/./"), REDIRECT("/hello") END, READ},
    {"dots at the end", GET("/hello/x/.."), REDIRECT("/hello") END, READ},
    {"dots that leave the root", GET("/hello/.."), NOT_FOUND, READ},
    {"escaped dots, slash missing", GET("/folder/x/%2e%2e/../folder"),
     REDIRECT("/folder/") END, READ},
    {"OPTIONS", "OPTIONS /hello/" HOST "\r\n", NOT_FOUND, READ},
    {"unknown method", "BREW /hello/" HOST "\r\n", STATUS("501 Not Implemented") END,
     READ},
};

static void test_slash_is_redirected(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(redirections); i++) {
        const struct conversation *conversation = &redirections[i];
        for (size_t piece = 1; piece < 100; piece += 7) {
            struct talk talk;
            talk_init(&talk);
            talk.service.program = &sample_redirecting;
            enum krt_want end =
                talk_hear(&talk, conversation->said, strlen(conversation->said), piece);
            expect_text(conversation->name, talk.output, conversation->answer);
            assert_int_equal(end, conversation->end);
            talk_deinit(&talk);
        }
    }
}

#define LOST SAMPLE_LOST_HEAD END SAMPLE_LOST_BODY

static const struct conversation unmatched[] = {
    {"unknown path", GET("/nowhere"), LOST, READ},
    {"refused value", GET("/users/x"), LOST, READ},
    {"escapes", GET("/%6eowhere"), LOST, READ},
    {"HEAD", "HEAD /nowhere" HOST "\r\n", SAMPLE_LOST_HEAD END, READ},
    {"POST with a body", "POST /nowhere" HOST "Content-Length: 3\r\n\r\nabc" GET_HELLO,
     LOST HELLO, READ},
    {"method without routes", "PUT /nowhere" HOST "\r\n", LOST, READ},
    {"OPTIONS", "OPTIONS /nowhere" HOST "\r\n", LOST, READ},
    {"known path", GET_HELLO, HELLO, READ},
    {"other method", "PUT /hello" HOST "\r\n",
     "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"
     "Content-Length: 0\r\n" END,
     READ},
    {"unknown method", "BREW /nowhere" HOST "\r\n", STATUS("501 Not Implemented") END,
     READ},
};

static void test_unmatched_paths_have_a_response(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(unmatched); i++) {
        const struct conversation *conversation = &unmatched[i];
        struct talk talk;
        talk_init(&talk);
        talk.service.program = &sample_unmatched;
        enum krt_want end = talk_say(&talk, conversation->said);
        expect_text(conversation->name, talk.output, conversation->answer);
        assert_int_equal(end, conversation->end);
        talk_deinit(&talk);
    }
}

/* Who asks for reasons gets them. */
static void test_explanations_go_before_the_unmatched(void **state)
{
    struct talk talk;
    (void)state;
    talk_init(&talk);
    talk.service.program = &sample_unmatched;
    talk.service.explain = true;
    talk_say(&talk, GET("/nowhere"));
    assert_non_null(strstr(talk.output, "HTTP/1.1 404 Not Found\r\n"));
    assert_non_null(strstr(talk.output, "application/problem+json"));
    talk_deinit(&talk);
}

/* The longest request line there is, in whatever room the output has left. */
static void test_longest_redirect_fits(void **state)
{
    (void)state;
    static const char start[] = GET_HELLO GET_HELLO GET_HELLO GET_HELLO "GET /folder?";
    static const char rest[] = HOST "\r\n";
    enum {
        N = 4,
        QUERY = 8 * 1024 - sizeof "GET /folder? HTTP/1.1\r\n" + 1,
        START = sizeof start - 1,
        LEN = START + QUERY + sizeof rest - 1,
    };
    static char said[N * LEN];
    static const char location[] = REDIRECT("/folder/?") END;
    for (size_t i = 0; i < N; i++) {
        char *at = said + i * LEN;
        memcpy(at, start, START);
        memset(at + START, 'q', QUERY);
        memcpy(at + START + QUERY, rest, sizeof rest - 1);
    }
    for (size_t first = 1; first < sizeof said; first += 997) {
        struct talk talk;
        talk_init(&talk);
        talk.service.program = &sample_redirecting;
        talk_hear(&talk, said, first, SIZE_MAX);
        talk_hear(&talk, said + first, sizeof said - first, SIZE_MAX);
        assert_int_equal(talk.output_len,
                         N * (4 * strlen(HELLO) + sizeof location - 1 + QUERY));
        talk_deinit(&talk);
    }
}

/* ---- Explanations ---- */

static void test_problems_are_explained(void **state)
{
    (void)state;
    static const char unknown[] =
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
        "\"detail\":\"no route is near\"}";
    static const char refused[] =
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":"
        "\"nearest is GET /users/{id:int} (sample.yaml:10), but id 'x%0A\\\"' is not "
        "int\",\"nearest\":{\"route\":\"GET /users/{id:int}\",\"source\":"
        "\"sample.yaml:10\",\"reason\":\"constraint\",\"parameter\":\"id\","
        "\"value\":\"x\\u000A\\\"\",\"constraints\":\"int\"}}";
    static const char method[] =
        "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",\"status\":405,"
        "\"detail\":\"it takes GET, HEAD, POST, OPTIONS\",\"nearest\":{\"route\":"
        "\"GET /hello\",\"source\":\"sample.yaml:4\",\"reason\":\"method\"}}";
    char expected[4096];
    struct talk talk;
    talk_init(&talk);
    talk.service.explain = true;
    talk_say(&talk, GET("/zero") "HEAD /zero" HOST "\r\n" GET("/users/x%0A\"?y"));
    talk_say(&talk, "DELETE /hello" HOST "\r\n" GET_HELLO "OPTIONS /zero" HOST "\r\n");
#define FIELDS(line, len)                                                              \
    "HTTP/1.1 " line "Content-Type: application/problem+json\r\nContent-Length: " len  \
    "\r\n" END
    snprintf(
        expected, sizeof expected, "%s%s%s%s%s%s%s%s%s%s",
        FIELDS("404 Not Found\r\n", "83"), unknown, FIELDS("404 Not Found\r\n", "83"),
        FIELDS("404 Not Found\r\n", "289"), refused,
        FIELDS("405 Method Not Allowed\r\nAllow: GET, HEAD, POST, OPTIONS\r\n", "185"),
        method, HELLO, FIELDS("404 Not Found\r\n", "83"), unknown);
    talk_check_output(&talk, expected);
    talk_deinit(&talk);
}

static int set_up(void **state)
{
    (void)state;
    sample_init();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversations_in_whole_pieces),
        cmocka_unit_test(test_conversations_byte_by_byte),
        cmocka_unit_test(test_conversations_split_at_every_byte),
        cmocka_unit_test(test_pipelined_answers_share_a_write),
        cmocka_unit_test(test_large_body_is_written_from_where_it_lies),
        cmocka_unit_test(test_more_is_pipelined_than_the_input_holds),
        cmocka_unit_test(test_input_waits_for_the_output),
        cmocka_unit_test(test_body_at_its_limit_is_discarded_in_pieces),
        cmocka_unit_test(test_long_body_needs_no_room),
        cmocka_unit_test(test_continue_is_said_before_the_body),
        cmocka_unit_test(test_continue_is_not_said_for_nothing),
        cmocka_unit_test(test_drain_ends_at_its_limit),
        cmocka_unit_test(test_drained_requests_are_not_answered),
        cmocka_unit_test(test_each_answer_is_reported_once),
        cmocka_unit_test(test_refused_request_line_is_reported_without_its_parts),
        cmocka_unit_test(test_values_are_reported),
        cmocka_unit_test(test_input_is_left_as_it_was),
        cmocka_unit_test(test_slash_is_redirected),
        cmocka_unit_test(test_longest_redirect_fits),
        cmocka_unit_test(test_unmatched_paths_have_a_response),
        cmocka_unit_test(test_explanations_go_before_the_unmatched),
        cmocka_unit_test(test_problems_are_explained),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
