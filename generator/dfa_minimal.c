/* Hopcroft's refinement of a partition, for all characters at once: a block is divided
 * by the sets of characters that lead its states into the splitter. */
#include "dfa_minimal.h"

#include <stdlib.h>
#include <string.h>

/* An edge seen from its target. */
struct arrow {
    uint32_t source;
    uint32_t first;
    uint32_t last;
};

/* Where in `order` the states of a block stand. */
struct block {
    size_t first;
    size_t n;
    bool is_waiting; /* to be a splitter */
};

/* A state with edges into the splitter. */
struct touched {
    uint32_t state;
    uint32_t block;
    const struct arrow *arrows;
    size_t n;
};

struct minimizer {
    const struct dfa *raw;
    struct arena *scratch;
    struct arrow *arrows; /* by target */
    size_t *first_arrow;  /* of each state, and the end */
    bool *is_live;        /* something is accepted from there */
    uint32_t *order;      /* the live states, by blocks */
    size_t *place;        /* of each state in `order` */
    uint32_t *block_of;   /* each state */
    struct block *blocks;
    size_t n_blocks;
    uint32_t *waiting;
    size_t n_waiting;
    struct arrow *into; /* the splitter, by source and character */
    struct touched *touched;
};

static void find_arrows(struct minimizer *m)
{
    size_t n = m->raw->n_states;
    m->first_arrow = arena_array(m->scratch, n + 2, sizeof *m->first_arrow);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m->raw->states[i].n_edges; j++)
            m->first_arrow[m->raw->states[i].edges[j].target + 2]++;
    for (size_t i = 2; i < n + 2; i++)
        m->first_arrow[i] += m->first_arrow[i - 1];
    m->arrows = arena_array(m->scratch, m->first_arrow[n + 1], sizeof *m->arrows);
    for (uint32_t i = 0; i < n; i++)
        for (size_t j = 0; j < m->raw->states[i].n_edges; j++) {
            const struct dfa_edge *edge = &m->raw->states[i].edges[j];
            size_t at = m->first_arrow[edge->target + 1]++;
            m->arrows[at] = (struct arrow){i, edge->first, edge->last};
        }
}

static void add_live(struct minimizer *m, uint32_t state, size_t *n)
{
    if (!m->is_live[state])
        m->order[(*n)++] = state;
    m->is_live[state] = true;
}

/* The live states come into `order`; their number is returned. */
static size_t find_live(struct minimizer *m)
{
    size_t n = 0;
    for (uint32_t i = 0; i < m->raw->n_states; i++)
        if (m->raw->states[i].is_accepting)
            add_live(m, i, &n);
    for (size_t done = 0; done < n; done++) {
        uint32_t target = m->order[done];
        for (size_t j = m->first_arrow[target]; j < m->first_arrow[target + 1]; j++)
            add_live(m, m->arrows[j].source, &n);
    }
    return n;
}

static uint32_t add_block(struct minimizer *m, size_t first, size_t n)
{
    uint32_t id = (uint32_t)m->n_blocks++;
    m->blocks[id] = (struct block){.first = first, .n = n};
    for (size_t i = first; i < first + n; i++) {
        m->place[m->order[i]] = i;
        m->block_of[m->order[i]] = id;
    }
    return id;
}

static void await(struct minimizer *m, uint32_t block)
{
    if (m->blocks[block].is_waiting || m->blocks[block].n == 0)
        return;
    m->blocks[block].is_waiting = true;
    m->waiting[m->n_waiting++] = block;
}

/* The accepting states stand at the front of `order`. */
static void start_partition(struct minimizer *m, size_t n_live)
{
    size_t n = 0;
    while (n < n_live && m->raw->states[m->order[n]].is_accepting)
        n++;
    await(m, add_block(m, 0, n));
    if (n < n_live)
        await(m, add_block(m, n, n_live - n));
}

static int compare_arrows(const void *a, const void *b)
{
    const struct arrow *p = a;
    const struct arrow *q = b;
    if (p->source != q->source)
        return p->source < q->source ? -1 : 1;
    return p->first < q->first ? -1 : p->first > q->first;
}

/* Gathers what leads into the splitter, joined where ranges touch. */
static size_t gather_arrows(struct minimizer *m, struct block splitter)
{
    size_t n = 0;
    for (size_t i = splitter.first; i < splitter.first + splitter.n; i++) {
        uint32_t target = m->order[i];
        for (size_t j = m->first_arrow[target]; j < m->first_arrow[target + 1]; j++)
            if (m->is_live[m->arrows[j].source])
                m->into[n++] = m->arrows[j];
    }
    if (n > 1)
        qsort(m->into, n, sizeof *m->into, compare_arrows);
    size_t n_joined = 0;
    for (size_t i = 0; i < n; i++) {
        struct arrow *last = n_joined > 0 ? &m->into[n_joined - 1] : NULL;
        if (last && last->source == m->into[i].source &&
            last->last + 1 == m->into[i].first)
            last->last = m->into[i].last;
        else
            m->into[n_joined++] = m->into[i];
    }
    return n_joined;
}

static size_t gather_touched(struct minimizer *m, size_t n_arrows)
{
    size_t n = 0;
    for (size_t i = 0; i < n_arrows; i++) {
        uint32_t state = m->into[i].source;
        if (n == 0 || m->touched[n - 1].state != state)
            m->touched[n++] =
                (struct touched){state, m->block_of[state], &m->into[i], 0};
        m->touched[n - 1].n++;
    }
    return n;
}

/* Orders by block, then by the characters that lead into the splitter. */
static int compare_touched(const void *a, const void *b)
{
    const struct touched *p = a;
    const struct touched *q = b;
    if (p->block != q->block)
        return p->block < q->block ? -1 : 1;
    if (p->n != q->n)
        return p->n < q->n ? -1 : 1;
    for (size_t i = 0; i < p->n; i++) {
        const struct arrow *r = &p->arrows[i];
        const struct arrow *s = &q->arrows[i];
        if (r->first != s->first)
            return r->first < s->first ? -1 : 1;
        if (r->last != s->last)
            return r->last < s->last ? -1 : 1;
    }
    return 0;
}

static void swap_places(struct minimizer *m, size_t to, uint32_t state)
{
    uint32_t other = m->order[to];
    size_t from = m->place[state];
    m->order[to] = state;
    m->order[from] = other;
    m->place[state] = to;
    m->place[other] = from;
}

/* Makes a block of `group`, which is a part of `block`, and returns it; a group that is
 * all that is left stays what it is. */
static uint32_t split_off(struct minimizer *m, uint32_t block,
                          const struct touched *group, size_t n)
{
    struct block *rest = &m->blocks[block];
    if (n == rest->n)
        return block;
    size_t end = rest->first + rest->n;
    for (size_t i = 0; i < n; i++)
        swap_places(m, end - 1 - i, group[i].state);
    rest->n -= n;
    return add_block(m, end - n, n);
}

/* Divides one block. All of its parts become splitters, except the largest where the
 * whole has been one. */
static void divide(struct minimizer *m, const struct touched *touched, size_t n)
{
    uint32_t block = touched[0].block;
    size_t first_new = m->n_blocks;
    for (size_t start = 0, end; start < n; start = end) {
        end = start + 1;
        while (end < n && compare_touched(&touched[start], &touched[end]) == 0)
            end++;
        split_off(m, block, touched + start, end - start);
    }
    uint32_t largest = block;
    for (size_t i = first_new; i < m->n_blocks; i++)
        if (m->blocks[i].n > m->blocks[largest].n)
            largest = (uint32_t)i;
    bool needs_all = m->blocks[block].is_waiting;
    for (size_t i = first_new; i < m->n_blocks; i++)
        if (needs_all || i != largest)
            await(m, (uint32_t)i);
    if (largest != block)
        await(m, block);
}

static void refine(struct minimizer *m)
{
    while (m->n_waiting > 0) {
        uint32_t splitter = m->waiting[--m->n_waiting];
        m->blocks[splitter].is_waiting = false;
        size_t n = gather_touched(m, gather_arrows(m, m->blocks[splitter]));
        if (n > 1)
            qsort(m->touched, n, sizeof *m->touched, compare_touched);
        for (size_t start = 0, end; start < n; start = end) {
            end = start + 1;
            while (end < n && m->touched[end].block == m->touched[start].block)
                end++;
            divide(m, m->touched + start, end - start);
        }
    }
}

/* The edges of `raw` with blocks as targets, joined where they touch. */
static size_t join_edges(const struct minimizer *m, const struct dfa_state *raw,
                         struct dfa_edge *edges)
{
    size_t n = 0;
    for (size_t i = 0; i < raw->n_edges; i++) {
        struct dfa_edge edge = raw->edges[i];
        if (!m->is_live[edge.target])
            continue;
        edge.target = m->block_of[edge.target];
        struct dfa_edge *last = n > 0 ? &edges[n - 1] : NULL;
        if (last && last->target == edge.target && last->last + 1 == edge.first)
            last->last = edge.last;
        else
            edges[n++] = edge;
    }
    return n;
}

/* Numbers the blocks in the order in which they are met from the start. */
static const struct dfa *copy_blocks(const struct minimizer *m, struct arena *arena)
{
    struct dfa *dfa = arena_alloc(arena, sizeof *dfa);
    struct dfa_state *states = arena_array(arena, m->n_blocks, sizeof *states);
    uint32_t *number = arena_array(m->scratch, m->n_blocks, sizeof *number);
    uint32_t *met = arena_array(m->scratch, m->n_blocks, sizeof *met);
    size_t n = 1;
    met[0] = m->block_of[0];
    for (size_t i = 0; i < n; i++) {
        const struct block *block = &m->blocks[met[i]];
        const struct dfa_state *raw = &m->raw->states[m->order[block->first]];
        struct dfa_edge *edges = arena_array(m->scratch, raw->n_edges, sizeof *edges);
        size_t n_edges = join_edges(m, raw, edges);
        for (size_t j = 0; j < n_edges; j++) {
            uint32_t target = edges[j].target;
            if (number[target] == 0 && target != met[0]) {
                number[target] = (uint32_t)n;
                met[n++] = target;
            }
            edges[j].target = number[target];
        }
        struct dfa_edge *copy = arena_array(arena, n_edges, sizeof *copy);
        if (n_edges > 0)
            memcpy(copy, edges, n_edges * sizeof *copy);
        states[i] = (struct dfa_state){copy, n_edges, raw->is_accepting};
    }
    *dfa = (struct dfa){states, n};
    return dfa;
}

static const struct dfa *accept_nothing(struct arena *arena)
{
    struct dfa *dfa = arena_alloc(arena, sizeof *dfa);
    *dfa = (struct dfa){arena_alloc(arena, sizeof *dfa->states), 1};
    return dfa;
}

const struct dfa *dfa_minimal(const struct dfa *raw, struct arena *scratch,
                              struct arena *arena)
{
    size_t n = raw->n_states;
    struct minimizer m = {
        .raw = raw,
        .scratch = scratch,
        .is_live = arena_array(scratch, n, sizeof *m.is_live),
        .order = arena_array(scratch, n, sizeof *m.order),
        .place = arena_array(scratch, n, sizeof *m.place),
        .block_of = arena_array(scratch, n, sizeof *m.block_of),
        .blocks = arena_array(scratch, n + 1, sizeof *m.blocks),
        .waiting = arena_array(scratch, n + 1, sizeof *m.waiting),
        .touched = arena_array(scratch, n, sizeof *m.touched),
    };
    find_arrows(&m);
    size_t n_live = find_live(&m);
    if (!m.is_live[0])
        return accept_nothing(arena);
    m.into = arena_array(scratch, m.first_arrow[n], sizeof *m.into);
    start_partition(&m, n_live);
    refine(&m);
    return copy_blocks(&m, arena);
}
