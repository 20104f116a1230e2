/* Request bodies: how they are delivered to whoever takes them, where they end, and
 * what becomes of those that nobody wants. */
#include "exchange.h"
#include "sample.h"
#include "talk.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

#define POST "POST /hello HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define MADE SAMPLE_MAKE_HEAD DATE "\r\n" SAMPLE_MAKE_BODY
#define REFUSED(line)                                                                  \
    "HTTP/1.1 " line "\r\nContent-Length: 0\r\n" DATE "Connection: "                   \
    "close\r\n\r\n"

/* What a consumer has been given. */
struct taken {
    char data[8192];
    size_t len;
    size_t n_pieces;
};

static struct taken *taken;

static int take(struct krt_exchange *exchange, const void *data, struct krt_str piece)
{
    assert_true(krt_head_has_method(exchange->head, "POST"));
    assert_null(data);
    assert_true(piece.len > 0);
    assert_true(taken->len + piece.len <= sizeof taken->data);
    memcpy(taken->data + taken->len, piece.at, piece.len);
    taken->len += piece.len;
    taken->n_pieces++;
    return KRT_DONE;
}

static int answer(struct krt_exchange *exchange, const void *data)
{
    (void)data;
    exchange->response = &exchange->route->response;
    return KRT_DONE;
}

/* The sample, but `function` takes the body of POST /hello. */
static const struct krt_program *taking_program(krt_take_fn function)
{
    static struct krt_route routes[SAMPLE_N_ROUTES];
    static struct krt_program program;
    memcpy(routes, sample_program.routes, sizeof routes);
    routes[SAMPLE_MAKE].answer = answer;
    routes[SAMPLE_MAKE].take = function;
    program = sample_program;
    program.routes = routes;
    program.begin = krt_begin_exchange;
    return &program;
}

/* One request with a body, of which `said` is the end of the head and what follows. */
struct delivery {
    const char *name;
    const char *said;
    const char *taken;
    const char *answer;
    enum krt_want end;
};

static const struct delivery deliveries[] = {
    {"Content-Length", POST "Content-Length: 5\r\n\r\nabcde", "abcde", MADE,
     KRT_WANT_READ},
    {"no body", POST "\r\n", "", MADE, KRT_WANT_READ},
    {"Content-Length 0", POST "Content-Length: 0\r\n\r\n", "", MADE, KRT_WANT_READ},
    {"chunks", CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n", "abcde", MADE,
     KRT_WANT_READ},
    {"no chunk", CHUNKED "0\r\n\r\n", "", MADE, KRT_WANT_READ},
    {"a request behind a body of that length",
     POST "Content-Length: 2\r\n\r\nab" POST "\r\n", "ab", MADE MADE, KRT_WANT_READ},
    {"a request behind chunks", CHUNKED "2\r\nab\r\n0\r\n\r\n" POST "\r\n", "ab",
     MADE MADE, KRT_WANT_READ},
    {"chunks behind chunks",
     CHUNKED "1\r\na\r\n0\r\n\r\n" CHUNKED "1\r\nb\r\n0\r\n\r\n", "ab", MADE MADE,
     KRT_WANT_READ},
    {"chunk with a bad end", CHUNKED "1\r\naX\r\n0\r\n\r\n", "a",
     REFUSED("400 Bad Request"), KRT_WANT_DRAIN},
    {"chunk that is too large", CHUNKED "5000\r\n", "",
     REFUSED("413 Content Too Large"), KRT_WANT_DRAIN},
    {"body that is too large", POST "Content-Length: 5001\r\n\r\n", "",
     REFUSED("413 Content Too Large"), KRT_WANT_DRAIN},
};

static void check_delivery(const struct delivery *delivery, size_t first, size_t rest)
{
    struct talk talk;
    struct taken all = {.len = 0};
    size_t len = strlen(delivery->said);
    first = first < len ? first : len;
    talk_init(&talk);
    talk.service.program = taking_program(take);
    taken = &all;
    talk_hear(&talk, delivery->said, first, first);
    enum krt_want end = talk_hear(&talk, delivery->said + first, len - first, rest);
    if (strcmp(talk.output, delivery->answer) != 0)
        fail_msg("%s (%zu, %zu): answered %s", delivery->name, first, rest,
                 talk.output);
    if (all.len != strlen(delivery->taken) ||
        memcmp(all.data, delivery->taken, all.len) != 0)
        fail_msg("%s (%zu, %zu): took '%.*s'", delivery->name, first, rest,
                 (int)all.len, all.data);
    assert_int_equal(end, delivery->end);
    talk_deinit(&talk);
}

static void test_bodies_do_not_depend_on_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(deliveries); i++) {
        size_t len = strlen(deliveries[i].said);
        check_delivery(&deliveries[i], len, len);
        check_delivery(&deliveries[i], 1, 1);
        for (size_t at = 1; at < len; at++)
            check_delivery(&deliveries[i], at, len);
    }
}

/* ---- Large bodies ---- */

static struct talk *talk_new(uint64_t body)
{
    static struct talk talk;
    talk_init(&talk);
    talk.limits.body = body;
    return &talk;
}

/* The limit counts what is sent: with framing where there is some. */
static void test_limit_of_bodies_is_exact(void **state)
{
    (void)state;
    static const char chunks[] = "A\r\n0123456789\r\n0\r\n\r\n";
    enum { LEN = sizeof chunks - 1 };
    for (uint64_t body = LEN - 1; body <= LEN; body++) {
        struct talk *talk = talk_new(body);
        talk_say(talk, CHUNKED);
        talk_say(talk, chunks);
        talk_check_output(talk, body < LEN ? REFUSED("413 Content Too Large") : MADE);
        talk_deinit(talk);
        char head[256];
        snprintf(head, sizeof head, POST "Content-Length: %d\r\n\r\n", LEN);
        talk = talk_new(body);
        talk_say(talk, head);
        talk_hear(talk, chunks, LEN, LEN);
        talk_check_output(talk, body < LEN ? REFUSED("413 Content Too Large") : MADE);
        talk_deinit(talk);
    }
}

static size_t n_passed;
static unsigned char sum_passed;

static int pass(struct krt_exchange *exchange, const void *data, struct krt_str piece)
{
    (void)exchange;
    (void)data;
    n_passed += piece.len;
    for (size_t i = 0; i < piece.len; i++)
        sum_passed = (unsigned char)(sum_passed + (unsigned char)piece.at[i]);
    return KRT_DONE;
}

static void test_body_larger_than_all_memory_passes_in_pieces(void **state)
{
    (void)state;
    enum { SIZE = 1024 * 1024 };
    static char body[SIZE];
    unsigned char sum = 0;
    struct talk *talk = talk_new(SIZE);
    assert_true(krt_conn_storage(&talk->limits) < SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        body[i] = (char)(i * 7 + i / 256);
        sum = (unsigned char)(sum + (unsigned char)body[i]);
    }
    talk->service.program = taking_program(pass);
    n_passed = sum_passed = 0;
    talk_say(talk, POST "Content-Length: 1048576\r\n\r\n");
    talk_hear(talk, body, SIZE, SIZE);
    talk_check_output(talk, MADE);
    assert_int_equal(n_passed, SIZE);
    assert_int_equal(sum_passed, sum);
    talk_deinit(talk);
}

/* ---- Expect (RFC 9110 section 10.1.1) ---- */

#define EXPECTING "Expect: 100-continue\r\n"
#define GO_ON "HTTP/1.1 100 Continue\r\n\r\n"

static void check_expectation(const char *head, const char *first, const char *body,
                              const char *rest, enum krt_want end)
{
    struct talk *talk = talk_new(5000);
    talk_say(talk, head);
    talk_check_output(talk, first);
    assert_int_equal(talk_say(talk, body), end);
    talk_check_output(talk, rest);
    talk_deinit(talk);
}

static void test_client_that_waits_is_told_to_go_on(void **state)
{
    (void)state;
    check_expectation(POST EXPECTING "Content-Length: 2\r\n\r\n", GO_ON, "ab", MADE,
                      KRT_WANT_READ);
    check_expectation(POST EXPECTING "Transfer-Encoding: chunked\r\n\r\n", GO_ON,
                      "1\r\na\r\n0\r\n\r\n", MADE, KRT_WANT_READ);
    check_expectation(POST EXPECTING "Content-Length: 0\r\n\r\n", MADE, POST "\r\n",
                      MADE, KRT_WANT_READ);
    check_expectation(POST EXPECTING "Content-Length: 2\r\n\r\na", "", "b", MADE,
                      KRT_WANT_READ);
    check_expectation(
        "POST /hello HTTP/1.0\r\n" EXPECTING "Content-Length: 2\r\n\r\n", "", "ab",
        SAMPLE_MAKE_HEAD DATE "Connection: close\r\n\r\n" SAMPLE_MAKE_BODY,
        KRT_WANT_CLOSE);
}

/* It may send the body all the same, which nothing tells from a request. */
static void test_client_whose_body_nobody_wants_is_refused_at_once(void **state)
{
    (void)state;
    check_expectation("POST /none HTTP/1.1\r\nHost: a\r\n" EXPECTING
                      "Content-Length: 2\r\n\r\n",
                      REFUSED("404 Not Found"), "ab", "", KRT_WANT_DRAIN);
    check_expectation(POST EXPECTING "Content-Length: 9000\r\n\r\n",
                      REFUSED("413 Content Too Large"), "ab", "", KRT_WANT_DRAIN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_do_not_depend_on_delivery),
        cmocka_unit_test(test_limit_of_bodies_is_exact),
        cmocka_unit_test(test_body_larger_than_all_memory_passes_in_pieces),
        cmocka_unit_test(test_client_that_waits_is_told_to_go_on),
        cmocka_unit_test(test_client_whose_body_nobody_wants_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
