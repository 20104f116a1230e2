/* HTTP methods as a spec names them: GET or GET,POST. */
#ifndef KRGEN_METHOD_H
#define KRGEN_METHOD_H

#include "fields.h"
#include "model.h"
#include "str.h"
#include "yaml.h"

#include <stddef.h>

enum { ROUTE_METHODS_MAX = 32 }; /* of one route */

/* What all lists of methods match, as a regular expression of ECMAScript. */
#define METHOD_PATTERN "[A-Z][A-Z0-9-]*"
#define METHODS_PATTERN METHOD_PATTERN "([ \\t]*,[ \\t]*" METHOD_PATTERN ")*"

/* The value of `method` in a list of routes. */
extern const struct type method_type;

/* The length of the list of methods at the start of `text` and of the blanks behind
 * it. */
size_t methods_len(struct str text);

/* Adds the methods of `list` to `route` and reports those that are none. */
void read_methods(struct reader *r, struct located list, struct route *route);

/* The same for a text or a list of texts. */
void read_method(struct reader *r, const struct node *node, struct route *route);

#endif
