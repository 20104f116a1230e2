/* One request on its way to its response: what the functions that answer at run time
 * get, and what they leave behind. Sans-I/O. */
#ifndef KRT_EXCHANGE_H
#define KRT_EXCHANGE_H

#include "arena.h"
#include "head.h"
#include "tables.h"

#include <stdint.h>

/* A response that was made at run time. What it points to is static or in the arena. */
struct krt_made {
    int status;
    struct krt_bytes head;   /* its status line and first fields; empty: of `status` */
    struct krt_bytes fields; /* more fields, each with its CRLF */
    struct krt_bytes body;   /* sent with any method but HEAD */
};

struct krt_exchange {
    /* The request. Its texts stay where they are until the response is sent. */
    const struct krt_program *program;
    const struct krt_route *route;
    const struct krt_head *head;
    struct krt_slice path;          /* in normal form, decoded */
    const struct krt_slice *values; /* of the path's parameters */
    /* Of the query's parameters, defaults in their place, each with a NUL behind it;
     * `at` is NULL where one is absent, and all of it where the route has none. */
    const struct krt_slice *query_values;
    struct krt_slice body; /* all of it, where the route wants it */
    const void *params;    /* of a handler, once generated code has made them */
    int64_t unix_seconds;
    struct krt_arena *arena;
    /* The response: one made at generation, or else what `made` has. */
    const struct krt_response *response;
    struct krt_made made;
};

/* A krt_answer_fn returns KRT_DONE when it has set the response, KRT_LATER, or a
 * negative number: 500. */

#endif
