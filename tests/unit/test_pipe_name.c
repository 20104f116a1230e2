#include "endpoint.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define TEN "0123456789"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

static void test_names_that_may_be_served(void **state)
{
    (void)state;
    static const char *const names[] = {
        "a",        "Z",    "0",          "kestrun.demo.pipe", "a.b_c-d",
        "a..b",     "a-",   "a_",         "anonymous2",        "Anonymous",
        "anonymou", EIGHTY, "azAZ09._-0",
    };
    for (size_t i = 0; i < LENGTH(names); i++) {
        size_t at = 7;
        size_t len = 7;
        const char *fault = krt_pipe_name_check(names[i], strlen(names[i]), &at, &len);
        if (fault)
            fail_msg("'%s' %s", names[i], fault);
    }
}

struct fault {
    const char *name;
    size_t len;
    size_t at; /* of the offending part */
    size_t at_len;
    const char *message;
};

#define NAME(literal) (literal), sizeof(literal) - 1
#define FORBIDDEN "may hold only letters, digits, '.', '_' and '-'"
#define FIRST "must start with a letter or a digit"
#define PREFIX "is a path; drop the prefix, a short name is meant"

static const struct fault faults[] = {
    {NAME(""), 0, 0, "is empty"},
    {NAME(".a"), 0, 1, FIRST},
    {NAME("_a"), 0, 1, FIRST},
    {NAME("-a"), 0, 1, FIRST},
    {NAME(" a"), 0, 1, FIRST},
    {NAME("\xc3\xa4"), 0, 1, FIRST},
    {NAME("\0a"), 0, 1, FIRST},
    {NAME("a b"), 1, 1, FORBIDDEN},
    {NAME("a/b"), 1, 1, FORBIDDEN},
    {NAME("a\\b"), 1, 1, FORBIDDEN},
    {NAME("a:b"), 1, 1, FORBIDDEN},
    {NAME("ab*"), 2, 1, FORBIDDEN},
    {NAME("a\x7f"), 1, 1, FORBIDDEN},
    {NAME("abc\xc3\xa4"), 3, 1, FORBIDDEN},
    {NAME("a\0b"), 1, 1, FORBIDDEN},
    {NAME("a\0"), 1, 1, FORBIDDEN},
    {NAME(EIGHTY "1"), 80, 1, "is longer than 80 characters"},
    {NAME(EIGHTY TEN), 80, 10, "is longer than 80 characters"},
    {NAME("a."), 1, 1, "must not end with '.'"},
    {NAME("a.."), 2, 1, "must not end with '.'"},
    {NAME("anonymous"), 0, 9, "is reserved by .NET"},
    {NAME("\\\\.\\pipe\\a"), 0, 9, PREFIX},
    {NAME("\\\\?\\pipe\\a"), 0, 9, PREFIX},
    {NAME("\\\\.\\pipe\\"), 0, 9, PREFIX},
    {NAME("//./pipe/a"), 0, 9, PREFIX},
    {NAME("npipe:////./pipe/a"), 0, 17, PREFIX},
};

static void test_names_that_may_not_be_served(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(faults); i++) {
        const struct fault *expected = &faults[i];
        size_t at;
        size_t len;
        const char *message =
            krt_pipe_name_check(expected->name, expected->len, &at, &len);
        if (!message)
            fail_msg("'%s' is taken", expected->name);
        else if (strcmp(message, expected->message) != 0 || at != expected->at ||
                 len != expected->at_len)
            fail_msg("'%s' %s (%zu, %zu)", expected->name, message, at, len);
    }
}

/* The name is a slice: what follows it is not part of it. */
static void test_names_need_no_end_mark(void **state)
{
    (void)state;
    size_t at;
    size_t len;
    assert_null(krt_pipe_name_check("ab/c", 2, &at, &len));
    assert_null(krt_pipe_name_check("anonymousX", 10, &at, &len));
    assert_non_null(krt_pipe_name_check("anonymousX", 9, &at, &len));
    static const char name[] = {'/', '/', '.'}; /* the sanitizer watches its end */
    assert_non_null(krt_pipe_name_check(name, sizeof name, &at, &len));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_that_may_be_served),
        cmocka_unit_test(test_names_that_may_not_be_served),
        cmocka_unit_test(test_names_need_no_end_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
