/* What routes ask of the query, as tables of the runtime. */
#ifndef KRGEN_EMIT_QUERY_H
#define KRGEN_EMIT_QUERY_H

#include "str.h"

/* Sections of templates: their context is a struct emitter. */
void emit_queries(const void *context, struct buf *out);

/* Of one route: the member that leads to its table. */
void emit_route_query(const void *context, struct buf *out);

#endif
