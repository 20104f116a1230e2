#include "emit_template.h"

#include <stdbool.h>
#include <string.h>

enum { OP_INDENT = 17, HEAD_INDENT = 24 };

static bool has_source(const struct plan *plan, const char *get)
{
    for (size_t i = 0; i < plan->n_answers; i++) {
        const struct rendering *rendering = plan->routes[i].rendering;
        for (size_t j = 0; rendering && j < rendering->n_sources; j++)
            if (strcmp(rendering->sources[j].get, get) == 0)
                return true;
    }
    return false;
}

static bool has_rendering(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_answers; i++)
        if (plan->routes[i].rendering)
            return true;
    return false;
}

static bool has_query(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_answers; i++)
        if (plan->routes[i].route->n_query > 0)
            return true;
    return false;
}

static void put_include(struct buf *out, bool is_needed, const char *name)
{
    if (is_needed)
        buf_printf(out, "#include \"runtime/%s.h\"\n", name);
}

void emit_answer_includes(const void *context, struct buf *out)
{
    const struct plan *plan = ((const struct emitter *)context)->plan;
    if (has_query(plan) || has_rendering(plan))
        buf_putc(out, '\n');
    put_include(out, has_query(plan), "query");
    put_include(out, has_rendering(plan), "render");
    put_include(out,
                plan->environment.n > 0 || has_source(plan, "krt_get_uuid") ||
                    has_source(plan, "krt_get_now_ms"),
                "surroundings");
}

static void emit_sources(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct rendering *rendering = emitter->route->rendering;
    for (size_t i = 0; i < rendering->n_sources; i++) {
        const struct source_plan *source = &rendering->sources[i];
        buf_printf(out, "    {.get = %s", source->get);
        if (source->has_text)
            buf_printf(out, ", .text = %.*s",
                       STR_ARG(emitter_c_string(emitter, source->text, 12)));
        if (source->index > 0)
            buf_printf(out, ", .index = %lu", (unsigned long)source->index);
        if (source->first > 0)
            buf_printf(out, ", .first = %lu", (unsigned long)source->first);
        if (source->second > 0)
            buf_printf(out, ", .second = %lu", (unsigned long)source->second);
        if (source->escape)
            buf_printf(out, ", .escape = %s", source->escape);
        buf_put(out, STR("},\n"));
    }
}

static void put_op(const struct emitter *emitter, const struct op_plan *op,
                   struct buf *out)
{
    buf_printf(out, "    {%.*s, %lu, %s},\n",
               STR_ARG(emitter_bytes(emitter, op->literal, OP_INDENT)),
               (unsigned long)op->source, op->escape ? op->escape : "NULL");
}

/* The array called template_KIND_INDEX. */
static void put_ops(const struct emitter *emitter, const struct ops_plan *ops,
                    const char *kind, struct buf *out)
{
    if (ops->n == 0)
        return;
    buf_printf(out, "\nstatic const struct krt_op template_%s_%lu[] = {\n", kind,
               (unsigned long)emitter_index(emitter, emitter->route));
    for (size_t i = 0; i < ops->n; i++)
        put_op(emitter, &ops->list[i], out);
    buf_put(out, STR("};\n"));
}

static void emit_fields(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_ops(emitter, &emitter->route->rendering->fields, "fields", out);
}

static void emit_body(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_ops(emitter, &emitter->route->rendering->body, "body", out);
}

static void put_member(const struct emitter *emitter, const struct ops_plan *ops,
                       const char *kind, struct buf *out)
{
    unsigned long index = (unsigned long)emitter_index(emitter, emitter->route);
    if (ops->n > 0)
        buf_printf(out,
                   "    .%s = template_%s_%lu,\n"
                   "    .n_%s = sizeof template_%s_%lu / sizeof *template_%s_%lu,\n",
                   kind, kind, index, kind, kind, index, kind, index);
}

static void emit_members(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_member(emitter, &emitter->route->rendering->fields, "fields", out);
    put_member(emitter, &emitter->route->rendering->body, "body", out);
}

static void emit_template(const struct emitter *emitter, const struct route_plan *route,
                          struct buf *out)
{
    const struct tmpl_value values[] = {
        {"origin", emitter_origin(emitter, route)},
        {"index", emitter_number(emitter, emitter_index(emitter, route))},
        {"status", emitter_number(emitter, (size_t)route->route->response.status)},
        {"head", emitter_bytes(emitter, route->rendering->head, HEAD_INDENT)},
    };
    static const struct tmpl_section sections[] = {{"sources", emit_sources},
                                                   {"fields", emit_fields},
                                                   {"body", emit_body},
                                                   {"members", emit_members}};
    struct emitter inner = *emitter;
    inner.route = route;
    emitter_render(&inner, "template.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

void emit_templates(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_answers; i++)
        if (emitter->plan->routes[i].rendering)
            emit_template(emitter, &emitter->plan->routes[i], out);
}

static void emit_variable_names(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct variables *environment = &emitter->plan->environment;
    for (size_t i = 0; i < environment->n; i++)
        buf_printf(out, "    %.*s,\n",
                   STR_ARG(emitter_c_string(emitter, environment->names[i], 4)));
}

void emit_environment(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    static const struct tmpl_section sections[] = {{"variables", emit_variable_names}};
    if (emitter->plan->environment.n > 0)
        emitter_render(emitter, "environment.c.tmpl",
                       &(struct marks){NULL, 0, sections, LENGTH(sections)}, out);
}

void emit_environment_member(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->plan->environment.n > 0)
        buf_put(out, STR("    .environment = &environment,\n"));
}

void emit_template_answer(const struct emitter *emitter, struct buf *out)
{
    const struct route_plan *route = emitter->route;
    if (route->rendering->keeps_body)
        buf_put(out, STR("        .keeps_body = true,\n"));
    buf_printf(out,
               "        .answer = krt_answer_template,\n"
               "        .answer_data = &template_%lu,\n"
               "        .response = {.status = %d},\n",
               (unsigned long)emitter_index(emitter, route),
               route->route->response.status);
}
