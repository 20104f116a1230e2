/* Responses as a spec writes them. */
#ifndef KRGEN_RESPONSE_H
#define KRGEN_RESPONSE_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

#include <stdbool.h>

/* A response, and an item of a list of routes. */
extern const struct type response_type;
extern const struct type item_type;

/* The defaults of all responses. */
extern const struct type defaults_type;

/* Reads `node`, a text or a mapping, into route->response. An item of a list of routes,
 * which is a mapping, also holds the route's methods and its template. What could not
 * be read is as if it were not there. */
void read_response(struct reader *r, const struct node *node, bool is_item,
                   struct route *route);

/* Reads the headers and the delay that pair->value holds into `defaults`. */
void read_defaults(struct reader *r, const struct pair *pair,
                   struct response *defaults);

/* Adds to `response` what it does not say itself. */
void apply_defaults(struct reader *r, const struct response *defaults,
                    struct response *response);

#endif
