/* Constraints that hold together. What needs no automaton gets none, so that the result
 * reads as it was written. */
#include "constraint.h"
#include "dfa.h"
#include "number.h"

#include <assert.h>
#include <limits.h>

/* Texts of `min` to `max` characters of a set, INT_MAX for any number. */
struct uniform {
    struct charset chars;
    int min;
    int max;
};

/* The parts of a conjunction. */
struct conjuncts {
    struct arena *arena;
    bool has_numbers;
    int64_t least;
    int64_t most;
    bool has_uniform;
    struct uniform uniform;
    const struct regex **others;
    size_t n_others;
};

static bool is_uniform(const struct regex *regex, struct uniform *uniform)
{
    const struct regex *item = regex;
    int min = 1;
    int max = 1;
    if (regex->kind == REGEX_REPEAT) {
        item = regex->items[0];
        min = regex->min;
        max = regex->max == REGEX_UNBOUNDED ? INT_MAX : regex->max;
    }
    *uniform = (struct uniform){item->chars, min, max};
    return item->kind == REGEX_CHARS;
}

static void add_number(struct conjuncts *c, int64_t least, int64_t most)
{
    if (!c->has_numbers || least > c->least)
        c->least = least;
    if (!c->has_numbers || most < c->most)
        c->most = most;
    c->has_numbers = true;
}

static void add_uniform(struct conjuncts *c, struct uniform other)
{
    struct uniform *all = &c->uniform;
    if (!c->has_uniform) {
        *all = other;
    } else {
        all->chars = charset_intersect(c->arena, all->chars, other.chars);
        all->min = all->min > other.min ? all->min : other.min;
        all->max = all->max < other.max ? all->max : other.max;
    }
    c->has_uniform = true;
}

static void add_other(struct conjuncts *c, const struct regex *regex)
{
    c->others = arena_grow(c->arena, c->others, c->n_others, sizeof *c->others);
    c->others[c->n_others++] = regex;
}

static void add(struct conjuncts *c, const struct constraint *constraint)
{
    struct uniform uniform;
    if (constraint->is_number)
        add_number(c, constraint->least, constraint->most);
    else if (is_uniform(constraint->language, &uniform))
        add_uniform(c, uniform);
    else
        add_other(c, constraint->language);
}

/* Whether only the empty text, or none, is missing from all texts. */
static bool is_about_empty(const struct conjuncts *c)
{
    struct charset none = {0};
    return c->uniform.min <= 1 && c->uniform.max == INT_MAX &&
           charset_equal(c->uniform.chars, charset_complement(c->arena, none));
}

/* Makes all parts `others`; false where one of them has no text. */
static bool finish(struct conjuncts *c)
{
    if (c->has_numbers && c->least > c->most)
        return false;
    if (c->has_uniform && c->uniform.min > c->uniform.max)
        return false;
    if (c->has_numbers)
        add_other(c, number_language(c->arena, c->least, c->most));
    if (c->has_uniform && c->n_others > 0 && is_about_empty(c)) {
        if (c->uniform.min == 1)
            c->others[0] = regex_nonempty(c->arena, c->others[0]);
    } else if (c->has_uniform) {
        int max = c->uniform.max == INT_MAX ? REGEX_UNBOUNDED : c->uniform.max;
        const struct regex *item = regex_chars(c->arena, c->uniform.chars);
        add_other(c, regex_repeat(c->arena, item, c->uniform.min, max));
    }
    for (size_t i = 0; i < c->n_others; i++)
        if (regex_is_nothing(c->others[i]))
            return false;
    return true;
}

static enum conjunction intersect(const struct conjuncts *c,
                                  const struct regex **language)
{
    const struct dfa *all = dfa_build(c->others[0], c->arena);
    for (size_t i = 1; i < c->n_others && all; i++) {
        const struct dfa *other = dfa_build(c->others[i], c->arena);
        all = other ? dfa_intersect(all, other, c->arena) : NULL;
    }
    if (!all)
        return CONJUNCTION_TOO_COMPLEX;
    if (dfa_is_empty(all))
        return CONJUNCTION_EMPTY;
    *language = dfa_regex(all, c->arena);
    if (!*language)
        *language = regex_dfa(c->arena, all);
    return CONJUNCTION_FINE;
}

enum conjunction constraint_join(const struct constraint *constraints, size_t n,
                                 struct arena *arena, const struct regex **language)
{
    struct conjuncts c = {.arena = arena};
    for (size_t i = 0; i < n; i++)
        add(&c, &constraints[i]);
    if (!finish(&c))
        return CONJUNCTION_EMPTY;
    assert(c.n_others > 0);
    if (c.n_others > 1)
        return intersect(&c, language);
    *language = c.others[0];
    return CONJUNCTION_FINE;
}
