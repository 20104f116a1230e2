/* How much a rule, or several in one matcher, are for re2c and the C compiler. Both
 * take time and memory in proportion to the states of the automaton at least, which are
 * the product of those of rules that match similar texts. */
#ifndef KRGEN_WEIGHT_H
#define KRGEN_WEIGHT_H

#include "model.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    WEIGHT_SEGMENT_MAX = 128, /* states of a segment that may be part of a rule */
    WEIGHT_RULES_MAX = 800, /* of the rules of one matcher, if several, but literals */
};

/* The segments up to `end` of a template, as a rule of a matcher. */
struct weighed {
    const struct template *template;
    size_t end;
    bool tests_values; /* as in struct rule */
};

/* Whether the constraints of a parameter are too large to be compiled. */
bool weight_is_heavy_value(const struct parameter *parameter);

/* Whether a segment is too large to be part of a rule. */
bool weight_is_heavy(const struct segment *segment);

/* Whether a rule that `tests_values` takes any text for the segment, whose function
 * tests it then: a parameter with constraints, or what is too large for a rule. */
bool weight_is_left_out(const struct segment *segment, bool tests_values);

/* The states of the template's literals from segment `first` on. */
size_t weight_of_literals(const struct template *template, size_t first);

/* The states of an automaton, counted over characters, that tells the `n` rules apart
 * from segment `first` on; something above `max` where there are more. */
size_t weight_of(const struct weighed *rules, size_t n, size_t first, size_t max);

#endif
