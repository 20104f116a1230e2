#include "unit.h"

#include "constraint.h"
#include "dfa.h"
#include "excerpt.h"

#include <stdio.h>

enum { TEXTS_MAX = 24 };

/* The automaton of a constraint, which must be fine. */
static const struct dfa *read_constraint(struct excerpt *excerpt, const char *source)
{
    struct constraint constraint;
    const struct regex *language = NULL;
    excerpt_init(excerpt, str_from(source));
    constraint_read(&excerpt->reader, excerpt->text, &constraint);
    expect_text(source, excerpt_faults(excerpt), "");
    assert_true(str_equal(constraint.source.text, excerpt->text.text));
    struct arena *arena = &excerpt->arena;
    assert_true(constraint_join(&constraint, 1, arena, &language) == CONJUNCTION_FINE);
    const struct dfa *dfa = dfa_build(language, arena);
    assert_non_null(dfa);
    return dfa;
}

struct language_case {
    const char *source;
    const char *values[TEXTS_MAX];
    const char *others[TEXTS_MAX];
};

static void expect_languages(const struct language_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct excerpt excerpt;
        const struct dfa *dfa = read_constraint(&excerpt, cases[i].source);
        for (size_t j = 0; j < TEXTS_MAX && cases[i].values[j]; j++)
            if (!dfa_accepts(dfa, str_from(cases[i].values[j])))
                fail_msg("%s: '%s' must match", cases[i].source, cases[i].values[j]);
        for (size_t j = 0; j < TEXTS_MAX && cases[i].others[j]; j++)
            if (dfa_accepts(dfa, str_from(cases[i].others[j])))
                fail_msg("%s: '%s' must not match", cases[i].source,
                         cases[i].others[j]);
        excerpt_deinit(&excerpt);
    }
}

static void test_numbers_are_recognised(void **state)
{
    (void)state;
    static const struct language_case cases[] = {
        {"int",
         {"0", "-1", "+7", "0007", "2147483647", "-2147483648", "-0"},
         {"", "2147483648", "-2147483649", "1.0", "a", " 1", "+", "--1", "0x1"}},
        {"long",
         {"0", "9223372036854775807", "-9223372036854775808", "0000000001"},
         {"", "9223372036854775808", "-9223372036854775809"}},
        {"min(18)", {"18", "19", "9223372036854775807"}, {"17", "-18", "0", ""}},
        {"min(-3)", {"-3", "0", "5"}, {"-4", "-30"}},
        {"max(120)", {"120", "-5", "0", "-9223372036854775808"}, {"121", "1200", ""}},
        {"range(1,99)", {"1", "99", "+50", "007"}, {"0", "100", "-1", ""}},
        {"range( -5 , +5 )", {"-5", "5", "0", "-0"}, {"-6", "6"}},
        {"range(7,7)", {"7", "07"}, {"6", "8", "77"}},
        {"decimal", {"1", "-1.5", "+.5", "1."}, {"", ".", "-", "1e5", "1.2.3", "1,5"}},
        {"double",
         {"1", "-1.5", ".5e1", "1.E-10", "2e+3"},
         {"", ".", "e5", "1e", "1e+", "1e1.5", "NaN", "Infinity"}},
    };
    expect_languages(cases, sizeof cases / sizeof *cases);
}

static void test_texts_are_recognised(void **state)
{
    (void)state;
    static const struct language_case cases[] = {
        {"bool", {"true", "FALSE", "True", "fAlSe"}, {"", "1", "tru", "truee"}},
        {"alpha", {"", "a", "Z", "abcXYZ"}, {"1", "a1", "\xC3\xA9", "a b", "_"}},
        {"length(2)",
         {"ab", "\xC3\xA9\xE2\x82\xAC", "a\n"},
         {"", "a", "abc", "\xC3\xA9"}},
        {"length(1,3)", {"a", "abc"}, {"", "abcd"}},
        {"length(0)", {""}, {"a"}},
        {"minlength(2)", {"ab", "abcdef"}, {"", "a", "\xC3\xA9"}},
        {"minlength(0)", {"", "a"}, {NULL}},
        {"maxlength(2)", {"", "a", "ab"}, {"abc"}},
        {"maxlength(0)", {""}, {"a"}},
        {"regex(^\\d{3}-[a-z]+$)", {"123-ab"}, {"", "12-ab", "123-", "123-ab "}},
        {"regex((a|b)\\))", {"a)", "b)"}, {"a", "ab)"}},
        {"oneof(red,green)", {"red", "green"}, {"", "blue", "redgreen", "RED"}},
        {"oneof(a b,\xC3\xA9,-)", {"a b", "\xC3\xA9", "-"}, {"a", "b", " "}},
        {"required", {"a", " ", "\xC3\xA9", "\n"}, {""}},
        {"file",
         {"a.b", ".b", "a.b.c", "x/a.b", "..a", "a..b", "a.b.", "x/.b"},
         {"", "a", "a.", "a..", ".", "..", "x.y/a", "a.b/", "x.y/a."}},
        {"nonfile",
         {"", "a", "a.", "a..", ".", "..", "x.y/a", "a.b/", "x.y/a.", "a/"},
         {"a.b", ".b", "a.b.c", "x/a.b", "..a", "a..b", "a.b."}},
        {"guid",
         {"0123456789abcdefABCDEF0123456789", "01234567-89ab-cdef-ABCD-EF0123456789",
          "{01234567-89ab-cdef-0123-456789abcdef}",
          "(01234567-89ab-cdef-0123-456789abcdef)"},
         {"", "0123456789abcdef0123456789abcde", "01234567-89ab-cdef-0123-456789abcdeg",
          "{01234567-89ab-cdef-0123-456789abcdef",
          "(01234567-89ab-cdef-0123-456789abcdef}",
          "{0123456789abcdef0123456789abcdef}",
          "0123456-789ab-cdef-0123-456789abcdef"}},
    };
    expect_languages(cases, sizeof cases / sizeof *cases);
}

static void test_times_are_recognised(void **state)
{
    (void)state;
    static const struct language_case cases[] = {
        {"datetime",
         {"2024-02-29T23:59:59.1234567+14:00", "2024-01-31 00:00", "2024-12-31T12:30Z",
          "2024-12-31T12:30:15z", "2024-12-31T12:30-13:59", "0001-01-01"},
         {"", "2024-1-01", "24-01-01", "2024-01-01T", "2024-01-01Z", "2024-01-01T24:00",
          "2024-01-01T12:60", "2024-01-01T12", "2024-01-01T12:00:60",
          "2024-01-01T12:00:00.", "2024-01-01T12:00:00.12345678", "2024-01-01T12:00.5",
          "2024-01-01T12:00+14:01", "2024-01-01T12:00+15:00", "2024-01-01T12:00+1:00",
          "2024-01-01t12:00", "2024-01-01  12:00", "10000-01-01", "2024-01-01+01:00"}},
    };
    expect_languages(cases, sizeof cases / sizeof *cases);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : days[month - 1];
}

static void test_dates_are_those_of_the_calendar(void **state)
{
    (void)state;
    struct excerpt excerpt;
    const struct dfa *dfa = read_constraint(&excerpt, "datetime");
    for (int year = 0; year <= 9999; year++)
        for (int month = 0; month <= 13; month++)
            for (int day = month == 2 ? 28 : 30; day <= 32; day++) {
                char text[40];
                snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
                bool is_date = year > 0 && month >= 1 && month <= 12 &&
                               day <= days_in(year, month);
                if (dfa_accepts(dfa, str_from(text)) != is_date)
                    fail_msg("%s", text);
            }
    excerpt_deinit(&excerpt);
}

struct fault_case {
    const char *source;
    const char *fault;
};

static void expect_faults(const struct fault_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct excerpt excerpt;
        struct constraint constraint;
        excerpt_init(&excerpt, str_from(cases[i].source));
        assert_false(constraint_read(&excerpt.reader, excerpt.text, &constraint));
        expect_text(cases[i].source, excerpt_faults(&excerpt), cases[i].fault);
        excerpt_deinit(&excerpt);
    }
}

#define KNOWN                                                                          \
    "known: int, long, bool, double, decimal, guid, datetime, alpha, min, max, "       \
    "range, "                                                                          \
    "length, minlength, maxlength, regex, oneof, required, file, nonfile"

static void test_unknown_names_are_faults(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"itn", "1: error: unknown route constraint 'itn' [unknown-constraint] ^~~ did "
                "you mean 'int'?"},
        {"Int", "1: error: unknown route constraint 'Int' [unknown-constraint] ^~~ did "
                "you mean 'int'?"},
        {"MinLenght(2)", "1: error: unknown route constraint 'MinLenght' "
                         "[unknown-constraint] ^~~~~~~~~ did you mean 'minlength'?"},
        {" int", "1: error: unknown route constraint ' int' [unknown-constraint] ^~~~ "
                 "did you mean 'int'?"},
        {"slugify", "1: error: unknown route constraint 'slugify' [unknown-constraint] "
                    "^~~~~~~ " KNOWN},
        {"(1)", "1: error: unknown route constraint '' [unknown-constraint] ^ " KNOWN},
    };
    expect_faults(cases, sizeof cases / sizeof *cases);
}

#define ARGUMENT " [constraint-argument] "

static void test_arguments_are_checked(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"int(1)", "4: error: 'int' takes no argument" ARGUMENT "^~~"},
        {"alpha()", "6: error: 'alpha' takes no argument" ARGUMENT "^~"},
        {"min", "1: error: 'min' needs a number, as in min(1)" ARGUMENT "^~~"},
        {"min()", "4: error: 'min' needs a number, as in min(1)" ARGUMENT "^~"},
        {"min(", "4: error: this '(' is never closed" ARGUMENT "^"},
        {"min(1", "4: error: this '(' is never closed" ARGUMENT "^"},
        {"min(x)", "5: error: 'min' needs a number, as in min(1)" ARGUMENT "^"},
        {"max(1.5)", "5: error: 'max' needs a number, as in max(99)" ARGUMENT "^~~"},
        {"max(-)", "5: error: 'max' needs a number, as in max(99)" ARGUMENT "^"},
        {"max( )", "5: error: 'max' needs a number, as in max(99)" ARGUMENT "^"},
        {"min(1,2)", "5: error: 'min' needs a number, as in min(1)" ARGUMENT "^~~"},
        {"min(9223372036854775808)",
         "5: error: '9223372036854775808' does not fit into 64 bits" ARGUMENT
         "^~~~~~~~~~~~~~~~~~~ numbers go from -9223372036854775808 to "
         "9223372036854775807"},
        {"max(-9223372036854775809)",
         "5: error: '-9223372036854775809' does not fit into 64 bits" ARGUMENT
         "^~~~~~~~~~~~~~~~~~~~ numbers go from -9223372036854775808 to "
         "9223372036854775807"},
        {"range(1)",
         "7: error: 'range' needs two numbers, as in range(1,99)" ARGUMENT "^"},
        {"range(1,)",
         "8: error: 'range' needs two numbers, as in range(1,99)" ARGUMENT "^~"},
        {"range(,1)",
         "6: error: 'range' needs two numbers, as in range(1,99)" ARGUMENT "^~"},
        {"range(1,x)",
         "9: error: 'range' needs two numbers, as in range(1,99)" ARGUMENT "^"},
        {"range(1,2,3)",
         "9: error: 'range' needs two numbers, as in range(1,99)" ARGUMENT "^~~"},
        {"range(9,1)",
         "7: error: the lower bound 9 is above the upper bound 1" ARGUMENT "^~~"},
        {"length", "1: error: 'length' needs one or two lengths, as in length(3) or "
                   "length(2,8)" ARGUMENT "^~~~~~"},
        {"length(1,2,3)", "10: error: 'length' needs one or two lengths, as in "
                          "length(3) or length(2,8)" ARGUMENT "^~~"},
        {"length(5,3)",
         "8: error: the lower bound 5 is above the upper bound 3" ARGUMENT "^~~"},
        {"length(256)", "8: error: a length goes from 0 to 255" ARGUMENT "^~~"},
        {"length(1,256)", "8: error: a length goes from 0 to 255" ARGUMENT "^~~~~"},
        {"length(-1)", "8: error: a length goes from 0 to 255" ARGUMENT "^~"},
        {"minlength(256)", "11: error: a length goes from 0 to 255" ARGUMENT "^~~"},
        {"maxlength(-1)", "11: error: a length goes from 0 to 255" ARGUMENT "^~"},
        {"maxlength(99999999999)",
         "11: error: a length goes from 0 to 255" ARGUMENT "^~~~~~~~~~~"},
        {"regex", "1: error: 'regex' needs a regular expression, as in "
                  "regex([a-z]+)" ARGUMENT "^~~~~"},
        {"regex(a**)",
         "8: error: a repetition repeats another one directly [regex] ^~"},
        {"oneof()",
         "6: error: 'oneof' needs words, as in oneof(red,green)" ARGUMENT "^~"},
        {"oneof(a,,b)", "8: error: a word is empty" ARGUMENT "^~"},
        {"oneof(,b)", "6: error: a word is empty" ARGUMENT "^~"},
        {"oneof(b,)", "8: error: a word is empty" ARGUMENT "^~"},
        {"oneof(a,(b))", "9: error: a word has no parentheses" ARGUMENT "^"},
        {"oneof(ab,c,ab)", "12: error: 'ab' stands here a second time" ARGUMENT
                           "^~ 7: note: the first one is here ^~"},
    };
    expect_faults(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_recognised),
        cmocka_unit_test(test_texts_are_recognised),
        cmocka_unit_test(test_times_are_recognised),
        cmocka_unit_test(test_dates_are_those_of_the_calendar),
        cmocka_unit_test(test_unknown_names_are_faults),
        cmocka_unit_test(test_arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
