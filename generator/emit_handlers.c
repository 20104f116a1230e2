#include "emit_handlers.h"

#include "emitter.h"
#include "relative.h"

#include <string.h>

static void render(const struct emitter *emitter, const char *name,
                   const struct call_plan *call, struct buf *out);

/* ---- NAME.h ---- */

/* A function that the server calls once. */
struct hook {
    const char *comment;
    const char *type;
    const char *parameter;
};

static void put_hook(const struct emitter *emitter, const struct located *name,
                     const struct hook *hook, struct buf *out)
{
    if (name->text.len == 0)
        return;
    size_t line = source_place(name->span.source, name->span.start).line;
    buf_printf(out, "/* %s (", hook->comment);
    buf_put(out, emitter_comment(emitter, str_from(emitter->plan->spec_name)));
    buf_printf(out, ":%lu) */\n%s %.*s(%s);\n\n", (unsigned long)line, hook->type,
               STR_ARG(name->text), hook->parameter);
}

void emit_hook_prototypes(const void *context, struct buf *out)
{
    static const struct hook init = {
        "Makes what krt_server_data() gives; a number other than 0 ends the program.",
        "int", "void **data"};
    static const struct hook shutdown = {
        "Gives back what init has made, when no handler runs any more.", "void",
        "void *data"};
    const struct emitter *emitter = context;
    const struct handlers *handlers = &emitter->plan->spec->handlers;
    put_hook(emitter, &handlers->init, &init, out);
    put_hook(emitter, &handlers->shutdown, &shutdown, out);
}

static void put_origin(const struct emitter *emitter, const struct route_plan *route,
                       struct buf *out)
{
    buf_put(out, STR("/* "));
    emitter_put_origin(emitter, route, out);
    buf_put(out, STR(" */\n"));
}

void emit_origins(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct function_plan *function = emitter->call->function;
    for (size_t i = 0; i < function->n_routes; i++)
        put_origin(emitter, function->routes[i], out);
}

static void emit_members(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct members *members = &emitter->call->members;
    if (members->n == 0)
        buf_put(out, STR("    char nothing; /* no parameters */\n"));
    for (size_t i = 0; i < members->n; i++) {
        const struct member *member = &members->items[i];
        if (member->has_name)
            buf_printf(out, "    bool %s;\n", member->has_name);
        buf_printf(out, "    %s %s;\n", member_type_name(member->type), member->name);
    }
}

void emit_handlers_head(const struct call_plan *call, bool is_take, struct buf *out)
{
    struct str name = call->handler->name.text;
    const char *suffix = is_take ? "_take" : "";
    int indent = (int)(strlen("int (") + name.len + strlen(suffix));
    buf_printf(out, "int %.*s%s(struct krt_exchange *exchange,\n%*s", STR_ARG(name),
               suffix, indent, "");
    buf_printf(out, "const struct %.*s_params *params%s)\n", STR_ARG(name),
               is_take ? ", struct krt_str piece" : "");
}

static void put_prototype(const struct call_plan *call, bool is_take, struct buf *out)
{
    emit_handlers_head(call, is_take, out);
    out->len--;
    buf_put(out, STR(";\n"));
}

static void emit_prototype(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_prototype(emitter->call, false, out);
    if (emitter->call->function->is_streamed)
        put_prototype(emitter->call, true, out);
    buf_putc(out, '\n');
}

void emit_handlers(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_calls; i++)
        if (emitter->plan->calls[i]->is_first)
            render(emitter, "handler.h.tmpl", emitter->plan->calls[i], out);
}

/* ---- NAME.c ---- */

void emit_handler_includes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (!emitter->plan->spec->handlers.is_given)
        return;
    buf_printf(out,
               "#include \"%.*s.h\"\n\n"
               "#include \"runtime/convert.h\"\n",
               STR_ARG(emitter->plan->spec->name.text));
}

/* The routes that this call is for. */
static void emit_callers(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct function_plan *function = emitter->call->function;
    for (size_t i = 0; i < function->n_routes; i++)
        if (function->routes[i]->call == emitter->call)
            put_origin(emitter, function->routes[i], out);
}

static const char *conversion(enum member_type type)
{
    static const char *const functions[] = {
        [MEMBER_STR] = "krt_to_str",       [MEMBER_INT32] = "krt_to_int32",
        [MEMBER_INT64] = "krt_to_int64",   [MEMBER_BOOL] = "krt_to_bool",
        [MEMBER_DOUBLE] = "krt_to_double",
    };
    return functions[type];
}

static void emit_values(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct members *members = &emitter->call->members;
    for (size_t i = 0; i < members->n; i++) {
        const struct member *member = &members->items[i];
        const char *place = member->is_of_query ? "query" : "path";
        if (member->has_name)
            buf_printf(out,
                       "    params->%s = krt_%s_value(exchange, %lu).at != NULL;\n",
                       member->has_name, place, (unsigned long)member->index);
        buf_printf(out, "    params->%s = %s(krt_%s_value(exchange, %lu));\n",
                   member->name, conversion(member->type), place,
                   (unsigned long)member->index);
    }
}

static void emit_take(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->call->handler->is_streamed)
        render(emitter, "take.c.tmpl", emitter->call, out);
}

static void emit_marks(const void *context, struct buf *out)
{
    const struct call_plan *call = ((const struct emitter *)context)->call;
    if (call->handler->is_streamed)
        buf_printf(out, "    .take = %s,\n", call->take);
    if (call->handler->is_blocking)
        buf_put(out, STR("    .is_blocking = true,\n"));
}

static void render(const struct emitter *emitter, const char *name,
                   const struct call_plan *call, struct buf *out)
{
    static const struct tmpl_section sections[] = {
        {"origins", emit_origins},     {"members", emit_members},
        {"prototype", emit_prototype}, {"callers", emit_callers},
        {"values", emit_values},       {"take", emit_take},
        {"marks", emit_marks},
    };
    const struct tmpl_value values[] = {
        {"handler", call->handler->name.text}, {"params", str_from(call->params)},
        {"call", str_from(call->call)},        {"take", str_from(call->take)},
        {"table", str_from(call->table)},
    };
    struct emitter inner = *emitter;
    inner.call = call;
    emitter_render(&inner, name,
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

void emit_calls(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_calls; i++)
        render(emitter, "call.c.tmpl", emitter->plan->calls[i], out);
}

static bool has_blocking(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_calls; i++)
        if (plan->calls[i]->handler->is_blocking)
            return true;
    return false;
}

void emit_hooks(const void *context, struct buf *out)
{
    const struct plan *plan = ((const struct emitter *)context)->plan;
    const struct handlers *handlers = &plan->spec->handlers;
    if (has_blocking(plan))
        buf_put(out, STR("    .blocking = &krt_pool,\n"));
    if (handlers->init.text.len > 0)
        buf_printf(out, "    .init = %.*s,\n", STR_ARG(handlers->init.text));
    if (handlers->shutdown.text.len > 0)
        buf_printf(out, "    .shutdown = %.*s,\n", STR_ARG(handlers->shutdown.text));
}

void emit_called_route(const void *context, struct buf *out)
{
    const struct call_plan *call = ((const struct emitter *)context)->route->call;
    buf_printf(out,
               "%s"
               "        .answer = krt_answer_handler,\n"
               "        .answer_data = &%s,\n",
               call->handler->is_streamed ? "        .take = krt_take_handler,\n"
                                          : "        .keeps_body = true,\n",
               call->table);
}

/* ---- CMakeLists.txt ---- */

struct str emit_languages(const struct plan *plan)
{
    const struct handlers *handlers = &plan->spec->handlers;
    for (size_t i = 0; i < handlers->n_files; i++)
        if (handlers->files[i].is_cxx)
            return STR("C CXX");
    return STR("C");
}

/* A path that leads out of the folder for sources, as an argument in CMake's quotes. */
static void put_quoted(struct buf *out, struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (strchr("\"\\$", path.at[i]))
            buf_putc(out, '\\');
        buf_putc(out, path.at[i]);
    }
}

static void emit_handler_files(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct handlers *handlers = &emitter->plan->spec->handlers;
    for (size_t i = 0; i < handlers->n_files; i++) {
        buf_put(out, STR("    \"${CMAKE_CURRENT_SOURCE_DIR}/"));
        put_quoted(out, relative_path(emitter->folder, handlers->files[i].path,
                                      emitter->arena));
        buf_put(out, STR("\"\n"));
    }
}

void emit_handler_sources(const void *context, struct buf *out)
{
    static const struct tmpl_section sections[] = {
        {"handler_files", emit_handler_files}};
    const struct emitter *emitter = context;
    const struct tmpl_value values[] = {{"name", emitter->plan->spec->name.text}};
    if (emitter->plan->spec->handlers.is_given)
        emitter_render(
            emitter, "handlers.cmake.tmpl",
            &(struct marks){values, LENGTH(values), sections, LENGTH(sections)}, out);
}
