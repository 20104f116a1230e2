#include "emit_stubs.h"

#include "emit_handlers.h"
#include "emitter.h"

static void put_hook_stubs(const void *context, struct buf *out)
{
    const struct handlers *handlers =
        &((const struct emitter *)context)->plan->spec->handlers;
    if (handlers->init.text.len > 0)
        buf_printf(out,
                   "/* Makes what all handlers share: krt_server_data() gives it to "
                   "them. */\n"
                   "int %.*s(void **data)\n{\n    *data = NULL;\n    return "
                   "KRT_DONE;\n}\n\n",
                   STR_ARG(handlers->init.text));
    if (handlers->shutdown.text.len > 0)
        buf_printf(out,
                   "/* Gives it back when no handler runs any more. */\n"
                   "void %.*s(void *data)\n{\n    (void)data;\n}\n\n",
                   STR_ARG(handlers->shutdown.text));
}

static void put_handler_head(const void *context, struct buf *out)
{
    emit_handlers_head(((const struct emitter *)context)->call, false, out);
}

static void put_take_head(const void *context, struct buf *out)
{
    emit_handlers_head(((const struct emitter *)context)->call, true, out);
}

/* " / * id, name * /" */
static struct str members_comment(const struct call_plan *call, struct arena *arena)
{
    const struct members *members = &call->members;
    struct buf text;
    buf_init(&text, arena);
    for (size_t i = 0; i < members->n; i++)
        buf_printf(&text, "%s%s", i == 0 ? " /* has " : ", ", members->items[i].name);
    if (members->n > 0)
        buf_put(&text, STR(" */"));
    return buf_str(&text);
}

static void put_stub(const struct emitter *emitter, const struct call_plan *call,
                     struct buf *out)
{
    static const struct tmpl_section sections[] = {{"origins", emit_origins},
                                                   {"handler_head", put_handler_head},
                                                   {"take_head", put_take_head}};
    const struct tmpl_value values[] = {
        {"handler", call->handler->name.text},
        {"members", members_comment(call, emitter->arena)},
    };
    const struct marks marks = {values, LENGTH(values), sections, LENGTH(sections)};
    struct emitter inner = *emitter;
    inner.call = call;
    if (call->function->is_streamed)
        emitter_render(&inner, "take_stub.c.tmpl", &marks, out);
    emitter_render(&inner, "stub.c.tmpl", &marks, out);
}

static void put_stubs(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_calls; i++)
        if (emitter->plan->calls[i]->is_first)
            put_stub(emitter, emitter->plan->calls[i], out);
}

void emit_stubs(const struct plan *plan, struct arena *arena, struct buf *out)
{
    static const struct tmpl_section sections[] = {{"hook_stubs", put_hook_stubs},
                                                   {"stubs", put_stubs}};
    const struct emitter emitter = {.plan = plan, .arena = arena};
    const struct tmpl_value values[] = {
        {"spec", emitter_comment(&emitter, str_from(plan->spec_name))},
        {"name", plan->spec->name.text},
    };
    emitter_render(&emitter, "stubs.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
