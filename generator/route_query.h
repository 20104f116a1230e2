/* What routes ask of the query: names and constraints, "page: int:min(1)=1". */
#ifndef KRGEN_ROUTE_QUERY_H
#define KRGEN_ROUTE_QUERY_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

extern const struct type query_type;

/* Reads pair->value, a mapping, into route->query. What could not be read as a
 * constraint is as if it were not there. */
void read_query(struct reader *r, const struct pair *pair, struct route *route);

#endif
