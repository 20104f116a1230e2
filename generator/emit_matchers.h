/* The sections of routes.re: the lexers and matchers of a server. */
#ifndef KRGEN_EMIT_MATCHERS_H
#define KRGEN_EMIT_MATCHERS_H

#include "str.h"

/* Sections of the file emitter->file; `context` is the struct emitter. The lexers of
 * methods and of single values stand in the first file. */
void emit_definitions(const void *context, struct buf *out);
void emit_method_lexer(const void *context, struct buf *out);
void emit_value_lexers(const void *context, struct buf *out);
void emit_matchers(const void *context, struct buf *out);

#endif
