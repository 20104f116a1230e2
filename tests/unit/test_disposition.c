#include "disposition.h"
#include "unit.h"

static void test_names_are_quoted_and_encoded(void **state)
{
    static const struct {
        const char *name;
        const char *value;
    } cases[] = {
        {"a.txt", "attachment; filename=\"a.txt\""},
        {"a b;c'.txt", "attachment; filename=\"a b;c'.txt\""},
        {"a\"b\\", "attachment; filename=\"a\\\"b\\\\\"; filename*=UTF-8''a%22b%5C"},
        {"100%.txt", "attachment; filename=\"100%.txt\"; filename*=UTF-8''100%25.txt"},
        {"größe", "attachment; filename=\"gr__e\"; filename*=UTF-8''gr%C3%B6%C3%9Fe"},
        {"日本", "attachment; filename=\"__\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"},
        {"a\r\nX: y", "attachment; filename=\"a__X: y\"; "
                      "filename*=UTF-8''a%0D%0AX%3A%20y"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct str value = disposition_of(str_from(cases[i].name), &arena);
        expect_text(cases[i].name, str_z(&arena, value), cases[i].value);
        expect_true(cases[i].name, value.len <= DISPOSITION_MAX(strlen(cases[i].name)));
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_quoted_and_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
