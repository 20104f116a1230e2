#include "walker.h"

#include "precedence.h"

/* A place is a segment in the upper bits and, in the lower ones, AT_START where nothing
 * of the segment was walked yet, or a state of its automaton plus 1. Behind the last
 * segment is the place behind a slash that is passed over. */
enum {
    STATE_BITS = 13,
    STATE_MASK = (1 << STATE_BITS) - 1,
    SEGMENTS_MAX = 1 << 18,
    AT_START = 0,
};

_Static_assert((int)DFA_STATES_MAX <= (int)STATE_MASK,
               "a state plus 1 fits the lower bits");

static uint32_t segment_start(size_t segment)
{
    return (uint32_t)segment << STATE_BITS;
}

bool walker_init(struct walker *walker, const struct template *template,
                 const struct matching *matching)
{
    size_t n = template->n_segments;
    bool is_root = n == 1 && template->segments[0].dfa->states[0].n_edges == 0;
    *walker = (struct walker){.template = template, .may_end = n};
    while (walker->may_end > 0 && precedence_may_end(template, walker->may_end - 1))
        walker->may_end--;
    walker->ends_in_catch_all =
        template->segments[n - 1].rank >= RANK_CONSTRAINED_CATCH_ALL;
    walker->passes_slash = matching->trailing_slash == TRAILING_SLASH_IGNORE &&
                           !walker->ends_in_catch_all && !is_root;
    return n <= SEGMENTS_MAX;
}

const struct dfa_state *walker_state(const struct walker *walker, uint32_t place)
{
    size_t segment = place >> STATE_BITS;
    uint32_t state = place & STATE_MASK;
    if (segment == walker->template->n_segments)
        return NULL;
    const struct dfa *dfa = walker->template->segments[segment].dfa;
    return &dfa->states[state == AT_START ? 0 : state - 1];
}

static bool is_last(const struct walker *walker, size_t segment)
{
    return segment + 1 == walker->template->n_segments;
}

/* Where the slash behind a segment that is complete at `state` leads. */
static uint32_t step_over_slash(const struct walker *walker, size_t segment,
                                const struct dfa_state *state)
{
    if (!state->is_accepting || (is_last(walker, segment) && !walker->passes_slash))
        return WALKER_DEAD;
    return segment_start(segment + 1);
}

uint32_t walker_step(const struct walker *walker, uint32_t place, uint32_t c)
{
    size_t segment = place >> STATE_BITS;
    uint32_t state = place & STATE_MASK;
    if (segment == walker->template->n_segments)
        return WALKER_DEAD;
    bool is_catch_all = walker->ends_in_catch_all && is_last(walker, segment);
    if (c == '/' && !is_catch_all)
        return step_over_slash(walker, segment, walker_state(walker, place));
    const struct dfa *dfa = walker->template->segments[segment].dfa;
    uint32_t target = dfa_step(dfa, state == AT_START ? 0 : state - 1, c);
    return target == DFA_DEAD ? WALKER_DEAD : segment_start(segment) + target + 1;
}

bool walker_accepts(const struct walker *walker, uint32_t place)
{
    size_t segment = place >> STATE_BITS;
    bool is_at_start = (place & STATE_MASK) == AT_START;
    if (segment == walker->template->n_segments)
        return true;
    if (walker_state(walker, place)->is_accepting && walker->may_end <= segment + 1)
        return true;
    /* The slash before what is absent: that of "/", or one that is passed over. */
    return is_at_start && walker->may_end <= segment &&
           (segment == 0 || walker->passes_slash);
}
