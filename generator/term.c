#include "term.h"

#include <string.h>

/* ---- Interning ---- */

static bool is_empty_text(const struct term *term)
{
    return term->kind == REGEX_SEQUENCE && term->n_items == 0;
}

static uint32_t mix(uint32_t h, uint32_t value)
{
    return ((h << 5 | h >> 27) ^ value) * 0x9E3779B1u;
}

static uint32_t hash_term(const struct term *term)
{
    uint32_t h = mix((uint32_t)term->kind, (uint32_t)term->min);
    h = mix(h, (uint32_t)term->max);
    for (size_t i = 0; i < term->chars.n; i++)
        h = mix(mix(h, term->chars.ranges[i].first), term->chars.ranges[i].last);
    for (size_t i = 0; i < term->n_items; i++)
        h = mix(h, term->items[i]->id);
    return h ^ h >> 15;
}

static bool is_same(const struct term *a, const struct term *b)
{
    if (a->hash != b->hash || a->kind != b->kind || a->min != b->min ||
        a->max != b->max || a->n_items != b->n_items ||
        !charset_equal(a->chars, b->chars))
        return false;
    for (size_t i = 0; i < a->n_items; i++)
        if (a->items[i] != b->items[i])
            return false;
    return true;
}

static const struct term **find_slot(const struct terms *terms, const struct term *term)
{
    size_t mask = terms->n_slots - 1;
    size_t i = term->hash & mask;
    while (terms->slots[i] && !is_same(terms->slots[i], term))
        i = (i + 1) & mask;
    return &terms->slots[i];
}

static void grow_slots(struct terms *terms)
{
    struct terms old = *terms;
    terms->n_slots = old.n_slots > 0 ? 2 * old.n_slots : 64;
    terms->slots = arena_array(terms->arena, terms->n_slots, sizeof *terms->slots);
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.slots[i])
            *find_slot(terms, old.slots[i]) = old.slots[i];
}

/* How often the item of a repeat is written when it is written out. */
static size_t copies_of(const struct term *term)
{
    if (term->kind != REGEX_REPEAT)
        return 1;
    int n = term->max == REGEX_UNBOUNDED ? term->min : term->max;
    return n > 1 ? (size_t)n : 1;
}

static void measure(struct terms *terms, struct term *term)
{
    size_t copies = copies_of(term);
    term->size = 1;
    for (size_t i = 0; i < term->n_items; i++) {
        const struct term *item = term->items[i];
        term->size += copies * item->size;
        if (item->depth >= term->depth)
            term->depth = item->depth + 1;
    }
    if (term->size > TERM_SIZE_MAX || term->depth > TERM_DEPTH_MAX)
        terms->is_too_large = true;
}

/* The one term that is like `form`, whose items may be reused by the caller. */
static const struct term *intern(struct terms *terms, struct term form)
{
    form.hash = hash_term(&form);
    if (2 * (terms->n + 1) > terms->n_slots)
        grow_slots(terms);
    const struct term **slot = find_slot(terms, &form);
    if (*slot)
        return *slot;
    struct term *term = arena_alloc(terms->arena, sizeof *term);
    const struct term **items = arena_array(terms->arena, form.n_items, sizeof *items);
    if (form.n_items > 0)
        memcpy(items, form.items, form.n_items * sizeof *items);
    *term = form;
    term->items = items;
    term->id = (uint32_t)terms->n++;
    measure(terms, term);
    *slot = term;
    return term;
}

const struct term *term_chars(struct terms *terms, struct charset chars)
{
    return intern(terms, (struct term){.kind = REGEX_CHARS, .chars = chars});
}

const struct term *term_empty_text(struct terms *terms)
{
    return intern(terms, (struct term){.kind = REGEX_SEQUENCE, .takes_empty = true});
}

/* ---- Repeats ---- */

/* A term as so many of `base` in a row. */
struct power {
    const struct term *base;
    int min;
    int max;
};

static struct power power_of(const struct term *term)
{
    if (term->kind == REGEX_REPEAT)
        return (struct power){term->items[0], term->min, term->max};
    return (struct power){term, 1, 1};
}

static const struct term *make_power(struct terms *terms, struct power power)
{
    if (power.min == 1 && power.max == 1)
        return power.base;
    return intern(
        terms, (struct term){.kind = REGEX_REPEAT,
                             .items = &power.base,
                             .n_items = 1,
                             .min = power.min,
                             .max = power.max,
                             .takes_empty = power.min == 0 || power.base->takes_empty});
}

static int add_counts(int a, int b)
{
    return a == REGEX_UNBOUNDED || b == REGEX_UNBOUNDED ? REGEX_UNBOUNDED : a + b;
}

static struct power add_powers(struct power a, struct power b)
{
    return (struct power){a.base, a.min + b.min, add_counts(a.max, b.max)};
}

static const struct term *make_optional(struct terms *terms, const struct term *a)
{
    struct power power = power_of(a);
    if (a->takes_empty)
        return a;
    if (power.min == 1)
        return make_power(terms, (struct power){power.base, 0, power.max});
    return make_power(terms, (struct power){a, 0, 1});
}

/* What may stand in place of `a` in a repeat without end. */
static const struct term *strip_repeat(const struct term *a)
{
    return a->kind == REGEX_REPEAT && a->min <= 1 ? a->items[0] : a;
}

const struct term *term_star(struct terms *terms, const struct term *a)
{
    bool is_choice =
        a->kind == REGEX_CHOICE || (a->kind == REGEX_SEQUENCE && a->takes_empty);
    if (is_empty_text(a))
        return a;
    if (strip_repeat(a) != a)
        return term_star(terms, strip_repeat(a));
    if (!is_choice)
        return make_power(terms, (struct power){a, 0, REGEX_UNBOUNDED});
    const struct term *choice = strip_repeat(a->items[0]);
    for (size_t i = 1; i < a->n_items; i++)
        choice = term_choice(terms, choice, strip_repeat(a->items[i]));
    if (choice != a)
        return term_star(terms, choice);
    return make_power(terms, (struct power){a, 0, REGEX_UNBOUNDED});
}

/* ---- Sequences ---- */

/* A sequence while it is made; it starts as a copy of another. */
struct row {
    const struct term **items;
    size_t n;
};

/* The items of a sequence; any other term is its only item. */
static struct row row_of(struct terms *terms, const struct term *term, size_t room)
{
    bool is_sequence = term->kind == REGEX_SEQUENCE;
    struct row row = {NULL, is_sequence ? term->n_items : 1};
    row.items = arena_array(terms->arena, row.n + room, sizeof *row.items);
    if (!is_sequence)
        row.items[0] = term;
    else if (row.n > 0)
        memcpy(row.items, term->items, row.n * sizeof *row.items);
    return row;
}

static const struct term *make_sequence(struct terms *terms, struct row row)
{
    if (row.n == 1)
        return row.items[0];
    bool takes_empty = true;
    for (size_t i = 0; i < row.n; i++)
        takes_empty = takes_empty && row.items[i]->takes_empty;
    return intern(terms, (struct term){.kind = REGEX_SEQUENCE,
                                       .items = row.items,
                                       .n_items = row.n,
                                       .takes_empty = takes_empty});
}

/* The number of items at the end of `row` that are those of one round of `repeat`. */
static size_t round_before(struct row row, const struct term *repeat)
{
    if (repeat->kind != REGEX_REPEAT || repeat->items[0]->kind != REGEX_SEQUENCE)
        return 0;
    const struct term *round = repeat->items[0];
    if (row.n < round->n_items)
        return 0;
    for (size_t i = 0; i < round->n_items; i++)
        if (row.items[row.n - round->n_items + i] != round->items[i])
            return 0;
    return round->n_items;
}

/* The same at the start of `items`. */
static size_t round_behind(const struct term *repeat, struct row items)
{
    if (repeat->kind != REGEX_REPEAT || repeat->items[0]->kind != REGEX_SEQUENCE ||
        items.n < repeat->items[0]->n_items)
        return 0;
    items.n = repeat->items[0]->n_items;
    return round_before(items, repeat);
}

static const struct term *one_round_more(struct terms *terms, const struct term *repeat)
{
    struct power power = power_of(repeat);
    return make_power(terms, add_powers(power, (struct power){power.base, 1, 1}));
}

/* X X* is X+: joins what stands at both sides of the seam. */
static void join_seam(struct terms *terms, struct row *left, struct row *right)
{
    size_t round;
    while ((round = round_before(*left, right->items[0])) > 0) {
        left->n -= round;
        right->items[0] = one_round_more(terms, right->items[0]);
    }
    if (left->n == 0)
        return;
    const struct term **last = &left->items[left->n - 1];
    while ((round = round_behind(*last, *right)) > 0) {
        right->items += round;
        right->n -= round;
        *last = one_round_more(terms, *last);
    }
    if (right->n == 0)
        return;
    struct power a = power_of(*last);
    struct power b = power_of(right->items[0]);
    if (a.base == b.base) {
        left->n--;
        right->items[0] = make_power(terms, add_powers(a, b));
    }
}

const struct term *term_sequence(struct terms *terms, const struct term *a,
                                 const struct term *b)
{
    if (is_empty_text(a))
        return b;
    if (is_empty_text(b))
        return a;
    struct row right = row_of(terms, b, 0);
    struct row left = row_of(terms, a, right.n);
    join_seam(terms, &left, &right);
    if (right.n > 0)
        memcpy(left.items + left.n, right.items, right.n * sizeof *right.items);
    left.n += right.n;
    return make_sequence(terms, left);
}

/* ---- Choices ---- */

/* The terms of [start, end) as one. */
static const struct term *part_of(struct terms *terms, struct row row, size_t start,
                                  size_t end)
{
    return make_sequence(terms, (struct row){row.items + start, end - start});
}

static const struct term *merge_powers(struct terms *terms, struct power a,
                                       struct power b)
{
    if (a.min > b.min) {
        struct power other = a;
        a = b;
        b = other;
    }
    bool touches = a.max == REGEX_UNBOUNDED || b.min <= a.max + 1;
    if (a.base != b.base || !touches)
        return NULL;
    bool is_within =
        a.max == REGEX_UNBOUNDED || (b.max != REGEX_UNBOUNDED && b.max <= a.max);
    return make_power(terms, (struct power){a.base, a.min, is_within ? a.max : b.max});
}

static const struct term *merge_prefix(struct terms *terms, struct row a, struct row b,
                                       size_t n)
{
    const struct term *rest =
        term_choice(terms, part_of(terms, a, n, a.n), part_of(terms, b, n, b.n));
    return term_sequence(terms, part_of(terms, a, 0, n), rest);
}

static const struct term *merge_suffix(struct terms *terms, struct row a, struct row b,
                                       size_t n)
{
    const struct term *rest = term_choice(terms, part_of(terms, a, 0, a.n - n),
                                          part_of(terms, b, 0, b.n - n));
    return term_sequence(terms, rest, part_of(terms, a, a.n - n, a.n));
}

static const struct term *first_of(const struct term *term)
{
    return term->kind == REGEX_SEQUENCE ? term->items[0] : term;
}

static const struct term *last_of(const struct term *term)
{
    return term->kind == REGEX_SEQUENCE ? term->items[term->n_items - 1] : term;
}

/* What `a` and `b` have in common at one end is written once. */
static const struct term *merge_ends(struct terms *terms, const struct term *a,
                                     const struct term *b)
{
    bool has_prefix = first_of(a) == first_of(b);
    if (!has_prefix && last_of(a) != last_of(b))
        return NULL;
    struct row p = row_of(terms, a, 0);
    struct row q = row_of(terms, b, 0);
    size_t shorter = p.n < q.n ? p.n : q.n;
    size_t n = 1;
    if (has_prefix) {
        while (n < shorter && p.items[n] == q.items[n])
            n++;
        return merge_prefix(terms, p, q, n);
    }
    while (n < shorter && p.items[p.n - 1 - n] == q.items[q.n - 1 - n])
        n++;
    return merge_suffix(terms, p, q, n);
}

/* Two alternatives as one that is shorter, or NULL. */
static const struct term *merge(struct terms *terms, const struct term *a,
                                const struct term *b)
{
    if (a == b)
        return a;
    if (a->kind == REGEX_CHARS && b->kind == REGEX_CHARS)
        return term_chars(terms, charset_union(terms->arena, a->chars, b->chars));
    const struct term *merged = merge_powers(terms, power_of(a), power_of(b));
    return merged ? merged : merge_ends(terms, a, b);
}

/* The alternatives of `choice` in the order of their numbers, which makes equal choices
 * the same; one of them is left out. */
static const struct term *make_choice(struct terms *terms, struct row row)
{
    for (size_t i = 1; i < row.n; i++)
        for (size_t j = i; j > 0 && row.items[j]->id < row.items[j - 1]->id; j--) {
            const struct term *other = row.items[j];
            row.items[j] = row.items[j - 1];
            row.items[j - 1] = other;
        }
    if (row.n == 1)
        return row.items[0];
    bool takes_empty = false;
    for (size_t i = 0; i < row.n; i++)
        takes_empty = takes_empty || row.items[i]->takes_empty;
    return intern(terms, (struct term){.kind = REGEX_CHOICE,
                                       .items = row.items,
                                       .n_items = row.n,
                                       .takes_empty = takes_empty});
}

/* `a` with `b`, which is no choice, as one more alternative. */
static const struct term *add_alternative(struct terms *terms, const struct term *a,
                                          const struct term *b)
{
    bool is_choice = a->kind == REGEX_CHOICE;
    size_t n = is_choice ? a->n_items : 1;
    struct row row = {arena_array(terms->arena, n + 1, sizeof *row.items), n};
    memcpy(row.items, is_choice ? a->items : &a, n * sizeof *row.items);
    for (size_t i = 0; i < n; i++) {
        const struct term *merged = merge(terms, row.items[i], b);
        if (!merged)
            continue;
        if (n == 1)
            return merged;
        row.n--;
        memmove(row.items + i, row.items + i + 1, (row.n - i) * sizeof *row.items);
        return term_choice(terms, make_choice(terms, row), merged);
    }
    row.items[row.n++] = b;
    return make_choice(terms, row);
}

static bool is_optional(const struct term *a)
{
    return a->kind == REGEX_REPEAT && a->min == 0 && a->max == 1;
}

const struct term *term_choice(struct terms *terms, const struct term *a,
                               const struct term *b)
{
    if (a == b)
        return a;
    if (is_empty_text(a) || is_empty_text(b))
        return make_optional(terms, is_empty_text(a) ? b : a);
    if (is_optional(a))
        return make_optional(terms, term_choice(terms, a->items[0], b));
    if (is_optional(b))
        return make_optional(terms, term_choice(terms, a, b->items[0]));
    if (b->kind != REGEX_CHOICE)
        return add_alternative(terms, a, b);
    for (size_t i = 0; i < b->n_items && !terms->is_too_large; i++)
        a = term_choice(terms, a, b->items[i]);
    return a;
}

/* ---- Trees ---- */

/* The trees that were made, by the numbers of their terms. */
struct planting {
    struct arena *arena;
    struct arena *scratch;
    const struct regex **made;
};

static const struct regex *plant(const struct planting *p, const struct term *term);

static const struct regex *plant_new(const struct planting *p, const struct term *term)
{
    if (term->kind == REGEX_CHARS)
        return regex_chars(p->arena,
                           charset_union(p->arena, term->chars, (struct charset){0}));
    const struct regex **items = arena_array(p->scratch, term->n_items, sizeof *items);
    for (size_t i = 0; i < term->n_items; i++)
        items[i] = plant(p, term->items[i]);
    if (term->kind == REGEX_REPEAT)
        return regex_repeat(p->arena, items[0], term->min, term->max);
    return term->kind == REGEX_SEQUENCE ? regex_sequence(p->arena, items, term->n_items)
                                        : regex_choice(p->arena, items, term->n_items);
}

static const struct regex *plant(const struct planting *p, const struct term *term)
{
    if (!p->made[term->id])
        p->made[term->id] = plant_new(p, term);
    return p->made[term->id];
}

const struct regex *term_regex(const struct terms *terms, const struct term *term,
                               struct arena *arena)
{
    struct planting planting = {arena, terms->arena, NULL};
    planting.made = arena_array(terms->arena, terms->n, sizeof *planting.made);
    return plant(&planting, term);
}
