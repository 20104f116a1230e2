/* A tree of segments. Routes that share a path are found by walking it along the
 * segments of one of them, so a route meets only those that look alike. Most routes
 * meet none at all on their best path, which is looked up before any comparison. */
#include "rivals.h"

#include "ascii.h"
#include "dfa.h"
#include "precedence.h"
#include "table.h"

#include <stdlib.h>

enum {
    N_RANKS = RANK_CATCH_ALL + 1,
    PATHS_TRIED_MAX = 8, /* before a route is compared with all that look alike */
    SEGMENT_COST = 8,    /* in steps, of a look at a segment */
};

struct nodes {
    struct rivals_node **nodes;
    size_t n;
    const struct route *best; /* one of those below that no other goes before */
};

/* The routes that share the shapes of their first segments. */
struct rivals_node {
    const struct segment *segment;  /* that leads here */
    const struct route *best;       /* as in struct nodes */
    struct table by_shape;          /* further nodes */
    struct nodes children[N_RANKS]; /* the same by rank */
    const struct route **routes;    /* that may end here */
    size_t n_routes;
};

/* The routes that go before one and may match some of its paths. */
struct finding {
    const struct rivals *rivals;
    struct arena *arena;
    const struct route *route;
    const struct template *template; /* of paths that are walked along */
    const struct route **routes;     /* those found so far */
    size_t n;
};

/* ---- Methods ---- */

bool rivals_has_method(const struct route *route, struct str method)
{
    for (size_t i = 0; i < route->n_methods; i++)
        if (str_equal(route->methods[i].text, method))
            return true;
    return false;
}

bool rivals_answers(const struct route *route, struct str method)
{
    return rivals_has_method(route, method) ||
           (str_equal(method, STR("HEAD")) && rivals_has_method(route, STR("GET")));
}

bool rivals_goes_before(const struct rivals *rivals, const struct route *a,
                        const struct route *b)
{
    int order = precedence_compare(&a->template, &b->template);
    if (order != 0)
        return order < 0;
    return rivals_has_method(a, rivals->method) &&
           !rivals_has_method(b, rivals->method);
}

/* ---- The tree ---- */

static struct rivals_node *make_node(const struct rivals *rivals,
                                     const struct segment *segment)
{
    struct rivals_node *node = arena_alloc(rivals->arena, sizeof *node);
    node->segment = segment;
    node->by_shape.arena = rivals->arena;
    return node;
}

void rivals_init(struct rivals *rivals, const struct spec *spec, struct str method,
                 size_t *budget, struct arena *arena)
{
    *rivals = (struct rivals){spec, arena, &spec->matching, budget, method, NULL};
    rivals->root = make_node(rivals, NULL);
}

static bool is_catch_all(const struct segment *segment)
{
    return segment->rank >= RANK_CONSTRAINED_CATCH_ALL;
}

/* The node that `segment` leads to from `parent`. */
static struct rivals_node *go_down(const struct rivals *rivals,
                                   struct rivals_node *parent,
                                   const struct segment *segment)
{
    struct nodes *children = &parent->children[segment->rank];
    struct rivals_node *node = table_find(&parent->by_shape, segment->shape);
    if (node)
        return node;
    node = make_node(rivals, segment);
    table_put(&parent->by_shape, segment->shape, node);
    children->nodes = arena_grow(rivals->arena, children->nodes, children->n,
                                 sizeof(struct rivals_node *));
    children->nodes[children->n++] = node;
    return node;
}

static void keep_best(const struct rivals *rivals, const struct route **best,
                      const struct route *route)
{
    if (!*best || rivals_goes_before(rivals, route, *best))
        *best = route;
}

static void add_end(const struct rivals *rivals, struct rivals_node *node,
                    const struct route *route)
{
    node->routes = arena_grow(rivals->arena, node->routes, node->n_routes,
                              sizeof(const struct route *));
    node->routes[node->n_routes++] = route;
}

/* Whether `template` matches a path without its segments from `i` on. The slash that
 * starts a path stands before nothing, too. */
static bool may_end(const struct template *template, size_t i)
{
    bool is_root = template->n_segments == 1 && template->segments[0].n_parts == 0;
    return (is_root && i == 0) || precedence_may_end(template, i);
}

void rivals_add(struct rivals *rivals, const struct route *route)
{
    const struct template *template = &route->template;
    struct rivals_node *node = rivals->root;
    for (size_t i = 0;; i++) {
        if (may_end(template, i))
            add_end(rivals, node, route);
        if (i == template->n_segments)
            break;
        keep_best(rivals, &node->children[template->segments[i].rank].best, route);
        node = go_down(rivals, node, &template->segments[i]);
        keep_best(rivals, &node->best, route);
    }
}

/* ---- Walks ---- */

static void take(struct finding *finding, const struct rivals_node *node)
{
    paths_spend(finding->rivals->budget, node->n_routes);
    for (size_t i = 0; i < node->n_routes; i++) {
        if (!rivals_goes_before(finding->rivals, node->routes[i], finding->route))
            continue;
        finding->routes = arena_grow(finding->arena, finding->routes, finding->n,
                                     sizeof(const struct route *));
        finding->routes[finding->n++] = node->routes[i];
    }
}

/* Whether the best of some routes, if there are any, goes before the one compared. */
static bool is_worth(const struct finding *finding, const struct route *best)
{
    return best && rivals_goes_before(finding->rivals, best, finding->route);
}

static void take_all(struct finding *finding, const struct rivals_node *node)
{
    take(finding, node);
    for (size_t i = 0; i < N_RANKS; i++)
        for (size_t j = 0; j < node->children[i].n; j++)
            take_all(finding, node->children[i].nodes[j]);
}

static struct str literal_of(const struct segment *segment)
{
    return segment->n_parts > 0 ? segment->parts[0].literal : STR("");
}

/* Whether both may match one text, of which at most one is a literal; true in doubt. */
static bool may_overlap(const struct segment *a, const struct segment *b)
{
    if (a->rank == RANK_LITERAL)
        return dfa_accepts(b->dfa, literal_of(a));
    if (b->rank == RANK_LITERAL)
        return dfa_accepts(a->dfa, literal_of(b));
    return true;
}

static void walk(struct finding *finding, const struct rivals_node *node, size_t i);

static void walk_child(struct finding *finding, const struct rivals_node *child,
                       size_t i)
{
    const struct segment *segment = &finding->template->segments[i];
    if (!is_worth(finding, child->best))
        return;
    if (is_catch_all(child->segment))
        take(finding, child);
    else if (is_catch_all(segment))
        take_all(finding, child);
    else if (may_overlap(segment, child->segment))
        walk(finding, child, i + 1);
}

static void walk_children(struct finding *finding, const struct nodes *children,
                          size_t i)
{
    if (!is_worth(finding, children->best))
        return;
    paths_spend(finding->rivals->budget, SEGMENT_COST * children->n);
    for (size_t j = 0; j < children->n; j++)
        walk_child(finding, children->nodes[j], i);
}

static void walk_same(struct finding *finding, const struct rivals_node *node, size_t i)
{
    const struct segment *segment = &finding->template->segments[i];
    const struct rivals_node *same = table_find(&node->by_shape, segment->shape);
    if (same && is_worth(finding, same->best))
        walk(finding, same, i + 1);
}

/* Goes on at `node`, to which the first `i` segments may lead. */
static void walk(struct finding *finding, const struct rivals_node *node, size_t i)
{
    const struct template *template = finding->template;
    if (may_end(template, i))
        take(finding, node);
    if (i == template->n_segments)
        return;
    if (template->segments[i].rank == RANK_LITERAL)
        walk_same(finding, node, i);
    else
        walk_children(finding, &node->children[RANK_LITERAL], i);
    for (size_t rank = RANK_LITERAL + 1; rank < N_RANKS; rank++)
        walk_children(finding, &node->children[rank], i);
}

/* ---- What is found ---- */

static int compare_routes(const void *a, const void *b)
{
    const struct route *const *p = a;
    const struct route *const *q = b;
    return (*p > *q) - (*p < *q);
}

/* Adds the routes that may match a path of `template`, which `finding->route` matches.
 */
static void find(struct finding *finding, const struct template *template)
{
    finding->template = template;
    walk(finding, finding->rivals->root, 0);
    size_t n = finding->n;
    if (n > 1)
        qsort(finding->routes, n, sizeof *finding->routes, compare_routes);
    finding->n = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || finding->routes[i] != finding->routes[i - 1])
            finding->routes[finding->n++] = finding->routes[i];
}

/* ---- Single paths ---- */

static struct segment literal_segment(struct finding *finding, struct str text)
{
    struct segment segment = {.rank = RANK_LITERAL, .n_parts = text.len > 0};
    segment.parts = arena_alloc(finding->arena, sizeof *segment.parts);
    segment.parts->literal = text;
    struct buf shape;
    buf_init(&shape, finding->arena);
    bool ignores_case = finding->rivals->matching->ignore_case;
    for (size_t i = 0; i < text.len; i++)
        buf_putc(&shape, ignores_case ? to_lower(text.at[i]) : text.at[i]);
    segment.shape = buf_str(&shape);
    return segment;
}

/* The template of nothing but `path`. */
static struct template literal_template(struct finding *finding, struct str path)
{
    struct template template = {.n_segments = 0};
    for (size_t at = 0, end; at < path.len; at = end) {
        end = ++at;
        while (end < path.len && path.at[end] != '/')
            end++;
        template.segments = arena_grow(finding->arena, template.segments,
                                       template.n_segments, sizeof *template.segments);
        template.segments[template.n_segments++] =
            literal_segment(finding, str_slice(path, at, end));
    }
    return template;
}

/* Adds the routes that may match `path`. */
static void find_on(struct finding *finding, struct str path)
{
    struct template template = literal_template(finding, path);
    find(finding, &template);
    bool has_slash = template.segments[template.n_segments - 1].n_parts == 0;
    if (!has_slash || template.n_segments == 1 ||
        finding->rivals->matching->trailing_slash != TRAILING_SLASH_IGNORE)
        return;
    template.n_segments--;
    find(finding, &template);
}

static const struct template **templates_of(struct finding *finding)
{
    const struct template **templates =
        arena_array(finding->arena, finding->n, sizeof *templates);
    for (size_t i = 0; i < finding->n; i++)
        templates[i] = &finding->routes[i]->template;
    return templates;
}

/* The best path that no route found so far matches. */
static enum paths_result find_path(struct finding *finding, struct buf *path)
{
    const struct template **rivals = finding->n > 0 ? templates_of(finding) : NULL;
    buf_init(path, finding->arena);
    return paths_alone(&finding->route->template, rivals, finding->n,
                       finding->rivals->matching, finding->rivals->budget, path);
}

/* Looks for a path that the routes in `finding` do not match. If others match it, it is
 * looked for again with them, until none does. */
static enum paths_result settle(struct finding *finding, struct buf *path)
{
    enum paths_result result = find_path(finding, path);
    for (size_t n = 0, i = 0; result == PATHS_FOUND && i <= PATHS_TRIED_MAX; i++) {
        if (i < PATHS_TRIED_MAX)
            find_on(finding, buf_str(path));
        else
            find(finding, &finding->route->template);
        if (finding->n == n)
            break;
        n = finding->n;
        result = find_path(finding, path);
    }
    return result;
}

enum paths_result rivals_alone(const struct rivals *rivals, const struct route *route,
                               struct buf *path)
{
    struct arena arena = {0};
    struct finding finding = {.rivals = rivals, .arena = &arena, .route = route};
    struct buf found;
    enum paths_result result = settle(&finding, &found);
    if (result == PATHS_FOUND)
        paths_put_encoded(path, buf_str(&found));
    arena_free(&arena);
    return result;
}

const struct route **rivals_cover(const struct rivals *rivals,
                                  const struct route *route, struct arena *arena,
                                  size_t *n)
{
    struct finding finding = {.rivals = rivals, .arena = arena, .route = route};
    struct buf found;
    *n = settle(&finding, &found) == PATHS_NONE ? finding.n : 0;
    return finding.routes;
}
