#include "agreement.h"
#include "arena.h"
#include "ident.h"
#include "member.h"
#include "table.h"

#include <string.h>

/* ---- Names ---- */

/* A function that the user writes. */
struct function {
    const char *role; /* "a handler" */
    struct span span;
};

static struct str take_name(struct arena *arena, struct str handler)
{
    struct buf name;
    buf_init(&name, arena);
    buf_printf(&name, "%.*s_take", STR_ARG(handler));
    return buf_str(&name);
}

/* Reports a second function of a name, unless both are handlers. */
static void add_function(struct table *functions, struct str name,
                         struct function function, struct diag *diag)
{
    const struct function *first = table_find(functions, name);
    if (first && strcmp(first->role, function.role) == 0)
        return;
    if (first) {
        struct diagnostic *error =
            diag_error(diag, CHECK_HANDLER_NAME, function.span, "'%.*s' is %s already",
                       STR_ARG(name), first->role);
        diag_note(diag, error, first->span, "the other one is here");
        return;
    }
    struct function *copy = arena_alloc(functions->arena, sizeof *copy);
    *copy = function;
    table_put(functions, name, copy);
}

/* What plan.c calls it. */
static struct str find_method_name(const struct spec *spec, struct arena *arena)
{
    struct buf name;
    buf_init(&name, arena);
    ident_put(&name, spec->name.text, IDENT_LOWER);
    buf_put(&name, STR("_find_method"));
    return buf_str(&name);
}

static void check_names(const struct spec *spec, struct arena *arena, struct diag *diag)
{
    struct table functions = {.arena = arena};
    struct str own = find_method_name(spec, arena);
    const struct located *init = &spec->handlers.init;
    const struct located *shutdown = &spec->handlers.shutdown;
    if (spec->name.span.source)
        add_function(
            &functions, own,
            (struct function){"a function of the generated code", spec->name.span},
            diag);
    if (init->text.len > 0)
        add_function(&functions, init->text, (struct function){"'init'", init->span},
                     diag);
    if (shutdown->text.len > 0)
        add_function(&functions, shutdown->text,
                     (struct function){"'shutdown'", shutdown->span}, diag);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct handler *handler = &spec->routes[i].response.handler;
        struct located name = handler->name;
        if (name.text.len == 0)
            continue;
        diag->subject = DIAG_ROUTE(i);
        add_function(&functions, name.text, (struct function){"a handler", name.span},
                     diag);
        if (handler->is_streamed)
            add_function(
                &functions, take_name(arena, name.text),
                (struct function){"the function for pieces of a body", name.span},
                diag);
    }
    diag->subject = DIAG_SPEC;
}

/* ---- Parameters ---- */

static const struct member *find_member(const struct members *members,
                                        struct str parameter)
{
    for (size_t i = 0; i < members->n; i++)
        if (str_equal(members->items[i].parameter, parameter))
            return &members->items[i];
    return NULL;
}

static bool is_same(const struct member *a, const struct member *b)
{
    return b && a->type == b->type && !a->has_name == !b->has_name &&
           strcmp(a->name, b->name) == 0;
}

/* "'int32_t id'", "an optional 'bool all'", "no 'id'" */
static const char *describe(const struct member *member, struct str parameter,
                            struct arena *arena)
{
    struct buf text;
    buf_init(&text, arena);
    if (!member)
        buf_printf(&text, "no '%.*s'", STR_ARG(parameter));
    else
        buf_printf(&text, "%s'%s %s'", member->has_name ? "an optional " : "",
                   member_type_name(member->type), member->name);
    return str_z(arena, buf_str(&text));
}

/* The first parameter of `a` that `b` has not got just so; empty without one. */
static struct str find_difference(const struct members *a, const struct members *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!is_same(&a->items[i], find_member(b, a->items[i].parameter)))
            return a->items[i].parameter;
    return (struct str){0};
}

static void compare(const struct route *route, const struct route *first,
                    struct arena *arena, struct diag *diag)
{
    struct members here;
    struct members there;
    members_of(route, &here, arena);
    members_of(first, &there, arena);
    struct str name = find_difference(&here, &there);
    if (name.len == 0)
        name = find_difference(&there, &here);
    if (name.len == 0)
        return;
    const struct located *handler = &route->response.handler.name;
    struct diagnostic *error = diag_error(
        diag, CHECK_HANDLER_PARAMETERS, handler->span,
        "handler '%.*s' gets %s here, but %s from another route",
        STR_ARG(handler->text), describe(find_member(&here, name), name, arena),
        describe(find_member(&there, name), name, arena));
    diag_note(diag, error, first->response.handler.name.span,
              "the other route is here");
}

static bool may_compare(const struct spec *spec, const struct route *route,
                        const struct diag *diag)
{
    return diag_may_check(diag, DIAG_ROUTE((size_t)(route - spec->routes)),
                          CHECK_HANDLER_PARAMETERS);
}

static void check_parameters(const struct spec *spec, struct arena *arena,
                             struct diag *diag)
{
    struct table firsts = {.arena = arena};
    for (size_t i = 0; i < spec->n_routes; i++) {
        struct str name = spec->routes[i].response.handler.name.text;
        struct route *route = &spec->routes[i];
        const struct route *first = name.len > 0 ? table_find(&firsts, name) : NULL;
        diag->subject = DIAG_ROUTE(i);
        if (first && may_compare(spec, first, diag))
            compare(route, first, arena, diag);
        else if (name.len > 0 && !first)
            table_put(&firsts, name, route);
    }
    diag->subject = DIAG_SPEC;
}

/* ---- Files ---- */

/* One message is enough: what is missing is missing once. */
static void check_files(const struct spec *spec, struct diag *diag)
{
    for (size_t i = 0; i < spec->n_routes && !spec->handlers.is_given; i++) {
        const struct located *name = &spec->routes[i].response.handler.name;
        if (name->text.len == 0)
            continue;
        struct diagnostic *error = diag_error(
            diag, CHECK_MISSING_KEY, name->span,
            "no file is named in which handler '%.*s' is", STR_ARG(name->text));
        diag_hint(diag, error, "add a line such as 'handlers: handlers.c'");
        return;
    }
}

void check_agreement(const struct spec *spec, struct diag *diag)
{
    struct arena arena = {0};
    check_files(spec, diag);
    check_names(spec, &arena, diag);
    check_parameters(spec, &arena, diag);
    arena_free(&arena);
}
