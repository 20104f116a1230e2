#include "counter.h"
#include "unit.h"

#define HEAD(status, length)                                                           \
    "HTTP/1.1 " status "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"                   \
    "Content-Length: " length "\r\n\r\n"
#define OK HEAD("200 OK", "2") "ab"
#define OTHER HEAD("200 OK", "2") "cd"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

struct counter_case {
    const char *name;
    const char *data;
    size_t n_answers;
    uint64_t n_wrong_status;
    uint64_t n_wrong_length;
    bool is_malformed;
};

/* Reads `data` in pieces of `piece` bytes, the first of `first`. */
static void check_cut(const struct counter_case *c, size_t first, size_t piece)
{
    struct counter counter = {0};
    struct expected expected = {.status = 200};
    size_t len = strlen(c->data);
    size_t n_answers = 0;
    for (size_t at = 0, n = first; at < len; at += n, n = piece) {
        char copy[1024]; /* where sanitizers see what is read beyond it */
        n = n < len - at ? n : len - at;
        memcpy(copy, c->data + at, n);
        n_answers += counter_read(&counter, &expected, copy, n);
    }
    if (n_answers != c->n_answers || expected.n_wrong_status != c->n_wrong_status ||
        expected.n_wrong_length != c->n_wrong_length ||
        counter.is_malformed != c->is_malformed)
        fail_msg("%s, cut at %zu and by %zu: %zu answers, %llu wrong statuses, %llu "
                 "wrong lengths, malformed: %d",
                 c->name, first, piece, n_answers,
                 (unsigned long long)expected.n_wrong_status,
                 (unsigned long long)expected.n_wrong_length, counter.is_malformed);
}

static void test_answers_cut_anywhere(void **state)
{
    static const struct counter_case cases[] = {
        {"nothing", "", 0, 0, 0, false},
        {"one", OK, 1, 0, 0, false},
        {"three", OK OK OK, 3, 0, 0, false},
        {"another body", OK OTHER OK, 3, 0, 0, false},
        {"half", OK HEAD("200 OK", "2") "a", 1, 0, 0, false},
        {"empty", HEAD("200 OK", "0") HEAD("200 OK", "0"), 2, 0, 0, false},
        {"lower case", "HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nab" OK, 2, 0, 0,
         false},
        {"like a head",
         HEAD("200 OK", "8") "HTTP/1.1" HEAD("200 OK", "8") "\r\n\r\n\r\n\r\n", 2, 0, 0,
         false},
        {"interim", CONTINUE OK CONTINUE CONTINUE OK, 2, 0, 0, false},
        {"status", OK HEAD("404 Not Found", "2") "ab" OK, 3, 1, 0, false},
        {"status and length", OK HEAD("503 Service Unavailable", "1") "a", 2, 1, 0,
         false},
        {"shorter", OK HEAD("200 OK", "1") "a" OK, 3, 0, 1, false},
        {"longer", OK HEAD("200 OK", "3") "abc" OK, 3, 0, 1, false},
        {"no length", OK "HTTP/1.1 200 OK\r\n\r\n" OK, 1, 0, 0, true},
        {"odd length", "HTTP/1.1 200 OK\r\nContent-Length: 2a\r\n\r\nab", 0, 0, 0,
         true},
        {"no number", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 0, 0, 0, true},
        {"longer name", "HTTP/1.1 200 OK\r\nContent-Length-X: 2\r\n\r\nab", 0, 0, 0,
         true},
        {"version", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", 0, 0, 0, true},
        {"no status", "HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nab", 0, 0, 0, true},
        {"blank", OK "\r\n\r\n", 1, 0, 0, true},
        {"too much body", HEAD("200 OK", "2") "abc" OK, 1, 0, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].data);
        check_cut(&cases[i], len, len);
        for (size_t first = 1; first < len; first++) {
            check_cut(&cases[i], first, len);
            check_cut(&cases[i], first, first);
        }
    }
}

static void test_given_length(void **state)
{
    struct counter counter = {0};
    struct expected expected = {.status = 404, .has_length = true, .length = 3};
    static const char data[] = HEAD("404 Not Found", "2") "ab" HEAD(
        "200 OK", "3") "abc" HEAD("404 Not Found", "3") "abc";
    (void)state;
    expect_size("answers", counter_read(&counter, &expected, data, sizeof data - 1), 3);
    expect_size("statuses", (size_t)expected.n_wrong_status, 1);
    expect_size("lengths", (size_t)expected.n_wrong_length, 1);
}

/* A head that never ends and one with a NUL. */
static void test_heads_that_are_none(void **state)
{
    static char endless[COUNTER_HEAD_MAX + 1];
    static const char zero[] = "HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n";
    struct counter counter = {0};
    struct expected expected = {.status = 200};
    (void)state;
    memset(endless, 'x', sizeof endless);
    expect_size("endless", counter_read(&counter, &expected, endless, sizeof endless),
                0);
    expect_true("endless", counter.is_malformed);
    memset(&counter, 0, sizeof counter);
    expect_size("NUL", counter_read(&counter, &expected, zero, sizeof zero - 1), 0);
    expect_true("NUL", counter.is_malformed);
}

/* Bodies of any size are counted, not kept. */
static void test_large_bodies(void **state)
{
    static char piece[64 * 1024];
    static const char head[] = HEAD("200 OK", "10485760");
    struct counter counter = {0};
    struct expected expected = {.status = 200, .has_length = true, .length = 10485760};
    (void)state;
    for (int i = 0; i < 3; i++) {
        size_t n = counter_read(&counter, &expected, head, sizeof head - 1);
        for (int k = 0; k < 160; k++) {
            expect_size("before the end", n, 0);
            n = counter_read(&counter, &expected, piece, sizeof piece);
        }
        expect_size("at the end", n, 1);
    }
    expect_size("lengths", (size_t)expected.n_wrong_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_cut_anywhere),
        cmocka_unit_test(test_given_length),
        cmocka_unit_test(test_heads_that_are_none),
        cmocka_unit_test(test_large_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
