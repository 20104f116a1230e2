/* How many calls of a route a run is to see: `expect`. */
#ifndef KRGEN_EXPECTATION_H
#define KRGEN_EXPECTATION_H

#include "fields.h"

/* A number or a range, of which an end may be missing. */
extern const struct type expectation_calls;

/* Reads pair->value into the route of `out`, a struct draft. */
void read_expectation(struct reader *r, const struct pair *pair, void *out);

/* Reports `expect` in `response`, which belongs to no route. */
void refuse_expectation(struct reader *r, const struct node *response);

#endif
