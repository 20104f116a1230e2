/* Responses as a spec writes them. */
#ifndef KRGEN_RESPONSE_H
#define KRGEN_RESPONSE_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

#include <stdbool.h>

/* Reads `node`, a text or a mapping, into `response`. An item of a list of routes also
 * holds `method` and `path`, which are the caller's. */
void read_response(struct reader *r, const struct node *node, bool is_item,
                   struct response *response);

#endif
