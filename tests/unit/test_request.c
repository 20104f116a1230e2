/* Field lines, cookies and parameters, each request at the end of readable memory. */
#include "delivery.h"
#include "guard.h"
#include "request.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define FIELDS                                                                         \
    "Host: a\r\n"                                                                      \
    "X-Long-Name: long\r\n"                                                            \
    "X-Long: \t two  words\t \r\n"                                                     \
    "x-long: second\r\n"                                                               \
    "Empty:\r\n"                                                                       \
    "Cookie: a=1; b=\"two\";c=;  d = 4; A=5; =6; e; a=7\r\n"                           \
    "cookie: f=8=9\r\n"

static void read_head(struct krt_head *head)
{
    struct text text = BYTES("GET /p?q HTTP/1.1\r\n" FIELDS "\r\n");
    assert_int_equal(delivery_read(head, text, text.len, 0), KRT_HEAD_COMPLETE);
}

struct lookup {
    const char *name;
    const char *value; /* NULL: none is found */
};

static void check_lookup(const struct lookup *lookup, bool is_found,
                         struct krt_slice value)
{
    char text[64] = "-";
    if (is_found)
        snprintf(text, sizeof text, "%.*s", (int)value.len, (const char *)value.at);
    expect_text(lookup->name, text, lookup->value ? lookup->value : "-");
}

static void test_fields_are_found_in_any_case(void **state)
{
    (void)state;
    static const struct lookup lookups[] = {
        {"host", "a"},
        {"HOST", "a"},
        {"X-Long-Name", "long"},
        {"X-Long", "two  words"},
        {"empty", ""},
        {"X-Lon", NULL},
        {"X-Long-", NULL},
        {"GET", NULL},
        {"X-Long-Name-Of-A-Field-That-Is-Not", NULL},
    };
    for (size_t i = 0; i < LENGTH(lookups); i++) {
        struct krt_head head;
        struct krt_slice value = {NULL, 0};
        read_head(&head);
        bool is_found = krt_head_find(&head, lookups[i].name, &value);
        check_lookup(&lookups[i], is_found, value);
    }
}

static void test_cookies_are_found_in_their_case(void **state)
{
    (void)state;
    static const struct lookup lookups[] = {
        {"a", "1"},  {"b", "\"two\""}, {"c", ""},    {"d", NULL}, {"A", "5"},
        {"e", NULL}, {"f", "8=9"},     {"aa", NULL}, {"B", NULL},
    };
    for (size_t i = 0; i < LENGTH(lookups); i++) {
        struct krt_head head;
        struct krt_slice value = {NULL, 0};
        read_head(&head);
        bool is_found = krt_cookie_find(&head, lookups[i].name, &value);
        check_lookup(&lookups[i], is_found, value);
    }
}

/* The pairs as "[name=value]", with the query at the end of readable memory. */
static void describe_pairs(struct guard *guard, const char *query,
                           struct krt_buffer *out)
{
    size_t len = strlen(query);
    unsigned char *at = guard_end(guard, len);
    memcpy(at, query, len);
    struct krt_slice rest = {at, len};
    struct krt_query_pair pair;
    while (krt_query_next(&rest, &pair)) {
        krt_put_text(out, "[");
        krt_put(out, pair.name.at, pair.name.len);
        krt_put_text(out, "=");
        krt_put(out, pair.value.at, pair.value.len);
        krt_put_text(out, "]");
    }
}

static void test_queries_are_split_at_ampersands(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"a", "[a=]"},
        {"a=", "[a=]"},
        {"a=1&b=2", "[a=1][b=2]"},
        {"&&a=1&&b&", "[a=1][b=]"},
        {"a=1=2&=3", "[a=1=2][=3]"},
        {"a;b=%26&c", "[a;b=%26][c=]"},
    };
    struct guard guard;
    guard_init(&guard, 4096);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char storage[128];
        struct krt_buffer out = KRT_BUFFER(storage);
        describe_pairs(&guard, cases[i][0], &out);
        expect_text(cases[i][0], krt_end_text(&out), cases[i][1]);
    }
    guard_deinit(&guard);
}

static void test_query_is_what_follows_the_question_mark(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a?b?c", "b?c"}, {"/a?", ""}, {"/a", NULL}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *target = cases[i][0];
        struct krt_head head = {
            .target = {(const unsigned char *)target, strlen(target)}};
        struct krt_slice query = krt_query_of(&head);
        check_lookup(&(struct lookup){target, cases[i][1]}, query.at != NULL, query);
    }
}

static void test_values_are_decoded_once(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"a+b%20c%2B", "a b c+"},
        {"%2541", "%41"},
        {"%c3%A9", "\xc3\xa9"},
        {"%0d%0a", "\r\n"},
        {"%", NULL},
        {"%4", NULL},
        {"%4g", NULL},
        {"a%00", NULL},
        {"%ff", NULL},
        {"%c3", NULL},
        {"%ed%a0%80", NULL},
    };
    struct guard guard;
    guard_init(&guard, 4096);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        size_t written = strlen(cases[i][0]);
        unsigned char *at = guard_end(&guard, written);
        memcpy(at, cases[i][0], written);
        unsigned char *out = malloc(written + 1);
        size_t len = 0;
        bool is_fine = krt_query_decode((struct krt_slice){at, written}, out, &len);
        check_lookup(&(struct lookup){cases[i][0], cases[i][1]}, is_fine,
                     (struct krt_slice){out, len});
        if (is_fine)
            assert_int_equal(out[len], 0);
        free(out);
    }
    guard_deinit(&guard);
}

static void test_names_are_compared_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *name;
        bool is_equal;
    } cases[] = {
        {"page", "page", true},     {"%70age", "page", true},
        {"pag", "page", false},     {"pages", "page", false},
        {"Page", "page", false},    {"a%5B0%5D", "a[0]", true},
        {"%zzpage", "page", false}, {"", "page", false},
        {"page%00", "page", false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_slice text = {(const unsigned char *)cases[i].text,
                                 strlen(cases[i].text)};
        if (krt_query_is(text, cases[i].name) != cases[i].is_equal)
            fail_msg("'%s' and '%s'", cases[i].text, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_are_found_in_any_case),
        cmocka_unit_test(test_cookies_are_found_in_their_case),
        cmocka_unit_test(test_queries_are_split_at_ampersands),
        cmocka_unit_test(test_query_is_what_follows_the_question_mark),
        cmocka_unit_test(test_values_are_decoded_once),
        cmocka_unit_test(test_names_are_compared_decoded),
    };
    return cmocka_run_group_tests(tests, delivery_init, delivery_deinit);
}
