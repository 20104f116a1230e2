/* Route constraints: what a parameter's value must look like, as regular languages. */
#ifndef KRGEN_CONSTRAINT_H
#define KRGEN_CONSTRAINT_H

#include "fields.h"
#include "regex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONSTRAINT_LENGTH_MAX = 255 }; /* characters that a length constraint may name */

/* One constraint of a parameter. */
struct constraint {
    struct located source; /* "range(1,99)" */
    bool is_number; /* a decimal integer from `least` to `most`, else `language` */
    int64_t least;
    int64_t most;
    const struct regex *language; /* of whole values */
};

/* Whether a constraint of that name exists. */
bool constraint_is_known(struct str name);

/* Reads `source`, a constraint as a template holds it, with its argument if it has one:
 * "int", "range(1,99)". False after an error (CHECK_CONSTRAINT for an unknown one, with
 * "did you mean"; CHECK_CONSTRAINT_ARGUMENT for a missing, superfluous or malformed
 * argument; CHECK_REGEX). */
bool constraint_read(struct reader *r, struct located source,
                     struct constraint *constraint);

/* How the conjunction of constraints came out. */
enum conjunction {
    CONJUNCTION_FINE,
    CONJUNCTION_EMPTY,       /* no value satisfies all */
    CONJUNCTION_TOO_COMPLEX, /* its automaton would be too large */
};

/* The language of the values that satisfy all of `n` constraints, at least one: an
 * automaton where its expression would be too large. */
enum conjunction constraint_join(const struct constraint *constraints, size_t n,
                                 struct arena *arena, const struct regex **language);

#endif
