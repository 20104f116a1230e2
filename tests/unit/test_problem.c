/* Reasons and problem details, of verdicts that are written by hand. */
#include "problem.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const struct krt_parameter id = {"id", "int", NULL, NULL};

static const struct krt_route routes[] = {
    {.name = "GET /users", .line = 11},
    {.name = "GET /users/{id:int}", .parameters = &id, .n_parameters = 1, .line = 15},
    {.name = "GET /folder/", .line = 16},
    {.name = "GET /a\"b\\/\xc3\xa4", .line = 17},
};

static const struct krt_program program = {.spec = "users.yaml", .routes = routes};

#define HEAD(title, status)                                                            \
    "{\"type\":\"about:blank\",\"title\":\"" title "\",\"status\":" status             \
    ",\"detail\":"

struct explained {
    int status;
    const char *allow;
    struct krt_near near;
    const char *reason;
    const char *problem;
};

static const struct explained cases[] = {
    {404,
     "",
     {.reason = KRT_NEAR_NONE, .route = KRT_NO_ROUTE},
     "no route is near",
     HEAD("Not Found", "404") "\"no route is near\"}"},
    {404,
     "",
     {.reason = KRT_NEAR_TYPO, .route = 0},
     "did you mean GET /users (users.yaml:11)?",
     HEAD("Not Found", "404") "\"did you mean GET /users (users.yaml:11)?\","
                              "\"nearest\":{\"route\":\"GET /users\",\"source\":"
                              "\"users.yaml:11\",\"reason\":\"typo\"}}"},
    {404,
     "",
     {.reason = KRT_NEAR_SLASH, .route = 0},
     "GET /users (users.yaml:11) has no '/' at its end",
     HEAD("Not Found", "404") "\"GET /users (users.yaml:11) has no '/' at its end\","
                              "\"nearest\":{\"route\":\"GET /users\",\"source\":"
                              "\"users.yaml:11\",\"reason\":\"trailing-slash\"}}"},
    {404,
     "",
     {.reason = KRT_NEAR_SLASH, .route = 2, .wants_slash = true},
     "GET /folder/ (users.yaml:16) has a '/' at its end",
     HEAD("Not Found", "404") "\"GET /folder/ (users.yaml:16) has a '/' at its end\","
                              "\"nearest\":{\"route\":\"GET /folder/\",\"source\":"
                              "\"users.yaml:16\",\"reason\":\"trailing-slash\"}}"},
    {404,
     "",
     {.reason = KRT_NEAR_CASE, .route = 0},
     "GET /users (users.yaml:11) differs only in upper and lower case",
     HEAD("Not Found", "404") "\"GET /users (users.yaml:11) differs only in upper and "
                              "lower case\",\"nearest\":{\"route\":\"GET /users\","
                              "\"source\":\"users.yaml:11\",\"reason\":\"case\"}}"},
    {404,
     "",
     {.reason = KRT_NEAR_CONSTRAINT,
      .route = 1,
      .parameter = &id,
      .value = {(const unsigned char *)"a\n\"\xc3\xa4", 5}},
     "nearest is GET /users/{id:int} (users.yaml:15), but id 'a%0A\"%C3%A4' is not int",
     HEAD("Not Found",
          "404") "\"nearest is GET /users/{id:int} (users.yaml:15), but id "
                 "'a%0A\\\"%C3%A4' is not int\",\"nearest\":{\"route\":"
                 "\"GET /users/{id:int}\",\"source\":\"users.yaml:15\","
                 "\"reason\":\"constraint\",\"parameter\":\"id\","
                 "\"value\":\"a\\u000A\\\"\xc3\xa4\","
                 "\"constraints\":\"int\"}}"},
    {404,
     "",
     {.reason = KRT_NEAR_METHOD, .route = 3},
     "nearest is GET /a\"b\\/\xc3\xa4 (users.yaml:17), of another method",
     HEAD("Not Found", "404") "\"nearest is GET /a\\\"b\\\\/\xc3\xa4 (users.yaml:17), "
                              "of another method\",\"nearest\":{\"route\":"
                              "\"GET /a\\\"b\\\\/\xc3\xa4\",\"source\":"
                              "\"users.yaml:17\",\"reason\":\"method\"}}"},
    {405,
     "GET, HEAD, OPTIONS",
     {.reason = KRT_NEAR_METHOD, .route = 0},
     "it takes GET, HEAD, OPTIONS",
     HEAD("Method Not Allowed", "405") "\"it takes GET, HEAD, OPTIONS\",\"nearest\":{"
                                       "\"route\":\"GET /users\",\"source\":"
                                       "\"users.yaml:11\",\"reason\":\"method\"}}"},
};

static void test_each_reason_in_words_and_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_verdict verdict = {.route = KRT_NO_ROUTE, .near = cases[i].near};
        char storage[KRT_PROBLEM_MAX];
        struct krt_buffer out = KRT_BUFFER(storage);
        verdict.status = cases[i].status;
        strcpy(verdict.allow, cases[i].allow);
        krt_put_reason(&out, &program, &verdict);
        expect_text("reason", krt_end_text(&out), cases[i].reason);
        out.len = 0;
        krt_put_problem(&out, &program, &verdict);
        expect_text("problem", krt_end_text(&out), cases[i].problem);
    }
}

/* ---- Long texts ---- */

/* Moves behind a JSON string; fails the test unless there is one. */
static const char *skip_string(const char *at)
{
    assert_int_equal(*at++, '"');
    for (; *at != '"'; at++) {
        assert_true((unsigned char)*at >= ' ');
        if (*at != '\\')
            continue;
        at++;
        assert_non_null(strchr("\"\\u", *at));
        if (*at == 'u') {
            assert_int_equal(strspn(at + 1, "0123456789ABCDEF") >= 4, true);
            at += 4;
        }
    }
    return at + 1;
}

/* The grammar of the problem: objects of strings, a number and one object. */
static const char *skip_object(const char *at)
{
    assert_int_equal(*at, '{');
    do {
        at = skip_string(at + 1);
        assert_int_equal(*at++, ':');
        if (*at == '{')
            at = skip_object(at);
        else if (*at == '"')
            at = skip_string(at);
        else
            at += strspn(at, "0123456789");
    } while (*at == ',');
    assert_int_equal(*at, '}');
    return at + 1;
}

/* However long the texts are and whatever is in them, the JSON is whole. */
static void test_texts_without_end_are_cut(void **state)
{
    (void)state;
    static const char *const fillings[] = {
        "a", "\"", "\\", "\x01", "\xc3\xa4", "\xf0\x9f\x98\x80", "%2F", "\"\x01"};
    for (size_t i = 0; i < LENGTH(fillings); i++) {
        static char text[10000];
        char storage[KRT_PROBLEM_MAX + 1];
        struct krt_buffer out = KRT_BUFFER(storage);
        for (size_t len = 0; len + 8 < sizeof text; len += strlen(fillings[i]))
            strcpy(text + len, fillings[i]);
        struct krt_parameter parameter = {text, text, NULL, NULL};
        struct krt_route route = {.name = text, .line = 1000000};
        struct krt_program odd = {.spec = text, .routes = &route};
        struct krt_verdict verdict = {
            .status = 404,
            .near = {.reason = KRT_NEAR_CONSTRAINT,
                     .parameter = &parameter,
                     .value = {(const unsigned char *)text, strlen(text)}}};
        krt_put_reason(&out, &odd, &verdict);
        assert_true(out.len < KRT_REASON_MAX);
        assert_non_null(strstr(krt_end_text(&out), "..."));
        out.len = 0;
        krt_put_problem(&out, &odd, &verdict);
        assert_true(out.len < KRT_PROBLEM_MAX);
        assert_string_equal(skip_object(krt_end_text(&out)), "");
    }
}

static void test_longest_allow_is_cut(void **state)
{
    (void)state;
    char storage[KRT_PROBLEM_MAX];
    struct krt_buffer out = KRT_BUFFER(storage);
    struct krt_verdict verdict = {.status = 405,
                                  .near = {.reason = KRT_NEAR_METHOD, .route = 0}};
    memset(verdict.allow, 'A', sizeof verdict.allow - 1);
    krt_put_reason(&out, &program, &verdict);
    assert_true(out.len < KRT_REASON_MAX);
    out.len = 0;
    krt_put_problem(&out, &program, &verdict);
    assert_string_equal(skip_object(krt_end_text(&out)), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_reason_in_words_and_json),
        cmocka_unit_test(test_texts_without_end_are_cut),
        cmocka_unit_test(test_longest_allow_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
