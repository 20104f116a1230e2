#include "unit.h"

#include "dfa.h"
#include "number.h"

#include <stdio.h>

/* Whether `number` is accepted behind `sign`, with zeros up to `width`. */
static bool accepts(const struct dfa *dfa, const char *sign, int width, int number)
{
    char text[32];
    snprintf(text, sizeof text, "%s%0*d", sign, width, number);
    return dfa_accepts(dfa, str_from(text));
}

static void expect_interval(int least, int most)
{
    struct arena arena = {0};
    const struct dfa *dfa = dfa_build(number_language(&arena, least, most), &arena);
    for (int i = 0; i <= 1150; i++) {
        bool is_in = i >= least && i <= most;
        bool is_negated_in = -i >= least && -i <= most;
        if (accepts(dfa, "", 1, i) != is_in || accepts(dfa, "", 7, i) != is_in ||
            accepts(dfa, "+", 3, i) != is_in ||
            accepts(dfa, "-", 1, i) != is_negated_in ||
            accepts(dfa, "-", 5, i) != is_negated_in)
            fail_msg("%d in %d..%d", i, least, most);
    }
    arena_free(&arena);
}

static void test_intervals_are_exact(void **state)
{
    (void)state;
    static const int bounds[] = {-1101, -1100, -1000, -999, -101, -100, -99, -12,
                                 -10,   -9,    -1,    0,    1,    9,    10,  11,
                                 99,    100,   109,   110,  255,  999,  1000};
    size_t n = sizeof bounds / sizeof *bounds;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            expect_interval(bounds[i], bounds[j]);
}

static void test_small_intervals_are_exact(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int least = 0; least <= 120; least += 3)
        for (int most = least; most <= 120; most++) {
            const struct dfa *dfa =
                dfa_build(number_language(&arena, least, most), &arena);
            for (int i = 0; i <= 130; i++)
                assert_true(accepts(dfa, "", 1, i) == (i >= least && i <= most));
            if (most == 120)
                arena_free(&arena);
        }
}

static void test_only_digits_with_a_sign_are_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
    } cases[] = {
        {"0", true},          {"+0", true},
        {"-0", true},         {"-000", true},
        {"+007", true},       {"", false},
        {"+", false},         {"-", false},
        {"+-1", false},       {"1-", false},
        {" 1", false},        {"1.0", false},
        {"0x1", false},       {"1e1", false},
        {"0000000001", true}, {"00000000001", false},
        {"0000000000", true}, {"00000000000", false},
    };
    struct arena arena = {0};
    const struct regex *language = number_language(&arena, INT32_MIN, INT32_MAX);
    const struct dfa *dfa = dfa_build(language, &arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_size(cases[i].text, dfa_accepts(dfa, str_from(cases[i].text)),
                    cases[i].is_number);
    arena_free(&arena);
}

struct limit_case {
    int64_t least;
    int64_t most;
    const char *last[2]; /* accepted */
    const char *next[2]; /* not any more */
};

static void test_limits_are_exact(void **state)
{
    (void)state;
    static const struct limit_case cases[] = {
        {INT32_MIN,
         INT32_MAX,
         {"-2147483648", "2147483647"},
         {"-2147483649", "2147483648"}},
        {INT64_MIN,
         INT64_MAX,
         {"-9223372036854775808", "9223372036854775807"},
         {"-9223372036854775809", "9223372036854775808"}},
        {INT64_MIN,
         INT64_MIN,
         {"-9223372036854775808", "-009223372036854775808"},
         {"-9223372036854775807", "9223372036854775808"}},
        {INT64_MAX,
         INT64_MAX,
         {"9223372036854775807", "+009223372036854775807"},
         {"9223372036854775806", "9223372036854775808"}},
        {INT64_MIN, -1, {"-9223372036854775808", "-1"}, {"-9223372036854775809", "-0"}},
        {1, INT64_MAX, {"9223372036854775807", "1"}, {"10000000000000000000", "0"}},
        {0, INT64_MAX, {"9223372036854775807", "-0"}, {"9223372036854775808", "-1"}},
        {-999999999999999999,
         1000000000000000000,
         {"-999999999999999999", "1000000000000000000"},
         {"-1000000000000000000", "1000000000000000001"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct limit_case *c = &cases[i];
        struct arena arena = {0};
        const struct dfa *dfa =
            dfa_build(number_language(&arena, c->least, c->most), &arena);
        for (size_t j = 0; j < 2; j++) {
            expect_true(c->last[j], dfa_accepts(dfa, str_from(c->last[j])));
            expect_true(c->next[j], !dfa_accepts(dfa, str_from(c->next[j])));
        }
        arena_free(&arena);
    }
}

static void test_numbers_are_readable(void **state)
{
    (void)state;
    static const struct {
        int64_t least;
        int64_t most;
        const char *printed;
    } cases[] = {
        {0, 0, "([+\\-]? \"0\"{1,10})"},
        {0, 9, "(\"+\"? \"0\"{0,9} [0-9] | \"-\" \"0\"{1,10})"},
        {-99, 99, "([+\\-]? \"0\"{0,9} ([0-9] | [1-9] [0-9]))"},
        {-5, 99,
         "([+\\-]? \"0\"{0,9} [0-5] | \"+\"? \"0\"{0,9} ([6-9] | [1-9] [0-9]))"},
        {1, 99, "(\"+\"? \"0\"{0,9} [1-9] [0-9]?)"},
        {0, 255,
         "(\"+\"? \"0\"{0,9} ([0-9] | [1-9] [0-9] | \"1\" [0-9]{2} | "
         "\"2\" ([0-4] [0-9] | \"5\" [0-5])) | \"-\" \"0\"{1,10})"},
        {5, 5, "(\"+\"? \"0\"{0,9} \"5\")"},
        {-7, -3, "(\"-\" \"0\"{0,9} [3-7])"},
        {10, 999, "(\"+\"? \"0\"{0,9} [1-9] [0-9]{1,2})"},
        {INT32_MIN, INT32_MAX,
         "([+\\-]? \"0\"{0,9} ([0-9] | [1-9] [0-9]{1,8} | \"1\" [0-9]{9} | \"2\" "
         "(\"0\" [0-9]{8} | "
         "\"1\" ([0-3] [0-9]{7} | \"4\" ([0-6] [0-9]{6} | \"7\" ([0-3] [0-9]{5} | "
         "\"4\" ([0-7] [0-9]{4} | \"8\" ([0-2] [0-9]{3} | \"3\" ([0-5] [0-9]{2} | "
         "\"6\" ([0-3] [0-9] | \"4\" [0-7]))))))))) | \"-\" \"0\"{0,9} "
         "\"2147483648\")"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        buf_init(&out, &arena);
        regex_put_re2c(&out, number_language(&arena, cases[i].least, cases[i].most));
        expect_text("language", str_z(&arena, buf_str(&out)), cases[i].printed);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals_are_exact),
        cmocka_unit_test(test_small_intervals_are_exact),
        cmocka_unit_test(test_only_digits_with_a_sign_are_numbers),
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_numbers_are_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
