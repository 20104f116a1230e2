/* Bodies of requests on their way to a server over a real socket, and what it says
 * meanwhile. */
#define _GNU_SOURCE

#include "calling.h"
#include "os.h"
#include "stub.h"
#include "unit.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define REFUSAL                                                                        \
    "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n"                      \
    "no"

#define START                                                                          \
    "POST / HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\nconnection: close\r\n"
#define CONSENT "expect: 100-continue\r\n"

/* Announced without asking for consent, and more than a socket holds. */
enum { MIB = 1024 * 1024 };

static char large[8 * MIB];

static void fill_large(void)
{
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)('a' + i % 23);
}

static void post(struct called *called, struct calling_body *body, struct stub *stub)
{
    struct krt_client_options options = calling_options();
    stub->endpoint = calling_endpoint();
    stub_start(stub);
    calling_once(&options, called,
                 (struct krt_call){
                     .method = "POST", .upload = &calling_upload, .context = body});
    stub_join(stub);
}

/* ---- Framing ---- */

static void check_request(struct calling_body body, const char *expected)
{
    static struct called called;
    static struct stub stub;
    static const struct stub_turn turns[] = {
        {.consent = CONTINUE, .reply = NO_CONTENT}};
    stub = (struct stub){.manner = STUB_PLAYS, .turns = turns, .n_turns = 1};
    post(&called, &body, &stub);
    assert_int_equal(called.code, KRT_OK);
    assert_int_equal(called.status, 204);
    assert_string_equal(stub.request, expected);
    assert_int_equal(body.n_starts, 1);
}

static void test_body_of_known_length_comes_with_it(void **state)
{
    (void)state;
    check_request((struct calling_body){"a\r\n\r\nb", 6, .announced = 6},
                  START "content-length: 6\r\n\r\na\r\n\r\nb");
    check_request((struct calling_body){"abcdef", 6, .announced = 6, .piece = 1},
                  START "content-length: 6\r\n\r\nabcdef");
    check_request((struct calling_body){"", 0, .announced = 0},
                  START "content-length: 0\r\n\r\n");
}

/* What is there beyond the length that was announced is left alone. */
static void test_body_that_grows_is_sent_as_announced(void **state)
{
    (void)state;
    check_request((struct calling_body){"abcdef", 6, .announced = 4},
                  START "content-length: 4\r\n\r\nabcd");
}

static void test_body_of_unknown_length_comes_in_chunks(void **state)
{
    (void)state;
    static const char chunked[] = START "transfer-encoding: chunked\r\n" CONSENT "\r\n";
    char expected[512];
    struct krt_buffer text = KRT_BUFFER(expected);
    krt_put_text(&text, chunked);
    krt_put_text(&text, "a\r\n0123456789\r\n7\r\nabcdefg\r\n0\r\n\r\n");
    check_request((struct calling_body){"0123456789abcdefg", 17,
                                        .announced = KRT_LENGTH_UNKNOWN, .piece = 10},
                  krt_end_text(&text));
    text.len = strlen(chunked);
    krt_put_text(&text, "0\r\n\r\n");
    check_request((struct calling_body){"", 0, .announced = KRT_LENGTH_UNKNOWN},
                  krt_end_text(&text));
}

static void test_given_length_frames_a_body_of_unknown_length(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const char *const fields[] = {"Content-Length: 3"};
    static const struct stub_turn turns[] = {
        {.consent = CONTINUE, .reply = NO_CONTENT}};
    struct calling_body body = {"abc", 3, .announced = KRT_LENGTH_UNKNOWN};
    struct krt_client_options options = calling_options();
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .manner = STUB_PLAYS,
                         .turns = turns,
                         .n_turns = 1};
    stub_start(&stub);
    calling_once(&options, &called,
                 (struct krt_call){.method = "POST",
                                   .fields = fields,
                                   .n_fields = 1,
                                   .upload = &calling_upload,
                                   .context = &body});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_OK);
    assert_string_equal(stub.request, START CONSENT "Content-Length: 3\r\n\r\nabc");
}

static void check_failure(struct calling_body body, int code, const char *message)
{
    static struct called called;
    static struct stub stub;
    stub = (struct stub){.manner = STUB_STAYS};
    post(&called, &body, &stub);
    assert_int_equal(called.code, code);
    assert_string_equal(called.error.text, message);
    assert_int_equal(called.n_heads, 0);
}

static void test_body_that_ends_too_early_is_told(void **state)
{
    (void)state;
    check_failure((struct calling_body){"abc", 3, .announced = 4}, KRT_ERR_SYSTEM,
                  "the body became shorter while it was sent");
    check_failure((struct calling_body){"abc", 3, .announced = 4, .fails = true},
                  KRT_ERR_SYSTEM, "the disk burns");
}

/* ---- Answers before the end ---- */

/* The rest of the request cannot be written any more, or is not wanted; the answer
 * counts. */
static void check_early_answer(enum stub_manner manner, const char *reply, int status)
{
    static struct called called;
    static struct stub stub;
    for (int i = 0; i < 20; i++) {
        struct calling_body body = {large, MIB, .announced = MIB};
        stub =
            (struct stub){.manner = manner, .reply = reply, .reply_len = strlen(reply)};
        post(&called, &body, &stub);
        assert_int_equal(called.code, KRT_OK);
        assert_int_equal(called.status, status);
        assert_string_equal(called.body_text, "no");
        assert_true(body.at < MIB);
    }
}

static void test_early_answer_is_taken_while_the_body_is_written(void **state)
{
    (void)state;
    check_early_answer(STUB_IS_HASTY, REFUSAL, 413); /* and closes */
    check_early_answer(STUB_IS_DEAF, REFUSAL, 413);  /* and stays, but does not read */
    check_early_answer(STUB_IS_DEAF, CONTINUE REFUSAL, 413);
    check_early_answer(STUB_IS_DEAF, OK_LINE "Content-Length: 2\r\n\r\nno", 200);
}

/* The status alone says so: the server takes the body and keeps its own answer open. */
static void test_refusal_ends_the_body_before_it_is_complete(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const struct stub_turn turn = {
        .consent = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nno",
        .ignores_body = true};
    struct calling_body body = {large, MIB, .announced = MIB};
    struct krt_client_options options = calling_options();
    options.timeout_ms = 300;
    stub = (struct stub){.endpoint = calling_endpoint(),
                         .manner = STUB_PLAYS,
                         .turns = &turn,
                         .n_turns = 1};
    stub_start(&stub);
    calling_once(&options, &called,
                 (struct krt_call){
                     .method = "POST", .upload = &calling_upload, .context = &body});
    stub_join(&stub);
    assert_int_equal(called.code, KRT_ERR_TIMEOUT);
    assert_int_equal(called.status, 413);
    assert_string_equal(called.body_text, "no");
    assert_true(body.at < MIB);
}

/* Both bodies are on their way at once, and larger than what the system keeps. */
static void test_success_may_come_while_the_body_is_written(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const char head[] = CONTINUE OK_LINE "Content-Length: 1048576\r\n\r\n";
    struct calling_body body = {large, MIB, .announced = MIB};
    stub =
        (struct stub){.manner = STUB_ECHOES, .reply = head, .reply_len = strlen(head)};
    post(&called, &body, &stub);
    assert_int_equal(called.code, KRT_OK);
    assert_int_equal(called.body_len, MIB);
    assert_memory_equal(called.body_text, large, called.body.len);
}

static void test_interim_answers_do_not_stop_the_body(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const struct stub_turn turns[] = {
        {.consent = CONTINUE "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n",
         .reply = NO_CONTENT}};
    struct calling_body body = {large, MIB, .announced = MIB};
    stub = (struct stub){.manner = STUB_PLAYS, .turns = turns, .n_turns = 1};
    post(&called, &body, &stub);
    assert_int_equal(called.code, KRT_OK);
    assert_int_equal(called.status, 204);
    assert_true(stub.total > MIB);
}

/* ---- Consent ---- */

static void post_large(struct called *called, struct stub *stub,
                       const struct stub_turn *turn)
{
    struct calling_body body = {large, sizeof large, .announced = sizeof large};
    *stub = (struct stub){.manner = STUB_PLAYS, .turns = turn, .n_turns = 1};
    post(called, &body, stub);
    assert_int_equal(called->code, KRT_OK);
    assert_non_null(strstr(stub->request, CONSENT));
}

static void test_large_body_waits_for_consent(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const struct stub_turn consents = {.consent = CONTINUE, .reply = NO_CONTENT};
    post_large(&called, &stub, &consents);
    assert_int_equal(called.status, 204);
    assert_int_equal(stub.total - sizeof large,
                     strstr(stub.request, "\r\n\r\n") + 4 - stub.request);
}

static void test_refused_body_is_not_sent(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const struct stub_turn refuses = {.consent = REFUSAL, .ignores_body = true};
    post_large(&called, &stub, &refuses);
    assert_int_equal(called.status, 413);
    assert_int_equal(stub.total, strstr(stub.request, "\r\n\r\n") + 4 - stub.request);
}

static void test_server_that_does_not_consent_is_not_waited_for(void **state)
{
    (void)state;
    static struct called called;
    static struct stub stub;
    static const struct stub_turn ignores = {.reply = NO_CONTENT};
    int64_t start = krt_os_now_ms();
    post_large(&called, &stub, &ignores);
    assert_true(krt_os_now_ms() - start >= 1000);
    assert_int_equal(called.status, 204);
    assert_true(stub.total > sizeof large);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_of_known_length_comes_with_it),
        cmocka_unit_test(test_body_that_grows_is_sent_as_announced),
        cmocka_unit_test(test_body_of_unknown_length_comes_in_chunks),
        cmocka_unit_test(test_given_length_frames_a_body_of_unknown_length),
        cmocka_unit_test(test_body_that_ends_too_early_is_told),
        cmocka_unit_test(test_early_answer_is_taken_while_the_body_is_written),
        cmocka_unit_test(test_refusal_ends_the_body_before_it_is_complete),
        cmocka_unit_test(test_success_may_come_while_the_body_is_written),
        cmocka_unit_test(test_interim_answers_do_not_stop_the_body),
        cmocka_unit_test(test_large_body_waits_for_consent),
        cmocka_unit_test(test_refused_body_is_not_sent),
        cmocka_unit_test(test_server_that_does_not_consent_is_not_waited_for),
    };
    fill_large();
    return cmocka_run_group_tests(tests, calling_set_up, calling_tear_down);
}
