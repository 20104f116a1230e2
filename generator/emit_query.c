#include "emit_query.h"

#include "emitter.h"

static void emit_query_parameters(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct route *route = emitter->route->route;
    for (size_t i = 0; i < route->n_query; i++) {
        buf_put(out, STR("    {"));
        emitter_put_parameter(emitter, route->query[i], out);
        buf_printf(out, ", %s},\n", route->query[i]->may_be_absent ? "false" : "true");
    }
}

static void emit_query(const struct emitter *emitter, const struct route_plan *route,
                       struct buf *out)
{
    const struct tmpl_value values[] = {
        {"origin", emitter_origin(emitter, route)},
        {"index", emitter_number(emitter, emitter_index(emitter, route))},
    };
    static const struct tmpl_section sections[] = {
        {"query_parameters", emit_query_parameters}};
    struct emitter inner = *emitter;
    inner.route = route;
    emitter_render(&inner, "query.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

void emit_queries(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_answers; i++)
        if (emitter->plan->routes[i].route->n_query > 0)
            emit_query(emitter, &emitter->plan->routes[i], out);
}

void emit_route_query(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->route->route->n_query > 0)
        buf_printf(out, "        .query = &query_%lu,\n",
                   (unsigned long)emitter_index(emitter, emitter->route));
}
