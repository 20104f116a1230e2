/* krt_call() against a server that replies with what each case says, whole and byte by
 * byte, over a real socket. */
#define _GNU_SOURCE

#include "client.h"
#include "os.h"
#include "stub.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define REPLY(literal) (literal), sizeof(literal) - 1
#define OK_LINE "HTTP/1.1 200 OK\r\n"

enum { PATIENCE_MS = 20000 };

static char folder[] = "/tmp/krgen.client.XXXXXX";
static char socket_url[64];

static int set_up(void **state)
{
    (void)state;
    struct krt_buffer url = KRT_BUFFER(socket_url);
    if (!mkdtemp(folder))
        return -1;
    krt_put_text(&url, "unix:");
    krt_put_text(&url, folder);
    krt_put_text(&url, "/socket");
    krt_end_text(&url);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct krt_endpoint endpoint(void)
{
    struct krt_endpoint made;
    struct krt_error error;
    assert_int_equal(krt_endpoint_parse(&made, socket_url, &error), KRT_OK);
    return made;
}

/* ---- What a call brings ---- */

struct result {
    int code;
    struct krt_error error;
    int n_heads;
    int status;
    struct krt_buffer head;
    struct krt_buffer body;
    char head_text[1024];
    char body_text[64 * 1024];
};

static void take_head(void *context, int status, const char *text, size_t len)
{
    struct result *result = context;
    result->n_heads++;
    result->status = status;
    krt_put(&result->head, text, len);
}

static void take_body(void *context, const void *data, size_t len)
{
    struct result *result = context;
    assert_int_equal(result->n_heads, 1);
    assert_true(len > 0);
    krt_put(&result->body, data, len);
}

static void call(struct result *result, struct krt_call request)
{
    struct krt_endpoint to = endpoint();
    memset(result, 0, sizeof *result);
    result->head = (struct krt_buffer)KRT_BUFFER(result->head_text);
    result->body = (struct krt_buffer)KRT_BUFFER(result->body_text);
    if (!request.method)
        request.method = "GET";
    if (!request.target)
        request.target = "/";
    if (request.timeout_ms == 0)
        request.timeout_ms = PATIENCE_MS;
    request.head = take_head;
    request.body_piece = take_body;
    request.context = result;
    result->code = krt_call(&to, &request, &result->error);
    krt_end_text(&result->head);
    krt_end_text(&result->body);
}

/* ---- Replies ---- */

struct exchange {
    const char *name;
    const char *reply;
    size_t reply_len;
    enum stub_manner manner;
    const char *method; /* GET by default */
    int code;
    int status;
    const char *body;
    const char *message; /* of the error */
};

#define NOT_HTTP "the reply is not HTTP/1.1: "
#define IN_THE_MIDDLE "the server closed the connection in the middle of its reply"

static const struct exchange replies[] = {
    /* Bodies with a length: the client does not wait for the close. */
    {"Content-Length", REPLY(OK_LINE "Content-Length: 3\r\n\r\nabc"), STUB_STAYS, NULL,
     KRT_OK, 200, "abc", NULL},
    {"Content-Length in other case", REPLY(OK_LINE "content-LENGTH:\t3\r\n\r\nabc"),
     STUB_STAYS, NULL, KRT_OK, 200, "abc", NULL},
    {"Content-Length 0", REPLY(OK_LINE "Content-Length: 0\r\n\r\n"), STUB_STAYS, NULL,
     KRT_OK, 200, "", NULL},
    {"bytes behind the body", REPLY(OK_LINE "Content-Length: 1\r\n\r\nabc"), STUB_STAYS,
     NULL, KRT_OK, 200, "a", NULL},
    {"404", REPLY("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"), STUB_STAYS,
     NULL, KRT_OK, 404, "no", NULL},
    {"HTTP/1.0", REPLY("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), STUB_STAYS,
     NULL, KRT_OK, 200, "ok", NULL},
    {"no reason", REPLY("HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok"), STUB_STAYS,
     NULL, KRT_OK, 200, "ok", NULL},
    {"NUL in the head", REPLY(OK_LINE "A: \0\r\nContent-Length: 2\r\n\r\nok"),
     STUB_STAYS, NULL, KRT_OK, 200, "ok", NULL},

    /* No body. */
    {"HEAD", REPLY(OK_LINE "Content-Length: 3\r\n\r\n"), STUB_STAYS, "HEAD", KRT_OK,
     200, "", NULL},
    {"HEAD of chunks", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"), STUB_STAYS,
     "HEAD", KRT_OK, 200, "", NULL},
    {"204", REPLY("HTTP/1.1 204 No Content\r\n\r\n"), STUB_STAYS, NULL, KRT_OK, 204, "",
     NULL},
    {"204 with a length", REPLY("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 204, "", NULL},
    {"304", REPLY("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"), STUB_STAYS,
     NULL, KRT_OK, 304, "", NULL},

    /* Interim responses. */
    {"100", REPLY("HTTP/1.1 100 Continue\r\n\r\n" OK_LINE "Content-Length: 1\r\n\r\na"),
     STUB_STAYS, NULL, KRT_OK, 200, "a", NULL},
    {"several interim responses",
     REPLY("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n"
           "Content-Length: 9\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 204, "", NULL},

    /* Bodies up to the close. */
    {"close", REPLY(OK_LINE "\r\nabc\r\n\r\ndef"), STUB_CLOSES, NULL, KRT_OK, 200,
     "abc\r\n\r\ndef", NULL},
    {"close at once", REPLY(OK_LINE "\r\n"), STUB_CLOSES, NULL, KRT_OK, 200, "", NULL},

    /* Chunks. */
    {"chunks",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "abcd", NULL},
    {"no chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "", NULL},
    {"chunk with line ends in it",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "\r\n\r\n", NULL},
    {"chunk sizes in hexadecimal",
     REPLY(OK_LINE "transfer-encoding:CHUNKED\r\n\r\n"
                   "0a\r\n0123456789\r\nF\r\n0123456789abcde\r\n000\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "01234567890123456789abcde", NULL},
    {"chunk extensions and trailers",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
                   "1;a=b;c=\"d\"\r\na\r\n0;x\r\nA: b\r\nC: d\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "a", NULL},
    {"chunks win over a length",
     REPLY(OK_LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n0\r\n\r\n"),
     STUB_STAYS, NULL, KRT_OK, 200, "ab", NULL},

    /* The server leaves too early. */
    {"nothing", REPLY(""), STUB_CLOSES, NULL, KRT_ERR_CLOSED, 0, "",
     "the server closed the connection without a reply"},
    {"half a head", REPLY(OK_LINE "Content-Le"), STUB_CLOSES, NULL, KRT_ERR_CLOSED, 0,
     "", "the server closed the connection without a reply"},
    {"only an interim response", REPLY("HTTP/1.1 100 Continue\r\n\r\n"), STUB_CLOSES,
     NULL, KRT_ERR_CLOSED, 0, "", "the server closed the connection without a reply"},
    {"half a body", REPLY(OK_LINE "Content-Length: 4\r\n\r\nabc"), STUB_CLOSES, NULL,
     KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"half a chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n4\r\nabc"),
     STUB_CLOSES, NULL, KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"a chunk without its end",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc"), STUB_CLOSES, NULL,
     KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"no last chunk", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
     STUB_CLOSES, NULL, KRT_ERR_CLOSED, 200, "abc", IN_THE_MIDDLE},
    {"no end of the trailers",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n"), STUB_CLOSES,
     NULL, KRT_ERR_CLOSED, 200, "", IN_THE_MIDDLE},

    /* Another protocol. */
    {"garbage", REPLY("garbage\r\n\r\n"), STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has no status line"},
    {"a short line", REPLY("\r\n\r\n"), STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "it has no status line"},
    {"a line end for the version", REPLY("HTTP/1.\r 404 Not Found\r\n\r\n"), STUB_STAYS,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"HTTP/2", REPLY("HTTP/2.0 200 OK\r\n\r\n"), STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0,
     "", NOT_HTTP "it has no status line"},
    {"status of letters", REPLY("HTTP/1.1 abc OK\r\n\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"status too small", REPLY("HTTP/1.1 099 OK\r\n\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"status too large", REPLY("HTTP/1.1 1000 OK\r\n\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"Content-Length of letters", REPLY(OK_LINE "Content-Length: x\r\n\r\n"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "its Content-Length is not a number"},
    {"Content-Length and letters", REPLY(OK_LINE "Content-Length: 2x\r\n\r\nab"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "its Content-Length is not a number"},
    {"Content-Length list", REPLY(OK_LINE "Content-Length: 1, 3\r\n\r\nabc"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "its Content-Length is not a number"},
    {"differing Content-Lengths",
     REPLY(OK_LINE "Content-Length: 1\r\nContent-Length: 3\r\n\r\nabc"), STUB_STAYS,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Lengths differ"},
    {"another coding", REPLY(OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 0, "",
     NOT_HTTP "its Transfer-Encoding is not chunked"},
    {"no coding", REPLY(OK_LINE "Transfer-Encoding: chunkedfoo\r\n\r\n"), STUB_STAYS,
     NULL, KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Transfer-Encoding is not chunked"},
    {"words glued to the status", REPLY("HTTP/1.1 200OK\r\n\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "it has no status line"},
    {"words behind a chunk's size",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3 x\r\nabc\r\n0\r\n\r\n"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "a chunk has no size"},
    {"Content-Length too large",
     REPLY(OK_LINE "Content-Length: 99999999999999999999999\r\n\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 0, "", NOT_HTTP "its Content-Length is not a number"},
    {"chunk without size", REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\nx\r\n"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "a chunk has no size"},
    {"chunk size too large",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
     STUB_STAYS, NULL, KRT_ERR_PROTOCOL, 200, "", NOT_HTTP "a chunk has no size"},
    {"chunk longer than its size",
     REPLY(OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"), STUB_STAYS, NULL,
     KRT_ERR_PROTOCOL, 200, "abc", NOT_HTTP "a chunk is longer than its size"},
};

static void check_exchange(const struct exchange *expected, size_t piece)
{
    static struct result result;
    static struct stub stub;
    stub = (struct stub){.endpoint = endpoint(),
                         .manner = expected->manner,
                         .reply = expected->reply,
                         .reply_len = expected->reply_len,
                         .piece = piece};
    stub_start(&stub);
    call(&result, (struct krt_call){.method = expected->method});
    stub_join(&stub);
    const char *message = result.code == KRT_OK ? "" : result.error.text;
    if (result.code != expected->code || result.status != expected->status ||
        strcmp(result.body_text, expected->body) != 0 ||
        (expected->message && strcmp(message, expected->message) != 0))
        fail_msg("%s: %d, status %d, body '%s', '%s'", expected->name, result.code,
                 result.status, result.body_text, message);
    assert_int_equal(result.n_heads, result.status != 0);
    if (result.code != KRT_OK)
        assert_int_equal(result.error.kind, result.code);
}

static void test_replies_do_not_depend_on_delivery(void **state)
{
    (void)state;
    static const size_t pieces[] = {0, 1, 7};
    for (size_t i = 0; i < LENGTH(replies); i++)
        for (size_t j = 0; j < LENGTH(pieces); j++)
            check_exchange(&replies[i], pieces[j]);
}

static void test_final_head_is_delivered_whole(void **state)
{
    (void)state;
    static struct result result;
    static struct stub stub;
    static const char reply[] = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" OK_LINE
                                "C: d\r\nContent-Length: 1\r\n\r\na";
    stub = (struct stub){
        .endpoint = endpoint(), .reply = reply, .reply_len = strlen(reply)};
    stub_start(&stub);
    call(&result, (struct krt_call){0});
    stub_join(&stub);
    assert_string_equal(result.head_text, OK_LINE "C: d\r\nContent-Length: 1\r\n\r\n");
}

/* More than the client keeps at a time, as one body and as one chunk. */
static void test_long_bodies_are_whole(void **state)
{
    (void)state;
    enum { LEN = 60000 };
    static struct result result;
    static struct stub stub;
    static char reply[LEN + 256];
    static const char *const heads[] = {
        OK_LINE "Content-Length: 60000\r\n\r\n",
        OK_LINE "Transfer-Encoding: chunked\r\n\r\nea60\r\n",
    };
    for (size_t i = 0; i < LENGTH(heads); i++) {
        struct krt_buffer text = KRT_BUFFER(reply);
        krt_put_text(&text, heads[i]);
        for (size_t j = 0; j < LEN; j++)
            krt_put(&text, &"abcdefg"[j % 7], 1);
        krt_put_text(&text, "\r\n0\r\n\r\n");
        stub = (struct stub){.endpoint = endpoint(),
                             .manner = STUB_STAYS,
                             .reply = reply,
                             .reply_len = text.len,
                             .piece = 4099};
        stub_start(&stub);
        call(&result, (struct krt_call){0});
        stub_join(&stub);
        assert_int_equal(result.code, KRT_OK);
        assert_int_equal(result.body.len, LEN);
        assert_memory_equal(result.body_text, reply + strlen(heads[i]), LEN);
    }
}

static void test_endless_head_is_refused(void **state)
{
    (void)state;
    static struct result result;
    static struct stub stub;
    static char reply[128 * 1024];
    struct krt_buffer start = KRT_BUFFER(reply);
    memset(reply, 'a', sizeof reply);
    krt_put_text(&start, OK_LINE);
    stub = (struct stub){.endpoint = endpoint(),
                         .manner = STUB_IS_DEAF,
                         .reply = reply,
                         .reply_len = sizeof reply};
    stub_start(&stub);
    call(&result, (struct krt_call){0});
    stub_join(&stub);
    assert_int_equal(result.code, KRT_ERR_PROTOCOL);
    assert_string_equal(result.error.text,
                        NOT_HTTP "its head or a chunk's head is too long");
}

/* ---- Requests ---- */

static void check_request(struct krt_call request, const char *expected)
{
    static struct result result;
    static struct stub stub;
    stub = (struct stub){.endpoint = endpoint(),
                         .reply = OK_LINE "\r\n",
                         .reply_len = strlen(OK_LINE "\r\n")};
    stub_start(&stub);
    call(&result, request);
    stub_join(&stub);
    assert_int_equal(result.code, KRT_OK);
    assert_string_equal(stub.request, expected);
}

static void test_request_has_its_defaults(void **state)
{
    (void)state;
    check_request((struct krt_call){.method = "BREW", .target = "/a?b"},
                  "BREW /a?b HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n"
                  "connection: close\r\n\r\n");
}

static void test_given_fields_replace_the_defaults(void **state)
{
    (void)state;
    static const char *const fields[] = {"HOST: b", "X: y", "Connection:keep-alive",
                                         "Accept: a", "Content-Length: 3"};
    check_request((struct krt_call){.fields = fields,
                                    .n_fields = LENGTH(fields),
                                    .has_body = true,
                                    .body = KRT_LITERAL("abc")},
                  "GET / HTTP/1.1\r\nHOST: b\r\nX: y\r\nConnection:keep-alive\r\n"
                  "Accept: a\r\nContent-Length: 3\r\n\r\nabc");
}

static void test_body_comes_with_its_length(void **state)
{
    (void)state;
    check_request((struct krt_call){.method = "POST",
                                    .has_body = true,
                                    .body = KRT_LITERAL("a\r\n\r\nb")},
                  "POST / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n"
                  "connection: close\r\ncontent-length: 6\r\n\r\na\r\n\r\nb");
    check_request((struct krt_call){.method = "POST", .has_body = true},
                  "POST / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n"
                  "connection: close\r\ncontent-length: 0\r\n\r\n");
}

/* The rest of the request cannot be written any more; the answer counts. */
static void test_early_answer_is_taken_while_the_body_is_written(void **state)
{
    (void)state;
    static struct result result;
    static struct stub stub;
    static char body[8 * 1024 * 1024];
    static const char reply[] = "HTTP/1.1 413 Content Too Large\r\n"
                                "Content-Length: 2\r\n\r\nno";
    for (int i = 0; i < 20; i++) {
        stub = (struct stub){.endpoint = endpoint(),
                             .manner = STUB_IS_HASTY,
                             .reply = reply,
                             .reply_len = strlen(reply)};
        stub_start(&stub);
        call(&result, (struct krt_call){.method = "POST",
                                        .has_body = true,
                                        .body = {body, sizeof body}});
        stub_join(&stub);
        assert_int_equal(result.code, KRT_OK);
        assert_int_equal(result.status, 413);
        assert_string_equal(result.body_text, "no");
    }
}

static void test_server_that_hangs_up_is_told(void **state)
{
    (void)state;
    static struct result result;
    static struct stub stub;
    stub = (struct stub){.endpoint = endpoint(), .manner = STUB_HANGS_UP};
    stub_start(&stub);
    call(&result, (struct krt_call){0});
    stub_join(&stub);
    assert_int_equal(result.code, KRT_ERR_CLOSED);
    assert_int_equal(result.n_heads, 0);
}

/* ---- Time ---- */

static void check_timeout(struct stub stub_like, struct krt_call request)
{
    static struct result result;
    static struct stub stub;
    stub = stub_like;
    stub.endpoint = endpoint();
    stub_start(&stub);
    request.timeout_ms = 30;
    int64_t start = krt_os_now_ms();
    call(&result, request);
    assert_true(krt_os_now_ms() - start >= request.timeout_ms);
    stub_join(&stub);
    assert_int_equal(result.code, KRT_ERR_TIMEOUT);
    assert_non_null(strstr(result.error.text, "the time limit passed"));
}

static void test_silence_is_a_timeout(void **state)
{
    (void)state;
    static char body[8 * 1024 * 1024];
    static const char part[] = OK_LINE "Content-Length: 4\r\n\r\nab";
    check_timeout((struct stub){.manner = STUB_STAYS}, (struct krt_call){0});
    check_timeout((struct stub){.manner = STUB_STAYS, .reply = part, .reply_len = 9},
                  (struct krt_call){0});
    check_timeout(
        (struct stub){.manner = STUB_STAYS, .reply = part, .reply_len = strlen(part)},
        (struct krt_call){0});
    check_timeout((struct stub){.manner = STUB_IS_DEAF},
                  (struct krt_call){.has_body = true, .body = {body, sizeof body}});
}

static void test_absent_server_is_told_at_once(void **state)
{
    (void)state;
    static struct result result;
    call(&result, (struct krt_call){0});
    assert_int_equal(result.code, KRT_ERR_ABSENT);
    assert_non_null(strstr(result.error.text, "no server listens on this pipe"));
}

static void test_absent_server_is_waited_for_as_long_as_told(void **state)
{
    (void)state;
    static struct result result;
    int64_t start = krt_os_now_ms();
    call(&result, (struct krt_call){.wait_ms = 50});
    assert_true(krt_os_now_ms() - start >= 50);
    assert_int_equal(result.code, KRT_ERR_ABSENT);
}

static void test_server_that_comes_late_is_found(void **state)
{
    (void)state;
    static struct result result;
    static struct stub stub;
    static const char reply[] = "HTTP/1.1 204 No Content\r\n\r\n";
    stub = (struct stub){.endpoint = endpoint(),
                         .reply = reply,
                         .reply_len = strlen(reply),
                         .delay_ms = 60};
    stub_start(&stub);
    call(&result, (struct krt_call){.wait_ms = PATIENCE_MS});
    stub_join(&stub);
    assert_int_equal(result.code, KRT_OK);
    assert_int_equal(result.status, 204);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_do_not_depend_on_delivery),
        cmocka_unit_test(test_final_head_is_delivered_whole),
        cmocka_unit_test(test_long_bodies_are_whole),
        cmocka_unit_test(test_endless_head_is_refused),
        cmocka_unit_test(test_request_has_its_defaults),
        cmocka_unit_test(test_given_fields_replace_the_defaults),
        cmocka_unit_test(test_body_comes_with_its_length),
        cmocka_unit_test(test_early_answer_is_taken_while_the_body_is_written),
        cmocka_unit_test(test_server_that_hangs_up_is_told),
        cmocka_unit_test(test_silence_is_a_timeout),
        cmocka_unit_test(test_absent_server_is_told_at_once),
        cmocka_unit_test(test_absent_server_is_waited_for_as_long_as_told),
        cmocka_unit_test(test_server_that_comes_late_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
