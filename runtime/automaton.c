#include "automaton.h"

enum { NO_STATE = -1 };

/* ---- Steps ---- */

/* Reads the character at `*at`, as far as `end` or a NUL allows. */
static uint32_t next_character(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *c = *at;
    uint32_t code = *c++;
    int n = code < 0xc0 ? 0 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
    if (n > 0)
        code &= 0x3fu >> n;
    for (; n > 0 && c != end && (*c & 0xc0) == 0x80; n--)
        code = code << 6 | (*c++ & 0x3f);
    *at = c;
    return code;
}

/* Where the character leads from `state`, or NO_STATE. */
static int follow(const struct krt_automaton *automaton, size_t state, uint32_t c)
{
    uint32_t low = automaton->states[state].edges;
    uint32_t high = automaton->states[state + 1].edges;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct krt_edge *edge = &automaton->edges[middle];
        if (c < edge->first)
            high = middle;
        else if (c > edge->last)
            low = middle + 1;
        else
            return edge->target;
    }
    return NO_STATE;
}

bool krt_accepts(const struct krt_automaton *automaton, const unsigned char *value,
                 bool takes_slashes)
{
    int state = 0;
    while (state != NO_STATE && *value && (takes_slashes || *value != '/'))
        state = follow(automaton, (size_t)state, next_character(&value, NULL));
    return state != NO_STATE && automaton->states[state].accepts;
}

/* ---- Division ---- */

/* The threads in which a part's end is searched for: at most one in each state, that
 * which has ended the part last. They are in this order, the last end first. */
struct run {
    const struct krt_division *division;
    struct krt_place *places;
    size_t n_parts; /* without an absent end */
    size_t part;    /* whose end is searched for */
    uint32_t step;
    unsigned list; /* the threads of this step */
    size_t n;      /* so many of them */
};

static bool is_accepting(const struct run *run, size_t state)
{
    return run->division->automaton.states[state].accepts;
}

/* Adds a thread, and where its part may end here another in the next part. */
static void enter(struct run *run, struct krt_thread thread, const unsigned char *at)
{
    while (run->places[thread.state].met != run->step) {
        run->places[thread.state].met = run->step;
        run->places[run->n++].threads[run->list] = thread;
        if (!is_accepting(run, thread.state) || thread.part + 1u == run->n_parts)
            return;
        if (thread.part == run->part)
            thread.end = at;
        thread.part++;
        thread.state = run->division->parts[thread.part].start;
    }
}

/* Takes all threads one character further. */
static void advance(struct run *run, uint32_t c, const unsigned char *at)
{
    size_t n = run->n;
    unsigned list = run->list;
    run->step++;
    run->list = 1 - list;
    run->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct krt_thread thread = run->places[i].threads[list];
        int state = follow(&run->division->automaton, thread.state, c);
        if (state == NO_STATE)
            continue;
        thread.state = (uint16_t)state;
        enter(run, thread, at);
    }
}

/* The last place at which the part in question, which starts at `at`, can end so that
 * the others fit what is left of the text; NULL without any. */
static const unsigned char *part_end(struct run *run, const unsigned char *at,
                                     const unsigned char *end)
{
    run->n = 0;
    run->step++;
    uint16_t start = run->division->parts[run->part].start;
    enter(run, (struct krt_thread){NULL, start, (uint16_t)run->part}, at);
    while (at != end && run->n > 0) {
        uint32_t c = next_character(&at, end);
        advance(run, c, at);
    }
    for (size_t i = 0; i < run->n; i++) {
        const struct krt_thread *thread = &run->places[i].threads[run->list];
        if (thread->part + 1u == run->n_parts && is_accepting(run, thread->state))
            return run->part == thread->part ? end : thread->end;
    }
    return NULL;
}

static bool divide(struct run *run, const unsigned char *at, const unsigned char *end,
                   struct krt_slice *values)
{
    for (run->part = 0; run->part < run->n_parts; run->part++) {
        const struct krt_part *part = &run->division->parts[run->part];
        bool is_known = part->literal > 0 && run->part > 0; /* by the part before it */
        const unsigned char *next =
            is_known ? at + part->literal : part_end(run, at, end);
        if (!next)
            return false;
        if (part->literal == 0)
            *values++ = krt_value(at, next);
        at = next;
    }
    return true;
}

bool krt_divide(const struct krt_division *division, struct krt_place *places,
                const unsigned char *at, const unsigned char *end,
                struct krt_slice *values)
{
    struct run run = {division, places, division->n_parts, 0, 0, 0, 0};
    if (divide(&run, at, end, values))
        return true;
    if (!division->has_optional_end)
        return false;
    run.n_parts -= 2;
    if (!divide(&run, at, end, values))
        return false;
    for (size_t i = 0; i < run.n_parts; i++)
        values += division->parts[i].literal == 0;
    *values = krt_value(NULL, NULL);
    return true;
}
