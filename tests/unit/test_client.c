/* krt_client_call() against a server that replies with what each case says, over a real
 * socket: one call for each client. */
#define _GNU_SOURCE

#include "calling.h"
#include "os.h"
#include "stub.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define NOT_HTTP "the reply is not HTTP/1.1: "

static void call(struct called *called, struct krt_call request)
{
    struct krt_client_options options = calling_options();
    calling_once(&options, called, request);
}

/* ---- Replies ---- */

static void test_replies_do_not_depend_on_delivery(void **state)
{
    (void)state;
    static const size_t pieces[] = {0, 1, 7};
    static struct called called;
    static struct stub stub;
    static const char reply[] =
        "HTTP/1.1 103 Early Hints\r\n\r\n" OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        stub = (struct stub){.endpoint = calling_endpoint(),
                             .manner = STUB_STAYS,
                             .reply = reply,
                             .reply_len = strlen(reply),
                             .piece = pieces[i]};
        stub_start(&stub);
        call(&called, (struct krt_call){0});
        stub_join(&stub);
        assert_int_equal(called.code, KRT_OK);
        assert_string_equal(called.body_text, "abcd");
    }
}

/* More than the client keeps at a time, as one body and as one chunk. */
static void test_long_bodies_are_whole(void **state)
{
    (void)state;
    enum { LEN = 60000 };
    static struct called called;
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
        stub = (struct stub){.endpoint = calling_endpoint(),
                             .manner = STUB_STAYS,
                             .reply = reply,
                             .reply_len = text.len,
                             .piece = 4099};
        stub_start(&stub);
        call(&called, (struct krt_call){0});
        stub_join(&stub);
        assert_int_equal(called.code, KRT_OK);
        assert_int_equal(called.body_len, LEN);
        assert_memory_equal(called.body_text, reply + strlen(heads[i]), LEN);
    }
}

static void test_endless_head_is_refused(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static char reply[128 * 1024];
    struct krt_buffer start = KRT_BUFFER(reply);
    memset(reply, 'a', sizeof reply);
    krt_put_text(&start, OK_LINE);
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .manner = STUB_IS_DEAF,
                         .reply = reply,
                         .reply_len = sizeof reply};
    stub_start(&stub);
    call(&called, (struct krt_call){0});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_ERR_PROTOCOL);
    assert_string_equal(called.error.text, NOT_HTTP "its head is too long");
}

/* ---- Requests ---- */

static void check_request(struct krt_call request, const char *expected)
{
    static struct called called;
    static struct stub stub;
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .reply = OK_LINE "\r\n",
                         .reply_len = strlen(OK_LINE "\r\n")};
    stub_start(&stub);
    call(&called, request);
    stub_join(&stub);
    assert_int_equal(called.code, KRT_OK);
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
                                         "Accept: a"};
    check_request((struct krt_call){.fields = fields, .n_fields = LENGTH(fields)},
                  "GET / HTTP/1.1\r\nHOST: b\r\nX: y\r\nConnection:keep-alive\r\n"
                  "Accept: a\r\n\r\n");
}

static void test_head_that_is_too_long_is_not_sent(void **state)
{
    (void)state;
    enum { LEN = 70000 };
    static struct called called;
    static struct stub stub;
    static char field[LEN + 1] = "A: ";
    static const char *const fields[] = {field};
    memset(field + 3, 'a', LEN - 3);
    stub = (struct stub){.endpoint = calling_endpoint(), .manner = STUB_STAYS};
    stub_start(&stub);
    call(&called, (struct krt_call){.fields = fields, .n_fields = 1});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_ERR_INVALID);
    assert_string_equal(called.error.text, "the head of the request is too long");
    assert_int_equal(stub.total, 0);
}

/* A server that is full, say, need not wait for a request to refuse it. */
static void test_answer_may_come_before_the_request(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const char reply[] = "HTTP/1.1 503 Service Unavailable\r\n\r\nfull";
    for (int i = 0; i < 20; i++) {
        stub = (struct stub){.endpoint = calling_endpoint(),
                             .manner = STUB_ANSWERS_UNASKED,
                             .reply = reply,
                             .reply_len = strlen(reply)};
        stub_start(&stub);
        call(&called, (struct krt_call){0});
        stub_join(&stub);
        assert_int_equal(called.code, KRT_OK);
        assert_int_equal(called.status, 503);
        assert_string_equal(called.body_text, "full");
    }
}

static void test_server_that_hangs_up_is_told(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    stub = (struct stub){.endpoint = calling_endpoint(), .manner = STUB_HANGS_UP};
    stub_start(&stub);
    call(&called, (struct krt_call){0});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_ERR_CLOSED);
    assert_int_equal(called.n_heads, 0);
}

/* ---- Owners ---- */

enum { SOMEBODY = 65534 };

/* Starts the stub as `server` and calls it as `client`. */
static void call_between_users(struct called *called, uid_t server, uid_t client,
                               bool any_owner)
{
    static struct stub stub;
    static const char reply[] = "HTTP/1.1 204 No Content\r\n\r\n";
    struct krt_client_options options = calling_options();
    options.any_owner = any_owner;
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .manner = STUB_STAYS,
                         .reply = reply,
                         .reply_len = strlen(reply)};
    assert_int_equal(seteuid(server), 0);
    stub_start(&stub);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(stub.endpoint.path, 0666), 0);
    assert_int_equal(seteuid(client), 0);
    calling_once(&options, called, (struct krt_call){0});
    assert_int_equal(seteuid(0), 0);
    stub_join(&stub);
    assert_int_equal(stub.total > 0, called->code == KRT_OK);
}

static void test_server_of_another_user_gets_nothing(void **state)
{
    (void)state;
    static struct called called;
    struct krt_endpoint endpoint = calling_endpoint();
    if (geteuid() != 0) {
        print_message("only root can be somebody else\n");
        skip();
    }
    char *slash = strrchr(endpoint.path, '/');
    *slash = '\0';
    assert_int_equal(chmod(endpoint.path, 0777), 0);
    call_between_users(&called, SOMEBODY, 0, false);
    assert_int_equal(called.code, KRT_ERR_DENIED);
    assert_non_null(strstr(called.error.text, "nothing was sent to "));
    assert_non_null(strstr(called.error.text, " (uid 65534), "));
    assert_non_null(strstr(called.error.text, "--any-owner"));
    call_between_users(&called, SOMEBODY, SOMEBODY - 1, false);
    assert_int_equal(called.code, KRT_ERR_DENIED);
    call_between_users(&called, SOMEBODY, 0, true);
    assert_int_equal(called.code, KRT_OK);
    call_between_users(&called, SOMEBODY, SOMEBODY, false);
    assert_int_equal(called.code, KRT_OK);
    call_between_users(&called, 0, SOMEBODY, false);
    assert_int_equal(called.code, KRT_OK);
}

/* ---- Time ---- */

static void check_timeout(struct stub stub_like, struct calling_body *body)
{
    static struct called called;
    static struct stub stub;
    struct krt_client_options options = calling_options();
    options.timeout_ms = 30;
    stub = stub_like;
    stub.endpoint = calling_endpoint();
    stub_start(&stub);
    int64_t start = krt_os_now_ms();
    calling_once(
        &options, &called,
        (struct krt_call){.upload = body ? &calling_upload : NULL, .context = body});
    assert_true(krt_os_now_ms() - start >= options.timeout_ms);
    stub_join(&stub);
    assert_int_equal(called.code, KRT_ERR_TIMEOUT);
    assert_non_null(strstr(called.error.text, "the time limit passed"));
    assert_int_equal(strstr(called.error.text, "does not read") != NULL, body != NULL);
}

static void test_silence_is_a_timeout(void **state)
{
    (void)state;
    static char bytes[1024 * 1024];
    struct calling_body body = {bytes, sizeof bytes, .announced = sizeof bytes};
    static const char part[] = OK_LINE "Content-Length: 4\r\n\r\nab";
    check_timeout((struct stub){.manner = STUB_STAYS}, NULL);
    check_timeout((struct stub){.manner = STUB_STAYS, .reply = part, .reply_len = 9},
                  NULL);
    check_timeout(
        (struct stub){.manner = STUB_STAYS, .reply = part, .reply_len = strlen(part)},
        NULL);
    check_timeout((struct stub){.manner = STUB_IS_DEAF}, &body);
}

static void call_absent(struct called *called, int64_t wait_ms)
{
    struct krt_client_options options = calling_options();
    options.wait_ms = wait_ms;
    calling_once(&options, called, (struct krt_call){0});
    assert_int_equal(called->code, KRT_ERR_ABSENT);
}

static void check_start(const char *text, const char *expected)
{
    if (strncmp(text, expected, strlen(expected)) != 0)
        fail_msg("'%s' does not start with '%s'", text, expected);
}

static void test_absent_server_is_told_at_once(void **state)
{
    (void)state;
    static struct called called;
    call_absent(&called, 0);
    check_start(called.error.text, "cannot open /tmp/");
    assert_non_null(strstr(called.error.text, "no server listens on this pipe"));
}

static void test_absent_server_is_waited_for_as_long_as_told(void **state)
{
    (void)state;
    static struct called called;
    int64_t start = krt_os_now_ms();
    call_absent(&called, 50);
    assert_true(krt_os_now_ms() - start >= 50);
    check_start(called.error.text,
                "no server appeared within 50ms: cannot open /tmp/krgen.client.");
    assert_non_null(strstr(called.error.text,
                           "/socket: ENOENT (2): no server listens on this pipe; is it "
                           "running, and is the name right?"));
    call_absent(&called, 1000);
    check_start(called.error.text, "no server appeared within 1s: cannot open");
}

static void test_server_that_comes_late_is_found(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const char reply[] = "HTTP/1.1 204 No Content\r\n\r\n";
    struct krt_client_options options = calling_options();
    options.wait_ms = CALLING_PATIENCE_MS;
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .reply = reply,
                         .reply_len = strlen(reply),
                         .delay_ms = 60};
    stub_start(&stub);
    calling_once(&options, &called, (struct krt_call){0});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_OK);
    assert_int_equal(called.status, 204);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_do_not_depend_on_delivery),
        cmocka_unit_test(test_long_bodies_are_whole),
        cmocka_unit_test(test_endless_head_is_refused),
        cmocka_unit_test(test_request_has_its_defaults),
        cmocka_unit_test(test_given_fields_replace_the_defaults),
        cmocka_unit_test(test_head_that_is_too_long_is_not_sent),
        cmocka_unit_test(test_answer_may_come_before_the_request),
        cmocka_unit_test(test_server_that_hangs_up_is_told),
        cmocka_unit_test(test_server_of_another_user_gets_nothing),
        cmocka_unit_test(test_silence_is_a_timeout),
        cmocka_unit_test(test_absent_server_is_told_at_once),
        cmocka_unit_test(test_absent_server_is_waited_for_as_long_as_told),
        cmocka_unit_test(test_server_that_comes_late_is_found),
    };
    return cmocka_run_group_tests(tests, calling_set_up, calling_tear_down);
}
