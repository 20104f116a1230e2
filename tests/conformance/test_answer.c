#include "answer.h"
#include "unit.h"

#include <stdio.h>

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define OK "HTTP/1.1 200 OK\r\n" DATE

struct answer_case {
    const char *name;
    const char *text; /* followed by "REST" */
    bool is_to_head;
    const char *body;    /* NULL if malformed */
    const char *problem; /* a part of it; NULL if none */
};

static void check(const struct answer_case *c)
{
    char data[600];
    struct answer answer;
    const char *problem;
    int len = snprintf(data, sizeof data, "%sREST", c->text);
    size_t own = (size_t)len - 4;
    enum answer_result result =
        answer_read(&answer, data, (size_t)len, c->is_to_head, &problem);
    if (c->problem) {
        if (result != ANSWER_MALFORMED || !strstr(problem, c->problem))
            fail_msg("%s: got %d, %s", c->name, result, problem ? problem : "fine");
        return;
    }
    if (result != ANSWER_WHOLE)
        fail_msg("%s: %s", c->name, problem ? problem : "partial");
    expect_size(c->name, answer.len, own);
    expect_size(c->name, answer.body.len, strlen(c->body));
    assert_memory_equal(answer.body.at, c->body, answer.body.len);
    for (size_t n = 0; n < own; n++) {
        snprintf(data, sizeof data, "%s", c->text);
        if (answer_read(&answer, data, n, c->is_to_head, &problem) != ANSWER_PARTIAL)
            fail_msg("%s: its first %zu bytes are not partial", c->name, n);
    }
}

#define CHECK(cases)                                                                   \
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)                          \
    check(&cases[i])

static void test_whole_answers(void **state)
{
    static const struct answer_case cases[] = {
        {"counted", OK "Content-Length: 2\r\n\r\nab", false, "ab", NULL},
        {"empty", OK "Content-Length: 0\r\n\r\n", false, "", NULL},
        {"to HEAD", OK "Content-Length: 2\r\n\r\n", true, "", NULL},
        {"chunked",
         OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", false,
         "abc", NULL},
        {"trailer", OK "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", false, "",
         NULL},
        {"interim", "HTTP/1.1 100 Continue\r\n\r\n", false, "", NULL},
        {"204", "HTTP/1.1 204 No Content\r\n" DATE "\r\n", false, "", NULL},
        {"304", "HTTP/1.1 304 Not Modified\r\n" DATE "Content-Length: 9\r\n\r\n", false,
         "", NULL},
    };
    (void)state;
    CHECK(cases);
}

static void test_malformed_answers(void **state)
{
    static const struct answer_case cases[] = {
        {"no end", OK "\r\n", false, NULL, "body's end"},
        {"no end to HEAD", OK "\r\n", true, NULL, "body's end"},
        {"version", "HTTP/1.0 200 OK\r\n" DATE "\r\n", false, NULL, "status line"},
        {"no reason", "HTTP/1.1 200\r\n" DATE "\r\n", false, NULL, "status"},
        {"LF", "HTTP/1.1 200 OK\n" DATE "\r\n", false, NULL, "CRLF"},
        {"no Date", "HTTP/1.1 204 No Content\r\n\r\n", false, NULL, "Date"},
        {"odd Date", "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", false, NULL,
         "Date"},
        {"no colon", OK "X\r\n\r\n", false, NULL, "no field"},
        {"folded", OK "X: y\r\n z\r\n\r\n", false, NULL, "no field"},
        {"control", OK "X: \x01\r\n\r\n", false, NULL, "control"},
        {"twice", OK "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", false, NULL,
         "twice"},
        {"both framings",
         OK "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false,
         NULL, "with Transfer-Encoding"},
        {"204 with a length", "HTTP/1.1 204 No\r\n" DATE "Content-Length: 0\r\n\r\n",
         false, NULL, "none may be"},
        {"length", OK "Content-Length: x\r\n\r\n", false, NULL, "no number"},
        {"coding", OK "Transfer-Encoding: gzip\r\n\r\n", false, NULL, "other than"},
        {"chunk size", OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", false, NULL,
         "chunk size"},
        {"chunk end", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", false, NULL,
         "chunk without"},
    };
    (void)state;
    CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answers),
        cmocka_unit_test(test_malformed_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
