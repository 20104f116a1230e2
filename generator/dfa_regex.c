/* From an automaton to an expression: states are taken away one by one, and what led
 * through each is written on the edges between those that are left. */
#include "dfa.h"
#include "term.h"

enum { TOTAL_MAX = 2 * TERM_SIZE_MAX }; /* of the terms on all edges */

/* An edge between two states; there is at most one from state to state. */
struct edge {
    uint32_t from;
    uint32_t to;
    const struct term *term; /* NULL once one of its ends is gone */
    struct edge *next_out;   /* from the same state */
    struct edge *next_in;    /* to the same state */
};

struct node {
    struct edge *out;
    struct edge *in;
    struct edge *loop;
    size_t weight; /* what it costs to take the state away */
    bool is_gone;
};

/* The automaton's states, one before its start and one behind its ends. */
struct graph {
    struct terms *terms;
    struct node *nodes;
    uint32_t source;
    uint32_t sink;
    size_t total; /* the size of all edges */
};

static struct edge *find_edge(const struct graph *g, uint32_t from, uint32_t to)
{
    if (from == to)
        return g->nodes[from].loop;
    struct edge *edge = g->nodes[from].out;
    while (edge && (edge->to != to || !edge->term))
        edge = edge->next_out;
    return edge;
}

static struct edge *link_edge(struct graph *g, uint32_t from, uint32_t to,
                              const struct term *term)
{
    struct edge *edge = arena_alloc(g->terms->arena, sizeof *edge);
    struct node *source = &g->nodes[from];
    struct node *target = &g->nodes[to];
    *edge = (struct edge){from, to, term, source->out, target->in};
    if (from == to) {
        source->loop = edge;
    } else {
        source->out = edge;
        target->in = edge;
    }
    return edge;
}

static void add_edge(struct graph *g, uint32_t from, uint32_t to,
                     const struct term *term)
{
    struct edge *edge = find_edge(g, from, to);
    if (edge) {
        g->total -= edge->term->size;
        edge->term = term_choice(g->terms, edge->term, term);
    } else {
        edge = link_edge(g, from, to, term);
    }
    g->total += edge->term->size;
    if (g->total > TOTAL_MAX)
        g->terms->is_too_large = true;
}

/* Unlinks the edges whose other ends are gone. */
static void forget_edges(struct node *node)
{
    struct edge **at = &node->out;
    while (*at) {
        if ((*at)->term)
            at = &(*at)->next_out;
        else
            *at = (*at)->next_out;
    }
    at = &node->in;
    while (*at) {
        if ((*at)->term)
            at = &(*at)->next_in;
        else
            *at = (*at)->next_in;
    }
}

/* The growth of all expressions together when the state is taken away (Delgado and
 * Morais). */
static size_t weigh(const struct node *node)
{
    size_t n_in = 0;
    size_t n_out = 0;
    size_t in = 0;
    size_t out = 0;
    for (const struct edge *edge = node->in; edge; edge = edge->next_in, n_in++)
        in += edge->term->size;
    for (const struct edge *edge = node->out; edge; edge = edge->next_out, n_out++)
        out += edge->term->size;
    size_t loop = node->loop ? node->loop->term->size * (n_in * n_out - 1) : 0;
    return in * (n_out - 1) + out * (n_in - 1) + loop;
}

static void refresh(struct graph *g, uint32_t state)
{
    forget_edges(&g->nodes[state]);
    if (state < g->source)
        g->nodes[state].weight = weigh(&g->nodes[state]);
}

/* All characters from one state to another on one edge. */
static void add_state(struct graph *g, const struct dfa *dfa, uint32_t id)
{
    const struct dfa_state *state = &dfa->states[id];
    struct arena *arena = g->terms->arena;
    for (size_t i = 0; i < state->n_edges; i++) {
        struct char_range *range = arena_alloc(arena, sizeof *range);
        *range = (struct char_range){state->edges[i].first, state->edges[i].last};
        add_edge(g, id, state->edges[i].target,
                 term_chars(g->terms, (struct charset){range, 1}));
    }
    if (state->is_accepting)
        add_edge(g, id, g->sink, term_empty_text(g->terms));
}

static void add_states(struct graph *g, const struct dfa *dfa)
{
    add_edge(g, g->source, 0, term_empty_text(g->terms));
    for (uint32_t i = 0; i < dfa->n_states && !g->terms->is_too_large; i++)
        add_state(g, dfa, i);
}

static uint32_t find_lightest(const struct graph *g)
{
    uint32_t lightest = 0;
    while (g->nodes[lightest].is_gone)
        lightest++;
    for (uint32_t i = lightest + 1; i < g->source; i++)
        if (!g->nodes[i].is_gone && g->nodes[i].weight < g->nodes[lightest].weight)
            lightest = i;
    return lightest;
}

static void bridge(struct graph *g, const struct node *node)
{
    const struct term *around = NULL;
    if (node->loop)
        around = term_star(g->terms, node->loop->term);
    for (const struct edge *in = node->in; in; in = in->next_in) {
        const struct term *first = in->term;
        if (around)
            first = term_sequence(g->terms, first, around);
        for (const struct edge *out = node->out; out; out = out->next_out) {
            if (g->terms->is_too_large)
                return;
            add_edge(g, in->from, out->to, term_sequence(g->terms, first, out->term));
        }
    }
}

static void drop_edge(struct graph *g, struct edge *edge)
{
    if (edge)
        g->total -= edge->term->size;
    if (edge)
        edge->term = NULL;
}

static void eliminate(struct graph *g, uint32_t state)
{
    struct node *node = &g->nodes[state];
    node->is_gone = true;
    bridge(g, node);
    drop_edge(g, node->loop);
    for (struct edge *in = node->in; in; in = in->next_in)
        drop_edge(g, in);
    for (struct edge *out = node->out; out; out = out->next_out)
        drop_edge(g, out);
    for (const struct edge *in = node->in; in; in = in->next_in)
        refresh(g, in->from);
    for (const struct edge *out = node->out; out; out = out->next_out)
        refresh(g, out->to);
}

/* The term of the whole language, or NULL. */
static const struct term *solve(struct graph *g)
{
    for (uint32_t i = 0; i < g->source; i++)
        refresh(g, i);
    for (uint32_t i = 0; i < g->source && !g->terms->is_too_large; i++)
        eliminate(g, find_lightest(g));
    return g->terms->is_too_large ? NULL : find_edge(g, g->source, g->sink)->term;
}

static const struct regex *convert(const struct dfa *dfa, struct arena *scratch,
                                   struct arena *arena)
{
    struct terms terms = {.arena = scratch};
    struct graph graph = {
        .terms = &terms,
        .nodes = arena_array(scratch, dfa->n_states + 2, sizeof *graph.nodes),
        .source = (uint32_t)dfa->n_states,
        .sink = (uint32_t)dfa->n_states + 1,
    };
    add_states(&graph, dfa);
    const struct term *term = terms.is_too_large ? NULL : solve(&graph);
    return term ? term_regex(&terms, term, arena) : NULL;
}

const struct regex *dfa_regex(const struct dfa *dfa, struct arena *arena)
{
    if (dfa_is_empty(dfa))
        return regex_choice(arena, NULL, 0);
    struct arena scratch = {NULL};
    const struct regex *regex = convert(dfa, &scratch, arena);
    arena_free(&scratch);
    return regex;
}
