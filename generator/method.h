/* HTTP methods as a spec names them: GET or GET,POST. */
#ifndef KRGEN_METHOD_H
#define KRGEN_METHOD_H

#include "fields.h"
#include "model.h"
#include "str.h"

#include <stddef.h>

enum { ROUTE_METHODS_MAX = 32 }; /* of one route */

/* The length of the list of methods at the start of `text` and of the blanks behind
 * it. */
size_t methods_len(struct str text);

/* Adds the methods of `list` to `route` and reports those that are none. */
void read_methods(struct reader *r, struct located list, struct route *route);

#endif
