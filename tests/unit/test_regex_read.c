#include "unit.h"

#include "dfa.h"
#include "excerpt.h"
#include "regex_match.h"
#include "regex_read.h"

static void test_notation_means_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        const char *matching[6];
        const char *others[6];
    } cases[] = {
        {"", {""}, {"a"}},
        {"^$", {""}, {"^$", "$"}},
        {"^abc$", {"abc"}, {"", "ab", "abcc", "ABC"}},
        {"a\\$", {"a$"}, {"a", "a\\"}},
        {"a\\\\$", {"a\\"}, {"a", "a\\$"}},
        {"a.c",
         {"abc",
          "a\xC3\xA9"
          "c",
          "a/c", "a\rc"},
         {"ac", "abbc", "a\nc"}},
        {"a|bc|", {"a", "bc", ""}, {"ab", "b", "ac"}},
        {"(a|b)(?:c|d)", {"ac", "bd"}, {"a", "ab", "acd"}},
        {"()a(|b)", {"a", "ab"}, {""}},
        {"a*b+c?", {"b", "aabb", "abc"}, {"", "a", "ac", "bcc"}},
        {"a{2}b{1,}c{0,2}", {"aab", "aabbbcc"}, {"ab", "aaab", "aa", "aabccc"}},
        {"a{{2}}(b{{1,2}})", {"aab", "aabb"}, {"aa", "ab", "aabbb"}},
        {"\\{a\\}|\\{{b\\}}", {"{a}", "{b}"}, {"{{b}}", "a"}},
        {"[{}]|[{{x}}]", {"{", "}", "x"}, {"", "{{", "{}"}},
        {"[a-cx]", {"a", "b", "c", "x"}, {"d", "-", ""}},
        {"[^a-cx]", {"d", "^", "\xE2\x82\xAC"}, {"a", "x", ""}},
        {"[-a]|[b-]|[^-\\d]", {"-", "a", "b", "z"}, {"1", ""}},
        {"[a^]|[\\]]|[()*+?.$|]", {"^", "]", "(", ".", "$", "|"}, {"\\", ""}},
        {"[[]", {"["}, {"]"}},
        {"[+--]", {"+", ",", "-"}, {"*", "."}},
        {"\\d\\D", {"1a", "0\xC3\xA9"}, {"12", "ab", "\xD9\xA0x"}},
        {"\\w+\\W",
         {"a_9 ", "Z\xC3\xA9"},
         {"\xC3\xA9"
          "a",
          "ab"}},
        {"\\s\\S", {" a", "\tb", "\n1"}, {"  ", "aa"}},
        {"[\\d.]+", {"1.2"}, {"a", ""}},
        {"[^\\w]", {"-", "\xC3\xA9"}, {"a", "_"}},
        {"[\\W\\d]", {"-", "1"}, {"a", "_"}},
        {"\\t\\n\\r\\x41\\u00e9", {"\t\n\rA\xC3\xA9"}, {"tnrAe"}},
        {"[\\x41-\\x43\\u00E9]", {"A", "C", "\xC3\xA9"}, {"D", "x"}},
        {"\\.\\*\\+\\?\\(\\)\\[\\]\\|\\^\\$\\\\\\/\\-", {".*+?()[]|^$\\/-"}, {""}},
        {"caf\xC3\xA9+", {"caf\xC3\xA9\xC3\xA9"}, {"caf"}},
        {"(a*)*(b?)+", {"", "aab"}, {"ba"}},
        {"[^\\d\\D]", {NULL}, {"", "a", "1"}},
        {"[^\\d\\D]*a", {"a"}, {"", "aa"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct excerpt excerpt;
        excerpt_init(&excerpt, str_from(cases[i].notation));
        const struct regex *regex = regex_read(&excerpt.reader, excerpt.text);
        expect_text(cases[i].notation, excerpt_faults(&excerpt), "");
        for (size_t j = 0; j < 6 && cases[i].matching[j]; j++)
            if (!regex_matches(regex, str_from(cases[i].matching[j])))
                fail_msg("%s must match '%s'", cases[i].notation, cases[i].matching[j]);
        for (size_t j = 0; j < 6 && cases[i].others[j]; j++) {
            if (regex_matches(regex, str_from(cases[i].others[j])))
                fail_msg("%s must not match '%s'", cases[i].notation,
                         cases[i].others[j]);
        }
        excerpt_deinit(&excerpt);
    }
}

static const struct {
    const char *notation;
    const char *fault;
} faults[] = {
    {"a(b", "2: error: this '(' is never closed [regex] ^"},
    {"a)b", "2: error: this ')' closes no '(' [regex] ^ '\\)' stands for itself"},
    {"(a))", "4: error: this ')' closes no '(' [regex] ^ '\\)' stands for itself"},
    {"a[b", "2: error: this '[' is never closed [regex] ^"},
    {"[a\\]", "1: error: this '[' is never closed [regex] ^"},
    {"a]", "2: error: this ']' closes no '[' [regex] ^ '\\]' stands for itself"},
    {"[]a]", "1: error: a class is empty [regex] ^~ '\\]' stands for itself"},
    {"[^]a]", "1: error: a class is empty [regex] ^~~ '\\]' stands for itself"},
    {"a}", "2: error: this '}' closes no '{' [regex] ^ '\\}' stands for itself"},
    {"*a", "1: error: '*' repeats nothing [regex] ^ '\\*' stands for itself"},
    {"a|+", "3: error: '+' repeats nothing [regex] ^ '\\+' stands for itself"},
    {"(?", "1: error: a group cannot start so [regex] ^~"},
    {"({2})", "2: error: '{' repeats nothing [regex] ^ '\\{' stands for itself"},
    {"a{b}", "2: error: this is no repetition such as '{2}' or '{2,5}' [regex] ^ "
             "'\\{' stands for itself"},
    {"a{,2}", "2: error: this is no repetition such as '{2}' or '{2,5}' [regex] ^ "
              "'\\{' stands for itself"},
    {"a{{2}", "2: error: this is no repetition such as '{2}' or '{2,5}' [regex] ^~ "
              "'\\{' stands for itself"},
    {"a{2", "2: error: this is no repetition such as '{2}' or '{2,5}' [regex] ^ "
            "'\\{' stands for itself"},
    {"a{2}}", "5: error: this '}' closes no '{' [regex] ^ '\\}' stands for itself"},
    {"a{5,2}", "3: error: the lower bound 5 is above the upper bound 2 [regex] ^~~"},
    {"a{256}", "3: error: '256' repetitions are too many; at most 255 can be "
               "counted [regex] ^~~"},
    {"a{1,99999999999999999999}",
     "5: error: '99999999999999999999' repetitions are too many; at most 255 can "
     "be counted [regex] ^~~~~~~~~~~~~~~~~~~~"},
    {"a**", "2: error: a repetition repeats another one directly [regex] ^~"},
    {"a{2}{3}", "2: error: a repetition repeats another one directly [regex] ^~~~"},
    {"a+?", "2: error: lazy repetition changes nothing in whole values [regex] ^~ "
            "leave out the '?'"},
    {"a{2,3}?", "2: error: lazy repetition changes nothing in whole values [regex] "
                "^~~~~~ leave out the '?'"},
    {"a*+", "2: error: possessive repetition is not supported [regex] ^~"},
    {"(?=a)", "1: error: look-around is not supported [regex] ^~~"},
    {"a(?!b)", "2: error: look-around is not supported [regex] ^~~"},
    {"(?<=a)b", "1: error: look-around is not supported [regex] ^~~~"},
    {"(?<!a)b", "1: error: look-around is not supported [regex] ^~~~"},
    {"(?<n>a)", "1: error: a group has no name [regex] ^~~ write '('"},
    {"(?P<n>a)", "1: error: a group has no name [regex] ^~~ write '('"},
    {"(?i)a", "1: error: options are not supported [regex] ^~~"},
    {"(?#a)", "1: error: comments are not supported [regex] ^~~"},
    {"(?>a)", "1: error: groups that never give back are not supported [regex] ^~~"},
    {"(?*)", "1: error: a group cannot start so [regex] ^~"},
    {"(a)\\1", "4: error: a back-reference is nothing that an automaton can decide "
               "[regex] ^~"},
    {"\\k<n>", "1: error: a back-reference is nothing that an automaton can decide "
               "[regex] ^~"},
    {"\\bfoo\\b", "1: error: word boundaries are not supported [regex] ^~"},
    {"\\Aa", "1: error: a value always matches as a whole [regex] ^~ leave this "
             "anchor out"},
    {"\\p{L}", "1: error: classes are those of ASCII, not of Unicode [regex] ^~"},
    {"[\\PL]", "2: error: classes are those of ASCII, not of Unicode [regex] ^~"},
    {"\\q", "1: error: unknown escape '\\q' [regex] ^~"},
    {"[\\b]", "2: error: word boundaries are not supported [regex] ^~"},
    {"\\0", "1: error: unknown escape '\\0' [regex] ^~"},
    {"\\\xC3\xA9", "1: error: unknown escape '\\\xC3\xA9' [regex] ^~"},
    {"a\\", "2: error: '\\' escapes nothing [regex] ^ '\\\\' stands for itself"},
    {"[a\\", "3: error: '\\' escapes nothing [regex] ^ '\\\\' stands for itself"},
    {"\\x4", "1: error: '\\x' needs two hexadecimal digits [regex] ^~~ as in "
             "'\\x7e'"},
    {"\\u00g9", "1: error: '\\u' needs four hexadecimal digits [regex] ^~~~ as in "
                "'\\u00e9'"},
    {"\\ud800", "1: error: a surrogate is no character [regex] ^~~~~~"},
    {"a\\x00", "2: error: no path holds NUL [regex] ^~~~"},
    {"[\\u0000-a]", "2: error: no path holds NUL [regex] ^~~~~~"},
    {"a^", "2: error: '^' is an anchor only at the start [regex] ^ '\\^' stands "
           "for itself"},
    {"(^a)", "2: error: '^' is an anchor only at the start [regex] ^ '\\^' stands "
             "for itself"},
    {"a$|b", "2: error: '$' is an anchor only at the end [regex] ^ '\\$' stands "
             "for itself"},
    {"[z-a]", "2: error: range 'z-a' is reversed [regex] ^~~"},
    {"[a-\\x41]", "2: error: range 'a-\\x41' is reversed [regex] ^~~~~~"},
    {"[a-\\d]", "2: error: a range goes between two characters [regex] ^~~~"},
    {"[\\w-.]", "2: error: a range goes between two characters [regex] ^~~ '\\-' "
                "stands for itself"},
    {"[a-c-e]", "5: error: this '-' belongs to no range [regex] ^ '\\-' stands for "
                "itself"},
    {"[a-z-[b]]", "5: error: subtraction of classes is not supported [regex] ^ "
                  "'\\-' stands for itself"},
    {"[[:alpha:]]", "2: error: named classes such as '[:alpha:]' are not supported "
                    "[regex] ^ '\\[' stands for itself"},
    {"\xC3\xA9\xC3\xA9*(", "4: error: this '(' is never closed [regex] ^"},
};

static void test_faults_are_found_at_their_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct excerpt excerpt;
        excerpt_init(&excerpt, str_from(faults[i].notation));
        assert_null(regex_read(&excerpt.reader, excerpt.text));
        expect_text(faults[i].notation, excerpt_faults(&excerpt), faults[i].fault);
        excerpt_deinit(&excerpt);
    }
}

/* `n` times `open`, "a", `n` times `close`. */
static bool can_read(size_t n, const char *open, const char *close)
{
    struct arena arena = {0};
    struct excerpt excerpt;
    struct buf text;
    buf_init(&text, &arena);
    for (size_t i = 0; i < n; i++)
        buf_put(&text, str_from(open));
    buf_putc(&text, 'a');
    for (size_t i = 0; i < n; i++)
        buf_put(&text, str_from(close));
    excerpt_init(&excerpt, buf_str(&text));
    const struct regex *regex = regex_read(&excerpt.reader, excerpt.text);
    bool is_fine = regex != NULL;
    if (is_fine && n <= 50)
        regex_nonempty(&arena, regex);
    excerpt_deinit(&excerpt);
    arena_free(&arena);
    return is_fine;
}

static void test_extremes_are_bounded(void **state)
{
    (void)state;
    assert_true(can_read(50, "(", ")"));
    assert_false(can_read(51, "(", ")"));
    assert_false(can_read(4000, "(", ")"));
    assert_true(can_read(50, "(", "{255})"));
    assert_true(can_read(50, "(?:", "?|b)"));
    assert_true(can_read(4000, "a?", ""));
    assert_true(can_read(4000, "a|", ""));
    assert_true(can_read(2000, "ab|", ""));
}

static unsigned next_random(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

/* Appends a random notation and returns the tree that it stands for. */
static const struct regex *put_random(struct buf *out, uint32_t *seed, unsigned depth);

static const struct regex *put_atom(struct buf *out, uint32_t *seed, unsigned depth)
{
    static const struct {
        const char *notation;
        const char *chars; /* of "ab." */
    } atoms[] = {
        {"a", "a"},     {"b", "b"},           {"\\.", "."},  {"[ab]", "ab"},
        {".", "ab."},   {"[^b]", "a."},       {"\\w", "ab"}, {"[+-/b]", "b."},
        {"\\x61", "a"}, {"[\\W\\x62]", "b."},
    };
    struct arena *arena = out->arena;
    if (depth > 0 && next_random(seed, 3) == 0) {
        buf_put(out, next_random(seed, 2) ? STR("(") : STR("(?:"));
        const struct regex *regex = put_random(out, seed, depth - 1);
        buf_putc(out, ')');
        return regex;
    }
    size_t i = next_random(seed, sizeof atoms / sizeof *atoms);
    buf_put(out, str_from(atoms[i].notation));
    return regex_chars(arena, charset_of(arena, atoms[i].chars));
}

static const struct regex *put_repeat(struct buf *out, uint32_t *seed, unsigned depth)
{
    static const struct {
        const char *notation;
        int min;
        int max;
    } repeats[] = {
        {"", 1, 1},    {"", 1, 1},      {"*", 0, REGEX_UNBOUNDED},
        {"?", 0, 1},   {"{1,3}", 1, 3}, {"+", 1, REGEX_UNBOUNDED},
        {"{2}", 2, 2}, {"{{0}}", 0, 0}, {"{2,}", 2, REGEX_UNBOUNDED},
    };
    const struct regex *item = put_atom(out, seed, depth);
    size_t i = next_random(seed, sizeof repeats / sizeof *repeats);
    buf_put(out, str_from(repeats[i].notation));
    return regex_repeat(out->arena, item, repeats[i].min, repeats[i].max);
}

static const struct regex *put_random(struct buf *out, uint32_t *seed, unsigned depth)
{
    const struct regex *choices[3];
    size_t n_choices = 1 + next_random(seed, 3);
    for (size_t i = 0; i < n_choices; i++) {
        const struct regex *items[3];
        size_t n_items = next_random(seed, 4);
        if (i > 0)
            buf_putc(out, '|');
        for (size_t j = 0; j < n_items; j++)
            items[j] = put_repeat(out, seed, depth);
        choices[i] = regex_sequence(out->arena, items, n_items);
    }
    return regex_choice(out->arena, choices, n_choices);
}

/* All texts of up to five of the characters "ab.". */
enum { N_TEXTS = 1 + 3 + 9 + 27 + 81 + 243 };

static const char *text_number(size_t number, char *at)
{
    size_t n = 0;
    for (size_t power = 1; number >= power; power *= 3, n++)
        number -= power;
    at[n] = '\0';
    for (; n > 0; n--, number /= 3)
        at[n - 1] = "ab."[number % 3];
    return at;
}

static void test_random_notation_becomes_its_tree(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        struct arena arena = {0};
        struct excerpt excerpt;
        struct buf notation;
        char text[8];
        buf_init(&notation, &arena);
        const struct regex *expected = put_random(&notation, &seed, 3);
        const char *name = str_z(&arena, buf_str(&notation));
        excerpt_init(&excerpt, str_from(name));
        const struct regex *regex = regex_read(&excerpt.reader, excerpt.text);
        expect_text(name, excerpt_faults(&excerpt), "");
        const struct dfa *dfa = dfa_build(regex, &arena);
        for (size_t i = 0; i < N_TEXTS; i++) {
            struct str subject = str_from(text_number(i, text));
            bool does_match = regex_matches(expected, subject);
            if (regex_matches(regex, subject) != does_match ||
                (dfa && dfa_accepts(dfa, subject) != does_match))
                fail_msg("%s and '%s'", name, text);
        }
        excerpt_deinit(&excerpt);
        arena_free(&arena);
    }
}

/* Whatever the bytes are, reading ends with a tree or one fault. */
static void test_any_text_is_read_or_refused(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "a",  "b",   "(", ")",  "[",  "]",   "{",  "}",  "*",     "+",        "?", "|",
        "\\", "^",   "$", ".",  "-",  ",",   "1",  "25", "\\d",   "\\x4",     ":", "<",
        "=",  "(?:", "{", "2}", "{{", "2}}", "[^", "\\", "\\u00", "\xC3\xA9", "P", "p"};
    uint32_t seed = 3;
    for (int round = 0; round < 5000; round++) {
        struct arena arena = {0};
        struct excerpt excerpt;
        struct buf text;
        buf_init(&text, &arena);
        for (unsigned n = next_random(&seed, 12); n > 0; n--)
            buf_put(&text, str_from(pieces[next_random(&seed, 36)]));
        excerpt_init(&excerpt, buf_str(&text));
        const struct regex *regex = regex_read(&excerpt.reader, excerpt.text);
        assert_true(excerpt.diag.n_errors == (regex ? 0 : 1));
        excerpt_faults(&excerpt);
        excerpt_deinit(&excerpt);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notation_means_what_it_says),
        cmocka_unit_test(test_faults_are_found_at_their_places),
        cmocka_unit_test(test_extremes_are_bounded),
        cmocka_unit_test(test_random_notation_becomes_its_tree),
        cmocka_unit_test(test_any_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
