/* Responses as they will be sent: their heads and the forms of their bodies. A response
 * with a body that answers GET with 200 has an ETag, can be asked for in ranges, and
 * has a compressed form where that is smaller. */
#ifndef KRGEN_REPRESENTATION_H
#define KRGEN_REPRESENTATION_H

#include "arena.h"
#include "model.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* See struct krt_representation. */
struct representation {
    struct str head;
    struct str body;
    size_t kept_at;
    size_t kept_end;
    size_t type_at;
    struct str etag; /* empty: conditions are ignored */
};

/* See struct krt_response. */
struct response_plan {
    int status;
    struct representation plain;
    bool has_gzip;
    struct representation gzip;
    struct str boundary; /* empty: Range is ignored */
    bool has_last_modified;
    int64_t last_modified;
};

/* Appends a field line. */
void representation_put_field(struct buf *out, struct str name, struct str value);
/* Plans `response`, which has passed all checks. `is_got` says whether it answers GET.
 */
void representation_of(const struct response *response, bool is_got,
                       struct response_plan *plan, struct arena *arena);

#endif
