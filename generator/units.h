/* Quantities: plain numbers, sizes ("8KiB") and durations ("30s"). */
#ifndef KRGEN_UNITS_H
#define KRGEN_UNITS_H

#include "str.h"

#include <stdbool.h>

struct unit {
    const char *name;
    int factor;           /* of the scale's smallest unit */
    const char *mistakes; /* what else people write for it, with a blank around each */
};

/* The units of one kind of quantity. */
struct scale {
    const char *noun;         /* "a duration" */
    const char *description;  /* "a duration such as 30s" */
    bool needs_unit;          /* else a plain number counts the smallest unit */
    const struct unit *units; /* the smallest first; one without name ends them */
};

/* Numbers and counts without unit; bytes in B, KiB, MiB; milliseconds in ms, s, m, h;
 * seconds in s, m, h. */
extern const struct scale numbers;
extern const struct scale counts;
extern const struct scale sizes;
extern const struct scale durations;
extern const struct scale ages;

/* Reads a whole number and its unit. 0 needs no unit. A value that no int holds is
 * INT_MAX. False, with *value untouched, where `text` is something else. */
bool units_read(const struct scale *scale, struct str text, int *value);

/* Appends `value`, which is not negative, in the largest unit that divides it. */
void units_put(const struct scale *scale, int value, struct buf *out);

/* Appends the names of the units with `comma` between them and `last` before the last
 * one. */
void units_put_names(const struct scale *scale, const char *comma, const char *last,
                     struct buf *out);

/* Appends what to write in place of `text`, which units_read() refuses: "30s" for
 * "30 sec", "30 followed by ms, s, m or h" for "30". */
void units_put_advice(const struct scale *scale, struct str text, struct buf *out);

#endif
