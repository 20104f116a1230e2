/* From a tree to an automaton: Thompson's construction, then that of subsets. */
#include "dfa_minimal.h"

#include <stdlib.h>
#include <string.h>

enum {
    NFA_STATES_MAX = 1 << 16,
    NFA_CALLS_MAX = 1 << 18, /* nodes met, for repeats of nothing add no states */
    VISITS_MAX = 1 << 25,    /* of states of the NFA; the effort as a whole */
    MEMBERS_MAX = 1 << 22,   /* of all subsets */
    EDGES_MAX = 1 << 18,
};

static const uint32_t TOO_LARGE = UINT32_MAX;

enum nfa_kind {
    NFA_CHARS, /* a character of `chars` leads to `next` */
    NFA_FORK,  /* `next` and `other` are reached for nothing */
    NFA_END,
};

struct nfa_state {
    enum nfa_kind kind;
    struct charset chars;
    uint32_t next;
    uint32_t other;
};

struct nfa {
    struct arena *scratch;
    struct nfa_state *states;
    size_t n;
    size_t n_calls;
    bool is_too_large;
};

static uint32_t add_nfa_state(struct nfa *nfa, struct nfa_state state)
{
    if (nfa->n == NFA_STATES_MAX) {
        nfa->is_too_large = true;
        return 0;
    }
    nfa->states = arena_grow(nfa->scratch, nfa->states, nfa->n, sizeof *nfa->states);
    nfa->states[nfa->n] = state;
    return (uint32_t)nfa->n++;
}

static uint32_t add_fork(struct nfa *nfa, uint32_t next, uint32_t other)
{
    return add_nfa_state(
        nfa, (struct nfa_state){.kind = NFA_FORK, .next = next, .other = other});
}

static uint32_t add_chars(struct nfa *nfa, struct charset chars, uint32_t next)
{
    return add_nfa_state(
        nfa, (struct nfa_state){.kind = NFA_CHARS, .chars = chars, .next = next});
}

static uint32_t add_regex(struct nfa *nfa, const struct regex *regex, uint32_t next);

static uint32_t add_choice(struct nfa *nfa, const struct regex *regex, uint32_t next)
{
    if (regex->n_items == 0)
        return add_chars(nfa, (struct charset){NULL, 0}, next);
    uint32_t start = add_regex(nfa, regex->items[0], next);
    for (size_t i = 1; i < regex->n_items; i++)
        start = add_fork(nfa, start, add_regex(nfa, regex->items[i], next));
    return start;
}

/* The last of the copies that must be there repeats itself. */
static uint32_t add_endless(struct nfa *nfa, const struct regex *regex, uint32_t next)
{
    const struct regex *item = regex->items[0];
    uint32_t loop = add_fork(nfa, next, next);
    uint32_t start = add_regex(nfa, item, loop);
    if (nfa->is_too_large)
        return 0;
    nfa->states[loop].other = start;
    for (int i = 1; i < regex->min && !nfa->is_too_large; i++)
        start = add_regex(nfa, item, start);
    return regex->min == 0 ? loop : start;
}

static uint32_t add_repeat(struct nfa *nfa, const struct regex *regex, uint32_t next)
{
    if (regex->max == REGEX_UNBOUNDED)
        return add_endless(nfa, regex, next);
    const struct regex *item = regex->items[0];
    uint32_t start = next;
    for (int i = regex->min; i < regex->max && !nfa->is_too_large; i++)
        start = add_fork(nfa, add_regex(nfa, item, start), next);
    for (int i = 0; i < regex->min && !nfa->is_too_large; i++)
        start = add_regex(nfa, item, start);
    return start;
}

static uint32_t add_sequence(struct nfa *nfa, const struct regex *regex, uint32_t next)
{
    for (size_t i = regex->n_items; i-- > 0;)
        next = add_regex(nfa, regex->items[i], next);
    return next;
}

/* The states of an automaton, each a fork of its edges. */
static uint32_t add_dfa(struct nfa *nfa, const struct dfa *dfa, uint32_t next)
{
    uint32_t *starts = arena_array(nfa->scratch, dfa->n_states, sizeof *starts);
    uint32_t nowhere = add_chars(nfa, (struct charset){NULL, 0}, next);
    for (size_t i = 0; i < dfa->n_states; i++)
        starts[i] =
            add_fork(nfa, nowhere, dfa->states[i].is_accepting ? next : nowhere);
    for (size_t i = 0; i < dfa->n_states && !nfa->is_too_large; i++)
        for (size_t j = 0; j < dfa->states[i].n_edges && !nfa->is_too_large; j++) {
            struct dfa_edge edge = dfa->states[i].edges[j];
            struct char_range *range = arena_alloc(nfa->scratch, sizeof *range);
            *range = (struct char_range){edge.first, edge.last};
            uint32_t step =
                add_chars(nfa, (struct charset){range, 1}, starts[edge.target]);
            uint32_t fork = add_fork(nfa, step, nfa->states[starts[i]].next);
            nfa->states[starts[i]].next = fork;
        }
    return starts[0];
}

/* Adds what accepts `regex` and then goes on to `next`; returns its start. */
static uint32_t add_regex(struct nfa *nfa, const struct regex *regex, uint32_t next)
{
    if (++nfa->n_calls > NFA_CALLS_MAX)
        nfa->is_too_large = true;
    if (nfa->is_too_large)
        return 0;
    switch (regex->kind) {
    case REGEX_CHARS:
        return add_chars(nfa, regex->chars, next);
    case REGEX_SEQUENCE:
        return add_sequence(nfa, regex, next);
    case REGEX_CHOICE:
        return add_choice(nfa, regex, next);
    case REGEX_REPEAT:
        return add_repeat(nfa, regex, next);
    case REGEX_DFA:
        return add_dfa(nfa, regex->dfa, next);
    }
    return 0;
}

/* States of the NFA in ascending order, without forks: a state of the automaton. */
struct subset {
    const uint32_t *members;
    size_t n;
    uint32_t hash;
};

/* A range of characters that leads to a state of the NFA. */
struct arrow {
    uint32_t first;
    uint32_t last;
    uint32_t next;
};

struct builder {
    const struct nfa *nfa;
    struct arena *scratch;
    struct subset *subsets;
    struct dfa_state *states; /* the first of the subsets, with their edges */
    size_t n_subsets;
    size_t n_members;
    size_t n_edges;
    size_t n_visits;
    uint32_t *slots;   /* a hash table of subsets, 0 in a free slot, else one more */
    size_t n_slots;    /* a power of two, or 0 */
    uint32_t *marks;   /* of each state of the NFA: the last closure that it was in */
    uint32_t mark;     /* of the closure that is being made */
    uint32_t *stack;   /* what it has still to visit */
    uint32_t *closure; /* what it has found */
    struct arrow *arrows; /* of the subset whose edges are being made */
    struct arrow *active; /* those that cover the character in question */
    size_t n_room;        /* in both */
};

static void visit(struct builder *b, uint32_t state, size_t *depth)
{
    if (b->marks[state] == b->mark)
        return;
    b->marks[state] = b->mark;
    b->stack[(*depth)++] = state;
    b->n_visits++;
}

/* Adds what `state` reaches for nothing to the closure of `n` states. */
static size_t close_over(struct builder *b, uint32_t state, size_t n)
{
    size_t depth = 0;
    visit(b, state, &depth);
    while (depth > 0) {
        uint32_t id = b->stack[--depth];
        const struct nfa_state *at = &b->nfa->states[id];
        if (at->kind == NFA_FORK) {
            visit(b, at->next, &depth);
            visit(b, at->other, &depth);
        } else {
            b->closure[n++] = id;
        }
    }
    return n;
}

static uint32_t hash_members(const uint32_t *members, size_t n)
{
    uint32_t h = 0x811C9DC5u;
    for (size_t i = 0; i < n; i++)
        h = ((h << 5 | h >> 27) ^ members[i]) * 0x9E3779B1u;
    return h ^ h >> 15;
}

static uint32_t *find_slot(const struct builder *b, const struct subset *subset)
{
    size_t mask = b->n_slots - 1;
    size_t i = subset->hash & mask;
    for (; b->slots[i] != 0; i = (i + 1) & mask) {
        const struct subset *other = &b->subsets[b->slots[i] - 1];
        if (other->hash == subset->hash && other->n == subset->n &&
            memcmp(other->members, subset->members,
                   subset->n * sizeof *subset->members) == 0)
            break;
    }
    return &b->slots[i];
}

static void grow_slots(struct builder *b)
{
    b->n_slots = b->n_slots > 0 ? 2 * b->n_slots : 32;
    b->slots = arena_array(b->scratch, b->n_slots, sizeof *b->slots);
    for (size_t i = 0; i < b->n_subsets; i++)
        *find_slot(b, &b->subsets[i]) = (uint32_t)i + 1;
}

static void add_subset(struct builder *b, struct subset subset)
{
    uint32_t *copy = arena_array(b->scratch, subset.n, sizeof *copy);
    memcpy(copy, subset.members, subset.n * sizeof *copy);
    subset.members = copy;
    b->subsets = arena_grow(b->scratch, b->subsets, b->n_subsets, sizeof *b->subsets);
    b->states = arena_grow(b->scratch, b->states, b->n_subsets, sizeof *b->states);
    b->subsets[b->n_subsets++] = subset;
    b->n_members += subset.n;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t p = *(const uint32_t *)a;
    uint32_t q = *(const uint32_t *)b;
    return p < q ? -1 : p > q;
}

/* The automaton's state for the closure of `n` states. */
static uint32_t state_of_closure(struct builder *b, size_t n)
{
    if (n > 1)
        qsort(b->closure, n, sizeof *b->closure, compare_numbers);
    struct subset subset = {b->closure, n, hash_members(b->closure, n)};
    if (2 * (b->n_subsets + 1) > b->n_slots)
        grow_slots(b);
    uint32_t *slot = find_slot(b, &subset);
    if (*slot == 0) {
        if (b->n_subsets == DFA_STATES_MAX || b->n_members + n > MEMBERS_MAX)
            return TOO_LARGE;
        add_subset(b, subset);
        *slot = (uint32_t)b->n_subsets;
    }
    return *slot - 1;
}

static uint32_t state_of_arrows(struct builder *b, const struct arrow *arrows, size_t n)
{
    size_t n_closure = 0;
    b->mark++;
    for (size_t i = 0; i < n; i++)
        n_closure = close_over(b, arrows[i].next, n_closure);
    b->n_visits += n;
    return b->n_visits > VISITS_MAX ? TOO_LARGE : state_of_closure(b, n_closure);
}

static int compare_arrows(const void *a, const void *b)
{
    const struct arrow *p = a;
    const struct arrow *q = b;
    return p->first < q->first ? -1 : p->first > q->first;
}

static size_t count_arrows(const struct nfa *nfa, const struct subset *subset)
{
    size_t n = 0;
    for (size_t i = 0; i < subset->n; i++)
        n += nfa->states[subset->members[i]].chars.n;
    return n;
}

static void make_room(struct builder *b, size_t n)
{
    if (n <= b->n_room)
        return;
    b->n_room = 2 * n;
    b->arrows = arena_array(b->scratch, b->n_room, sizeof *b->arrows);
    b->active = arena_array(b->scratch, b->n_room, sizeof *b->active);
}

/* Finds the arrows of a subset, in the order of their first characters. */
static size_t gather_arrows(struct builder *b, const struct subset *subset)
{
    size_t n = 0;
    make_room(b, count_arrows(b->nfa, subset));
    for (size_t i = 0; i < subset->n; i++) {
        const struct nfa_state *state = &b->nfa->states[subset->members[i]];
        for (size_t j = 0; j < state->chars.n; j++) {
            struct char_range range = state->chars.ranges[j];
            b->arrows[n++] = (struct arrow){range.first, range.last, state->next};
        }
    }
    if (n > 1)
        qsort(b->arrows, n, sizeof *b->arrows, compare_arrows);
    return n;
}

/* The last character up to which the active arrows and no others lead on. */
static uint32_t find_last(const struct arrow *active, size_t n,
                          const struct arrow *coming)
{
    uint32_t last = coming ? coming->first - 1 : UINT32_MAX;
    for (size_t i = 0; i < n; i++)
        if (active[i].last < last)
            last = active[i].last;
    return last;
}

static size_t drop_ended(struct arrow *active, size_t n, uint32_t last)
{
    size_t n_left = 0;
    for (size_t i = 0; i < n; i++)
        if (active[i].last > last)
            active[n_left++] = active[i];
    return n_left;
}

/* Walks along the characters with the arrows that cover them. */
static bool add_edges(struct builder *b, size_t n, struct dfa_state *state)
{
    const struct arrow *arrows = b->arrows;
    struct arrow *active = b->active;
    struct dfa_edge *edges = NULL;
    size_t n_active = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < n || n_active > 0;) {
        if (n_active == 0)
            at = arrows[i].first;
        while (i < n && arrows[i].first == at)
            active[n_active++] = arrows[i++];
        uint32_t last = find_last(active, n_active, i < n ? &arrows[i] : NULL);
        uint32_t target = state_of_arrows(b, active, n_active);
        if (target == TOO_LARGE || ++b->n_edges > EDGES_MAX)
            return false;
        edges = arena_grow(b->scratch, edges, state->n_edges, sizeof *edges);
        edges[state->n_edges++] = (struct dfa_edge){at, last, target};
        n_active = drop_ended(active, n_active, last);
        at = last + 1;
    }
    state->edges = edges;
    return true;
}

static bool is_end(const struct builder *b, const struct subset *subset)
{
    for (size_t i = 0; i < subset->n; i++)
        if (b->nfa->states[subset->members[i]].kind == NFA_END)
            return true;
    return false;
}

static bool build_states(struct builder *b, uint32_t start)
{
    if (state_of_arrows(b, &(struct arrow){0, 0, start}, 1) == TOO_LARGE)
        return false;
    for (size_t i = 0; i < b->n_subsets; i++) {
        size_t n = gather_arrows(b, &b->subsets[i]);
        struct dfa_state state = {.is_accepting = is_end(b, &b->subsets[i])};
        if (!add_edges(b, n, &state))
            return false;
        b->states[i] = state;
    }
    return true;
}

static const struct dfa *build(const struct regex *regex, struct arena *scratch,
                               struct arena *arena)
{
    struct nfa nfa = {.scratch = scratch};
    uint32_t end = add_nfa_state(&nfa, (struct nfa_state){.kind = NFA_END});
    uint32_t start = add_regex(&nfa, regex, end);
    if (nfa.is_too_large)
        return NULL;
    struct builder b = {
        .nfa = &nfa,
        .scratch = scratch,
        .marks = arena_array(scratch, nfa.n, sizeof *b.marks),
        .stack = arena_array(scratch, nfa.n, sizeof *b.stack),
        .closure = arena_array(scratch, nfa.n, sizeof *b.closure),
    };
    if (!build_states(&b, start))
        return NULL;
    return dfa_minimal(&(struct dfa){b.states, b.n_subsets}, scratch, arena);
}

const struct dfa *dfa_build(const struct regex *regex, struct arena *arena)
{
    struct arena scratch = {NULL};
    const struct dfa *dfa = build(regex, &scratch, arena);
    arena_free(&scratch);
    return dfa;
}
