/* The query of a request, read as a route declares it. Sans-I/O. */
#ifndef KRT_QUERY_H
#define KRT_QUERY_H

#include "exchange.h"

#include <stdbool.h>

/* A krt_query.read: splits the query at '&', decodes names and values and tests the
 * values. Other parameters than the route's own are passed over. False where one of its
 * own is missing, repeated, malformed or refused by its constraints: the response is a
 * 400 then, whose application/problem+json (RFC 9457) has an element of `errors` for
 * each, or a 500 where memory ran out. */
bool krt_query_read(struct krt_exchange *exchange, const struct krt_query *query);

#endif
