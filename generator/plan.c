#include "plan.h"

#include "ident.h"
#include "krt.h"
#include "reply.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* What the functions below share while a plan grows. */
struct planner {
    struct arena *arena;
    struct plan *plan;
    struct idents functions;
    struct idents enumerators;
    size_t rules_in_file;
};

/* The rules of one matcher before they are divided. */
struct rule_set {
    const struct route_plan **routes; /* most specific first */
    size_t n;
    size_t first; /* segment that the matcher starts at */
};

/* ---- Names ---- */

static const char *file_name(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}

static const char *prefix(struct arena *arena, struct str name, enum ident_case letters)
{
    struct buf out;
    buf_init(&out, arena);
    ident_put(&out, name, letters);
    return str_z(arena, buf_str(&out));
}

static void put_segment_ident(struct buf *out, const struct segment *segment)
{
    buf_putc(out, '_');
    ident_put(out, segment->text.len > 0 ? segment->text : STR("root"), IDENT_UPPER);
}

static const char *route_ident(struct planner *planner, const struct route *route)
{
    struct buf out;
    buf_init(&out, planner->arena);
    buf_printf(&out, "%s_", planner->plan->macro);
    ident_put(&out, route->methods[0].text, IDENT_UPPER);
    for (size_t i = 0; i < route->template.n_segments; i++)
        put_segment_ident(&out, &route->template.segments[i]);
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

/* ---- Responses ---- */

static void put_field(struct buf *out, struct str name, struct str value)
{
    buf_put(out, name);
    buf_put(out, STR(": "));
    buf_put(out, value);
    buf_put(out, STR("\r\n"));
}

/* RFC 9110 sections 8.6 and 15.4.5: 204 has no Content-Length, 304 need not. */
static bool has_length(int status)
{
    return status != 204 && status != 304;
}

static struct str response_head(struct arena *arena, const struct response *response)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "HTTP/1.1 %d %s\r\n", response->status,
               krt_reason(response->status));
    if (response->media_type.text.len > 0)
        put_field(&out, STR("Content-Type"), response->media_type.text);
    if (has_length(response->status))
        buf_printf(&out, "Content-Length: %lu\r\n", (unsigned long)response->body.len);
    for (size_t i = 0; i < response->n_headers; i++)
        put_field(&out, response->headers[i].name.text,
                  response->headers[i].value.text);
    assert(out.len <= KRT_RESPONSE_HEAD_MAX);
    return buf_str(&out);
}

static void plan_routes(struct planner *planner)
{
    struct plan *plan = planner->plan;
    const struct spec *spec = plan->spec;
    plan->n_routes = spec->n_routes;
    plan->routes = arena_array(planner->arena, spec->n_routes, sizeof *plan->routes);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct route *route = &spec->routes[i];
        plan->routes[i] = (struct route_plan){
            .route = route,
            .ident = route_ident(planner, route),
            .line = source_place(route->span.source, route->span.start).line,
            .name = route_name(planner->arena, route),
            .head = response_head(planner->arena, &route->response),
        };
    }
}

/* ---- Precedence ---- */

static int compare_segments(const struct segment *a, const struct segment *b)
{
    if (a->kind != b->kind)
        return a->kind == SEGMENT_LITERAL ? -1 : 1;
    return a->kind == SEGMENT_LITERAL ? str_compare(a->text, b->text) : 0;
}

/* Most specific first, segment by segment; among the rest any fixed order will do. */
static int compare_routes(const void *left, const void *right)
{
    const struct route_plan *const *a = left;
    const struct route_plan *const *b = right;
    const struct template *s = &(*a)->route->template;
    const struct template *t = &(*b)->route->template;
    for (size_t i = 0; i < s->n_segments && i < t->n_segments; i++) {
        int order = compare_segments(&s->segments[i], &t->segments[i]);
        if (order != 0)
            return order;
    }
    return (s->n_segments > t->n_segments) - (s->n_segments < t->n_segments);
}

/* ---- Matchers ---- */

static struct matcher *plan_matcher(struct planner *planner, struct rule_set set,
                                    struct str ident);

/* Counts rules so that no file grows without limit; a matcher stays in one file. */
static size_t choose_file(struct planner *planner, size_t n_rules)
{
    struct plan *plan = planner->plan;
    bool is_full = planner->rules_in_file + n_rules > PLAN_RULES_PER_FILE;
    if (plan->n_files == 0 || (is_full && planner->rules_in_file > 0)) {
        plan->n_files++;
        planner->rules_in_file = 0;
    }
    planner->rules_in_file += n_rules;
    return plan->n_files - 1;
}

static struct matcher *add_matcher(struct planner *planner, struct str ident,
                                   const struct rule_set *set)
{
    struct plan *plan = planner->plan;
    struct matcher *matcher = arena_alloc(planner->arena, sizeof *matcher);
    matcher->ident = ident_unique(&planner->functions, ident);
    matcher->first = set->first;
    matcher->rules = arena_array(planner->arena, set->n, sizeof *matcher->rules);
    plan->matchers = arena_grow(planner->arena, plan->matchers, plan->n_matchers,
                                sizeof(struct matcher *));
    plan->matchers[plan->n_matchers++] = matcher;
    return matcher;
}

static const struct segment *segment_at(const struct route_plan *route, size_t index)
{
    const struct template *template = &route->route->template;
    return index < template->n_segments ? &template->segments[index] : NULL;
}

/* How many routes of `set` from `start` on have the same segment at its first place. */
static size_t group_length(const struct rule_set *set, size_t start)
{
    const struct segment *segment = segment_at(set->routes[start], set->first);
    size_t end = start + 1;
    while (end < set->n &&
           compare_segments(segment, segment_at(set->routes[end], set->first)) == 0)
        end++;
    return end - start;
}

static struct matcher *plan_group(struct planner *planner, const struct rule_set *set,
                                  size_t start, size_t n, const char *parent)
{
    const struct segment *segment = segment_at(set->routes[start], set->first);
    struct rule_set group = {set->routes + start, n, set->first + 1};
    struct buf ident;
    buf_init(&ident, planner->arena);
    buf_printf(&ident, "%s_", parent);
    ident_put(&ident, segment->text.len > 0 ? segment->text : STR("root"), IDENT_LOWER);
    return plan_matcher(planner, group, buf_str(&ident));
}

/* A route that alone has its literal can be matched to its end at once: the automaton
 * takes the longest match, so it falls back to the parameter's rule by itself. The
 * reverse is not so: a parameter's route would win over a literal's shorter rule. */
static bool is_decided(const struct segment *segment, size_t n)
{
    return !segment || (n == 1 && segment->kind == SEGMENT_LITERAL);
}

/* Gives each distinct next segment a matcher of its own. The routes are sorted, so a
 * route that ends here comes first and the parameters come last. */
static void divide(struct planner *planner, const struct rule_set *set,
                   struct matcher *matcher)
{
    for (size_t start = 0, n; start < set->n; start += n) {
        struct rule *rule = &matcher->rules[matcher->n_rules++];
        const struct segment *segment = segment_at(set->routes[start], set->first);
        n = segment ? group_length(set, start) : 1;
        if (is_decided(segment, n)) {
            rule->route = set->routes[start];
            continue;
        }
        rule->next = plan_group(planner, set, start, n, matcher->ident);
        if (segment->kind == SEGMENT_LITERAL)
            rule->segment = segment;
        else
            matcher->otherwise = rule->next;
    }
}

static struct matcher *plan_matcher(struct planner *planner, struct rule_set set,
                                    struct str ident)
{
    struct matcher *matcher = add_matcher(planner, ident, &set);
    bool is_small = set.n <= PLAN_RULES_PER_MATCHER;
    for (size_t i = 0; is_small && i < set.n; i++)
        matcher->rules[matcher->n_rules++].route = set.routes[i];
    if (!is_small)
        divide(planner, &set, matcher);
    matcher->file = choose_file(planner, matcher->n_rules);
    return matcher;
}

/* ---- Methods ---- */

static int compare_methods(const void *left, const void *right)
{
    const struct method_plan *a = left;
    const struct method_plan *b = right;
    return str_compare(a->name, b->name);
}

static bool route_has_method(const struct route *route, struct str method)
{
    for (size_t i = 0; i < route->n_methods; i++)
        if (str_equal(route->methods[i].text, method))
            return true;
    return false;
}

/* HEAD is answered wherever GET is (RFC 9110 section 9.3.2); a route for HEAD goes
 * first where both are. */
static bool answers(const struct route *route, struct str method)
{
    return route_has_method(route, method) ||
           (str_equal(method, STR("HEAD")) && route_has_method(route, STR("GET")));
}

/* The routes that answer `method`, most specific first, each shape once. */
static struct rule_set routes_of(struct planner *planner, struct str method)
{
    const struct plan *plan = planner->plan;
    struct rule_set all = {0};
    all.routes = arena_array(planner->arena, plan->n_routes, sizeof *all.routes);
    for (size_t i = 0; i < plan->n_routes; i++)
        if (answers(plan->routes[i].route, method))
            all.routes[all.n++] = &plan->routes[i];
    qsort(all.routes, all.n, sizeof *all.routes, compare_routes);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool is_twin = n > 0 && compare_routes(&all.routes[n - 1], &all.routes[i]) == 0;
        if (!is_twin)
            all.routes[n++] = all.routes[i];
        else if (route_has_method(all.routes[i]->route, method))
            all.routes[n - 1] = all.routes[i];
    }
    all.n = n;
    return all;
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
    return plan_matcher(planner, routes_of(planner, method), buf_str(&ident));
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
    };
    *plan = (struct plan){
        .spec = spec,
        .spec_name = file_name(spec->source->path),
        .ident = prefix(arena, spec->name.text, IDENT_LOWER),
        .macro = prefix(arena, spec->name.text, IDENT_UPPER),
    };
    plan_routes(&planner);
    plan_methods(&planner);
}
