#include "unit.h"

#include "excerpt.h"
#include "regex_read.h"

struct print_case {
    const char *notation;
    const char *printed;
};

static void expect_prints(const struct print_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct excerpt excerpt;
        struct buf out;
        excerpt_init(&excerpt, str_from(cases[i].notation));
        const struct regex *regex = regex_read(&excerpt.reader, excerpt.text);
        expect_text(cases[i].notation, excerpt_faults(&excerpt), "");
        buf_init(&out, &excerpt.arena);
        regex_put_re2c(&out, regex);
        expect_text(cases[i].notation, str_z(&excerpt.arena, buf_str(&out)),
                    cases[i].printed);
        excerpt_deinit(&excerpt);
    }
}

static void test_structure_is_printed_with_few_parentheses(void **state)
{
    (void)state;
    static const struct print_case cases[] = {
        {"", "\"\""},
        {"a", "\"a\""},
        {"abc", "\"abc\""},
        {"a|b", "[ab]"},
        {"ab|c", "(\"ab\" | \"c\")"},
        {"ab(c|de)f", "(\"ab\" (\"c\" | \"de\") \"f\")"},
        {"(ab|(c|de))", "(\"ab\" | \"c\" | \"de\")"},
        {"ab(cd(ef))", "\"abcdef\""},
        {"[a-c]d", "([a-c] \"d\")"},
        {"[a-c]*", "[a-c]*"},
        {"(ab)+", "\"ab\"+"},
        {"(ab|cd)?", "(\"ab\" | \"cd\")?"},
        {"a(b[cd])?", "(\"a\" (\"b\" [cd])?)"},
        {"a{3}", "\"a\"{3}"},
        {"a{3,}", "\"a\"{3,}"},
        {"a{3,5}b", "(\"a\"{3,5} \"b\")"},
        {"(a{2}){3}", "(\"a\"{2}){3}"},
        {"a{1,}|[bc]{0,}|de", "(\"a\"+ | [bc]* | \"de\")"},
        {"a|", "\"a\"?"},
        {"(a?|b*)(c|)", "((\"a\"? | \"b\"*) \"c\"?)"},
    };
    expect_prints(cases, sizeof cases / sizeof *cases);
}

static void test_characters_are_escaped_where_needed(void **state)
{
    (void)state;
    static const struct print_case cases[] = {
        {"\\[\\\\\\]'\"-\\^\\$", "\"[\\\\]'\\\"-^$\""},
        {"\\t\\n\\r\\x0b\\x7f ", "\"\\t\\n\\r\\x0b\\x7f \""},
        {"[\\]\\\\\\-\\[\\^]", "[\\-[-^]"},
        {"[\\^_]", "[\\x5e_]"},
        {"[\\^]a*", "(\"^\" \"a\"*)"},
        {"[!-\\-]", "[!-\\-]"},
        {"[a-c]", "[a-c]"},
        {"[acd]", "[acd]"},
        {"\\s", "[\\t-\\r ]"},
        {"\\w", "[0-9A-Z_a-z]"},
        {"[Tt][Rr]1[Uu]e", "('tr1u' \"e\")"},
        {"1[Tt]'\"\\\\|[Ff]", "('1t\\'\"\\\\' | 'f')"},
        {"[Tt]e[Tt]", "('t' \"e\" 't')"},
        {"[\\x01-\\x7f]", "[\\x01-\\x7f]"},
    };
    expect_prints(cases, sizeof cases / sizeof *cases);
}

static void test_characters_beyond_ascii_are_bytes(void **state)
{
    (void)state;
    static const struct print_case cases[] = {
        {"caf\xC3\xA9", "\"caf\\xc3\\xa9\""},
        {"[\\u00e4\\u00f6\\u00fc]", "(\"\\xc3\" [\\xa4\\xb6\\xbc])"},
        {"[a-z\\u00e9]", "([a-z] | \"\\xc3\\xa9\")"},
        {"[\\u00e9\\u20ac]+", "(\"\\xc3\\xa9\" | \"\\xe2\\x82\\xac\")+"},
        {"[\\u0080-\\u07ff]", "([\\xc2-\\xdf] [\\x80-\\xbf])"},
        {"[\\u0800-\\ud7ff]", "(\"\\xe0\" [\\xa0-\\xbf] [\\x80-\\xbf] | "
                              "[\\xe1-\\xec] [\\x80-\\xbf] [\\x80-\\xbf] | "
                              "\"\\xed\" [\\x80-\\x9f] [\\x80-\\xbf])"},
        {"[^\\x01-\\uffff]",
         "(\"\\xf0\" [\\x90-\\xbf] [\\x80-\\xbf] [\\x80-\\xbf] | "
         "[\\xf1-\\xf3] [\\x80-\\xbf] [\\x80-\\xbf] [\\x80-\\xbf] | "
         "\"\\xf4\" [\\x80-\\x8f] [\\x80-\\xbf] [\\x80-\\xbf])"},
        {"\xF0\x9F\x98\x80", "\"\\xf0\\x9f\\x98\\x80\""},
    };
    expect_prints(cases, sizeof cases / sizeof *cases);
}

static void test_all_beyond_ascii_is_told_apart_by_first_bytes(void **state)
{
    (void)state;
#define ONE "([^\\x00/\\x80-\\xbf] [\\x80-\\xbf]*)"
    static const struct print_case cases[] = {
        {"[^/]", ONE},
        {"[^/]*", "[^\\x00/]*"},
        {"[^/]+", "[^\\x00/]+"},
        {"[^/]?", ONE "?"},
        {"[^/]{2,}", ONE "{2,}"},
        {"[^/]{0,3}", ONE "{0,3}"},
        {"[^/][^/]*", "(" ONE " [^\\x00/]*)"},
        {"[^/][^/]+", "(" ONE " " ONE "+)"},
        {"a[^/]+b[^/]+", "(\"a\" [^\\x00/]+ \"b\" [^\\x00/]+)"},
        {"[^/]*[^/]+", "([^\\x00/]* " ONE "+)"},
        {"[^/]*b?[^/]+", "([^\\x00/]* \"b\"? " ONE "+)"},
        {"b?[^/]+", "(\"b\"? [^\\x00/]+)"},
        {"(a|[^/]+)+", "(\"a\" | " ONE "+)+"},
        {"(a|[^/]+)?", "(\"a\" | [^\\x00/]+)?"},
        {"([^/]+a)+", "([^\\x00/]+ \"a\")+"},
        {"(a[^/]+)+", "(\"a\" [^\\x00/]+)+"},
        {"[\\d\\D]*", "[^\\x00]*"},
        {".*", "[^\\x00\\n]*"},
        {"[a\\x80-\\ud7ff]*", "(\"a\" | [\\xc2-\\xdf] [\\x80-\\xbf] | "
                              "\"\\xe0\" [\\xa0-\\xbf] [\\x80-\\xbf] | "
                              "[\\xe1-\\xec] [\\x80-\\xbf] [\\x80-\\xbf] | "
                              "\"\\xed\" [\\x80-\\x9f] [\\x80-\\xbf])*"},
        {"[^\\x01-\\x7f]", "([\\xc0-\\xff] [\\x80-\\xbf]*)"},
        {"[^\\x01-`b-\\x7f]+", "[a\\x80-\\xff]+"},
    };
    expect_prints(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure_is_printed_with_few_parentheses),
        cmocka_unit_test(test_characters_are_escaped_where_needed),
        cmocka_unit_test(test_characters_beyond_ascii_are_bytes),
        cmocka_unit_test(test_all_beyond_ascii_is_told_apart_by_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
