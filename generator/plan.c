#include "plan.h"

#include "dfa.h"
#include "ident.h"
#include "precedence.h"
#include "rivals.h"

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
    size_t rules_in_file;
};

/* The routes of one matcher before they are divided. */
struct route_set {
    const struct route **routes; /* most specific first */
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

static void put_segment_ident(struct buf *out, const struct segment *segment,
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
        put_segment_ident(&out, &route->template.segments[i], IDENT_UPPER);
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
            .parameters = plan_parameters(planner, &route->template),
        };
        representation_plan(route, &plan->routes[i].response, planner->arena);
    }
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

static void plan_values(struct planner *planner, const struct template *template)
{
    struct plan *plan = planner->plan;
    for (size_t i = 0; i < template->n_parameters; i++) {
        const struct parameter *parameter = template->parameters[i];
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
        };
    }
}

/* ---- Matchers ---- */

static struct matcher *plan_matcher(struct planner *planner, struct route_set set,
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
                                   const struct route_set *set)
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

static const struct segment *segment_at(const struct route *route, size_t i)
{
    const struct template *template = &route->template;
    return i < template->n_segments ? &template->segments[i] : NULL;
}

/* Whether a path of the route may end before its segment `i`, or must. */
static bool is_open(const struct route *route, size_t i)
{
    const struct segment *segment = segment_at(route, i);
    return !segment || segment->rank >= RANK_CONSTRAINED_CATCH_ALL ||
           precedence_may_end(&route->template, i);
}

static bool is_same_segment(const struct route *a, const struct route *b, size_t i)
{
    return str_equal(segment_at(a, i)->shape, segment_at(b, i)->shape);
}

/* How many routes from the first on lead with their next segment to one matcher. */
static size_t group_length(const struct route_set *set, size_t start)
{
    size_t end = start + 1;
    if (is_open(set->routes[start], set->first))
        return 1;
    while (end < set->n && !is_open(set->routes[end], set->first) &&
           is_same_segment(set->routes[start], set->routes[end], set->first))
        end++;
    return end - start;
}

static void put_rule(struct matcher *matcher, struct planner *planner,
                     const struct route *route)
{
    const struct plan *plan = planner->plan;
    matcher->rules[matcher->n_rules++].route =
        &plan->routes[(size_t)(route - plan->spec->routes)];
}

/* The segment up to which all routes of the group have the same ones. */
static size_t shared_end(const struct route_set *group)
{
    const struct route *first = group->routes[0];
    for (size_t i = group->first;; i++)
        for (size_t j = 0; j < group->n; j++)
            if (is_open(group->routes[j], i) ||
                !is_same_segment(first, group->routes[j], i))
                return i;
}

/* A rule for routes that share their next segment: one route is matched to its end. */
static void plan_group(struct planner *planner, struct matcher *matcher,
                       struct route_set group)
{
    if (group.n == 1) {
        put_rule(matcher, planner, group.routes[0]);
        return;
    }
    struct rule *rule = &matcher->rules[matcher->n_rules++];
    struct buf ident;
    buf_init(&ident, planner->arena);
    buf_put(&ident, str_from(matcher->ident));
    rule->prefix = &group.routes[0]->template;
    rule->end = shared_end(&group);
    for (size_t i = group.first; i < rule->end; i++)
        put_segment_ident(&ident, &rule->prefix->segments[i], IDENT_LOWER);
    group.first = rule->end;
    rule->next = plan_matcher(planner, group, buf_str(&ident));
}

/* One alternative for each group of routes that share their next segment. */
static void divide(struct planner *planner, const struct route_set *set,
                   struct matcher *matcher)
{
    for (size_t start = 0, n; start < set->n; start += n) {
        n = group_length(set, start);
        plan_group(planner, matcher,
                   (struct route_set){set->routes + start, n, set->first});
    }
}

/* ---- Stages ---- */

static bool has_ended(const struct route_set *set, size_t i)
{
    return !segment_at(set->routes[i], set->first);
}

static enum segment_rank rank_at(const struct route_set *set, size_t i)
{
    /* An end excludes every literal, so it stands among them. */
    return has_ended(set, i) ? RANK_LITERAL
                             : segment_at(set->routes[i], set->first)->rank;
}

static bool is_divisible(const struct route_set *set, size_t i)
{
    return has_ended(set, i) || !is_open(set->routes[i], set->first);
}

static bool is_overlapping(struct planner *planner, const struct route *a,
                           const struct route *b, size_t i)
{
    const struct dfa *both =
        dfa_intersect(segment_at(a, i)->dfa, segment_at(b, i)->dfa, planner->arena);
    return !both || !dfa_is_empty(both);
}

/* Whether route `i` can be an alternative beside the first `i`: the next segments of
 * all are the same or exclude each other. */
static bool is_alternative(struct planner *planner, const struct route_set *set,
                           size_t i)
{
    const struct route *route = set->routes[i];
    if (rank_at(set, i) != rank_at(set, 0) || !is_divisible(set, i))
        return false;
    if (rank_at(set, i) == RANK_LITERAL)
        return true;
    size_t n_compared = 0;
    for (size_t j = i; j-- > 0;) {
        if (is_same_segment(set->routes[j], route, set->first))
            return true;
        if (j > 0 && is_same_segment(set->routes[j], set->routes[j - 1], set->first))
            continue;
        if (++n_compared > PLAN_RULES_PER_MATCHER ||
            is_overlapping(planner, set->routes[j], route, set->first))
            return false;
    }
    return true;
}

/* How many routes, in order of precedence, are taken together: those that their next
 * segments tell apart, or else those that may end here. */
static size_t stage_length(struct planner *planner, const struct route_set *set)
{
    size_t n = 1;
    if (is_divisible(set, 0))
        while (n < set->n && is_alternative(planner, set, n))
            n++;
    else
        while (n < set->n && !is_divisible(set, n))
            n++;
    return n;
}

/* ---- Constraints that rules leave to functions ---- */

static bool is_whole(const struct segment *segment)
{
    return segment->n_parts == 1 && segment->parts[0].parameter;
}

/* Whether one of the segments [first, end) is a parameter with a large constraint. */
static bool has_large_constraint(const struct template *template, size_t first,
                                 size_t end)
{
    for (size_t i = first; i < end; i++)
        if (template->segments[i].rank == RANK_CONSTRAINED &&
            is_whole(&template->segments[i]) &&
            template->segments[i].dfa->n_states > PLAN_STATES_INLINE)
            return true;
    return false;
}

/* Whether a path may fit both templates from segment `i` on, as far as their literals
 * and ends can tell. */
static bool may_share(const struct template *a, const struct template *b, size_t i)
{
    for (;; i++) {
        if (precedence_may_end(a, i) && precedence_may_end(b, i))
            return true;
        if (i == a->n_segments || i == b->n_segments)
            return false;
        const struct segment *s = &a->segments[i];
        const struct segment *t = &b->segments[i];
        if (s->rank >= RANK_CONSTRAINED_CATCH_ALL ||
            t->rank >= RANK_CONSTRAINED_CATCH_ALL)
            return true;
        if (s->rank == RANK_LITERAL && t->rank == RANK_LITERAL &&
            !str_equal(s->shape, t->shape))
            return false;
    }
}

/* Whether a rule behind rule `i` of an undivided matcher could take its paths. */
static bool has_substitute(const struct matcher *matcher, size_t i)
{
    const struct template *template = &matcher->rules[i].route->route->template;
    for (size_t j = i + 1; j < matcher->n_rules; j++)
        if (may_share(template, &matcher->rules[j].route->route->template,
                      matcher->first))
            return true;
    return false;
}

static bool is_large(const struct rule *rule, size_t first)
{
    const struct template *template = rule->prefix;
    size_t end = rule->end;
    if (rule->route) {
        template = &rule->route->route->template;
        end = template->n_segments;
    }
    return has_large_constraint(template, first, end);
}

/* The alternatives of a divided matcher exclude each other by their literals. */
static void choose_tests(struct matcher *matcher, bool is_divided, bool is_literal)
{
    for (size_t i = 0; i < matcher->n_rules; i++)
        matcher->rules[i].tests_values =
            is_large(&matcher->rules[i], matcher->first) &&
            (is_divided ? is_literal : !has_substitute(matcher, i));
}

/* ---- Division ---- */

/* A route and what it is sorted by. */
struct candidate {
    const struct route *route;
    struct str shape; /* of its next segment, empty at its end */
    size_t order;
};

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    int order = str_compare(a->shape, b->shape);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Brings routes with the same next segment together, otherwise in the order they had.
 */
static void group_routes(struct planner *planner, struct route_set *stage)
{
    struct candidate *sorted = arena_array(planner->arena, stage->n, sizeof *sorted);
    for (size_t i = 0; i < stage->n; i++) {
        const struct segment *segment = segment_at(stage->routes[i], stage->first);
        sorted[i] =
            (struct candidate){stage->routes[i], segment ? segment->shape : STR(""), i};
    }
    qsort(sorted, stage->n, sizeof *sorted, compare_candidates);
    for (size_t i = 0; i < stage->n; i++)
        stage->routes[i] = sorted[i].route;
}

static struct matcher *plan_otherwise(struct planner *planner, struct route_set rest,
                                      const struct matcher *matcher)
{
    struct buf ident;
    buf_init(&ident, planner->arena);
    buf_printf(&ident, "%s_or", matcher->ident);
    return plan_matcher(planner, rest, buf_str(&ident));
}

static struct matcher *plan_matcher(struct planner *planner, struct route_set set,
                                    struct str ident)
{
    struct matcher *matcher = add_matcher(planner, ident, &set);
    struct route_set stage = set;
    if (set.n > PLAN_RULES_PER_MATCHER)
        stage.n = stage_length(planner, &set);
    bool is_divided = stage.n > PLAN_RULES_PER_MATCHER && is_divisible(&stage, 0);
    bool is_literal = rank_at(&stage, 0) == RANK_LITERAL;
    if (is_divided) {
        group_routes(planner, &stage);
        divide(planner, &stage, matcher);
    } else {
        for (size_t i = 0; i < stage.n; i++)
            put_rule(matcher, planner, stage.routes[i]);
    }
    choose_tests(matcher, is_divided, is_literal);
    struct route_set rest = {set.routes + stage.n, set.n - stage.n, set.first};
    if (rest.n > 0)
        matcher->otherwise = plan_otherwise(planner, rest, matcher);
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
    return plan_matcher(planner, set, buf_str(&ident));
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
        .ident = prefix(arena, spec->name.text, IDENT_LOWER),
        .macro = prefix(arena, spec->name.text, IDENT_UPPER),
    };
    plan_routes(&planner);
    for (size_t i = 0; i < spec->n_routes; i++)
        plan_values(&planner, &spec->routes[i].template);
    plan_methods(&planner);
}
