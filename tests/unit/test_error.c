#include "error.h"
#include "unit.h"

static const struct krt_code codes[] = {
    {2, "ENOENT", KRT_ERR_ABSENT, "is it there?"},
    {28, "ENOSPC", KRT_ERR_SYSTEM, NULL},
    {-5, "MINUS", KRT_ERR_DENIED, "below zero"},
};

enum { N_CODES = sizeof codes / sizeof *codes };

static void test_set_formats_and_returns_the_kind(void **state)
{
    (void)state;
    struct krt_error error;
    assert_int_equal(krt_error_set(&error, KRT_ERR_BUSY, "%s has %d", "it", 3),
                     KRT_ERR_BUSY);
    assert_int_equal(error.kind, KRT_ERR_BUSY);
    assert_string_equal(error.text, "it has 3");
}

static void test_set_cuts_what_does_not_fit(void **state)
{
    (void)state;
    struct krt_error error;
    char text[2 * sizeof error.text];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    krt_error_set(&error, KRT_ERR_SYSTEM, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    assert_int_equal(strspn(error.text, "a"), sizeof error.text - 1);
    text[sizeof error.text - 1] = '\0';
    krt_error_set(&error, KRT_ERR_SYSTEM, "%s", text);
    assert_string_equal(error.text, text);
}

static void test_codes_become_messages(void **state)
{
    (void)state;
    static const struct {
        long code;
        enum krt_err kind;
        const char *text;
    } cases[] = {
        {2, KRT_ERR_ABSENT, "cannot open /a: ENOENT (2): is it there?"},
        {28, KRT_ERR_SYSTEM, "cannot open /a: ENOSPC (28)"},
        {-5, KRT_ERR_DENIED, "cannot open /a: MINUS (-5): below zero"},
        {3, KRT_ERR_SYSTEM, "cannot open /a: system error 3"},
        {0, KRT_ERR_SYSTEM, "cannot open /a: system error 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct krt_error error;
        assert_int_equal(
            krt_error_from_code(&error, codes, N_CODES, cases[i].code, "open", "/a"),
            cases[i].kind);
        assert_int_equal(error.kind, cases[i].kind);
        assert_string_equal(error.text, cases[i].text);
        assert_int_equal(krt_error_kind(codes, N_CODES, cases[i].code), cases[i].kind);
    }
}

static void test_empty_table_knows_no_code(void **state)
{
    (void)state;
    assert_int_equal(krt_error_kind(codes, 0, 2), KRT_ERR_SYSTEM);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_formats_and_returns_the_kind),
        cmocka_unit_test(test_set_cuts_what_does_not_fit),
        cmocka_unit_test(test_codes_become_messages),
        cmocka_unit_test(test_empty_table_knows_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
