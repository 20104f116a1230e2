/* The sections for the user's functions: NAME.h, which they include, and their calls.
 */
#ifndef KRGEN_EMIT_HANDLERS_H
#define KRGEN_EMIT_HANDLERS_H

#include "plan.h"
#include "str.h"

/* Sections of NAME.h; `context` is the struct emitter. */
void emit_hook_prototypes(const void *context, struct buf *out);
void emit_handlers(const void *context, struct buf *out);

/* The routes that emitter->call's handler answers, each in a comment. */
void emit_origins(const void *context, struct buf *out);

/* A line or two, "int HANDLER(...)", or of HANDLER_take. */
void emit_handlers_head(const struct call_plan *call, bool is_take, struct buf *out);

/* Sections of NAME.c. */
void emit_handler_includes(const void *context, struct buf *out);
void emit_calls(const void *context, struct buf *out);
void emit_hooks(const void *context, struct buf *out);

/* The members of a struct krt_route that a handler answers. */
void emit_called_route(const void *context, struct buf *out);

/* A section of CMakeLists.txt, and the languages of all sources there. */
void emit_handler_sources(const void *context, struct buf *out);
struct str emit_languages(const struct plan *plan);

#endif
