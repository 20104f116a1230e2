/* Who may connect to a server: the value of `access`. */
#ifndef KRGEN_AUDIENCE_H
#define KRGEN_AUDIENCE_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

extern const struct type access_type;

/* Reads pair->value, a word or a mapping, into `access`, a zeroed struct. */
void read_access(struct reader *r, const struct pair *pair, struct access *access);

#endif
