#include "precedence.h"

#include "dfa.h"

static int rank_at(const struct template *template, size_t i)
{
    return i < template->n_segments ? (int)template->segments[i].rank : 0;
}

int precedence_compare(const struct template *a, const struct template *b)
{
    size_t n = a->n_segments > b->n_segments ? a->n_segments : b->n_segments;
    for (size_t i = 0; i < n; i++)
        if (rank_at(a, i) != rank_at(b, i))
            return rank_at(a, i) - rank_at(b, i);
    return 0;
}

bool precedence_may_end(const struct template *template, size_t i)
{
    for (; i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        if (segment->n_parts != 1 || !segment->parts[0].parameter ||
            !segment->parts[0].parameter->may_be_absent)
            return false;
        if (segment->rank >= RANK_CONSTRAINED_CATCH_ALL)
            return dfa_accepts(segment->dfa, STR(""));
    }
    return true;
}

bool precedence_is_same_shape(const struct template *a, const struct template *b)
{
    if (a->n_segments != b->n_segments)
        return false;
    for (size_t i = 0; i < a->n_segments; i++)
        if (!str_equal(a->segments[i].shape, b->segments[i].shape))
            return false;
    return true;
}
