#include "divide.h"

#include "dfa.h"
#include "precedence.h"
#include "weight.h"

#include <stdbool.h>
#include <stdlib.h>

/* What the functions below share. */
struct divider {
    struct arena *arena;
    struct plan *plan;
    struct idents *functions;
};

/* ---- Matchers ---- */

static struct matcher *plan_matcher(struct divider *divider, struct route_set set,
                                    struct str ident);

static struct matcher *add_matcher(struct divider *divider, struct str ident,
                                   const struct route_set *set)
{
    struct plan *plan = divider->plan;
    struct matcher *matcher = arena_alloc(divider->arena, sizeof *matcher);
    matcher->ident = ident_unique(divider->functions, ident);
    matcher->first = set->first;
    matcher->rules = arena_array(divider->arena, set->n, sizeof *matcher->rules);
    plan->matchers = arena_grow(divider->arena, plan->matchers, plan->n_matchers,
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

static void put_rule(struct matcher *matcher, struct divider *divider,
                     const struct route *route)
{
    const struct plan *plan = divider->plan;
    matcher->rules[matcher->n_rules++].route =
        &plan->routes[(size_t)(route - plan->spec->routes)];
}

/* Whether all routes of the group go on with the same segment. What stands behind the
 * literals of a single route is left to a matcher that others may share. */
static bool is_common(const struct route_set *group, size_t i)
{
    const struct route *first = group->routes[0];
    for (size_t j = 0; j < group->n; j++)
        if (is_open(group->routes[j], i) ||
            !is_same_segment(first, group->routes[j], i))
            return false;
    return group->n > 1 || segment_at(first, i)->rank == RANK_LITERAL;
}

/* A rule for routes that share their next segments: a single route that has only
 * literals, or none, is matched to its end. */
static void plan_group(struct divider *divider, struct matcher *matcher,
                       struct route_set group)
{
    const struct template *template = &group.routes[0]->template;
    size_t end = group.first;
    while (is_common(&group, end))
        end++;
    if (group.n == 1 && (end == group.first || end == template->n_segments)) {
        put_rule(matcher, divider, group.routes[0]);
        return;
    }
    struct rule *rule = &matcher->rules[matcher->n_rules++];
    struct buf ident;
    buf_init(&ident, divider->arena);
    buf_put(&ident, str_from(matcher->ident));
    rule->prefix = template;
    rule->end = end;
    for (size_t i = group.first; i < end; i++)
        plan_put_ident(&ident, &template->segments[i], IDENT_LOWER);
    group.first = end;
    rule->next = plan_matcher(divider, group, buf_str(&ident));
    rule->next->is_rest = true;
}

/* One alternative for each group of routes that share their next segment. */
static void divide(struct divider *divider, const struct route_set *set,
                   struct matcher *matcher)
{
    for (size_t start = 0, n; start < set->n; start += n) {
        n = group_length(set, start);
        plan_group(divider, matcher,
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

/* Whether a function must test one of the route's segments from `first` on. */
static bool has_heavy_segment(const struct route *route, size_t first)
{
    for (size_t i = first; i < route->template.n_segments; i++)
        if (weight_is_heavy(&route->template.segments[i]))
            return true;
    return false;
}

static bool is_overlapping(struct divider *divider, const struct route *a,
                           const struct route *b, size_t i)
{
    const struct dfa *both =
        dfa_intersect(segment_at(a, i)->dfa, segment_at(b, i)->dfa, divider->arena);
    return !both || !dfa_is_empty(both);
}

/* Whether route `i` can be an alternative beside the first `i`: the next segments of
 * all are the same or exclude each other. */
static bool is_alternative(struct divider *divider, const struct route_set *set,
                           size_t i)
{
    const struct route *route = set->routes[i];
    if (rank_at(set, i) != rank_at(set, 0) || !is_divisible(set, i))
        return false;
    if (rank_at(set, i) == RANK_LITERAL)
        return true;
    if (has_heavy_segment(set->routes[0], set->first) ||
        has_heavy_segment(route, set->first))
        return is_same_segment(set->routes[0], route, set->first);
    size_t n_compared = 0;
    for (size_t j = i; j-- > 0;) {
        if (is_same_segment(set->routes[j], route, set->first))
            return true;
        if (j > 0 && is_same_segment(set->routes[j], set->routes[j - 1], set->first))
            continue;
        if (++n_compared > PLAN_RULES_PER_MATCHER ||
            is_overlapping(divider, set->routes[j], route, set->first))
            return false;
    }
    return true;
}

/* How many routes, in order of precedence, are taken together: those that their next
 * segments tell apart, or else those that may end here. */
static size_t stage_length(struct divider *divider, const struct route_set *set)
{
    size_t n = 1;
    if (is_divisible(set, 0))
        while (n < set->n && is_alternative(divider, set, n))
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
        if ((template->segments[i].rank == RANK_CONSTRAINED &&
             is_whole(&template->segments[i]) &&
             template->segments[i].dfa->n_states > PLAN_STATES_INLINE) ||
            weight_is_heavy(&template->segments[i]))
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

/* The alternatives of a divided matcher, if several, exclude each other by their
 * literals. */
static void choose_tests(struct matcher *matcher, bool is_divided, bool is_literal)
{
    for (size_t i = 0; i < matcher->n_rules; i++)
        matcher->rules[i].tests_values =
            is_large(&matcher->rules[i], matcher->first) &&
            (is_divided ? is_literal || matcher->n_rules == 1
                        : !has_substitute(matcher, i));
}

/* ---- Weight ---- */

/* Whether the first `n` routes can be the rules of one matcher: their automaton is not
 * too large, and no rule goes on behind one that a function must test. */
static bool is_matcher(struct divider *divider, const struct route_set *set, size_t n)
{
    struct matcher trial = {.first = set->first};
    struct weighed *weighed = arena_array(divider->arena, n, sizeof *weighed);
    size_t max = WEIGHT_RULES_MAX;
    trial.rules = arena_array(divider->arena, n, sizeof *trial.rules);
    for (size_t i = 0; i < n; i++)
        put_rule(&trial, divider, set->routes[i]);
    choose_tests(&trial, false, false);
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = &trial.rules[i];
        const struct template *template = &rule->route->route->template;
        if (has_heavy_segment(set->routes[i], set->first) && !rule->tests_values)
            return false;
        weighed[i] =
            (struct weighed){template, template->n_segments, rule->tests_values};
        max += weight_of_literals(template, set->first);
    }
    return weight_of(weighed, n, set->first, max) <= max;
}

/* Only what more than one literal or a whole parameter takes can multiply much. */
static bool may_multiply(const struct route_set *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct template *template = &set->routes[i]->template;
        size_t j = set->first;
        if (has_heavy_segment(set->routes[i], j))
            return true;
        while (j < template->n_segments &&
               (template->segments[j].rank == RANK_LITERAL ||
                template->segments[j].rank == RANK_PARAMETER))
            j++;
        n += j < template->n_segments && template->segments[j].rank != RANK_CATCH_ALL;
    }
    return n > 1;
}

/* How many routes from the first on can be the rules of one matcher: one can always. */
static size_t matcher_length(struct divider *divider, const struct route_set *set)
{
    size_t fits = 1;
    size_t exceeds = set->n + 1;
    if (!may_multiply(set) || is_matcher(divider, set, set->n))
        return set->n;
    while (exceeds - fits > 1) {
        size_t n = fits + (exceeds - fits) / 2;
        if (is_matcher(divider, set, n))
            fits = n;
        else
            exceeds = n;
    }
    return fits;
}

/* Whether the next segments of all routes, taken together, are too large for one
 * matcher. */
static bool is_too_wide(struct divider *divider, const struct route_set *stage)
{
    struct weighed *weighed = arena_array(divider->arena, stage->n, sizeof *weighed);
    size_t n = 0;
    for (size_t i = 0; i < stage->n; i++)
        if (i == 0 ||
            !is_same_segment(stage->routes[i], stage->routes[i - 1], stage->first))
            weighed[n++] =
                (struct weighed){&stage->routes[i]->template, stage->first + 1, false};
    return n > 1 &&
           weight_of(weighed, n, stage->first, WEIGHT_RULES_MAX) > WEIGHT_RULES_MAX;
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
static void group_routes(struct divider *divider, struct route_set *stage)
{
    struct candidate *sorted = arena_array(divider->arena, stage->n, sizeof *sorted);
    for (size_t i = 0; i < stage->n; i++) {
        const struct segment *segment = segment_at(stage->routes[i], stage->first);
        sorted[i] =
            (struct candidate){stage->routes[i], segment ? segment->shape : STR(""), i};
    }
    qsort(sorted, stage->n, sizeof *sorted, compare_candidates);
    for (size_t i = 0; i < stage->n; i++)
        stage->routes[i] = sorted[i].route;
}

static struct matcher *plan_otherwise(struct divider *divider, struct route_set rest,
                                      const struct matcher *matcher)
{
    struct buf ident;
    buf_init(&ident, divider->arena);
    buf_printf(&ident, "%s_or", matcher->ident);
    return plan_matcher(divider, rest, buf_str(&ident));
}

static struct matcher *plan_matcher(struct divider *divider, struct route_set set,
                                    struct str ident)
{
    struct matcher *matcher = add_matcher(divider, ident, &set);
    struct route_set stage = set;
    if (set.n > PLAN_RULES_PER_MATCHER)
        stage.n = stage_length(divider, &set);
    bool is_divided = stage.n > PLAN_RULES_PER_MATCHER && is_divisible(&stage, 0);
    bool is_literal = rank_at(&stage, 0) == RANK_LITERAL;
    if (is_divided && !is_literal && is_too_wide(divider, &stage)) {
        stage.n = PLAN_RULES_PER_MATCHER;
        is_divided = false;
    }
    if (!is_divided)
        stage.n = matcher_length(divider, &stage);
    if (is_divided) {
        group_routes(divider, &stage);
        divide(divider, &stage, matcher);
    } else {
        for (size_t i = 0; i < stage.n; i++)
            put_rule(matcher, divider, stage.routes[i]);
    }
    choose_tests(matcher, is_divided, is_literal);
    struct route_set rest = {set.routes + stage.n, set.n - stage.n, set.first};
    if (rest.n > 0)
        matcher->otherwise = plan_otherwise(divider, rest, matcher);
    return matcher;
}

struct matcher *divide_routes(struct arena *arena, struct plan *plan,
                              struct idents *functions, struct route_set set,
                              struct str ident)
{
    struct divider divider = {arena, plan, functions};
    return plan_matcher(&divider, set, ident);
}
