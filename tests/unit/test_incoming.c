/* Responses, good and bad, whole and in pieces of every size. */
#include "incoming.h"
#include "text.h"
#include "unit.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define REPLY(literal) (literal), sizeof(literal) - 1
#define OK_LINE "HTTP/1.1 200 OK\r\n"

/* What became of a reply. */
struct outcome {
    int code;
    struct krt_error error;
    int n_heads;
    int status;
    size_t n_unused;
    bool is_complete;
    bool keeps_open;
    struct krt_buffer head;
    struct krt_buffer body;
    char head_text[1024];
    char body_text[1024];
};

static int take_head(void *context, int status, const char *text, size_t len,
                     struct krt_error *error)
{
    struct outcome *outcome = context;
    (void)error;
    outcome->n_heads++;
    outcome->status = status;
    krt_put(&outcome->head, text, len);
    return KRT_OK;
}

static int take_body(void *context, const void *data, size_t len,
                     struct krt_error *error)
{
    struct outcome *outcome = context;
    (void)error;
    assert_int_equal(outcome->n_heads, 1);
    assert_true(len > 0);
    krt_put(&outcome->body, data, len);
    return KRT_OK;
}

/* Gives a copy of what there is, in memory of just that size. */
static int take(struct krt_incoming *incoming, const char *data, size_t *len,
                struct krt_error *error)
{
    char *copy = malloc(*len ? *len : 1);
    assert_non_null(copy);
    memcpy(copy, data, *len);
    int result = krt_incoming_take(incoming, copy, len, error);
    free(copy);
    return result;
}

/* Feeds `reply` in pieces of `piece` bytes, and the close of the connection. */
static void feed(struct outcome *outcome, const char *method, const char *reply,
                 size_t len, size_t piece, bool closes)
{
    struct krt_call call = {.method = method ? method : "GET",
                            .head = take_head,
                            .body_piece = take_body,
                            .context = outcome};
    struct krt_incoming incoming;
    size_t start = 0;
    memset(outcome, 0, sizeof *outcome);
    outcome->head = (struct krt_buffer)KRT_BUFFER(outcome->head_text);
    outcome->body = (struct krt_buffer)KRT_BUFFER(outcome->body_text);
    krt_incoming_init(&incoming, &call);
    for (size_t end = 0; end < len && outcome->code == KRT_OK;) {
        end += len - end < piece ? len - end : piece;
        size_t used = end - start;
        outcome->code = take(&incoming, reply + start, &used, &outcome->error);
        start += used;
    }
    if (outcome->code == KRT_OK && closes && !incoming.is_complete)
        outcome->code = krt_incoming_close(&incoming, &outcome->error);
    outcome->n_unused = len - start;
    outcome->is_complete = incoming.is_complete;
    outcome->keeps_open = incoming.keeps_open;
    krt_end_text(&outcome->head);
    krt_end_text(&outcome->body);
}

struct exchange {
    const char *name;
    const char *reply;
    size_t reply_len;
    bool closes;        /* the connection, at the end */
    const char *method; /* GET by default */
    int code;
    int status;
    const char *body;
    const char *message; /* of the error */
};

#define NOT_HTTP "the reply is not HTTP/1.1: "
#define MALFORMED_LINE "a line of its head is malformed"
#define IN_THE_MIDDLE "the server closed the connection in the middle of its reply"

static const struct exchange replies[] = {
    /* Bodies with a length: the client does not wait for the close. */
    {"Content-Length", REPLY(OK_LINE "Content-Length: 3\r\n\r\nabc"), false, NULL,
     KRT_OK, 200, "abc", NULL},
    {"Content-Length in other case", REPLY(OK_LINE "content-LENGTH:\t3\r\n\r\nabc"),
     false, NULL, KRT_OK, 200, "abc", NULL},
    {"Content-Length 0", REPLY(OK_LINE "Content-Length: 0\r\n\r\n"), false, NULL,
     KRT_OK, 200, "", NULL},
    {"bytes behind the body", REPLY(OK_LINE "Content-Length: 1\r\n\r\nabc"), false,
     NULL, KRT_OK, 200, "a", NULL},
    {"404", REPLY("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"), false, NULL,
     KRT_OK, 404, "no", NULL},
    {"HTTP/1.0", REPLY("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), false, NULL,
     KRT_OK, 200, "ok", NULL},
    {"no reason", REPLY("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"), false, NULL,
     KRT_OK, 200, "ok", NULL},
    {"fields of all kinds",
     REPLY(OK_LINE "A:\r\nB: \xff\t\"c\"\r\n!#$%&'*+-.^_`|~09: \r\n"
                   "Content-Length: 2\r\n\r\nok"),
     false, NULL, KRT_OK, 200, "ok", NULL},
    {"Content-Length twice",
     REPLY(OK_LINE "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"), false, NULL,
     KRT_OK, 200, "ok", NULL},

    /* No body. */
    {"HEAD", REPLY(OK_LINE "Content-Length: 3\r\n\r\n"), false, "HEAD", KRT_OK, 200, "",
     NULL},
    {"HEAD of chunks", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"), false,
     "HEAD", KRT_OK, 200, "", NULL},
    {"204", REPLY("HTTP/1.1 204 No Content\r\n\r\n"), false, NULL, KRT_OK, 204, "",
     NULL},
    {"204 with a length", REPLY("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n"),
     false, NULL, KRT_OK, 204, "", NULL},
    {"304", REPLY("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"), false,
     NULL, KRT_OK, 304, "", NULL},

    /* Interim responses. */
    {"100", REPLY("HTTP/1.1 100 Continue\r\n\r\n" OK_LINE "Content-Length: 1\r\n\r\na"),
     false, NULL, KRT_OK, 200, "a", NULL},
    {"several interim responses",
     REPLY("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n"
           "Content-Length: 9\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
     false, NULL, KRT_OK, 204, "", NULL},

    /* Bodies up to the close. */
    {"close", REPLY(OK_LINE "\r\nabc\r\n\r\ndef"), true, NULL, KRT_OK, 200,
     "abc\r\n\r\ndef", NULL},
    {"close at once", REPLY(OK_LINE "\r\n"), true, NULL, KRT_OK, 200, "", NULL},

    /* Chunks. */
    {"chunks",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
     false, NULL, KRT_OK, 200, "abcd", NULL},
    {"no chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), false,
     NULL, KRT_OK, 200, "", NULL},
    {"chunk with line ends in it",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n"),
     false, NULL, KRT_OK, 200, "\r\n\r\n", NULL},
    {"chunk sizes in hexadecimal",
     REPLY(OK_LINE "transfer-encoding:CHUNKED\r\n\r\n"
                   "0a\r\n0123456789\r\nF\r\n0123456789abcde\r\n000\r\n\r\n"),
     false, NULL, KRT_OK, 200, "01234567890123456789abcde", NULL},
    {"chunk extensions and trailers",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
                   "1;a=b;c=\"d\"\r\na\r\n0;x\r\nA: b\r\nC: d\r\n\r\n"),
     false, NULL, KRT_OK, 200, "a", NULL},

    /* The server leaves too early. */
    {"nothing", REPLY(""), true, NULL, KRT_ERR_CLOSED, 0, "",
     "the server closed the connection without a reply"},
    {"half a head", REPLY(OK_LINE "Content-Le"), true, NULL, KRT_ERR_CLOSED, 0, "",
     "the server closed the connection without a reply"},
    {"only an interim response", REPLY("HTTP/1.1 100 Continue\r\n\r\n"), true, NULL,
     KRT_ERR_CLOSED, 0, "", "the server closed the connection without a reply"},
    {"half a body", REPLY(OK_LINE "Content-Length: 4\r\n\r\nabc"), true, NULL,
     KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"half a chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\nabc"), true,
     NULL, KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"a chunk without its end",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc"), true, NULL,
     KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"no last chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
     true, NULL, KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"no end of the trailers",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n"), true, NULL,
     KRT_ERR_CLOSED, 200, "", IN_THE_MIDDLE},

    /* Another protocol. */
    {"garbage", REPLY("garbage\r\n\r\n"), false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has no status line"},
    {"a short line", REPLY("\r\n\r\n"), false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has no status line"},
    {"a line end for the version", REPLY("HTTP/1.\r 404 Not Found\r\n\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"HTTP/2", REPLY("HTTP/2.0 200 OK\r\n\r\n"), false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has no status line"},
    {"status of letters", REPLY("HTTP/1.1 abc OK\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"status too small", REPLY("HTTP/1.1 099 OK\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"status too large", REPLY("HTTP/1.1 1000 OK\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"Content-Length of letters", REPLY(OK_LINE "Content-Length: x\r\n\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"Content-Length and letters", REPLY(OK_LINE "Content-Length: 2x\r\n\r\nab"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"Content-Length list", REPLY(OK_LINE "Content-Length: 1, 3\r\n\r\nabc"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"differing Content-Lengths",
     REPLY(OK_LINE "Content-Length: 1\r\nContent-Length: 3\r\n\r\nabc"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Lengths differ"},
    {"another coding", REPLY(OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Transfer-Encoding is not chunked"},
    {"no coding", REPLY(OK_LINE "Transfer-Encoding: chunkedfoo\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Transfer-Encoding is not chunked"},
    {"words glued to the status", REPLY("HTTP/1.1 200OK\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"words behind a chunk's size",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3 x\r\nabc\r\n0\r\n\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "its chunks are malformed"},
    {"Content-Length too large",
     REPLY(OK_LINE "Content-Length: 99999999999999999999999\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"chunk without size", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\nx\r\n"),
     false, NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "its chunks are malformed"},
    {"chunk size too large",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "its chunks are malformed"},
    {"chunk longer than its size",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 200, "abc", NOT_HTTP "its chunks are malformed"},
    {"chunk without the end of its line",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "its chunks are malformed"},
    {"chunks and a length",
     REPLY(OK_LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n0\r\n\r\n"),
     false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has both Content-Length and Transfer-Encoding"},
    {"chunks twice",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
     false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "its Transfer-Encoding is not chunked"},
    {"negative Content-Length", REPLY(OK_LINE "Content-Length: -1\r\n\r\n"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"empty Content-Length", REPLY(OK_LINE "Content-Length:\r\n\r\n"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"NUL in a field", REPLY(OK_LINE "A: \0\r\n\r\n"), false, NULL, KRT_ERR_PROTOCOL, 0,
     "", NOT_HTTP MALFORMED_LINE},
    {"LF alone", REPLY(OK_LINE "A: b\nContent-Length: 1\r\n\r\na"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"LF alone behind the status", REPLY("HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\na"),
     false, NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"CR alone", REPLY(OK_LINE "A: b\rContent-Length: 1\r\n\r\na"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"space before the colon", REPLY(OK_LINE "Content-Length : 1\r\n\r\na"), false,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"folded line", REPLY(OK_LINE "A: b\r\n Content-Length: 1\r\n\r\na"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"no colon", REPLY(OK_LINE "Content-Length\r\n\r\na"), false, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP MALFORMED_LINE},
    {"no name", REPLY(OK_LINE ": 1\r\n\r\na"), false, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP MALFORMED_LINE},
};

static void check_exchange(const struct exchange *expected, size_t piece)
{
    static struct outcome outcome;
    feed(&outcome, expected->method, expected->reply, expected->reply_len, piece,
         expected->closes);
    const char *message = outcome.code == KRT_OK ? "" : outcome.error.text;
    if (outcome.code != expected->code || outcome.status != expected->status ||
        strcmp(outcome.body_text, expected->body) != 0 ||
        (expected->message && strcmp(message, expected->message) != 0))
        fail_msg("%s by %zu: %d, status %d, body '%s', '%s'", expected->name, piece,
                 outcome.code, outcome.status, outcome.body_text, message);
    assert_int_equal(outcome.n_heads, outcome.status != 0);
    assert_int_equal(outcome.is_complete, expected->code == KRT_OK);
    if (outcome.code != KRT_OK)
        assert_int_equal(outcome.error.kind, outcome.code);
}

static void test_replies_do_not_depend_on_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(replies); i++)
        for (size_t piece = 1; piece <= replies[i].reply_len + 1; piece++)
            check_exchange(&replies[i], piece);
}

static void test_final_head_is_delivered_whole(void **state)
{
    (void)state;
    static struct outcome outcome;
    static const char reply[] = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" OK_LINE
                                "C: d\r\nContent-Length: 1\r\n\r\na";
    feed(&outcome, NULL, reply, strlen(reply), SIZE_MAX, false);
    assert_string_equal(outcome.head_text, OK_LINE "C: d\r\nContent-Length: 1\r\n\r\n");
}

/* What is not used belongs to something else. */
static void test_nothing_behind_the_end_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *reply;
        size_t n_unused;
    } cases[] = {
        {"GET", OK_LINE "Content-Length: 1\r\n\r\nabc", 2},
        {"GET", OK_LINE "Content-Length: 0\r\n\r\nab", 2},
        {"GET", OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nabc", 3},
        {"HEAD", OK_LINE "Content-Length: 3\r\n\r\nabc", 3},
        {"GET", "HTTP/1.1 204 No Content\r\n\r\nabc", 3},
        {"GET", "HTTP/1.1 101 Switching Protocols\r\n\r\nabc", 3},
    };
    static struct outcome outcome;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        feed(&outcome, cases[i].method, cases[i].reply, strlen(cases[i].reply),
             SIZE_MAX, false);
        assert_int_equal(outcome.code, KRT_OK);
        assert_true(outcome.is_complete);
        assert_int_equal(outcome.n_unused, cases[i].n_unused);
    }
}

static void test_connection_is_kept_where_both_sides_can(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool keeps_open;
    } cases[] = {
        {OK_LINE "Content-Length: 0\r\n\r\n", true},
        {OK_LINE "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n", true},
        {OK_LINE "Connection: closed, close-ly, x close\r\nContent-Length: 0\r\n\r\n",
         true},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", true},
        {OK_LINE "Connection: close\r\nContent-Length: 0\r\n\r\n", false},
        {OK_LINE "connection:\t x ,, CLOSE \r\nContent-Length: 0\r\n\r\n", false},
        {OK_LINE "Connection: a\r\nConnection: close,b\r\nContent-Length: 0\r\n\r\n",
         false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
         false},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", false},
        {OK_LINE "\r\n", false},
    };
    static struct outcome outcome;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        feed(&outcome, NULL, cases[i].head, strlen(cases[i].head), SIZE_MAX, true);
        assert_true(outcome.is_complete);
        if (outcome.keeps_open != cases[i].keeps_open)
            fail_msg("%s", cases[i].head);
    }
}

static int fail_at_head(void *context, int status, const char *text, size_t len,
                        struct krt_error *error)
{
    (void)context, (void)status, (void)text, (void)len;
    return krt_error_set(error, KRT_ERR_SYSTEM, "no room");
}

static void test_failure_of_the_taker_ends_the_call(void **state)
{
    (void)state;
    char reply[] = OK_LINE "Content-Length: 1\r\n\r\na";
    size_t len = strlen(reply);
    struct krt_call call = {.method = "GET", .head = fail_at_head};
    struct krt_incoming incoming;
    struct krt_error error;
    krt_incoming_init(&incoming, &call);
    assert_int_equal(krt_incoming_take(&incoming, reply, &len, &error), KRT_ERR_SYSTEM);
    assert_string_equal(error.text, "no room");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_do_not_depend_on_delivery),
        cmocka_unit_test(test_final_head_is_delivered_whole),
        cmocka_unit_test(test_nothing_behind_the_end_is_taken),
        cmocka_unit_test(test_connection_is_kept_where_both_sides_can),
        cmocka_unit_test(test_failure_of_the_taker_ends_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
