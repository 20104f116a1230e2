/* Plans are judged by what they match: a route is looked for by walking the planned
 * matchers, and by a slow search that follows the definition of precedence. */
#include "dfa.h"
#include "plan.h"
#include "precedence.h"
#include "reading.h"
#include "table.h"
#include "unit.h"
#include "weight.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 8 };

/* Any text of one segment. */
static const struct dfa_edge any_edges[] = {{1, '/' - 1, 1}, {'/' + 1, 0x10FFFF, 1}};
static const struct dfa_state any_states[] = {{any_edges, 2, false},
                                              {any_edges, 2, true}};
static const struct dfa any_segment[] = {{any_states, 2}};

/* A path, cut at its slashes. */
struct path {
    struct str segments[SEGMENTS_MAX];
    size_t n;
};

/* A spec and its plan. */
struct planning {
    struct reading reading;
    struct plan plan;
};

static void planning_init(struct planning *planning, const char *text)
{
    reading_init(&planning->reading, str_from(text));
    if (!planning->reading.is_fine)
        fail_msg("%s", reading_output(&planning->reading));
    plan_build(&planning->reading.spec, &planning->plan, &planning->reading.arena);
}

static void planning_deinit(struct planning *planning)
{
    reading_deinit(&planning->reading);
}

static struct str rest_of(const struct path *path, size_t first, struct arena *arena)
{
    struct buf rest;
    buf_init(&rest, arena);
    for (size_t i = first; i < path->n; i++) {
        buf_put(&rest, i > first ? STR("/") : STR(""));
        buf_put(&rest, path->segments[i]);
    }
    return buf_str(&rest);
}

static bool template_fits(const struct template *template, const struct path *path,
                          size_t first)
{
    struct arena arena = {0};
    bool fits = true;
    bool is_root = path->n == 1 && path->segments[0].len == 0;
    if (is_root && first == 0 && precedence_may_end(template, 0))
        return true;
    size_t i = first;
    for (; fits && i < path->n && i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        if (segment->rank >= RANK_CONSTRAINED_CATCH_ALL) {
            fits = dfa_accepts(segment->dfa, rest_of(path, i, &arena));
            arena_free(&arena);
            return fits;
        }
        fits = dfa_accepts(segment->dfa, path->segments[i]);
    }
    return fits && i == path->n && precedence_may_end(template, i);
}

static const struct template *rule_template(const struct rule *rule)
{
    return rule->route ? &rule->route->route->template : rule->prefix;
}

/* Whether the segments of the path that a rule itself takes fit it; what it leaves to a
 * function is never too little. */
static bool rule_fits(const struct rule *rule, const struct path *path, size_t first)
{
    struct template lax = *rule_template(rule);
    size_t end = rule->route ? lax.n_segments : rule->end;
    struct segment segments[SEGMENTS_MAX];
    assert_true(lax.n_segments <= SEGMENTS_MAX);
    for (size_t i = 0; i < lax.n_segments; i++)
        segments[i] = lax.segments[i];
    lax.segments = segments;
    for (size_t i = first; i < end; i++) {
        assert_true(!weight_is_heavy(&segments[i]) || rule->tests_values);
        if (weight_is_left_out(&segments[i], rule->tests_values))
            segments[i].dfa = any_segment;
    }
    if (rule->route)
        return template_fits(&lax, path, first);
    for (size_t i = first; i < end; i++)
        if (i >= path->n || !dfa_accepts(segments[i].dfa, path->segments[i]))
            return false;
    return true;
}

/* What the functions find that a rule leaves segments to. */
static bool values_fit(const struct rule *rule, const struct path *path, size_t first)
{
    const struct template *template = rule_template(rule);
    if (rule->route)
        return template_fits(template, path, first);
    for (size_t i = first; i < rule->end; i++)
        if (!dfa_accepts(template->segments[i].dfa, path->segments[i]))
            return false;
    return true;
}

/* What the emitted code does with a path: the first rule that fits decides. */
static const struct route_plan *walk(const struct matcher *matcher,
                                     const struct path *path)
{
    const struct route_plan *found = NULL;
    for (size_t i = 0; i < matcher->n_rules; i++) {
        const struct rule *rule = &matcher->rules[i];
        if (!rule_fits(rule, path, matcher->first))
            continue;
        if (values_fit(rule, path, matcher->first))
            found = rule->next ? walk(rule->next, path) : rule->route;
        break;
    }
    if (!found && matcher->otherwise)
        found = walk(matcher->otherwise, path);
    return found;
}

static bool has_method(const struct route *route, const char *method)
{
    for (size_t i = 0; i < route->n_methods; i++)
        if (str_equal(route->methods[i].text, str_from(method)))
            return true;
    return false;
}

static int rank_at(const struct template *template, size_t i)
{
    return i < template->n_segments ? (int)template->segments[i].rank : 0;
}

static bool is_better(const struct template *a, const struct template *b)
{
    size_t i = 0;
    while (i < SEGMENTS_MAX && rank_at(a, i) == rank_at(b, i))
        i++;
    return i < SEGMENTS_MAX && rank_at(a, i) < rank_at(b, i);
}

/* The definition: of all routes that fit, the one that is most specific. */
static const struct route_plan *search(const struct plan *plan, const char *method,
                                       const struct path *path)
{
    const struct route_plan *best = NULL;
    for (size_t i = 0; i < plan->n_routes; i++) {
        const struct route *route = plan->routes[i].route;
        if (has_method(route, method) && template_fits(&route->template, path, 0) &&
            (!best || is_better(&route->template, &best->route->template)))
            best = &plan->routes[i];
    }
    return best;
}

static const struct matcher *matcher_of(const struct plan *plan, const char *method)
{
    for (size_t i = 0; i < plan->n_methods; i++)
        if (str_equal(plan->methods[i].name, str_from(method)))
            return plan->methods[i].matcher;
    return NULL;
}

#define FAR_TEXT "-123456789.123456789.123456789.123456789.123456789."

/* As a constraint too large for a rule, which excludes ":int" and ":alpha". */
#define FAR ":regex(-[^/]{{50,150}})"

static const char *const words[] = {"a", "b", "ab", "c", "me", "x-1"};

enum { N_WORDS = sizeof words / sizeof *words };

static unsigned next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Appends a random segment; false when it ends the template. */
static bool put_segment(struct buf *route, struct buf *shape, size_t number,
                        uint32_t *seed)
{
    static const char *const constraints[] = {"", "", ":int", ":alpha", FAR};
    enum { N_CONSTRAINTS = sizeof constraints / sizeof *constraints };
    unsigned choice = next_random(seed) % 12;
    if (choice == 0) {
        buf_put(route, STR("/{*rest}"));
        buf_put(shape, STR("/{*}"));
        return false;
    }
    if (choice < 5) {
        const char *constraint = constraints[next_random(seed) % N_CONSTRAINTS];
        buf_printf(route, "/{p%lu%s}", (unsigned long)number, constraint);
        buf_printf(shape, "/{%s}", constraint);
        return true;
    }
    const char *word = words[next_random(seed) % N_WORDS];
    buf_printf(route, "/%s", word);
    buf_printf(shape, "/%s", word);
    return true;
}

/* A spec of `n` random routes; twins are left out. */
static const char *random_spec(struct arena *arena, size_t n, uint32_t *seed)
{
    struct buf out;
    struct table seen = {.arena = arena};
    buf_init(&out, arena);
    buf_put(&out, STR("krgen: 1\nname: t\npipe: t\nroutes:\n"));
    for (size_t i = 0; i < n; i++) {
        struct buf route;
        struct buf shape;
        buf_init(&route, arena);
        buf_init(&shape, arena);
        size_t n_segments = 1 + next_random(seed) % 4;
        for (size_t j = 0; j < n_segments; j++)
            if (!put_segment(&route, &shape, j, seed))
                break;
        if (table_find(&seen, buf_str(&shape)))
            continue;
        table_put(&seen, buf_str(&shape), arena);
        buf_printf(&out, "  GET %.*s: r\n", STR_ARG(buf_str(&route)));
    }
    return str_z(arena, buf_str(&out));
}

static struct path random_path(uint32_t *seed)
{
    struct path path = {.n = 1 + next_random(seed) % 5};
    for (size_t i = 0; i < path.n; i++) {
        static const char *const others[] = {"other", "12", "", FAR_TEXT};
        unsigned choice = next_random(seed) % (N_WORDS + 4);
        path.segments[i] =
            str_from(choice < N_WORDS ? words[choice] : others[choice - N_WORDS]);
    }
    return path;
}

/* What random paths lead to must be what the definition says. */
static void check_walks(const struct planning *planning, const char *what,
                        uint32_t *seed)
{
    const struct matcher *get = matcher_of(&planning->plan, "GET");
    for (size_t i = 0; i < 2000; i++) {
        struct path path = random_path(seed);
        const struct route_plan *expected = search(&planning->plan, "GET", &path);
        const struct route_plan *actual = walk(get, &path);
        if (expected != actual)
            fail_msg("%s: expected %s, got %s", what,
                     expected ? expected->ident : "nothing",
                     actual ? actual->ident : "nothing");
    }
}

static void test_matchers_follow_the_definition_of_precedence(void **state)
{
    uint32_t seed = 1;
    (void)state;
    for (size_t round = 0; round < 60; round++) {
        struct arena arena = {0};
        struct planning planning;
        const char *spec = random_spec(&arena, 2 + round * 5, &seed);
        planning_init(&planning, spec);
        check_walks(&planning, spec, &seed);
        planning_deinit(&planning);
        arena_free(&arena);
    }
}

#define HEAD "krgen: 1\nname: t\npipe: t\nroutes:\n"

/* Segments too large for a rule that all routes of a matcher have in common. */
static void test_what_many_routes_start_with_is_tested(void **state)
{
    static const char *const starts[] = {
        "/{x" FAR "}",
        "/a/{x" FAR "}",
        "/{x:int}/{y" FAR "}",
        "/{x" FAR "}/{y" FAR "}",
        "/a/{x" FAR "}/b/{y" FAR "}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct arena arena = {0};
        struct planning planning;
        struct buf text;
        uint32_t seed = 1;
        buf_init(&text, &arena);
        buf_printf(&text, HEAD "  GET /{x}/{*rest}: r\n  GET %s/me: r\n", starts[i]);
        for (int j = 0; j < PLAN_RULES_PER_MATCHER; j++)
            buf_printf(&text, "  GET %s/w%d: r\n", starts[i], j);
        planning_init(&planning, str_z(&arena, buf_str(&text)));
        check_walks(&planning, starts[i], &seed);
        planning_deinit(&planning);
        arena_free(&arena);
    }
}

static void test_order_in_the_spec_does_not_matter(void **state)
{
    static const char *const orders[] = {
        HEAD "  GET /a/{x}: r\n  GET /a/b: r\n  GET /{x}/b: r\n",
        HEAD "  GET /{x}/b: r\n  GET /a/{x}: r\n  GET /a/b: r\n",
    };
    static const char *const expected[] = {"T_GET_A_B", "T_GET_A_X", "T_GET_X_B"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct planning planning;
        planning_init(&planning, orders[i]);
        const struct matcher *get = matcher_of(&planning.plan, "GET");
        assert_int_equal(get->n_rules, 3);
        for (size_t j = 0; j < 3; j++)
            assert_string_equal(get->rules[j].route->ident, expected[j]);
        planning_deinit(&planning);
    }
}

static void test_head_follows_get(void **state)
{
    struct planning planning;
    (void)state;
    planning_init(&planning, HEAD "  GET /a: r\n  POST /b: r\n");
    assert_int_equal(planning.plan.n_methods, 3);
    assert_true(matcher_of(&planning.plan, "HEAD") ==
                matcher_of(&planning.plan, "GET"));
    planning_deinit(&planning);
}

static void test_own_head_wins_over_get(void **state)
{
    struct planning planning;
    struct path a = {.segments = {{"a", 1}}, .n = 1};
    struct path b = {.segments = {{"b", 1}}, .n = 1};
    (void)state;
    planning_init(&planning, HEAD "  GET /a: g\n  HEAD /a: ''\n  GET /b: g\n");
    const struct matcher *head = matcher_of(&planning.plan, "HEAD");
    assert_string_equal(walk(head, &a)->ident, "T_HEAD_A");
    assert_string_equal(walk(head, &b)->ident, "T_GET_B");
    planning_deinit(&planning);
}

static void test_many_routes_are_spread_over_files(void **state)
{
    struct arena arena = {0};
    struct planning planning;
    struct buf text;
    (void)state;
    buf_init(&text, &arena);
    buf_put(&text, STR(HEAD));
    for (int i = 0; i < 1200; i++)
        buf_printf(&text, "  GET /w%d/x%d/{id}: r\n", i % 40, i);
    planning_init(&planning, str_z(&arena, buf_str(&text)));
    const struct plan *plan = &planning.plan;
    assert_true(plan->n_files > 2);
    for (size_t i = 0; i < plan->n_matchers; i++)
        assert_true(plan->matchers[i]->file < plan->n_files);
    planning_deinit(&planning);
    arena_free(&arena);
}

/* What a rule leads to that takes the prefix "/<word>". */
static const struct matcher *next_of(const struct matcher *matcher, const char *word)
{
    for (size_t i = 0; i < matcher->n_rules; i++) {
        const struct rule *rule = &matcher->rules[i];
        if (rule->next && rule->end == 1 &&
            str_equal(rule->prefix->segments[0].parts[0].literal, str_from(word)))
            return rule->next;
    }
    return NULL;
}

/* A route and whether its rest has the function of "/base". */
struct sharing {
    const char *what;
    const char *word; /* its first segment */
    const char *rest;
    bool is_shared;
};

/* The matchers of routes with different first segments, all at once. */
static void check_sharing(const char *base_rest, const struct sharing *cases, size_t n)
{
    struct arena arena = {0};
    struct planning planning;
    struct buf text;
    buf_init(&text, &arena);
    buf_printf(&text, HEAD "  GET /base%s: r\n", base_rest);
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "  GET /%s%s: r\n", cases[i].word, cases[i].rest);
    for (int i = 0; i < PLAN_RULES_PER_MATCHER; i++)
        buf_printf(&text, "  GET /w%d: r\n", i);
    planning_init(&planning, str_z(&arena, buf_str(&text)));
    const struct matcher *get = matcher_of(&planning.plan, "GET");
    const struct matcher *base = next_of(get, "base");
    assert_non_null(base);
    assert_true(plan_has_function(base));
    for (size_t i = 0; i < n; i++) {
        const struct matcher *next = next_of(get, cases[i].word);
        assert_non_null(next);
        if ((next->twin == base) != cases[i].is_shared ||
            (strcmp(next->ident, base->ident) == 0) != cases[i].is_shared ||
            plan_has_function(next) == cases[i].is_shared)
            fail_msg("%s", cases[i].what);
    }
    planning_deinit(&planning);
    arena_free(&arena);
}

static void test_equal_rests_share_a_function(void **state)
{
    static const struct sharing cases[] = {
        {"the same", "same", "/{id:guid}/x", true},
        {"other names", "named", "/{other:guid}/x", true},
        {"another constraint", "long", "/{id:long}/x", false},
        {"no constraint", "free", "/{id}/x", false},
        {"another literal", "literal", "/{id:guid}/y", false},
        {"one route more", "more", "/{id:guid}/x", false},
        {"one route more", "more", "/all", false},
    };
    (void)state;
    check_sharing("/{id:guid}/x", cases, sizeof cases / sizeof *cases);
}

/* What functions test and divide is part of what rests have in common. */
static void test_tested_rests_share_a_function(void **state)
{
    static const struct sharing tested[] = {
        {"the same", "same", "/{id:maxlength(200)}", true},
        {"another length", "length", "/{id:maxlength(201)}", false},
        {"none", "none", "/{id}", false},
        {"as a part", "part", "/{id:maxlength(200)}-{n}", false},
    };
    static const struct sharing divided[] = {
        {"the same", "same", "/{a}-{b}-{c}", true},
        {"other names", "named", "/{x}-{y}-{z}", true},
        {"other parts", "parts", "/{a}-{b}.{c}", false},
        {"a constraint", "constraint", "/{a}-{b}-{c:int}", false},
        {"an end that may be absent", "absent", "/{a}-{b}.{c?}", false},
        {"two", "two", "/{a}-{b}", false},
    };
    (void)state;
    check_sharing("/{id:maxlength(200)}", tested, sizeof tested / sizeof *tested);
    check_sharing("/{a}-{b}-{c}", divided, sizeof divided / sizeof *divided);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matchers_follow_the_definition_of_precedence),
        cmocka_unit_test(test_what_many_routes_start_with_is_tested),
        cmocka_unit_test(test_order_in_the_spec_does_not_matter),
        cmocka_unit_test(test_head_follows_get),
        cmocka_unit_test(test_own_head_wins_over_get),
        cmocka_unit_test(test_many_routes_are_spread_over_files),
        cmocka_unit_test(test_equal_rests_share_a_function),
        cmocka_unit_test(test_tested_rests_share_a_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
