/* Questions to an automaton, and the product of two. */
#include "dfa.h"
#include "dfa_minimal.h"
#include "utf8.h"

uint32_t dfa_step(const struct dfa *dfa, uint32_t state, uint32_t c)
{
    const struct dfa_edge *edges = dfa->states[state].edges;
    size_t low = 0;
    size_t high = dfa->states[state].n_edges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > edges[middle].last)
            low = middle + 1;
        else if (c < edges[middle].first)
            high = middle;
        else
            return edges[middle].target;
    }
    return DFA_DEAD;
}

bool dfa_accepts(const struct dfa *dfa, struct str text)
{
    uint32_t state = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t c;
        size_t len = utf8_decode(text, at, &c);
        if (len == 0)
            return false;
        state = dfa_step(dfa, state, c);
        if (state == DFA_DEAD)
            return false;
        at += len;
    }
    return dfa->states[state].is_accepting;
}

bool dfa_is_empty(const struct dfa *dfa)
{
    return dfa->states[0].n_edges == 0 && !dfa->states[0].is_accepting;
}

struct pair {
    uint32_t a;
    uint32_t b;
};

/* The pairs of states that were met; they are the states of the product. */
struct product {
    const struct dfa *a;
    const struct dfa *b;
    struct arena *scratch;
    struct pair *pairs;
    size_t n;
    uint32_t *slots; /* a hash table of pairs, 0 in a free slot, else one more */
    size_t n_slots;  /* a power of two, or 0 */
};

static uint32_t *find_slot(const struct product *p, struct pair pair)
{
    size_t mask = p->n_slots - 1;
    size_t i = (pair.a * 0x9E3779B1u ^ pair.b * 0x85EBCA77u) & mask;
    while (p->slots[i] != 0) {
        const struct pair *other = &p->pairs[p->slots[i] - 1];
        if (other->a == pair.a && other->b == pair.b)
            break;
        i = (i + 1) & mask;
    }
    return &p->slots[i];
}

static void grow_slots(struct product *p)
{
    p->n_slots = p->n_slots > 0 ? 2 * p->n_slots : 32;
    p->slots = arena_array(p->scratch, p->n_slots, sizeof *p->slots);
    for (size_t i = 0; i < p->n; i++)
        *find_slot(p, p->pairs[i]) = (uint32_t)i + 1;
}

static uint32_t state_of_pair(struct product *p, uint32_t a, uint32_t b)
{
    struct pair pair = {a, b};
    if (2 * (p->n + 1) > p->n_slots)
        grow_slots(p);
    uint32_t *slot = find_slot(p, pair);
    if (*slot == 0) {
        p->pairs = arena_grow(p->scratch, p->pairs, p->n, sizeof *p->pairs);
        p->pairs[p->n++] = pair;
        *slot = (uint32_t)p->n;
    }
    return *slot - 1;
}

/* What both states have edges for. */
static struct dfa_state join_states(struct product *p, const struct dfa_state *a,
                                    const struct dfa_state *b)
{
    struct dfa_edge *edges =
        arena_array(p->scratch, a->n_edges + b->n_edges, sizeof *edges);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < a->n_edges && j < b->n_edges;) {
        const struct dfa_edge *x = &a->edges[i];
        const struct dfa_edge *y = &b->edges[j];
        uint32_t first = x->first > y->first ? x->first : y->first;
        uint32_t last = x->last < y->last ? x->last : y->last;
        if (first <= last)
            edges[n++] =
                (struct dfa_edge){first, last, state_of_pair(p, x->target, y->target)};
        i += x->last == last;
        j += y->last == last;
    }
    return (struct dfa_state){edges, n, a->is_accepting && b->is_accepting};
}

static const struct dfa *multiply(struct product *p, struct arena *arena)
{
    struct dfa_state *states = NULL;
    size_t n = 0;
    state_of_pair(p, 0, 0);
    for (; n < p->n; n++) {
        struct pair pair = p->pairs[n];
        if (p->n > DFA_STATES_MAX)
            return NULL;
        states = arena_grow(p->scratch, states, n, sizeof *states);
        states[n] = join_states(p, &p->a->states[pair.a], &p->b->states[pair.b]);
    }
    return dfa_minimal(&(struct dfa){states, n}, p->scratch, arena);
}

const struct dfa *dfa_intersect(const struct dfa *a, const struct dfa *b,
                                struct arena *arena)
{
    struct arena scratch = {NULL};
    struct product product = {.a = a, .b = b, .scratch = &scratch};
    const struct dfa *dfa = multiply(&product, arena);
    arena_free(&scratch);
    return dfa;
}
