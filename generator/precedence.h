/* Which of two routes is more specific: ASP.NET's order, segment by segment. */
#ifndef KRGEN_PRECEDENCE_H
#define KRGEN_PRECEDENCE_H

#include "model.h"

#include <stdbool.h>

/* Compares the ranks of the segments from left to right; a template that has ended is
 * before one that goes on. Negative when `a` is more specific, 0 for equal ranks. */
int precedence_compare(const struct template *a, const struct template *b);

/* Whether segment `i` of the template and all behind it may be absent; also where there
 * are none. A catch-all counts only if its constraints take the empty text. */
bool precedence_may_end(const struct template *template, size_t i);

/* Whether the templates differ in nothing but the names of their parameters. */
bool precedence_is_same_shape(const struct template *a, const struct template *b);

#endif
