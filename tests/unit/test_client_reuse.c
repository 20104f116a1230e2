/* Several calls of one client over a real socket: which of them share a connection, and
 * which are repeated on a new one. */
#define _GNU_SOURCE

#include "calling.h"
#include "stub.h"
#include "unit.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define ONE OK_LINE "Content-Length: 3\r\n\r\none"
#define TWO OK_LINE "Content-Length: 3\r\n\r\ntwo"
#define THREE OK_LINE "Content-Length: 5\r\n\r\nthree"
#define BEHIND_END "the reply is not HTTP/1.1: it goes on behind its end"

static struct stub stub;
static struct krt_client *client;
static struct called called;

static void start(const struct stub_turn *turns, size_t n_turns)
{
    struct krt_client_options options = calling_options();
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .manner = STUB_PLAYS,
                         .turns = turns,
                         .n_turns = n_turns};
    stub_start(&stub);
    client = krt_client_new(&options);
    assert_non_null(client);
}

/* Ends both sides, which have made `n_connections`. */
static void finish(int n_connections)
{
    krt_client_free(client);
    stub_join(&stub);
    assert_int_equal(stub.n_connections, n_connections);
}

static void make(struct krt_call request, int code, const char *body)
{
    calling_call(client, &called, request);
    if (called.code != code)
        fail_msg("%s: %d: %s", request.method, called.code, called.error.text);
    assert_string_equal(called.body_text, body);
}

static void get(int code, const char *body)
{
    make((struct krt_call){0}, code, body);
}

static void post(int code, const char *body)
{
    struct calling_body upload = {"abc", 3, .announced = 3};
    make((struct krt_call){.method = "POST",
                           .upload = &calling_upload,
                           .context = &upload},
         code, body);
}

/* ---- One connection ---- */

static void test_calls_share_a_connection(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {
        {.reply = ONE},
        {.reply = OK_LINE "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"},
        {.reply = "HTTP/1.1 204 No Content\r\n\r\n"},
        {.reply = THREE},
    };
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    post(KRT_OK, "two");
    get(KRT_OK, "");
    make((struct krt_call){.is_last = true}, KRT_OK, "three");
    finish(1);
    static const char start_get[] =
        "GET / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n";
    char expected[1024];
    struct krt_buffer text = KRT_BUFFER(expected);
    krt_put_text(&text, start_get);
    krt_put_text(&text, "\r\nPOST / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n"
                        "content-length: 3\r\n\r\nabc");
    krt_put_text(&text, start_get);
    krt_put_text(&text, "\r\n");
    krt_put_text(&text, start_get);
    krt_put_text(&text, "connection: close\r\n\r\n");
    assert_string_equal(stub.request, krt_end_text(&text));
}

/* ---- Others ---- */

static void test_connection_that_the_server_ends_is_not_used_again(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {
        {.reply = OK_LINE "Connection: close\r\nContent-Length: 3\r\n\r\none",
         .closes = true},
        {.reply = OK_LINE "\r\ntwo", .closes = true},
        {.reply = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nthree", .closes = true},
        {.reply = ONE},
    };
    start(turns, LENGTH(turns));
    post(KRT_OK, "one");
    post(KRT_OK, "two");
    post(KRT_OK, "three");
    post(KRT_OK, "one");
    finish(4);
}

/* A server may close a kept connection at any time; nothing is lost, whatever the
 * method. */
static void test_connection_that_was_closed_between_calls_is_replaced(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {{.reply = ONE, .closes = true},
                                             {.reply = TWO}};
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    stub_await(&stub, 1);
    post(KRT_OK, "two");
    finish(2);
}

static void test_server_that_closes_during_a_call_is_asked_again(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {
        {.reply = ONE}, {.closes = true}, {.reply = TWO}};
    struct calling_body upload = {"abc", 3, .announced = 3};
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    make((struct krt_call){.method = "PUT",
                           .upload = &calling_upload,
                           .context = &upload},
         KRT_OK, "two");
    assert_int_equal(upload.n_starts, 2);
    finish(2);
}

static void test_request_that_is_not_idempotent_is_not_repeated(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {{.reply = ONE}, {.closes = true}};
    static const char *const methods[] = {"POST", "PATCH", "get", "GE", "ET"};
    for (size_t i = 0; i < LENGTH(methods); i++) {
        start(turns, LENGTH(turns));
        get(KRT_OK, "one");
        make((struct krt_call){.method = methods[i]}, KRT_ERR_CLOSED, "");
        assert_string_equal(called.error.text,
                            "the server closed the connection without a reply");
        finish(1);
    }
}

static void test_request_is_repeated_only_once(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {
        {.reply = ONE}, {.closes = true}, {.closes = true}};
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    get(KRT_ERR_CLOSED, "");
    finish(2);
}

static void test_request_on_a_new_connection_is_not_repeated(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {{.closes = true}};
    start(turns, LENGTH(turns));
    get(KRT_ERR_CLOSED, "");
    finish(1);
}

static void test_request_is_not_repeated_once_something_came(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {{.reply = ONE},
                                             {.reply = "H", .closes = true}};
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    get(KRT_ERR_CLOSED, "");
    finish(1);
}

/* ---- Bytes that belong to no answer ---- */

static void test_bytes_behind_an_answer_are_not_the_next_one(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {{.reply = ONE TWO}};
    start(turns, 1);
    get(KRT_OK, "one");
    get(KRT_ERR_PROTOCOL, "");
    assert_string_equal(called.error.text, BEHIND_END);
    assert_int_equal(called.n_heads, 0);
    finish(1);
}

static void test_bytes_that_come_between_calls_are_not_the_next_answer(void **state)
{
    (void)state;
    static const struct stub_turn turns[] = {
        {.reply = ONE, .late = TWO, .closes = true}, {.reply = THREE}};
    start(turns, LENGTH(turns));
    get(KRT_OK, "one");
    sem_post(&stub.go);
    stub_await(&stub, 2);
    get(KRT_ERR_PROTOCOL, "");
    assert_string_equal(called.error.text, BEHIND_END);
    assert_int_equal(called.n_heads, 0);
    get(KRT_OK, "three");
    finish(2);
}

/* What is left of the body would be taken for the next request. */
static void test_connection_with_half_a_request_is_not_used_again(void **state)
{
    (void)state;
    enum { LEN = 1024 * 1024 };
    static char bytes[LEN];
    static const struct stub_turn turns[] = {
        {.consent = OK_LINE "Content-Length: 0\r\n\r\n", .ignores_body = true},
        {.reply = TWO},
    };
    struct calling_body upload = {bytes, LEN, .announced = LEN};
    start(turns, LENGTH(turns));
    make((struct krt_call){.method = "POST",
                           .upload = &calling_upload,
                           .context = &upload},
         KRT_OK, "");
    assert_true(upload.at < LEN);
    post(KRT_OK, "two");
    finish(2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_share_a_connection),
        cmocka_unit_test(test_connection_that_the_server_ends_is_not_used_again),
        cmocka_unit_test(test_connection_that_was_closed_between_calls_is_replaced),
        cmocka_unit_test(test_server_that_closes_during_a_call_is_asked_again),
        cmocka_unit_test(test_request_that_is_not_idempotent_is_not_repeated),
        cmocka_unit_test(test_request_is_repeated_only_once),
        cmocka_unit_test(test_request_on_a_new_connection_is_not_repeated),
        cmocka_unit_test(test_request_is_not_repeated_once_something_came),
        cmocka_unit_test(test_bytes_behind_an_answer_are_not_the_next_one),
        cmocka_unit_test(test_bytes_that_come_between_calls_are_not_the_next_answer),
        cmocka_unit_test(test_connection_with_half_a_request_is_not_used_again),
    };
    return cmocka_run_group_tests(tests, calling_set_up, calling_tear_down);
}
