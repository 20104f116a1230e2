#include "unit.h"

#include "dfa.h"
#include "regex_read.h"
#include "utf8.h"

#include <stdio.h>

static struct arena arena;

static const struct regex *regex_from(const char *notation)
{
    struct reader reader = {.arena = &arena};
    const struct regex *regex =
        regex_read(&reader, (struct located){.text = str_from(notation)});
    assert_non_null(regex);
    return regex;
}

static const struct dfa *dfa_from(const char *notation)
{
    const struct dfa *dfa = dfa_build(regex_from(notation), &arena);
    if (!dfa)
        fail_msg("%s: no automaton", notation);
    return dfa;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* ---- By example ---- */

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        size_t n_states;
        size_t n_edges;
    } cases[] = {
        {"", 1, 0},
        {"a", 2, 1},
        {"users", 6, 5},
        {"a*", 1, 1},
        {"a+", 2, 2},
        {"(a|b|[c-f])*", 1, 1},
        {"(a|b)*abb", 4, 8},
        {"ab|ac|ad", 3, 2},
        {"tap|top|taps|tops", 5, 5},
        {"a{3,5}", 6, 5},
        {"a{0,255}", 256, 255},
        {"(a?){255}", 256, 255},
        {"(a*)*", 1, 1},
        {"(a*|b*)*", 1, 1},
        {"(a|b)*a(a|b){3}", 16, 32},
        {"[^a]", 2, 3},
        {"(.{255}){16}", 4081, 12240},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dfa *dfa = dfa_from(cases[i].notation);
        size_t n_edges = 0;
        for (size_t j = 0; j < dfa->n_states; j++)
            n_edges += dfa->states[j].n_edges;
        expect_size(cases[i].notation, dfa->n_states, cases[i].n_states);
        expect_size(cases[i].notation, n_edges, cases[i].n_edges);
    }
}

static void test_too_large_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "((a{255}){255}){255}", "(((a{0,255}){0,255}){0,255}){0,255}",
        "(a{255}){17}",         "(a|b)*a(a|b){12}",
        "(a|b)*a(a|b){200}",    "((a|b)*a(a|b){20}|c){255}",
        "((a*b*c*){255}){60}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_true(cases[i], !dfa_build(regex_from(cases[i]), &arena));
}

/* Repeats of nothing, which the functions of regex.h would not make. */
static void test_effort_is_bounded(void **state)
{
    (void)state;
    struct regex levels[50] = {{.kind = REGEX_SEQUENCE}};
    const struct regex *items[50];
    for (size_t i = 1; i < 50; i++) {
        items[i] = &levels[i - 1];
        levels[i] = (struct regex){
            .kind = REGEX_REPEAT, .items = &items[i], .n_items = 1, .min = 9, .max = 9};
    }
    expect_true("repeats of nothing", !dfa_build(&levels[49], &arena));
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        const char *text;
        bool is_accepted;
    } cases[] = {
        {"a.c", "abc", true},
        {"a.c",
         "a\xC3\xA9"
         "c",
         true},
        {"a.c",
         "a\xC3"
         "c",
         false},
        {"a.c", "abcd", false},
        {"a.c", "ab", false},
        {"[\xC3\xA0-\xC3\xAF]+", "\xC3\xA9\xC3\xA8", true},
        {"[\xC3\xA0-\xC3\xAF]+", "\xC3\xB0", false},
        {"", "", true},
        {"", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool actual = dfa_accepts(dfa_from(cases[i].notation), str_from(cases[i].text));
        expect_true(cases[i].notation, actual == cases[i].is_accepted);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    const struct dfa *nothing = dfa_build(regex_choice(&arena, NULL, 0), &arena);
    expect_true("nothing", dfa_is_empty(nothing));
    expect_size("nothing", nothing->n_states, 1);
    expect_true("empty text", !dfa_is_empty(dfa_from("")));
    expect_true("disjoint",
                dfa_is_empty(dfa_intersect(dfa_from("a+"), dfa_from("b+"), &arena)));
}

/* An expression of the automaton with its character sets as themselves. */
static void put_regex(struct buf *out, const struct regex *regex)
{
    switch (regex->kind) {
    case REGEX_CHARS:
        buf_putc(out, '[');
        for (size_t i = 0; i < regex->chars.n; i++) {
            struct char_range range = regex->chars.ranges[i];
            buf_printf(out, range.first < 0x80 ? "%c" : "\\u%04X", (int)range.first);
            if (range.last != range.first)
                buf_printf(out, range.last < 0x80 ? "-%c" : "-\\u%04X",
                           (int)range.last);
        }
        buf_putc(out, ']');
        break;
    case REGEX_SEQUENCE:
    case REGEX_CHOICE:
        buf_putc(out, '(');
        for (size_t i = 0; i < regex->n_items; i++) {
            if (i > 0 && regex->kind == REGEX_CHOICE)
                buf_putc(out, '|');
            put_regex(out, regex->items[i]);
        }
        buf_putc(out, ')');
        break;
    case REGEX_REPEAT:
        put_regex(out, regex->items[0]);
        buf_printf(out, "{%d,%d}", regex->min, regex->max);
        break;
    case REGEX_DFA:
        buf_put(out, STR("<dfa>"));
        break;
    }
}

static bool is_same_state(const struct dfa_state *a, const struct dfa_state *b)
{
    if (a->is_accepting != b->is_accepting || a->n_edges != b->n_edges)
        return false;
    for (size_t i = 0; i < a->n_edges; i++)
        if (a->edges[i].first != b->edges[i].first ||
            a->edges[i].last != b->edges[i].last ||
            a->edges[i].target != b->edges[i].target)
            return false;
    return true;
}

/* Minimal automata of one language are equal, number by number. */
static bool is_same(const struct dfa *a, const struct dfa *b)
{
    if (!a || !b || a->n_states != b->n_states)
        return false;
    for (size_t i = 0; i < a->n_states; i++)
        if (!is_same_state(&a->states[i], &b->states[i]))
            return false;
    return true;
}

static void test_intersections(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        const char *both;
    } cases[] = {
        {"a*", "a{3}", "a{3}"},
        {"[a-z]+", "[m-z0-9]{2}", "[m-z]{2}"},
        {"(ab)*", "(aba|b)*|(ab){2,}", "()|(ab){2,}"},
        {"(aa)*", "(aaa)*", "(aaaaaa)*"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dfa *both =
            dfa_intersect(dfa_from(cases[i].a), dfa_from(cases[i].b), &arena);
        expect_true(cases[i].a, is_same(both, dfa_from(cases[i].both)));
    }
    expect_true("too large",
                !dfa_intersect(dfa_from("(a{101})*"), dfa_from("(a{103})*"), &arena));
}

static const char *regex_of(const struct dfa *dfa)
{
    struct buf out;
    const struct regex *regex = dfa_regex(dfa, &arena);
    if (!regex)
        return "(too large)";
    expect_true("regex", is_same(dfa_build(regex, &arena), dfa));
    buf_init(&out, &arena);
    put_regex(&out, regex);
    return str_z(&arena, buf_str(&out));
}

/* Automata of conjunctions become expressions that are about as short as by hand. */
static void test_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        const char *both;
    } cases[] = {
        {"[a-z]*", "[^/]{2,5}", "[a-z]{2,5}"},
        {"[a-z]*", "[^/]{0,255}", "[a-z]{0,255}"},
        {"[a-z]*", "[^/]{3,}", "[a-z]{3,-1}"},
        {"[+-]?[0-9]{1,9}", "[^/]{2}", "([+-0-9][0-9])"},
        {"[a-z]+(-[a-z]+)*", "[^/]*", "([a-z]([-]{0,1}[a-z]){0,-1})"},
        {"[a-z]+(-[a-z]+)*", "[^/]{0,3}", "([a-z]([a-z]{2,2}|([-]{0,1}[a-z])){0,1})"},
        {"tap|top|taps|tops", "[^/]{4}", "([t][ao][p][s])"},
        {"users|groups|roles", "[^/]*",
         "((([r][o][l][e])|([u][s][e][r])|([g][r][o][u][p]))[s])"},
        {"(ab)*", "(ab){3,}", "([a][b]){3,-1}"},
        {"a*", "b*", "()"},
        {"a", "b", "()"},
        {"true|false", "t.*|.*e", "((([t][r][u])|([f][a][l][s]))[e])"},
        {"[0-9]{4}-[0-9]{2}", ".*", "([0-9]{4,4}[-][0-9]{2,2})"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dfa *both =
            dfa_intersect(dfa_from(cases[i].a), dfa_from(cases[i].b), &arena);
        expect_text(cases[i].a, regex_of(both), cases[i].both);
    }
}

static void test_large_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool is_fine;
    } cases[] = {
        {"[a-z]+(-[a-z]+)*", "[^/]{0,64}", true},
        {"[a-z]+(-[a-z]+)*", "[^/]{0,255}", false},
        {"(a|b)*a(a|b){11}", ".*", false},
        {"(.{255}){16}", ".*", true},
        {"(a(b(c){0,200}){0,4}){0,4}", ".*", true},
        {"((aa?b?)?(cc?d?)?){90}", ".*", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct dfa *both =
            dfa_intersect(dfa_from(cases[i].a), dfa_from(cases[i].b), &arena);
        bool is_fine = strcmp(regex_of(both), "(too large)") != 0;
        expect_true(cases[i].a, is_fine == cases[i].is_fine);
    }
}

/* ---- Against a slow matcher ---- */

enum { CHARS_MAX = 8 }; /* of a random text */

static uint32_t seed = 1;

static uint32_t draw(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

static uint32_t ends_of(const struct regex *regex, const uint32_t *text, size_t n,
                        uint32_t starts);

static uint32_t ends_of_repeat(const struct regex *regex, const uint32_t *text,
                               size_t n, uint32_t starts)
{
    uint32_t at = starts;
    for (int i = 0; i < regex->min; i++)
        at = ends_of(regex->items[0], text, n, at);
    uint32_t ends = at;
    int more = regex->max == REGEX_UNBOUNDED ? CHARS_MAX + 1 : regex->max - regex->min;
    for (int i = 0; i < more; i++)
        ends |= at = ends_of(regex->items[0], text, n, at);
    return ends;
}

/* The places in `text` to which `regex` leads from any of `starts`, as bits. */
static uint32_t ends_of(const struct regex *regex, const uint32_t *text, size_t n,
                        uint32_t starts)
{
    uint32_t ends = 0;
    switch (regex->kind) {
    case REGEX_CHARS:
        for (size_t i = 0; i < n; i++)
            if ((starts >> i & 1) != 0 && charset_has(regex->chars, text[i]))
                ends |= UINT32_C(1) << (i + 1);
        return ends;
    case REGEX_SEQUENCE:
        for (size_t i = 0; i < regex->n_items; i++)
            starts = ends_of(regex->items[i], text, n, starts);
        return starts;
    case REGEX_CHOICE:
        for (size_t i = 0; i < regex->n_items; i++)
            ends |= ends_of(regex->items[i], text, n, starts);
        return ends;
    case REGEX_REPEAT:
        return ends_of_repeat(regex, text, n, starts);
    case REGEX_DFA:
        break;
    }
    return 0;
}

static bool is_match(const struct regex *regex, const uint32_t *text, size_t n)
{
    return (ends_of(regex, text, n, 1) >> n & 1) != 0;
}

static const uint32_t alphabet[] = {'a', 'b', 'c', 0xE9, 0x10FFFF};

static struct charset random_chars(void)
{
    struct charset chars = {NULL, 0};
    for (size_t i = 0; i < sizeof alphabet / sizeof *alphabet; i++)
        if (draw(3) == 0) {
            uint32_t first = alphabet[draw(i + 1 < 3 ? (uint32_t)i + 1 : 3)];
            struct charset range =
                draw(2) == 0 ? charset_range(&arena, first, alphabet[i])
                             : charset_range(&arena, alphabet[i], alphabet[i]);
            chars = charset_union(&arena, chars, range);
        }
    return draw(6) == 0 ? charset_complement(&arena, chars) : chars;
}

static const struct regex *random_regex(int depth)
{
    const struct regex *items[3];
    uint32_t n = draw(4);
    if (depth == 0 || draw(5) == 0)
        return regex_chars(&arena, random_chars());
    if (draw(3) == 0) {
        int min = (int)draw(3);
        int max = draw(2) == 0 ? REGEX_UNBOUNDED : min + (int)draw(3);
        return regex_repeat(&arena, random_regex(depth - 1), min, max);
    }
    for (uint32_t i = 0; i < n; i++)
        items[i] = random_regex(depth - 1);
    return draw(2) == 0 ? regex_sequence(&arena, items, n)
                        : regex_choice(&arena, items, n);
}

static bool is_walked(const struct dfa *dfa, const uint32_t *text, size_t n)
{
    uint32_t at = 0;
    for (size_t i = 0; i < n && at != DFA_DEAD; i++)
        at = dfa_step(dfa, at, text[i]);
    return at != DFA_DEAD && dfa->states[at].is_accepting;
}

static size_t random_text(uint32_t *text)
{
    size_t n = draw(CHARS_MAX + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = alphabet[draw(sizeof alphabet / sizeof *alphabet)];
    return n;
}

static void check_texts(const struct regex *a, const struct regex *b,
                        const struct dfa *dfa)
{
    uint32_t text[CHARS_MAX];
    for (size_t i = 0; i < 100; i++) {
        size_t n = random_text(text);
        bool expected = is_match(a, text, n) && is_match(b, text, n);
        if (is_walked(dfa, text, n) == expected)
            continue;
        struct buf out;
        buf_init(&out, &arena);
        put_regex(&out, a);
        buf_putc(&out, '\n');
        put_regex(&out, b);
        fail_msg("%.*s differs on a text of %zu", STR_ARG(buf_str(&out)), n);
    }
}

/* No two states are equivalent, by the slow refinement that starts from nothing. */
static void check_minimal(const struct dfa *dfa)
{
    bool(*is_apart)[64] = arena_array(&arena, dfa->n_states, sizeof *is_apart);
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = 0; i < dfa->n_states; i++)
            for (size_t j = 0; j < dfa->n_states; j++) {
                bool differ =
                    dfa->states[i].is_accepting != dfa->states[j].is_accepting;
                for (uint32_t c = 'a' - 1; c <= 0x110000; c = c == 'd'      ? 0xE8
                                                              : c == 0xEA   ? 0xD7FF
                                                              : c == 0xD7FF ? 0x10FFFE
                                                                            : c + 1) {
                    uint32_t p = dfa_step(dfa, (uint32_t)i, c);
                    uint32_t q = dfa_step(dfa, (uint32_t)j, c);
                    differ |= (p == DFA_DEAD) != (q == DFA_DEAD);
                    differ |= p != DFA_DEAD && q != DFA_DEAD && is_apart[p][q];
                }
                is_changed |= differ && !is_apart[i][j];
                is_apart[i][j] |= differ;
            }
    }
    for (size_t i = 0; i < dfa->n_states; i++)
        for (size_t j = 0; j < i; j++)
            expect_true("states differ", is_apart[i][j]);
}

static void check_expression(const struct dfa *dfa)
{
    const struct regex *regex = dfa_regex(dfa, &arena);
    if (regex)
        expect_true("expression", is_same(dfa_build(regex, &arena), dfa));
    else
        expect_true("too large", dfa->n_states > 30);
}

static void test_random_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        const struct regex *a = random_regex(4);
        const struct regex *b = random_regex(3);
        const struct dfa *p = dfa_build(a, &arena);
        const struct dfa *q = dfa_build(b, &arena);
        const struct dfa *both = dfa_intersect(p, q, &arena);
        check_texts(a, a, p);
        check_texts(a, b, both);
        expect_true("itself", is_same(p, dfa_intersect(p, p, &arena)));
        check_expression(p);
        check_expression(both);
        expect_true("either order", is_same(both, dfa_intersect(q, p, &arena)));
        if (p->n_states <= 64 && i % 4 == 0)
            check_minimal(p);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_sizes, free_arena),
        cmocka_unit_test_teardown(test_too_large_is_refused, free_arena),
        cmocka_unit_test_teardown(test_effort_is_bounded, free_arena),
        cmocka_unit_test_teardown(test_texts, free_arena),
        cmocka_unit_test_teardown(test_nothing, free_arena),
        cmocka_unit_test_teardown(test_intersections, free_arena),
        cmocka_unit_test_teardown(test_expressions, free_arena),
        cmocka_unit_test_teardown(test_large_expressions, free_arena),
        cmocka_unit_test_teardown(test_random_trees, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
