/* Responses in C: see struct krt_response. */
#ifndef KRGEN_EMIT_RESPONSE_H
#define KRGEN_EMIT_RESPONSE_H

#include "emitter.h"

/* A response and the name of its compressed form. */
struct naming {
    const struct response_plan *response;
    const char *gzip;
};

/* Appends the response as a member of an array's element. */
void emit_response(const struct emitter *emitter, const struct naming *naming,
                   struct buf *out);

/* Appends its compressed form, if there is one; `origin` says in a comment whose. */
void emit_gzip(const struct emitter *emitter, const struct naming *naming,
               struct str origin, struct buf *out);

#endif
