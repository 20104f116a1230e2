/* Regular expressions while they are computed with: equal terms are the same object,
 * and each is in the shortest form that some identities find. */
#ifndef KRGEN_TERM_H
#define KRGEN_TERM_H

#include "arena.h"
#include "charset.h"
#include "regex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bounds of a term; `terms` is marked when one grows beyond them. */
enum {
    TERM_SIZE_MAX = 20 * 1000,
    TERM_DEPTH_MAX = 250,
};

struct term {
    enum regex_kind kind;
    struct charset chars;
    const struct term *const *items;
    size_t n_items;
    int min;
    int max; /* or REGEX_UNBOUNDED */
    bool takes_empty;
    size_t size; /* in nodes, written out: each copy of a repeat counts */
    size_t depth;
    uint32_t id; /* in the order of creation */
    uint32_t hash;
};

/* All terms of one computation. */
struct terms {
    struct arena *arena;
    const struct term **slots; /* a hash table */
    size_t n_slots;            /* a power of two, or 0 */
    size_t n;
    bool is_too_large;
};

const struct term *term_chars(struct terms *terms, struct charset chars);
const struct term *term_empty_text(struct terms *terms);
const struct term *term_sequence(struct terms *terms, const struct term *a,
                                 const struct term *b);
const struct term *term_choice(struct terms *terms, const struct term *a,
                               const struct term *b);

/* Any number of times `a`. */
const struct term *term_star(struct terms *terms, const struct term *a);

/* The term as a tree in `arena`, in which equal terms are shared. */
const struct regex *term_regex(const struct terms *terms, const struct term *term,
                               struct arena *arena);

#endif
