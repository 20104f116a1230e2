/* What a generated server keeps of its requests. */
#ifndef KRGEN_EMIT_JOURNAL_H
#define KRGEN_EMIT_JOURNAL_H

#include "str.h"

/* Sections of server.c.tmpl; `context` is the struct emitter. */
void emit_redacted(const void *context, struct buf *out);
void emit_journal(const void *context, struct buf *out);

#endif
