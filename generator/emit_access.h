/* Who may connect to a generated server. */
#ifndef KRGEN_EMIT_ACCESS_H
#define KRGEN_EMIT_ACCESS_H

#include "str.h"

/* Sections of server.c.tmpl; `context` is the struct emitter. */
void emit_allowed(const void *context, struct buf *out);
void emit_access(const void *context, struct buf *out);

#endif
