#include "weight.h"
#include "arena.h"
#include "dfa.h"
#include "regex.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

bool weight_is_heavy_value(const struct parameter *parameter)
{
    return parameter->language->kind == REGEX_DFA ||
           parameter->dfa->n_states > WEIGHT_SEGMENT_MAX;
}

bool weight_is_heavy(const struct segment *segment)
{
    if (segment->rank == RANK_LITERAL)
        return false;
    for (size_t i = 0; i < segment->n_parts; i++) {
        const struct parameter *parameter = segment->parts[i].parameter;
        if (parameter && weight_is_heavy_value(parameter))
            return true;
    }
    return segment->dfa->n_states > WEIGHT_SEGMENT_MAX;
}

bool weight_is_left_out(const struct segment *segment, bool tests_values)
{
    bool is_constrained = segment->rank == RANK_CONSTRAINED && segment->n_parts == 1;
    return tests_values && (is_constrained || weight_is_heavy(segment));
}

size_t weight_of_literals(const struct template *template, size_t first)
{
    size_t n = 0;
    for (size_t i = first; i < template->n_segments; i++)
        if (template->segments[i].rank == RANK_LITERAL)
            n += template->segments[i].dfa->n_states;
    return n;
}

/* ---- The automaton of several rules ---- */

/* The rules while all states of their automaton are visited. A state is a number for
 * each rule, its own state in the segment in question, or DFA_DEAD, and at the end the
 * number of that segment. */
struct visit {
    const struct weighed *rules;
    size_t n;
    size_t n_segments; /* of the longest one */
    struct arena arena;
    struct table known;
    uint32_t **queue;
    size_t n_queue;
    uint32_t *starts; /* characters at which what is done changes */
    size_t n_starts;
};

/* Any text of a segment. */
static const struct dfa_edge segment_edges[] = {{1, '/' - 1, 1},
                                                {'/' + 1, 0x10FFFF, 1}};
static const struct dfa_state segment_states[] = {{segment_edges, 2, false},
                                                  {segment_edges, 2, true}};
static const struct dfa segment_dfa = {segment_states, 2};

/* Any text. */
static const struct dfa_edge rest_edges[] = {{1, 0x10FFFF, 0}};
static const struct dfa_state rest_states[] = {{rest_edges, 1, true}};
static const struct dfa rest_dfa = {rest_states, 1};

static const struct segment *segment_at(const struct visit *v, size_t rule, size_t i)
{
    return &v->rules[rule].template->segments[i];
}

static bool takes_slashes(const struct segment *segment)
{
    return segment->rank >= RANK_CONSTRAINED_CATCH_ALL;
}

/* The automaton of a rule's segment `i`. A catch-all goes on with its own. */
static const struct dfa *dfa_at(const struct visit *v, size_t rule, size_t i)
{
    size_t end = v->rules[rule].end;
    const struct segment *segment = segment_at(v, rule, i < end ? i : end - 1);
    if (!weight_is_left_out(segment, v->rules[rule].tests_values))
        return segment->dfa;
    return takes_slashes(segment) ? &rest_dfa : &segment_dfa;
}

static bool is_catch_all(const struct visit *v, size_t rule, size_t i)
{
    size_t end = v->rules[rule].end;
    return i + 1 >= end && takes_slashes(segment_at(v, rule, end - 1));
}

static bool is_dead(const struct visit *v, const uint32_t *state)
{
    for (size_t i = 0; i < v->n; i++)
        if (state[i] != DFA_DEAD)
            return false;
    return true;
}

/* Adds a state if it is a new one. */
static void meet(struct visit *v, const uint32_t *state)
{
    struct str name = {(const char *)state, (v->n + 1) * sizeof *state};
    if (is_dead(v, state) || table_find(&v->known, name))
        return;
    uint32_t *copy = arena_array(&v->arena, v->n + 1, sizeof *copy);
    memcpy(copy, state, name.len);
    name.at = (const char *)copy;
    table_put(&v->known, name, copy);
    v->queue = arena_grow(&v->arena, v->queue, v->n_queue, sizeof(uint32_t *));
    v->queue[v->n_queue++] = copy;
}

static void add_start(struct visit *v, uint32_t c)
{
    v->starts = arena_grow(&v->arena, v->starts, v->n_starts, sizeof *v->starts);
    v->starts[v->n_starts++] = c;
}

static int compare_characters(const void *a, const void *b)
{
    uint32_t p = *(const uint32_t *)a;
    uint32_t q = *(const uint32_t *)b;
    return (p > q) - (p < q);
}

/* Finds the characters between which all rules do the same. */
static void find_starts(struct visit *v, const uint32_t *state)
{
    v->starts = NULL;
    v->n_starts = 0;
    add_start(v, '/');
    add_start(v, '/' + 1);
    for (size_t i = 0; i < v->n; i++) {
        if (state[i] == DFA_DEAD)
            continue;
        const struct dfa_state *own = &dfa_at(v, i, state[v->n])->states[state[i]];
        for (size_t j = 0; j < own->n_edges; j++) {
            add_start(v, own->edges[j].first);
            add_start(v, own->edges[j].last + 1);
        }
    }
    qsort(v->starts, v->n_starts, sizeof *v->starts, compare_characters);
}

/* Where `c` leads rule `i`. */
static uint32_t step(const struct visit *v, const uint32_t *state, size_t i, uint32_t c)
{
    size_t segment = state[v->n];
    if (state[i] == DFA_DEAD)
        return DFA_DEAD;
    const struct dfa *dfa = dfa_at(v, i, segment);
    if (c != '/' || is_catch_all(v, i, segment))
        return dfa_step(dfa, state[i], c);
    bool goes_on = dfa->states[state[i]].is_accepting && segment + 1 < v->rules[i].end;
    return goes_on ? 0 : DFA_DEAD;
}

static void visit(struct visit *v, const uint32_t *state)
{
    uint32_t *next = arena_array(&v->arena, v->n + 1, sizeof *next);
    find_starts(v, state);
    for (size_t j = 0; j < v->n_starts; j++) {
        uint32_t c = v->starts[j];
        if (j > 0 && c == v->starts[j - 1])
            continue;
        for (size_t i = 0; i < v->n; i++)
            next[i] = step(v, state, i, c);
        next[v->n] = state[v->n];
        if (c == '/' && next[v->n] + 1 < v->n_segments)
            next[v->n]++;
        meet(v, next);
    }
}

size_t weight_of(const struct weighed *rules, size_t n, size_t first, size_t max)
{
    struct visit v = {.rules = rules, .n = n};
    v.known.arena = &v.arena;
    uint32_t *start = arena_array(&v.arena, n + 1, sizeof *start);
    start[n] = (uint32_t)first;
    for (size_t i = 0; i < n; i++) {
        if (rules[i].end <= first)
            start[i] = DFA_DEAD;
        if (rules[i].end > v.n_segments)
            v.n_segments = rules[i].end;
    }
    meet(&v, start);
    for (size_t i = 0; i < v.n_queue && v.n_queue <= max; i++)
        visit(&v, v.queue[i]);
    arena_free(&v.arena);
    return v.n_queue;
}
