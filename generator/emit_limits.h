/* The limits of a generated server. */
#ifndef KRGEN_EMIT_LIMITS_H
#define KRGEN_EMIT_LIMITS_H

#include "str.h"

/* A section of server.c.tmpl; `context` is the struct emitter. */
void emit_limits(const void *context, struct buf *out);

#endif
