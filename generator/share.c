#include "share.h"

#include "pattern.h"
#include "table.h"

#include <stdbool.h>

/* Whether a matcher may get its routes from its caller: all of its rules end at one. */
static bool is_sharable(const struct matcher *matcher)
{
    if (!matcher->is_rest || matcher->otherwise)
        return false;
    for (size_t i = 0; i < matcher->n_rules; i++)
        if (!matcher->rules[i].route)
            return false;
    return true;
}

/* What two matchers must have in common to share a function. */
static struct str matcher_text(const struct plan *plan, const struct matcher *matcher,
                               struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < matcher->n_rules; i++) {
        const struct rule *rule = &matcher->rules[i];
        pattern_put_rest(&out, plan, &rule->route->route->template, matcher->first,
                         false);
        buf_put(&out, rule->tests_values ? STR(" tested\n") : STR("\n"));
    }
    return buf_str(&out);
}

/* The function is named for the rest that its last rule takes. */
static const char *shared_ident(const struct plan *plan, const struct matcher *matcher,
                                struct idents *functions, struct arena *arena)
{
    const struct template *template =
        &matcher->rules[matcher->n_rules - 1].route->route->template;
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s_match_rest", plan->ident);
    for (size_t i = matcher->first; i < template->n_segments; i++)
        plan_put_ident(&out, &template->segments[i], IDENT_LOWER);
    return ident_unique(functions, buf_str(&out));
}

static void find_twins(struct plan *plan, struct arena *arena)
{
    struct table firsts = {.arena = arena};
    for (size_t i = 0; i < plan->n_matchers; i++) {
        struct matcher *matcher = plan->matchers[i];
        if (!is_sharable(matcher))
            continue;
        struct str text = matcher_text(plan, matcher, arena);
        struct matcher *first = table_find(&firsts, text);
        if (first)
            first->twin = matcher->twin = first;
        else
            table_put(&firsts, text, matcher);
    }
}

static void name_twins(struct plan *plan, struct idents *functions, struct arena *arena)
{
    for (size_t i = 0; i < plan->n_matchers; i++) {
        struct matcher *matcher = plan->matchers[i];
        if (matcher->twin)
            matcher->ident = matcher->twin == matcher
                                 ? shared_ident(plan, matcher, functions, arena)
                                 : matcher->twin->ident;
    }
}

/* Counts rules so that no file grows without limit; a matcher stays in one file. */
static void choose_files(struct plan *plan)
{
    size_t n_in_file = 0;
    for (size_t i = 0; i < plan->n_matchers; i++) {
        struct matcher *matcher = plan->matchers[i];
        if (!plan_has_function(matcher))
            continue;
        bool is_full = n_in_file + matcher->n_rules > PLAN_RULES_PER_FILE;
        if (plan->n_files == 0 || (is_full && n_in_file > 0)) {
            plan->n_files++;
            n_in_file = 0;
        }
        n_in_file += matcher->n_rules;
        matcher->file = plan->n_files - 1;
    }
}

void share_matchers(struct plan *plan, struct idents *functions, struct arena *arena)
{
    find_twins(plan, arena);
    name_twins(plan, functions, arena);
    choose_files(plan);
}
