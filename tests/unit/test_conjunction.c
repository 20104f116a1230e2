#include "unit.h"

#include "constraint.h"
#include "dfa.h"
#include "excerpt.h"
#include "regex_match.h"

enum { CONSTRAINTS_MAX = 8 };

/* Reads the constraints of `text`, which ':' separates. */
static size_t read_all(struct excerpt *excerpt, const char *text,
                       struct constraint *constraints)
{
    size_t n = 0;
    excerpt_init(excerpt, str_from(text));
    for (size_t start = 0, end; text[start] != '\0'; start = end + (text[end] == ':')) {
        end = start + strcspn(text + start, ":");
        constraint_read(&excerpt->reader, located_part(excerpt->text, start, end),
                        &constraints[n++]);
    }
    expect_text(text, excerpt_faults(excerpt), "");
    return n;
}

static void test_conjunctions_stay_readable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *printed; /* NULL without a value */
    } cases[] = {
        {"alpha", "[A-Za-z]*"},
        {"alpha:required", "[A-Za-z]+"},
        {"required:alpha:maxlength(9)", "[A-Za-z]{1,9}"},
        {"alpha:length(2,5)", "[A-Za-z]{2,5}"},
        {"alpha:regex([a-f\\d]+)", "[a-f]+"},
        {"alpha:regex(\\d*)", "\"\""},
        {"alpha:regex(\\d+)", NULL},
        {"minlength(2):maxlength(1)", NULL},
        {"minlength(2):length(0,3)", "([^\\x00\\x80-\\xbf] [\\x80-\\xbf]*){2,3}"},
        {"required:required", "[^\\x00]+"},
        {"required:maxlength(0)", NULL},
        {"int:min(1):max(20)", "(\"+\"? \"0\"{0,9} ([1-9] | \"1\" [0-9] | \"20\"))"},
        {"range(1,5):range(5,9)", "(\"+\"? \"0\"{0,9} \"5\")"},
        {"range(1,4):range(5,9)", NULL},
        {"range(1,9):required", "(\"+\"? \"0\"{0,9} [1-9])"},
        {"range(1,9):minlength(1)", "(\"+\"? \"0\"{0,9} [1-9])"},
        {"regex((a|bc)?):required", "(\"a\" | \"bc\")"},
        {"required:regex((ab)*)", "\"ab\"+"},
        {"minlength(0):regex((ab)*)", "\"ab\"*"},
        {"int:alpha", NULL},
        {"oneof(red,green):bool", NULL},
        {"oneof(red,green,blue):maxlength(4):minlength(4)", "\"blue\""},
        {"regex([^\\d\\D])", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct excerpt excerpt;
        struct constraint constraints[CONSTRAINTS_MAX];
        const struct regex *language = NULL;
        size_t n = read_all(&excerpt, cases[i].text, constraints);
        struct arena *arena = &excerpt.arena;
        enum conjunction result = constraint_join(constraints, n, arena, &language);
        expect_size(cases[i].text, result,
                    cases[i].printed ? CONJUNCTION_FINE : CONJUNCTION_EMPTY);
        if (language) {
            struct buf out;
            buf_init(&out, arena);
            regex_put_re2c(&out, language);
            expect_text(cases[i].text, str_z(arena, buf_str(&out)), cases[i].printed);
        }
        excerpt_deinit(&excerpt);
    }
}

static void test_single_language_is_kept(void **state)
{
    (void)state;
    struct excerpt excerpt;
    struct constraint constraints[CONSTRAINTS_MAX];
    const struct regex *language = NULL;
    size_t n = read_all(&excerpt, "minlength(0):guid:required", constraints);
    constraint_join(constraints, n, &excerpt.arena, &language);
    assert_ptr_equal(language, constraints[1].language);
    excerpt_deinit(&excerpt);
}

static const char *const texts[] = {
    "",           "0",       "7",    "-7",     "+07", "12",    "123",      "00012",
    "2147483648", "a",       "ab",   "abc",    "Ab",  "a1",    "a.b",      "a.",
    ".a",         "abc.txt", "true", "FALSE",  "red", "green", "\xC3\xA9", "\xC3\xA9z",
    " ",          "1.5",     "1e5",  "-1.5e3", "x/y", "x/y.z", "..",       "2024-02-29",
};

enum { N_TEXTS = sizeof texts / sizeof *texts };

/* Every triple, of which some are pairs, means that all of its members hold. */
static void test_conjunctions_are_exact(void **state)
{
    (void)state;
    static const char *const all[] = {
        "int",          "range(-7,12)",   "alpha",
        "required",     "length(2,3)",    "maxlength(4)",
        "file",         "nonfile",        "bool",
        "double",       "regex(\\w*)",    "regex(.*[ab].*)",
        "minlength(2)", "oneof(a,12,ab)", "regex((a|1)?.*)",
        "datetime",
    };
    size_t n = sizeof all / sizeof *all;
    struct excerpt excerpts[sizeof all / sizeof *all];
    struct constraint read[sizeof all / sizeof *all];
    for (size_t i = 0; i < n; i++)
        read_all(&excerpts[i], all[i], &read[i]);
    for (size_t i = 0; i < n * n * n; i++) {
        if (i % n > i / n % n || i / n % n > i / n / n)
            continue; /* another order of the same */
        struct arena arena = {0};
        const struct constraint chosen[] = {read[i % n], read[i / n % n],
                                            read[i / n / n]};
        const struct regex *language = NULL;
        enum conjunction result = constraint_join(chosen, 3, &arena, &language);
        for (size_t j = 0; j < N_TEXTS && result != CONJUNCTION_TOO_COMPLEX; j++) {
            bool is_expected = true;
            for (size_t k = 0; k < 3; k++) {
                const struct regex *one = NULL;
                constraint_join(&chosen[k], 1, &arena, &one);
                is_expected = is_expected && regex_matches(one, str_from(texts[j]));
            }
            bool does_match = language && regex_matches(language, str_from(texts[j]));
            if (does_match != is_expected)
                fail_msg("%s:%s:%s and '%s'", all[i % n], all[i / n % n],
                         all[i / n / n], texts[j]);
        }
        arena_free(&arena);
    }
    for (size_t i = 0; i < n; i++)
        excerpt_deinit(&excerpts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conjunctions_stay_readable),
        cmocka_unit_test(test_single_language_is_kept),
        cmocka_unit_test(test_conjunctions_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
