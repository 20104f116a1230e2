/* What clients may ask of a server: the mapping `limits`. */
#ifndef KRGEN_LIMIT_H
#define KRGEN_LIMIT_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

extern const struct type limits_type;

/* Sets all limits to what holds without the mapping. */
void limits_init(struct limit *limits);

/* Reads pair->value, a mapping, into limits that limits_init() has set. Where a limit
 * is part of another one, its default follows that one down. */
void read_limits(struct reader *r, const struct pair *pair, struct limit *limits);

#endif
