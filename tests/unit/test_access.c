/* Log lines, of answers that are written by hand. */
#include "access.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const struct krt_parameter parameters[] = {{"id", "int", NULL, NULL},
                                                  {"year", NULL, NULL, "20 24"},
                                                  {"slug", NULL, NULL, NULL}};

static const struct krt_route routes[] = {
    {.name = "GET /plain", .line = 3},
    {.name = "GET /{id:int}/{year=20 24}/{slug?}",
     .parameters = parameters,
     .n_parameters = 3,
     .line = 4},
};

static const struct krt_program program = {.spec = "users.yaml", .routes = routes};

static struct krt_slice slice(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, text ? strlen(text) : 0};
}

static struct krt_answer answer(const char *target, const struct krt_verdict *verdict)
{
    return (struct krt_answer){slice("GET"), slice(target), verdict, 200, 21, 0};
}

static void check_access(const struct krt_answer *of, const char *expected)
{
    char storage[KRT_ACCESS_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_put_access(&line, &program, of);
    assert_string_equal(krt_end_text(&line), expected);
}

static void test_access_names_the_route_and_its_values(void **state)
{
    (void)state;
    static const struct {
        int route;
        const char *values[3];
        const char *expected;
    } cases[] = {
        {KRT_NO_ROUTE, {0}, "200 21 GET /a?b"},
        {0, {0}, "200 21 GET /a?b -> GET /plain"},
        {1,
         {"5", "6", "x"},
         "200 21 GET /a?b -> GET /{id:int}/{year=20 24}/{slug?} id=5 year=6 slug=x"},
        {1,
         {"5", NULL, NULL},
         "200 21 GET /a?b -> GET /{id:int}/{year=20 24}/{slug?} id=5 year=20%2024"},
        {1,
         {"", "a b\n%", "\xc3\xa4%2F"},
         "200 21 GET /a?b -> GET /{id:int}/{year=20 24}/{slug?} id= year=a%20b%0A%25 "
         "slug=%C3%A4%2F"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_verdict verdict = {.route = cases[i].route};
        for (size_t j = 0; j < 3; j++)
            verdict.values[j] = slice(cases[i].values[j]);
        struct krt_answer of = answer("/a?b", &verdict);
        check_access(&of, cases[i].expected);
    }
}

static void test_access_of_what_was_refused(void **state)
{
    (void)state;
    struct krt_answer refused = {.status = 400};
    check_access(&refused, "400 0  ");
    refused = answer("/%", NULL);
    check_access(&refused, "200 21 GET /%");
}

static void test_miss_tells_the_reason(void **state)
{
    (void)state;
    char storage[KRT_ACCESS_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    struct krt_verdict verdict = {.route = KRT_NO_ROUTE,
                                  .status = 404,
                                  .near = {.reason = KRT_NEAR_TYPO, .route = 0}};
    struct krt_answer of = answer("/plian?q", &verdict);
    of.status = 404;
    krt_put_miss(&line, &program, &of);
    assert_string_equal(krt_end_text(&line),
                        "404 GET /plian?q: did you mean GET /plain (users.yaml:3)?");
}

/* The reason is in the line, however long the request is. */
static void test_long_requests_are_cut(void **state)
{
    (void)state;
    static char target[8000];
    char storage[KRT_ACCESS_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    struct krt_verdict verdict = {
        .route = 1,
        .status = 404,
        .near = {.reason = KRT_NEAR_CONSTRAINT, .route = 1, .parameter = parameters}};
    memset(target, 'a', sizeof target - 1);
    verdict.values[0] = verdict.values[1] = verdict.values[2] = slice(target);
    verdict.near.value = slice(target);
    struct krt_answer of = {slice(target), slice(target), &verdict, 404, 0, 0};
    krt_put_access(&line, &program, &of);
    assert_non_null(strstr(krt_end_text(&line), "aaa... slug=aaa"));
    line.len = 0;
    krt_put_miss(&line, &program, &of);
    assert_non_null(strstr(krt_end_text(&line), "aaa...' is not int"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_names_the_route_and_its_values),
        cmocka_unit_test(test_access_of_what_was_refused),
        cmocka_unit_test(test_miss_tells_the_reason),
        cmocka_unit_test(test_long_requests_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
