/* Responses with expressions, as tables of the runtime. */
#ifndef KRGEN_EMIT_TEMPLATE_H
#define KRGEN_EMIT_TEMPLATE_H

#include "emitter.h"
#include "str.h"

/* Sections of templates: their context is a struct emitter. */
void emit_answer_includes(const void *context, struct buf *out);
void emit_templates(const void *context, struct buf *out);
void emit_environment(const void *context, struct buf *out);
void emit_environment_member(const void *context, struct buf *out);

/* The members of emitter->route, which has a rendering, that say what answers. */
void emit_template_answer(const struct emitter *emitter, struct buf *out);

#endif
