#include "unit.h"

#include "regex.h"
#include "regex_match.h"

/* A tree in one line, free of what re2c needs. */
static void put(struct buf *out, const struct regex *regex)
{
    static const char *const names[] = {"chars", "seq", "or", "repeat"};
    if (regex->kind == REGEX_CHARS) {
        for (size_t i = 0; i < regex->chars.n; i++)
            for (uint32_t c = regex->chars.ranges[i].first;
                 c <= regex->chars.ranges[i].last; c++)
                buf_putc(out, (char)c);
        return;
    }
    buf_put(out, str_from(names[regex->kind]));
    if (regex->kind == REGEX_REPEAT)
        buf_printf(out, " %d %d", regex->min, regex->max);
    for (size_t i = 0; i < regex->n_items; i++) {
        buf_put(out, STR(" ("));
        put(out, regex->items[i]);
        buf_putc(out, ')');
    }
}

static void expect_tree(struct arena *arena, const struct regex *regex,
                        const char *expected)
{
    struct buf out;
    buf_init(&out, arena);
    put(&out, regex);
    expect_text(expected, str_z(arena, buf_str(&out)), expected);
}

static void test_constructors_simplify(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct regex *nothing = regex_choice(&arena, NULL, 0);
    const struct regex *empty = regex_sequence(&arena, NULL, 0);
    const struct regex *a = regex_text(&arena, STR("a"));
    const struct regex *b = regex_text(&arena, STR("b"));
    const struct regex *ab = regex_text(&arena, STR("ab"));
    const struct regex *star = regex_repeat(&arena, a, 0, REGEX_UNBOUNDED);
    const struct regex *plus = regex_repeat(&arena, a, 1, REGEX_UNBOUNDED);
    const struct regex *maybe = regex_repeat(&arena, a, 0, 1);
    const struct regex *items[] = {empty, a, empty, ab, star};
    const struct regex *lost[] = {a, nothing, b};
    const struct regex *choice[] = {ab, b, nothing, a, empty};
    const struct regex *starred[] = {star, empty};
    expect_tree(&arena, empty, "seq");
    expect_tree(&arena, nothing, "or");
    expect_tree(&arena, regex_sequence(&arena, items, 5),
                "seq (a) (seq (a) (b)) (repeat 0 -1 (a))");
    expect_tree(&arena, regex_sequence(&arena, items, 3), "a");
    expect_tree(&arena, regex_sequence(&arena, lost, 3), "or");
    expect_tree(&arena, regex_choice(&arena, choice, 4), "or (seq (a) (b)) (ab)");
    expect_tree(&arena, regex_choice(&arena, choice, 5),
                "repeat 0 1 (or (seq (a) (b)) (ab))");
    expect_tree(&arena, regex_choice(&arena, lost, 3), "ab");
    expect_tree(&arena, regex_choice(&arena, starred, 2), "repeat 0 -1 (a)");
    expect_tree(&arena, regex_choice(&arena, items, 1), "seq");
    expect_tree(&arena, regex_repeat(&arena, a, 1, 1), "a");
    expect_tree(&arena, regex_repeat(&arena, a, 0, 0), "seq");
    expect_tree(&arena, regex_repeat(&arena, nothing, 0, 3), "seq");
    expect_tree(&arena, regex_repeat(&arena, nothing, 1, 3), "or");
    expect_tree(&arena, regex_repeat(&arena, empty, 2, 3), "seq");
    expect_tree(&arena, regex_repeat(&arena, star, 0, 1), "repeat 0 -1 (a)");
    expect_tree(&arena, regex_repeat(&arena, plus, 1, REGEX_UNBOUNDED),
                "repeat 1 -1 (a)");
    expect_tree(&arena, regex_repeat(&arena, maybe, 1, REGEX_UNBOUNDED),
                "repeat 0 -1 (a)");
    expect_tree(&arena, regex_repeat(&arena, maybe, 2, 2),
                "repeat 2 2 (repeat 0 1 (a))");
    arena_free(&arena);
}

/* Small numbers of a fixed sequence. */
static unsigned next_random(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

/* A tree over the letters a, b, B and e with acute. */
static const struct regex *random_regex(struct arena *arena, uint32_t *seed,
                                        unsigned depth)
{
    static const struct str texts[] = {BYTES("a"),        BYTES("b"),  BYTES("B"),
                                       BYTES("\xC3\xA9"), BYTES("ab"), BYTES("")};
    unsigned kind = depth == 0 ? 0 : next_random(seed, 5);
    if (kind == 0)
        return regex_text(arena, texts[next_random(seed, 6)]);
    if (kind == 1)
        return regex_chars(arena, charset_complement(arena, charset_of(arena, "a")));
    const struct regex *items[3];
    for (size_t i = 0; i < 3; i++)
        items[i] = random_regex(arena, seed, depth - 1);
    size_t n = 1 + next_random(seed, 3);
    if (kind == 2)
        return regex_sequence(arena, items, n);
    if (kind == 3)
        return regex_choice(arena, items, n);
    int min = (int)next_random(seed, 3);
    int max = next_random(seed, 2) ? REGEX_UNBOUNDED : min + (int)next_random(seed, 3);
    return regex_repeat(arena, items[0], min, max);
}

/* All texts of up to four of the letters, by number. */
enum { N_TEXTS = 1 + 4 + 16 + 64 + 256 };

static struct str text_number(size_t number, bool is_lower, char *at)
{
    static const struct str letters[] = {BYTES("a"), BYTES("b"), BYTES("B"),
                                         BYTES("\xC3\xA9")};
    struct str text = {at, 0};
    size_t n = 0;
    for (size_t power = 1; number >= power; power *= 4, n++)
        number -= power;
    for (; n > 0; n--, number /= 4) {
        struct str letter = letters[number % 4];
        if (is_lower && letter.at[0] == 'B')
            letter = letters[1];
        memcpy(at + text.len, letter.at, letter.len);
        text.len += letter.len;
    }
    return text;
}

static bool has_b(struct str text)
{
    return memchr(text.at, 'b', text.len) != NULL;
}

static void test_rewriting_changes_languages_as_promised(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 300; round++) {
        struct arena arena = {0};
        char bytes[16];
        const struct regex *regex = random_regex(&arena, &seed, 4);
        const struct regex *nonempty = regex_nonempty(&arena, regex);
        struct charset b = charset_of(&arena, "b");
        const struct regex *without = regex_without(&arena, regex, b);
        const struct regex *folded = regex_fold(&arena, regex);
        assert_true(regex_takes_empty(regex) == regex_matches(regex, STR("")));
        assert_false(regex_takes_empty(nonempty));
        for (size_t i = 0; i < N_TEXTS; i++) {
            struct str text = text_number(i, false, bytes);
            bool does_match = regex_matches(regex, text);
            assert_true(regex_matches(nonempty, text) == (does_match && text.len > 0));
            assert_true(regex_matches(without, text) == (does_match && !has_b(text)));
            if (does_match)
                assert_true(regex_matches(folded, text));
        }
        for (size_t i = 0; i < N_TEXTS; i++) {
            bool does_match = regex_matches(folded, text_number(i, false, bytes));
            struct str lower = text_number(i, true, bytes);
            assert_true(regex_matches(folded, lower) == does_match);
        }
        arena_free(&arena);
    }
}

/* Taken naively, each of the parts would be followed by a copy of all behind it. */
static void test_nonempty_of_long_sequences_is_small(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct regex *items[4000];
    for (size_t i = 0; i < 4000; i++)
        items[i] = regex_repeat(&arena, regex_text(&arena, STR("a")), 0, 1);
    const struct regex *regex =
        regex_nonempty(&arena, regex_sequence(&arena, items, 4000));
    struct buf out;
    buf_init(&out, &arena);
    regex_put_re2c(&out, regex);
    assert_true(out.len < 1000 * 1000);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constructors_simplify),
        cmocka_unit_test(test_rewriting_changes_languages_as_promised),
        cmocka_unit_test(test_nonempty_of_long_sequences_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
