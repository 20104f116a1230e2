/* Templates as patterns: regular expressions of re2c, and globs for the runtime. */
#ifndef KRGEN_PATTERN_H
#define KRGEN_PATTERN_H

#include "model.h"
#include "plan.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends a pattern for the template's segments from `first` up to `end`, where the
 * rule `tests_values` later without what weight_is_left_out() names. Parameter i of
 * the template is between the tags vi and ei; of a segment that a function divides only
 * the first one's start and the last one's end are marked, around the whole segment.
 * Constraints go by their definitions. */
void pattern_put_prefix(struct buf *out, const struct plan *plan,
                        const struct template *template, size_t first, size_t end,
                        bool tests_values);

/* Appends a pattern for the rest of a path, from the template's segment `first` to the
 * path's end, likewise. */
void pattern_put_rest(struct buf *out, const struct plan *plan,
                      const struct template *template, size_t first, bool tests_values);

/* Whether a function divides the segment where a rule that `tests_values` has matched.
 */
bool pattern_is_divided(const struct segment *segment, bool tests_values);

/* Whether the parameter of that number stands in a segment of two forms, like the name
 * in
 * "{name}.{ext?}": in the second form other tags are set. */
bool pattern_has_second(const struct template *template, size_t parameter);

/* How many parameters stand before segment `i` of the template. */
size_t pattern_count(const struct template *template, size_t i);

/* Appends the template as a krt_route.pattern. */
void pattern_put_glob(struct buf *out, const struct template *template);

#endif
