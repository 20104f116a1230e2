/* Optimal string alignment distance: letters missing, added, wrong or swapped. */
#include "suggest.h"
#include "ascii.h"

#include <string.h>

enum {
    WORD_MAX = 32, /* letters of a word that is compared */
    SLIPS_MAX = 2,
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_same(const char *a, const char *b)
{
    return to_lower(*a) == to_lower(*b);
}

static size_t distance(struct str a, struct str b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *above2 = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        const char *p = a.at + i - 1;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const char *q = b.at + j - 1;
            row[j] = least(above[j], row[j - 1]) + 1;
            row[j] = least(row[j], above[j - 1] + !is_same(p, q));
            if (i > 1 && j > 1 && is_same(p, q - 1) && is_same(p - 1, q))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
        size_t *free_row = above2;
        above2 = above;
        above = row;
        row = free_row;
    }
    return above[b.len];
}

void suggest_offer(struct suggestion *suggestion, const char *name)
{
    struct str word = suggestion->word;
    struct str other = str_from(name);
    if (word.len > WORD_MAX || other.len > WORD_MAX)
        return;
    if (word.len > other.len + SLIPS_MAX || other.len > word.len + SLIPS_MAX)
        return;
    size_t slips = distance(word, other);
    if (slips > (other.len <= 5 ? 1u : SLIPS_MAX))
        return;
    if (!suggestion->best || slips < suggestion->distance) {
        suggestion->best = name;
        suggestion->distance = slips;
        suggestion->is_tied = false;
    } else if (slips == suggestion->distance) {
        suggestion->is_tied = true;
    }
}

const char *suggest_result(const struct suggestion *suggestion)
{
    return suggestion->is_tied ? NULL : suggestion->best;
}
