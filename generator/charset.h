/* Sets of characters (code points) of a decoded path: U+0001 to U+10FFFF without the
 * surrogates. Sets are immutable and live in an arena. */
#ifndef KRGEN_CHARSET_H
#define KRGEN_CHARSET_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From `first` to `last`, both included. */
struct char_range {
    uint32_t first;
    uint32_t last;
};

/* Ranges in ascending order that neither overlap nor touch. A zeroed struct is empty.
 */
struct charset {
    const struct char_range *ranges;
    size_t n;
};

/* The characters from `first` to `last` as far as they are characters of a path. */
struct charset charset_range(struct arena *arena, uint32_t first, uint32_t last);

/* The characters of `text`, which is ASCII. */
struct charset charset_of(struct arena *arena, const char *text);

/* The characters of `n` ranges in any order, as far as they are characters of a path.
 * The ranges may overlap; none is reversed. */
struct charset charset_of_ranges(struct arena *arena, const struct char_range *ranges,
                                 size_t n);

struct charset charset_union(struct arena *arena, struct charset a, struct charset b);
struct charset charset_without(struct arena *arena, struct charset a, struct charset b);
struct charset charset_intersect(struct arena *arena, struct charset a,
                                 struct charset b);

/* All characters of a path that are not in `a`. */
struct charset charset_complement(struct arena *arena, struct charset a);

/* `a` and the other case of each of its ASCII letters. */
struct charset charset_fold(struct arena *arena, struct charset a);

bool charset_has(struct charset a, uint32_t c);
bool charset_equal(struct charset a, struct charset b);

#endif
