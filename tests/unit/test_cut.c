#include "cut.h"
#include "unit.h"

static void test_json_escapes_what_it_must(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", "\"\""},
        {"a.b", "\"a.b\""},
        {"\\\\.\\pipe\\a", "\"\\\\\\\\.\\\\pipe\\\\a\""},
        {"a\"b", "\"a\\\"b\""},
        {"\xc3\xa4", "\"\xc3\xa4\""},
        {"\n\x1f", "\"\\u000A\\u001F\""},
        {"~\x7f", "\"~\\u007F\""},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u0080\\u009F\xc2\xa0\""},
        {"0123456789abcdef", "\"0123456789abcdef\""},
        {"0123456789abcdefg", "\"0123456789abc...\""},
        {"0123456789abc\n", "\"0123456789abc...\""},
        {"0123456789ab\"\"\"", "\"0123456789ab...\""},
        {"0123456789a\"\"\"", "\"0123456789a\\\"...\""},
        {"\n\n\n", "\"\\u000A\\u000A...\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_json(&buffer, cases[i].text, strlen(cases[i].text), 16);
        assert_string_equal(krt_end_text(&buffer), cases[i].expected);
    }
}

/* Each byte that belongs to no character becomes U+FFFD. */
static void test_json_is_always_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int n_characters; /* of three bytes each, as U+FFFD has */
    } cases[] = {
        {"\xff", 1},
        {"\x80", 1},
        {"\xc2", 1},
        {"\xc0\x80", 2},         /* two bytes for what fits one */
        {"\xe0\x80\x80", 3},     /* three for what fits one */
        {"\xed\xa0\x80", 3},     /* a surrogate */
        {"\xf0\x80\x80\x80", 4}, /* four for what fits one */
        {"\xf4\x90\x80\x80", 4}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", 4},
        {"\xe2\x82", 2},
        {"\xf0\x9f\x98", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[64];
        char expected[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        struct krt_buffer wanted = KRT_BUFFER(expected);
        krt_put_text(&wanted, "\"");
        for (int n = 0; n < cases[i].n_characters; n++)
            krt_put_text(&wanted, "\xef\xbf\xbd");
        krt_put_text(&wanted, "\"");
        krt_put_json(&buffer, cases[i].text, strlen(cases[i].text), SIZE_MAX);
        expect_text(cases[i].text, krt_end_text(&buffer), krt_end_text(&wanted));
    }
}

/* A character is looked at no further than the text goes. */
static void test_json_ends_with_its_text(void **state)
{
    (void)state;
    for (size_t len = 1; len < 4; len++) {
        char array[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_json(&buffer, "\xf0\x9f\x98\x80", len, SIZE_MAX);
        assert_int_equal(buffer.len, 2 + 3 * len);
    }
}

static void test_cut_text_shows_that_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *expected;
    } cases[] = {
        {"", 0, ""},
        {"", 8, ""},
        {"12345678", 8, "12345678"},
        {"123456789", 8, "12345..."},
        {"123456789", SIZE_MAX, "123456789"},
        {"1234\xc3\xa4"
         "789",
         8, "1234..."},
        {"12345\xc3\xa4"
         "8",
         8,
         "12345\xc3\xa4"
         "8"},
        {"123\xf0\x9f\x98\x80"
         "89",
         8, "123..."},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8, "\xe2\x82\xac..."},
        {"1234", 3, "..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[32];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_text(&buffer, ">");
        krt_put_cut(&buffer, cases[i].text, strlen(cases[i].text), cases[i].max);
        assert_string_equal(krt_end_text(&buffer) + 1, cases[i].expected);
    }
}

/* The buffer's own room is a limit too. */
static void test_text_is_cut_at_the_end_of_the_buffer(void **state)
{
    (void)state;
    for (size_t cap = 1; cap < 16; cap++) {
        char array[16];
        struct krt_buffer buffer = {array, 0, cap};
        krt_put_cut(&buffer, "0123456789abcdef", 16, SIZE_MAX);
        assert_true(buffer.len <= cap);
        buffer.len = 0;
        krt_put_json(&buffer, "\x01\x02\x03", 3, SIZE_MAX);
        assert_true(buffer.len <= cap);
        buffer.len = 0;
        krt_put_encoded(&buffer, "\x01\x02\x03\x04\x05\x06", 6, SIZE_MAX);
        assert_true(buffer.len <= cap);
    }
}

static void test_encoded_text_is_visible_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"a-b/c~!$&'()*+,;=:@", "a-b/c~!$&'()*+,;=:@"},
        {"a b", "a%20b"},
        {"\n\x7f\x01", "%0A%7F%01"},
        {"\xc3\xa4", "%C3%A4"},
        {"a?b#c", "a%3Fb%23c"},
        {"100%", "100%25"},
        {"%41", "%2541"},
        {"a%2Fb%2fc", "a%2Fb%2fc"},
        {"%2", "%252"},
        {"%2G", "%252G"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_encoded(&buffer, cases[i].text, strlen(cases[i].text), 32);
        assert_string_equal(krt_end_text(&buffer), cases[i].expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_escapes_what_it_must),
        cmocka_unit_test(test_json_is_always_utf8),
        cmocka_unit_test(test_json_ends_with_its_text),
        cmocka_unit_test(test_cut_text_shows_that_it_is),
        cmocka_unit_test(test_text_is_cut_at_the_end_of_the_buffer),
        cmocka_unit_test(test_encoded_text_is_visible_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
