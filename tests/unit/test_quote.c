#include "quote.h"
#include "unit.h"

typedef void (*quote_fn)(struct buf *out, struct str text);

struct quote_case {
    const char *name;
    struct str text;
    const char *expected;
};

static void put_c_string(struct buf *out, struct str text)
{
    quote_c_string(out, text, 4);
}

static void check_cases(const struct quote_case *cases, size_t n, quote_fn quote)
{
    for (size_t i = 0; i < n; i++) {
        struct arena arena = {0};
        struct buf out;
        buf_init(&out, &arena);
        quote(&out, cases[i].text);
        expect_text(cases[i].name, str_z(&arena, buf_str(&out)), cases[i].expected);
        arena_free(&arena);
    }
}

#define CHECK(cases, quote) check_cases(cases, sizeof cases / sizeof *cases, quote)

static void test_c_string_keeps_every_byte(void **state)
{
    static const struct quote_case cases[] = {
        {"empty", BYTES(""), "\"\""},
        {"plain", BYTES("a b"), "\"a b\""},
        {"quotes", BYTES("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {"controls", BYTES("\t\r\x01\x7f"), "\"\\t\\r\\001\\177\""},
        {"digit after escape",
         BYTES("\x01"
               "1"),
         "\"\\0011\""},
        {"NUL inside", BYTES("a\0b"), "\"a\\000b\""},
        {"UTF-8", BYTES("\xc3\xbc"), "\"\\303\\274\""},
        {"trigraph", BYTES("?\?="), "\"?\\?=\""},
        {"line break at the end", BYTES("a\n"), "\"a\\n\""},
        {"line break inside", BYTES("a\nb"), "\"a\\n\"\n    \"b\""},
    };
    (void)state;
    CHECK(cases, put_c_string);
}

static void test_c_string_breaks_long_lines(void **state)
{
    struct arena arena = {0};
    struct buf out;
    char text[200];
    (void)state;
    memset(text, 'x', sizeof text);
    buf_init(&out, &arena);
    quote_c_string(&out, (struct str){text, sizeof text}, 0);
    size_t width = 0;
    for (size_t i = 0; i < out.len; i++, width++) {
        if (out.at[i] == '\n')
            width = 0;
        assert_true(width < 80);
    }
    arena_free(&arena);
}

static void test_comment_cannot_end_early(void **state)
{
    static const struct quote_case cases[] = {
        {"plain", BYTES("GET /a"), "GET /a"}, {"end", BYTES("/a*/b"), "/a* /b"},
        {"start", BYTES("a/*b"), "a/ *b"},    {"both", BYTES("/*/"), "/ * /"},
        {"line break", BYTES("a\nb"), "a?b"}, {"line continuation", BYTES("a\\"), "a?"},
        {"UTF-8", BYTES("\xc3\xbc"), "??"},
    };
    (void)state;
    CHECK(cases, quote_comment);
}

static void quote_between_quotes(struct buf *out, struct str text)
{
    quote_re2c(out, text, '"');
}

static void quote_between_apostrophes(struct buf *out, struct str text)
{
    quote_re2c(out, text, '\'');
}

static void test_re2c_escapes_what_ends_a_string(void **state)
{
    static const struct quote_case cases[] = {
        {"plain", BYTES("/a-b.c"), "/a-b.c"},
        {"quotes", BYTES("a\"b\\c"), "a\\\"b\\\\c"},
        {"others", BYTES("\n\xff"), "\\x0a\\xff"},
    };
    static const struct quote_case any_case[] = {
        {"apostrophe", BYTES("it's \""), "it\\'s \""},
    };
    (void)state;
    CHECK(cases, quote_between_quotes);
    CHECK(any_case, quote_between_apostrophes);
}

static void quote_in_fours(struct buf *out, struct str text)
{
    quote_rows(out, text, 4);
}

static void test_rows_are_full_but_for_the_last(void **state)
{
    static const struct quote_case cases[] = {
        {"empty", BYTES(""), ""},
        {"few", BYTES("a\xff"), "    \"a\\377\",\n"},
        {"one", BYTES("abcd"), "    \"abcd\",\n"},
        {"two", BYTES("abcde"), "    \"abcd\",\n    \"e\",\n"},
        {"digits",
         BYTES("\0"
               "123"),
         "    \"\\000123\",\n"},
        {"trigraphs", BYTES("\?\?\?=\?\?"), "    \"?\\?\\?=\",\n    \"?\\?\",\n"},
        {"signs", BYTES("\"\\\n\r\t"), "    \"\\\"\\\\\\n\\r\",\n    \"\\t\",\n"},
    };
    (void)state;
    CHECK(cases, quote_in_fours);
}

/* C11 promises 4095 characters of a line. */
static void test_lines_of_rows_have_bounds(void **state)
{
    struct arena arena = {0};
    struct buf out;
    char bytes[10000];
    size_t longest = 0;
    (void)state;
    memset(bytes, 0xFF, sizeof bytes);
    buf_init(&out, &arena);
    quote_rows(&out, (struct str){bytes, sizeof bytes}, 4000);
    for (size_t i = 0, start = 0; i < out.len; i++) {
        if (out.at[i] != '\n')
            continue;
        longest = i - start > longest ? i - start : longest;
        start = i + 1;
    }
    assert_in_range(longest, 3900, 4095);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c_string_keeps_every_byte),
        cmocka_unit_test(test_c_string_breaks_long_lines),
        cmocka_unit_test(test_comment_cannot_end_early),
        cmocka_unit_test(test_re2c_escapes_what_ends_a_string),
        cmocka_unit_test(test_rows_are_full_but_for_the_last),
        cmocka_unit_test(test_lines_of_rows_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
