/* The user's C functions: the key `handlers` of a spec, and those of a response that
 * name and mark one. */
#ifndef KRGEN_HANDLER_H
#define KRGEN_HANDLER_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

extern const struct type handlers_type;
extern const struct type handler_name;

/* Reads pair->value: a file, a list of files, or a mapping. Files are looked for beside
 * the spec, and are told about when they are not there. */
void read_handlers(struct reader *r, const struct pair *pair,
                   struct handlers *handlers);

/* Reads the name of a function; an unfit one is an error. */
void read_function(struct reader *r, const struct pair *pair, struct located *name);

#endif
