#include "plan.h"

#include "divide.h"
#include "ident.h"
#include "precedence.h"
#include "rivals.h"
#include "share.h"
#include "spec_path.h"
#include "weight.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* What the functions below share while a plan grows. */
struct planner {
    struct arena *arena;
    struct plan *plan;
    struct idents functions;
    struct idents enumerators;
    struct idents definitions;
    struct idents arrays;
    struct table parameters; /* struct parameters_plan by what it lists */
};

/* ---- Names ---- */

static const char *prefix(struct arena *arena, struct str name, enum ident_case letters)
{
    struct buf out;
    buf_init(&out, arena);
    ident_put(&out, name, letters);
    return str_z(arena, buf_str(&out));
}

void plan_put_ident(struct buf *out, const struct segment *segment,
                    enum ident_case letters)
{
    buf_putc(out, '_');
    if (segment->n_parts == 0)
        buf_put(out, letters == IDENT_UPPER ? STR("ROOT") : STR("root"));
    for (size_t i = 0; i < segment->n_parts; i++) {
        const struct part *part = &segment->parts[i];
        ident_put(out, part->parameter ? part->parameter->name.text : part->literal,
                  letters);
    }
}

static const char *route_ident(struct planner *planner, const struct route *route)
{
    struct buf out;
    buf_init(&out, planner->arena);
    buf_printf(&out, "%s_", planner->plan->macro);
    ident_put(&out, route->methods[0].text, IDENT_UPPER);
    for (size_t i = 0; i < route->template.n_segments; i++)
        plan_put_ident(&out, &route->template.segments[i], IDENT_UPPER);
    return ident_unique(&planner->enumerators, buf_str(&out));
}

static struct str route_name(struct arena *arena, const struct route *route)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < route->n_methods; i++) {
        if (i > 0)
            buf_putc(&out, ',');
        buf_put(&out, route->methods[i].text);
    }
    buf_putc(&out, ' ');
    buf_put(&out, route->template.source.text);
    return buf_str(&out);
}

/* ---- Routes ---- */

/* Lengths keep texts apart that may hold anything. */
static void put_counted(struct buf *out, struct str text)
{
    buf_printf(out, "%lu:", (unsigned long)text.len);
    buf_put(out, text);
}

/* What two templates must have in common to share their list of parameters. */
static struct str parameters_text(struct arena *arena, const struct template *template)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < template->n_parameters; i++) {
        const struct parameter *parameter = template->parameters[i];
        buf_putc(&out, parameter->is_catch_all ? '*' : ' ');
        put_counted(&out, parameter->name.text);
        put_counted(&out, parameter->constraints.text);
        put_counted(&out, parameter->default_value.text);
    }
    return buf_str(&out);
}

static const char *parameters_ident(struct planner *planner,
                                    const struct template *template)
{
    struct buf out;
    buf_init(&out, planner->arena);
    buf_put(&out, STR("parameters"));
    for (size_t i = 0; i < template->n_parameters; i++) {
        buf_putc(&out, '_');
        ident_put(&out, template->parameters[i]->name.text, IDENT_LOWER);
    }
    return ident_unique(&planner->arrays, buf_str(&out));
}

static const struct parameters_plan *plan_parameters(struct planner *planner,
                                                     const struct template *template)
{
    struct plan *plan = planner->plan;
    if (template->n_parameters == 0)
        return NULL;
    struct str text = parameters_text(planner->arena, template);
    struct parameters_plan *known = table_find(&planner->parameters, text);
    if (known)
        return known;
    known = arena_alloc(planner->arena, sizeof *known);
    known->template = template;
    known->ident = parameters_ident(planner, template);
    table_put(&planner->parameters, text, known);
    plan->parameters = arena_grow(planner->arena, plan->parameters, plan->n_parameters,
                                  sizeof(struct parameters_plan *));
    plan->parameters[plan->n_parameters++] = known;
    return known;
}

/* "body of GET / (demo.yaml:3)" */
static struct str origin_of(struct planner *planner, const char *kind,
                            const struct route_plan *route, struct str file)
{
    struct buf out;
    buf_init(&out, planner->arena);
    buf_printf(&out, "%s of ", kind);
    if (file.len > 0)
        buf_printf(&out, "%.*s of ", STR_ARG(file));
    buf_printf(&out, "%.*s (%s:%lu)", STR_ARG(route->name), planner->plan->spec_name,
               (unsigned long)route->line);
    return buf_str(&out);
}

/* Gives bytes of a response a place where they are more than `min`. `file` names the
 * one of a directory whose response it is. */
static void plan_bytes(struct planner *planner, struct str bytes, size_t min,
                       const char *kind, const struct route_plan *route,
                       struct str file)
{
    if (bytes.len > min)
        data_add(&planner->plan->data, bytes, min,
                 origin_of(planner, kind, route, file));
}

/* A directory may have many bodies. */
static void plan_data(struct planner *planner, const struct route_plan *route,
                      const struct response_plan *response, struct str file)
{
    size_t min = file.len > 0 ? DATA_MANY : DATA_LITERAL_MAX;
    const struct {
        const char *kind;
        struct str bytes;
        size_t min;
    } all[] = {
        {"head", response->plain.head, DATA_LITERAL_MAX},
        {"body", response->plain.body, min},
        {"compressed head", response->gzip.head, DATA_LITERAL_MAX},
        {"compressed body", response->gzip.body, min},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        plan_bytes(planner, all[i].bytes, all[i].min, all[i].kind, route, file);
}

static void plan_directory(struct planner *planner, struct route_plan *route)
{
    struct plan *plan = planner->plan;
    struct directory_plan *directory = arena_alloc(planner->arena, sizeof *directory);
    struct buf ident;
    directory->number = ++plan->n_directories;
    buf_init(&ident, planner->arena);
    buf_printf(&ident, "%s_directory_%lu", plan->ident,
               (unsigned long)directory->number);
    directory->ident = str_z(planner->arena, buf_str(&ident));
    directory_plan(route->route, directory, planner->arena);
    for (size_t i = 0; i < directory->n_files; i++)
        plan_data(planner, route, &directory->files[i].response,
                  directory->files[i].name);
    route->directory = directory;
}

static void plan_ops(struct planner *planner, const struct ops_plan *ops,
                     const char *kind, const struct route_plan *route)
{
    for (size_t i = 0; i < ops->n; i++)
        plan_bytes(planner, ops->list[i].literal, DATA_LITERAL_MAX, kind, route,
                   (struct str){0});
}

static void plan_literals(struct planner *planner, const struct route_plan *route)
{
    const struct rendering *rendering = route->rendering;
    plan_bytes(planner, rendering->head, DATA_LITERAL_MAX, "head", route,
               (struct str){0});
    plan_ops(planner, &rendering->fields, "part of a header", route);
    plan_ops(planner, &rendering->body, "part of the body", route);
}

static void plan_response(struct planner *planner, struct route_plan *route,
                          bool is_got)
{
    if (route->route->response.handler.name.text.len > 0)
        return; /* all of it is the handler's */
    if (route->route->response.directory) {
        plan_directory(planner, route);
        return;
    }
    route->rendering =
        rendering_plan(route->route, &planner->plan->environment, planner->arena);
    if (route->rendering) {
        plan_literals(planner, route);
        return;
    }
    representation_of(&route->route->response, is_got, &route->response,
                      planner->arena);
    plan_data(planner, route, &route->response, (struct str){0});
}

static void plan_routes(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct spec *spec = plan->spec;
    plan->n_routes = spec->n_routes;
    plan->routes =
        arena_array(planner->arena, spec->n_routes + 1, sizeof *plan->routes);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct route *route = &spec->routes[i];
        plan->routes[i] = (struct route_plan){
            .route = route,
            .ident = route_ident(planner, route),
            .line = source_place(route->span.source, route->span.start).line,
            .name = route_name(planner->arena, route),
            .parameters = plan_parameters(planner, &route->template),
        };
        plan_response(planner, &plan->routes[i], rivals_has_method(route, STR("GET")));
    }
}

/* Its response may be 200: then GET has conditions and ranges as anywhere else. */
static void plan_unmatched(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct route *route = plan->spec->unmatched;
    plan->n_answers = plan->n_routes;
    if (!route)
        return;
    plan->routes[plan->n_answers] = (struct route_plan){
        .route = route,
        .ident = "0",
        .line = source_place(route->span.source, route->span.start).line,
        .name = STR("unmatched"),
    };
    plan_response(planner, &plan->routes[plan->n_answers++], true);
}

/* ---- Values ---- */

/* Equal constraints have one language. */
const struct value_plan *plan_value(const struct plan *plan,
                                    const struct parameter *parameter)
{
    for (size_t i = 0; i < plan->n_values; i++)
        if (plan->values[i].parameter->language == parameter->language)
            return &plan->values[i];
    return NULL;
}

static struct str value_ident(struct planner *planner, const char *before,
                              const struct parameter *parameter)
{
    struct buf out;
    buf_init(&out, planner->arena);
    buf_put(&out, str_from(before));
    ident_put(&out, parameter->constraints.text, IDENT_LOWER);
    if (out.at[out.len - 1] == '_')
        out.len--;
    return buf_str(&out);
}

static void plan_values(struct planner *planner, struct parameter *const *parameters,
                        size_t n)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < n; i++) {
        const struct parameter *parameter = parameters[i];
        if (parameter->n_constraints == 0 || plan_value(plan, parameter))
            continue;
        struct buf prefix;
        buf_init(&prefix, planner->arena);
        buf_printf(&prefix, "%s_is_", plan->ident);
        const char *before = str_z(planner->arena, buf_str(&prefix));
        plan->values = arena_grow(planner->arena, plan->values, plan->n_values,
                                  sizeof *plan->values);
        plan->values[plan->n_values++] = (struct value_plan){
            .parameter = parameter,
            .definition = ident_unique(&planner->definitions,
                                       value_ident(planner, "is_", parameter)),
            .function = ident_unique(&planner->functions,
                                     value_ident(planner, before, parameter)),
            .is_table = weight_is_heavy_value(parameter),
        };
    }
}

const char *plan_division(const struct plan *plan, const struct segment *segment)
{
    for (size_t i = 0; i < plan->n_divisions; i++)
        if (str_equal(plan->divisions[i].segment->shape, segment->shape))
            return plan->divisions[i].function;
    return NULL;
}

static void plan_divisions(struct planner *planner, const struct template *template)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        bool is_divided = segment->n_parts > 1 &&
                          (segment->needs_division || weight_is_heavy(segment));
        if (!is_divided || plan_division(plan, segment))
            continue;
        struct buf ident;
        buf_init(&ident, planner->arena);
        buf_printf(&ident, "%s_divide", plan->ident);
        plan_put_ident(&ident, segment, IDENT_LOWER);
        plan->divisions = arena_grow(planner->arena, plan->divisions, plan->n_divisions,
                                     sizeof *plan->divisions);
        plan->divisions[plan->n_divisions++] = (struct division_plan){
            segment, ident_unique(&planner->functions, buf_str(&ident))};
    }
}

bool plan_has_function(const struct matcher *matcher)
{
    return !matcher->twin || matcher->twin == matcher;
}

/* ---- Methods ---- */

static int compare_methods(const void *left, const void *right)
{
    const struct method_plan *a = left;
    const struct method_plan *b = right;
    return str_compare(a->name, b->name);
}

/* A route among those that answer a method. */
struct contender {
    const struct route *route;
    bool is_own; /* it names the method */
};

static bool is_ever_best(const struct rivals *rivals, const struct route *route)
{
    struct buf path;
    buf_init(&path, rivals->arena);
    return rivals_alone(rivals, route, &path) != PATHS_NONE;
}

/* The order of the spec does not matter: equal ranks exclude each other, or one of them
 * is written for the method itself, which goes first (RFC 9110 section 9.3.2). */
static int compare_contenders(const void *left, const void *right)
{
    const struct contender *a = left;
    const struct contender *b = right;
    int order = precedence_compare(&a->route->template, &b->route->template);
    if (order == 0)
        order = (int)b->is_own - (int)a->is_own;
    if (order == 0)
        order =
            str_compare(a->route->template.source.text, b->route->template.source.text);
    return order;
}

const struct route **plan_routes_of(const struct spec *spec, struct str method,
                                    struct arena *arena, size_t *n)
{
    struct contender *sorted = arena_array(arena, spec->n_routes, sizeof *sorted);
    const struct route **routes = arena_array(arena, spec->n_routes, sizeof *routes);
    struct rivals rivals;
    size_t n_sorted = 0;
    size_t budget = PATHS_BUDGET;
    rivals_init(&rivals, spec, method, &budget, arena);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct route *route = &spec->routes[i];
        if (!rivals_answers(route, method))
            continue;
        sorted[n_sorted++] =
            (struct contender){route, rivals_has_method(route, method)};
        rivals_add(&rivals, route);
    }
    qsort(sorted, n_sorted, sizeof *sorted, compare_contenders);
    *n = 0;
    for (size_t i = 0; i < n_sorted; i++)
        if (sorted[i].is_own || is_ever_best(&rivals, sorted[i].route))
            routes[(*n)++] = sorted[i].route;
    return routes;
}

static const struct method_plan *find_method(const struct plan *plan, struct str name)
{
    for (size_t i = 0; i < plan->n_methods; i++)
        if (str_equal(plan->methods[i].name, name))
            return &plan->methods[i];
    return NULL;
}

static void add_method(struct planner *planner, struct str name)
{
    struct plan *plan = planner->plan;
    if (find_method(plan, name))
        return;
    plan->methods = arena_grow(planner->arena, plan->methods, plan->n_methods,
                               sizeof *plan->methods);
    plan->methods[plan->n_methods++] = (struct method_plan){.name = name};
}

static const struct matcher *method_matcher(struct planner *planner, struct str method)
{
    struct buf ident;
    buf_init(&ident, planner->arena);
    buf_printf(&ident, "%s_match_", planner->plan->ident);
    ident_put(&ident, method, IDENT_LOWER);
    struct route_set set = {0};
    set.routes = plan_routes_of(planner->plan->spec, method, planner->arena, &set.n);
    return divide_routes(planner->arena, planner->plan, &planner->functions, set,
                         buf_str(&ident));
}

static void plan_methods(struct planner *planner)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < plan->spec->n_routes; i++) {
        const struct route *route = &plan->spec->routes[i];
        for (size_t j = 0; j < route->n_methods; j++)
            add_method(planner, route->methods[j].text);
    }
    bool has_own_head = find_method(plan, STR("HEAD")) != NULL;
    bool has_get = find_method(plan, STR("GET")) != NULL;
    if (has_get)
        add_method(planner, STR("HEAD"));
    qsort(plan->methods, plan->n_methods, sizeof *plan->methods, compare_methods);
    for (size_t i = 0; i < plan->n_methods; i++) {
        struct method_plan *method = &plan->methods[i];
        bool is_shared = str_equal(method->name, STR("HEAD")) && !has_own_head;
        if (is_shared)
            method->matcher = find_method(plan, STR("GET"))->matcher;
        else
            method->matcher = method_matcher(planner, method->name);
    }
}

void plan_build(const struct spec *spec, struct plan *plan, struct arena *arena)
{
    struct planner planner = {
        .arena = arena,
        .plan = plan,
        .functions = {.given = {.arena = arena}},
        .enumerators = {.given = {.arena = arena}},
        .definitions = {.given = {.arena = arena}},
        .arrays = {.given = {.arena = arena}},
        .parameters = {.arena = arena},
    };
    *plan = (struct plan){
        .spec = spec,
        .spec_name = file_name(spec->source->path),
        .spec_path = spec_path(spec->source->path, arena),
        .ident = prefix(arena, spec->name.text, IDENT_LOWER),
        .macro = prefix(arena, spec->name.text, IDENT_UPPER),
        .data = {.arena = arena},
        .environment = {.indices = {.arena = arena}},
    };
    plan->data.prefix = plan->ident;
    plan_routes(&planner);
    calls_plan(plan, &planner.functions, arena);
    plan_unmatched(&planner);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct route *route = &spec->routes[i];
        plan_values(&planner, route->template.parameters, route->template.n_parameters);
        plan_values(&planner, route->query, route->n_query);
        plan_divisions(&planner, &route->template);
    }
    plan_methods(&planner);
    share_matchers(plan, &planner.functions, arena);
}
