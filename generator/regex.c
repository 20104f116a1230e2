/* Building and rewriting trees. All trees are made by the constructors, which keep
 * them free of parts that nothing matches. */
#include "regex.h"
#include "dfa.h"
#include "utf8.h"

#include <assert.h>
#include <string.h>

static struct regex *new_regex(struct arena *arena, enum regex_kind kind)
{
    struct regex *regex = arena_alloc(arena, sizeof *regex);
    regex->kind = kind;
    return regex;
}

static const struct regex *empty_text(struct arena *arena)
{
    struct regex *regex = new_regex(arena, REGEX_SEQUENCE);
    regex->takes_empty = true;
    return regex;
}

static bool is_empty_text(const struct regex *regex)
{
    return regex->kind == REGEX_SEQUENCE && regex->n_items == 0;
}

bool regex_is_nothing(const struct regex *regex)
{
    return (regex->kind == REGEX_CHARS && regex->chars.n == 0) ||
           (regex->kind == REGEX_CHOICE && regex->n_items == 0);
}

bool regex_takes_empty(const struct regex *regex)
{
    return regex->takes_empty;
}

const struct regex *regex_chars(struct arena *arena, struct charset chars)
{
    struct regex *regex = new_regex(arena, REGEX_CHARS);
    regex->chars = chars;
    return regex;
}

const struct regex *regex_text(struct arena *arena, struct str text)
{
    const struct regex **items = arena_array(arena, text.len, sizeof *items);
    size_t n = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t c = 0;
        size_t len = utf8_decode(text, at, &c);
        assert(len > 0);
        items[n++] = regex_chars(arena, charset_range(arena, c, c));
        at += len;
    }
    return regex_sequence(arena, items, n);
}

const struct regex *regex_sequence(struct arena *arena,
                                   const struct regex *const *items, size_t n)
{
    const struct regex **kept = arena_array(arena, n, sizeof *kept);
    size_t n_kept = 0;
    bool takes_empty = true;
    for (size_t i = 0; i < n; i++) {
        if (regex_is_nothing(items[i]))
            return items[i];
        if (is_empty_text(items[i]))
            continue;
        kept[n_kept++] = items[i];
        takes_empty = takes_empty && items[i]->takes_empty;
    }
    if (n_kept == 1)
        return kept[0];
    struct regex *regex = new_regex(arena, REGEX_SEQUENCE);
    regex->items = kept;
    regex->n_items = n_kept;
    regex->takes_empty = takes_empty;
    return regex;
}

/* All single characters among the items, as one set. */
static struct charset join_chars(struct arena *arena, const struct regex *const *items,
                                 size_t n)
{
    size_t n_ranges = 0;
    for (size_t i = 0; i < n; i++)
        n_ranges += items[i]->chars.n;
    struct char_range *ranges = arena_array(arena, n_ranges, sizeof *ranges);
    struct char_range *end = ranges;
    for (size_t i = 0; i < n; i++) {
        struct charset chars = items[i]->chars;
        if (chars.n > 0)
            memcpy(end, chars.ranges, chars.n * sizeof *end);
        end += chars.n;
    }
    return charset_of_ranges(arena, ranges, n_ranges);
}

/* The choice without the empty text as an item of its own; `kept` has room for all. */
static const struct regex *choose(struct arena *arena, const struct regex *const *items,
                                  size_t n, const struct regex **kept)
{
    const struct regex **set = NULL; /* where all single characters go */
    size_t n_kept = 0;
    bool takes_empty = false;
    for (size_t i = 0; i < n; i++) {
        if (is_empty_text(items[i]) || regex_is_nothing(items[i]))
            continue;
        takes_empty = takes_empty || items[i]->takes_empty;
        bool is_set = items[i]->kind == REGEX_CHARS;
        if (is_set && set)
            continue;
        kept[n_kept] = items[i];
        if (is_set)
            set = &kept[n_kept];
        n_kept++;
    }
    if (set)
        *set = regex_chars(arena, join_chars(arena, items, n));
    if (n_kept == 1)
        return kept[0];
    struct regex *regex = new_regex(arena, REGEX_CHOICE);
    regex->items = kept;
    regex->n_items = n_kept;
    regex->takes_empty = takes_empty;
    return regex;
}

const struct regex *regex_choice(struct arena *arena, const struct regex *const *items,
                                 size_t n)
{
    const struct regex **kept = arena_array(arena, n, sizeof *kept);
    const struct regex *choice = choose(arena, items, n, kept);
    if (choice->takes_empty)
        return choice;
    for (size_t i = 0; i < n; i++)
        if (is_empty_text(items[i]))
            return regex_repeat(arena, choice, 0, 1);
    return choice;
}

/* Whether a repeat is one of '?', '*' and '+', or says nothing. */
static bool is_simple(int min, int max)
{
    return min <= 1 && (max == 1 || max == REGEX_UNBOUNDED);
}

const struct regex *regex_repeat(struct arena *arena, const struct regex *item, int min,
                                 int max)
{
    assert(min >= 0 && (max == REGEX_UNBOUNDED || max >= min));
    if (max == 0 || is_empty_text(item) || (min == 0 && regex_is_nothing(item)))
        return empty_text(arena);
    if (regex_is_nothing(item))
        return item;
    if (item->kind == REGEX_REPEAT && is_simple(min, max) &&
        is_simple(item->min, item->max)) {
        min *= item->min;
        max = max == 1 ? item->max : max;
        item = item->items[0];
    }
    if (min == 1 && max == 1)
        return item;
    struct regex *regex = new_regex(arena, REGEX_REPEAT);
    regex->items = arena_array(arena, 1, sizeof *regex->items);
    regex->items[0] = item;
    regex->n_items = 1;
    regex->min = min;
    regex->max = max;
    regex->takes_empty = min == 0 || item->takes_empty;
    return regex;
}

const struct regex *regex_dfa(struct arena *arena, const struct dfa *dfa)
{
    assert(!dfa_is_empty(dfa));
    struct regex *regex = new_regex(arena, REGEX_DFA);
    regex->takes_empty = dfa->states[0].is_accepting;
    regex->dfa = dfa;
    return regex;
}

/* Both halves in turn provide what is not empty: (L R)' = L' R | R'. Halving keeps the
 * result's depth logarithmic and its size nearly that of the sequence. */
static const struct regex *nonempty_sequence(struct arena *arena,
                                             const struct regex *const *items, size_t n)
{
    if (n == 0)
        return regex_choice(arena, NULL, 0);
    if (n == 1)
        return regex_nonempty(arena, items[0]);
    size_t half = n / 2;
    const struct regex *right = regex_sequence(arena, items + half, n - half);
    const struct regex *left_first[] = {nonempty_sequence(arena, items, half), right};
    const struct regex *either[] = {
        regex_sequence(arena, left_first, 2),
        nonempty_sequence(arena, items + half, n - half),
    };
    return regex_choice(arena, either, 2);
}

static const struct regex *nonempty_choice(struct arena *arena,
                                           const struct regex *regex)
{
    const struct regex **items = arena_array(arena, regex->n_items, sizeof *items);
    for (size_t i = 0; i < regex->n_items; i++)
        items[i] = regex_nonempty(arena, regex->items[i]);
    return regex_choice(arena, items, regex->n_items);
}

const struct regex *regex_nonempty(struct arena *arena, const struct regex *regex)
{
    assert(regex->kind != REGEX_DFA);
    if (!regex->takes_empty)
        return regex;
    if (regex->kind == REGEX_CHOICE)
        return nonempty_choice(arena, regex);
    if (regex->kind == REGEX_REPEAT)
        return regex_repeat(arena, regex_nonempty(arena, regex->items[0]), 1,
                            regex->max);
    return nonempty_sequence(arena, regex->items, regex->n_items);
}

/* The tree with each of its sets replaced by `change(arena, set, context)`. */
struct rewriting {
    struct arena *arena;
    struct charset (*change)(struct arena *arena, struct charset chars,
                             struct charset context);
    struct charset context;
};

static const struct regex *rewrite(const struct rewriting *r, const struct regex *regex)
{
    assert(regex->kind != REGEX_DFA);
    if (regex->kind == REGEX_CHARS)
        return regex_chars(r->arena, r->change(r->arena, regex->chars, r->context));
    const struct regex **items = arena_array(r->arena, regex->n_items, sizeof *items);
    for (size_t i = 0; i < regex->n_items; i++)
        items[i] = rewrite(r, regex->items[i]);
    if (regex->kind == REGEX_SEQUENCE)
        return regex_sequence(r->arena, items, regex->n_items);
    if (regex->kind == REGEX_CHOICE)
        return regex_choice(r->arena, items, regex->n_items);
    return regex_repeat(r->arena, items[0], regex->min, regex->max);
}

const struct regex *regex_without(struct arena *arena, const struct regex *regex,
                                  struct charset chars)
{
    struct rewriting without = {arena, charset_without, chars};
    return rewrite(&without, regex);
}

static struct charset fold(struct arena *arena, struct charset chars,
                           struct charset context)
{
    (void)context;
    return charset_fold(arena, chars);
}

const struct regex *regex_fold(struct arena *arena, const struct regex *regex)
{
    struct rewriting folding = {arena, fold, {0}};
    return rewrite(&folding, regex);
}
