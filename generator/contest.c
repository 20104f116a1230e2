#include "contest.h"

#include "precedence.h"
#include "rivals.h"
#include "str.h"
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>

enum { NOTES_MAX = 3 }; /* on one error */

/* One method of one route. */
struct entry {
    struct str method;
    const struct route *route;
};

/* The methods of the routes that can be compared, sorted. */
struct entries {
    struct entry *entries;
    size_t n;
};

/* A spec while its routes are compared. */
struct contest {
    const struct spec *spec;
    struct diag *diag;
    struct arena *arena;
    size_t budget; /* see paths.h */
    bool is_over;  /* it was used up */
    struct entries entries;
};

/* Routes of one method that are of equal rank and whose literal segments are the same.
 * No others are of equal rank and share a path. */
struct equals {
    const struct route **routes; /* in the order of the spec, none like another */
    size_t n;
};

/* All routes of one method. */
struct group {
    struct arena *arena;
    struct str method;
    struct equals **equals;
    size_t n;
    struct table by_literals; /* the equals */
    struct table by_shapes;   /* the routes */
};

static size_t subject_of(const struct contest *contest, const struct route *route)
{
    return DIAG_ROUTE((size_t)(route - contest->spec->routes));
}

/* By method, then in the order of the spec. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *p = a;
    const struct entry *q = b;
    int order = str_compare(p->method, q->method);
    return order != 0 ? order : (p->route > q->route) - (p->route < q->route);
}

static void list_entries(struct contest *contest)
{
    struct entries *list = &contest->entries;
    for (size_t i = 0; i < contest->spec->n_routes; i++) {
        const struct route *route = &contest->spec->routes[i];
        if (route->template.n_segments == 0 ||
            !diag_may_check(contest->diag, DIAG_ROUTE(i), CHECK_DUPLICATE_ROUTE))
            continue;
        for (size_t j = 0; j < route->n_methods; j++) {
            list->entries = arena_grow(contest->arena, list->entries, list->n,
                                       sizeof *list->entries);
            list->entries[list->n++] = (struct entry){route->methods[j].text, route};
        }
    }
    if (list->n > 1)
        qsort(list->entries, list->n, sizeof *list->entries, compare_entries);
}

/* ---- Two routes ---- */

static void fail_duplicate(struct contest *contest, struct str method,
                           const struct route *first, const struct route *second)
{
    struct diagnostic *error =
        diag_error(contest->diag, CHECK_DUPLICATE_ROUTE, second->span,
                   "'%.*s %.*s' matches the same requests as '%.*s %.*s'",
                   STR_ARG(method), STR_ARG(second->template.source.text),
                   STR_ARG(method), STR_ARG(first->template.source.text));
    diag_note(contest->diag, error, first->span, "the first route is here");
}

static void fail_ambiguous(struct contest *contest, struct str method,
                           const struct route *first, const struct route *second,
                           struct str path)
{
    struct buf text;
    buf_init(&text, contest->arena);
    paths_put_encoded(&text, path);
    struct diagnostic *error =
        diag_error(contest->diag, CHECK_AMBIGUOUS, second->span,
                   "'%.*s %.*s' and '%.*s %.*s' both match %.*s", STR_ARG(method),
                   STR_ARG(second->template.source.text), STR_ARG(method),
                   STR_ARG(first->template.source.text), STR_ARG(buf_str(&text)));
    diag_note(contest->diag, error, first->span, "the other route is here");
}

static void fail_complex(struct contest *contest, const struct route *route)
{
    diag_error(contest->diag, CHECK_COMPLEX, route->span,
               "it takes too long to compare this route with the others");
    contest->is_over = contest->budget == 0;
}

/* ---- Routes of equal rank ---- */

static bool has_failed(const struct contest *contest, const struct route *route)
{
    return !diag_may_check(contest->diag, subject_of(contest, route),
                           CHECK_UNREACHABLE);
}

static struct str literals_of(const struct template *template, struct arena *arena)
{
    struct buf name;
    buf_init(&name, arena);
    for (size_t i = 0; i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        buf_putc(&name, '/');
        buf_putc(&name, (char)('0' + segment->rank));
        if (segment->rank == RANK_LITERAL)
            buf_put(&name, segment->shape);
    }
    return buf_str(&name);
}

static struct str shapes_of(const struct template *template, struct arena *arena)
{
    struct buf name;
    buf_init(&name, arena);
    for (size_t i = 0; i < template->n_segments; i++) {
        buf_putc(&name, '/');
        buf_put(&name, template->segments[i].shape);
    }
    return buf_str(&name);
}

static struct equals *equals_of(struct group *group, const struct route *route)
{
    struct str name = literals_of(&route->template, group->arena);
    struct equals *equals = table_find(&group->by_literals, name);
    if (equals)
        return equals;
    equals = arena_alloc(group->arena, sizeof *equals);
    table_put(&group->by_literals, name, equals);
    group->equals =
        arena_grow(group->arena, group->equals, group->n, sizeof(struct equals *));
    group->equals[group->n++] = equals;
    return equals;
}

/* Adds a route to those that it equals, unless it is the same as another. */
static void add_equal(struct contest *contest, struct group *group, struct entry *entry)
{
    const struct route *route = entry->route;
    struct str name = shapes_of(&route->template, group->arena);
    const struct entry *first = table_find(&group->by_shapes, name);
    if (first) {
        if (!has_failed(contest, route))
            fail_duplicate(contest, group->method, first->route, route);
        return;
    }
    table_put(&group->by_shapes, name, entry);
    struct equals *equals = equals_of(group, route);
    equals->routes = arena_grow(group->arena, equals->routes, equals->n,
                                sizeof(const struct route *));
    equals->routes[equals->n++] = route;
}

static void judge_overlap(struct contest *contest, struct str method,
                          const struct equals *equals, size_t i,
                          const struct paths_overlap *overlap)
{
    const struct route *route = equals->routes[i];
    contest->diag->subject = subject_of(contest, route);
    if (has_failed(contest, route))
        return;
    if (overlap->result == PATHS_TOO_COMPLEX)
        fail_complex(contest, route);
    else if (overlap->result == PATHS_FOUND)
        fail_ambiguous(contest, method, equals->routes[overlap->other], route,
                       overlap->path);
}

static void check_equals(struct contest *contest, struct str method,
                         const struct equals *equals)
{
    struct arena arena = {0};
    const struct template **templates =
        arena_array(&arena, equals->n, sizeof *templates);
    for (size_t i = 0; i < equals->n; i++)
        templates[i] = &equals->routes[i]->template;
    const struct paths_overlap *overlaps = paths_overlaps(
        templates, equals->n, &contest->spec->matching, &contest->budget, &arena);
    for (size_t i = 1; i < equals->n && !contest->is_over; i++)
        judge_overlap(contest, method, equals, i, &overlaps[i]);
    arena_free(&arena);
}

/* The entries [start, end) are those of the group's method. */
static void check_all_equals(struct contest *contest, struct str method, size_t start,
                             size_t end)
{
    struct arena arena = {0};
    struct group group = {
        .arena = &arena,
        .method = method,
        .by_literals = {.arena = &arena},
        .by_shapes = {.arena = &arena},
    };
    for (size_t i = start; i < end; i++) {
        struct entry *entry = &contest->entries.entries[i];
        contest->diag->subject = subject_of(contest, entry->route);
        add_equal(contest, &group, entry);
    }
    for (size_t i = 0; i < group.n && !contest->is_over; i++)
        if (group.equals[i]->n > 1)
            check_equals(contest, method, group.equals[i]);
    arena_free(&arena);
}

/* ---- One route and better ones ---- */

static void note_path(struct contest *contest, struct diagnostic *error,
                      const struct route *winner, struct str path)
{
    struct buf text;
    buf_init(&text, contest->arena);
    paths_put_encoded(&text, path);
    diag_note(contest->diag, error, winner->span, "this one takes %.*s",
              STR_ARG(buf_str(&text)));
}

/* Shows which routes take the paths of one that never matches. */
static void note_winners(struct contest *contest, const struct rivals *rivals,
                         const struct route *route, struct diagnostic *error)
{
    size_t n = 0;
    size_t n_noted = 0;
    const struct route **found = rivals_cover(rivals, route, contest->arena, &n);
    for (size_t i = 0; i < n && n_noted < NOTES_MAX; i++) {
        struct buf path;
        buf_init(&path, contest->arena);
        if (paths_shared(&found[i]->template, &route->template,
                         &contest->spec->matching, &contest->budget,
                         &path) != PATHS_FOUND)
            continue;
        note_path(contest, error, found[i], buf_str(&path));
        n_noted++;
    }
}

static void fail_unreachable(struct contest *contest, const struct rivals *rivals,
                             const struct route *route)
{
    struct diagnostic *error =
        diag_error(contest->diag, CHECK_UNREACHABLE, route->span,
                   "'%.*s %.*s' never matches: other routes take all its paths",
                   STR_ARG(rivals->method), STR_ARG(route->template.source.text));
    note_winners(contest, rivals, route, error);
}

static void check_reachable(struct contest *contest, const struct rivals *rivals,
                            const struct route *route)
{
    contest->diag->subject = subject_of(contest, route);
    if (has_failed(contest, route))
        return;
    struct buf path;
    buf_init(&path, contest->arena);
    enum paths_result result = rivals_alone(rivals, route, &path);
    if (result == PATHS_TOO_COMPLEX)
        fail_complex(contest, route);
    else if (result == PATHS_NONE)
        fail_unreachable(contest, rivals, route);
}

/* ---- All routes ---- */

static void add_routes(const struct contest *contest, struct rivals *rivals,
                       struct str method)
{
    const struct entries *list = &contest->entries;
    for (size_t i = 0; i < list->n; i++)
        if (str_equal(list->entries[i].method, method))
            rivals_add(rivals, list->entries[i].route);
}

/* The entries [start, end) are those of one method. */
static void check_group(struct contest *contest, size_t start, size_t end)
{
    const struct entry *entries = contest->entries.entries;
    struct str method = entries[start].method;
    struct rivals rivals;
    check_all_equals(contest, method, start, end);
    rivals_init(&rivals, contest->spec, method, &contest->budget, contest->arena);
    for (size_t i = start; i < end; i++)
        rivals_add(&rivals, entries[i].route);
    if (str_equal(method, STR("HEAD")))
        add_routes(contest, &rivals, STR("GET"));
    for (size_t i = start; i < end && !contest->is_over; i++)
        check_reachable(contest, &rivals, entries[i].route);
}

void check_contest(const struct spec *spec, struct diag *diag)
{
    struct arena arena = {0};
    struct contest contest = {
        .spec = spec, .diag = diag, .arena = &arena, .budget = PATHS_BUDGET};
    list_entries(&contest);
    const struct entries *list = &contest.entries;
    for (size_t start = 0, end; start < list->n && !contest.is_over; start = end) {
        end = start + 1;
        while (end < list->n &&
               str_equal(list->entries[end].method, list->entries[start].method))
            end++;
        check_group(&contest, start, end);
    }
    diag->subject = DIAG_SPEC;
    arena_free(&arena);
}
