#include "calls.h"
#include "plan.h"
#include "table.h"

bool calls_have_double(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_calls; i++)
        for (size_t j = 0; j < plan->calls[i]->members.n; j++)
            if (plan->calls[i]->members.items[j].type == MEMBER_DOUBLE)
                return true;
    return false;
}

/* ---- Names ---- */

static void reserve(struct idents *functions, struct str name, const char *suffix)
{
    struct buf text;
    buf_init(&text, functions->given.arena);
    buf_printf(&text, "%.*s%s", STR_ARG(name), suffix);
    if (name.len > 0 && !table_find(&functions->given, buf_str(&text)))
        ident_unique(functions, buf_str(&text));
}

static void reserve_all(const struct spec *spec, struct idents *functions)
{
    reserve(functions, spec->handlers.init.text, "");
    reserve(functions, spec->handlers.shutdown.text, "");
    for (size_t i = 0; i < spec->n_routes; i++) {
        reserve(functions, spec->routes[i].response.handler.name.text, "");
        reserve(functions, spec->routes[i].response.handler.name.text, "_take");
    }
}

/* "users_call_get_users_id": what a linker says of a handler that is missing names its
 * caller, and so the route. */
static const char *name_for(const struct plan *plan, const char *role,
                            const struct route *route, struct idents *functions)
{
    struct buf name;
    buf_init(&name, functions->given.arena);
    buf_printf(&name, "%s_%s_", plan->ident, role);
    ident_put(&name, route->methods[0].text, IDENT_LOWER);
    for (size_t i = 0; i < route->template.n_segments; i++)
        plan_put_ident(&name, &route->template.segments[i], IDENT_LOWER);
    return ident_unique(functions, buf_str(&name));
}

/* ---- Calls ---- */

/* What two routes have in common that share a call. */
static struct str call_text(const struct handler *handler,
                            const struct members *members, struct arena *arena)
{
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "%.*s %d%d", STR_ARG(handler->name.text), handler->is_blocking,
               handler->is_streamed);
    for (size_t i = 0; i < members->n; i++)
        buf_printf(&text, " %s %d %lu", members->items[i].name,
                   members->items[i].is_of_query,
                   (unsigned long)members->items[i].index);
    return buf_str(&text);
}

static struct call_plan *add_call(struct plan *plan, const struct route *route,
                                  const struct members *members,
                                  struct idents *functions)
{
    struct arena *arena = functions->given.arena;
    struct call_plan *call = arena_alloc(arena, sizeof *call);
    *call = (struct call_plan){
        .handler = &route->response.handler,
        .members = *members,
        .params = name_for(plan, "params", route, functions),
        .call = name_for(plan, "call", route, functions),
        .take = name_for(plan, "take", route, functions),
        .table = name_for(plan, "handler", route, functions),
    };
    plan->calls =
        arena_grow(arena, plan->calls, plan->n_calls, sizeof(struct call_plan *));
    plan->calls[plan->n_calls++] = call;
    return call;
}

/* The function that answers `route`, with that among its routes. */
static struct function_plan *function_of(const struct route_plan *route,
                                         struct table *functions)
{
    const struct handler *handler = &route->route->response.handler;
    struct function_plan *function = table_find(functions, handler->name.text);
    if (!function) {
        function = arena_alloc(functions->arena, sizeof *function);
        table_put(functions, handler->name.text, function);
    }
    function->routes = arena_grow(functions->arena, function->routes,
                                  function->n_routes, sizeof *function->routes);
    function->routes[function->n_routes++] = route;
    function->is_streamed = function->is_streamed || handler->is_streamed;
    return function;
}

void calls_plan(struct plan *plan, struct idents *functions, struct arena *arena)
{
    struct table known = {.arena = arena};
    struct table of_user = {.arena = arena};
    reserve_all(plan->spec, functions);
    for (size_t i = 0; i < plan->n_routes; i++) {
        const struct route *route = plan->routes[i].route;
        const struct handler *handler = &route->response.handler;
        struct members members;
        if (handler->name.text.len == 0)
            continue;
        members_of(route, &members, arena);
        const struct function_plan *function = function_of(&plan->routes[i], &of_user);
        struct str text = call_text(handler, &members, arena);
        struct call_plan *call = table_find(&known, text);
        if (!call) {
            call = add_call(plan, route, &members, functions);
            call->function = function;
            call->is_first = function->n_routes == 1;
            table_put(&known, text, call);
        }
        plan->routes[i].call = call;
    }
}
