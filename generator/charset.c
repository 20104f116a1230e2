/* Every set is made of ranges in any order, by sorting, clipping and joining them. */
#include "charset.h"

#include <stdlib.h>
#include <string.h>

/* The characters of a path: all but NUL and the surrogates. */
static const struct char_range all_ranges[] = {{0x1, 0xD7FF}, {0xE000, 0x10FFFF}};
static const struct charset all = {all_ranges, 2};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct char_range *p = a;
    const struct char_range *q = b;
    return (p->first > q->first) - (p->first < q->first);
}

/* Whether `b`, which does not start before `a`, overlaps or follows it. */
static bool touches(struct char_range a, struct char_range b)
{
    return b.first <= a.last || b.first - 1 == a.last;
}

struct charset charset_intersect(struct arena *arena, struct charset a,
                                 struct charset b)
{
    struct char_range *ranges = arena_array(arena, a.n + b.n, sizeof *ranges);
    size_t n = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < a.n && j < b.n) {
        struct char_range common = {most(a.ranges[i].first, b.ranges[j].first),
                                    least(a.ranges[i].last, b.ranges[j].last)};
        if (common.first <= common.last)
            ranges[n++] = common;
        if (a.ranges[i].last < b.ranges[j].last)
            i++;
        else
            j++;
    }
    return (struct charset){ranges, n};
}

struct charset charset_of_ranges(struct arena *arena, const struct char_range *ranges,
                                 size_t n)
{
    if (n == 0)
        return (struct charset){0};
    struct char_range *joined = arena_array(arena, n, sizeof *joined);
    memcpy(joined, ranges, n * sizeof *joined);
    qsort(joined, n, sizeof *joined, compare_ranges);
    size_t n_joined = 0;
    for (size_t i = 0; i < n; i++) {
        struct char_range *before = n_joined > 0 ? &joined[n_joined - 1] : NULL;
        if (before && touches(*before, joined[i]))
            before->last = most(before->last, joined[i].last);
        else
            joined[n_joined++] = joined[i];
    }
    return charset_intersect(arena, (struct charset){joined, n_joined}, all);
}

struct charset charset_range(struct arena *arena, uint32_t first, uint32_t last)
{
    return charset_of_ranges(arena, &(struct char_range){first, last}, 1);
}

struct charset charset_of(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    struct char_range *ranges = arena_array(arena, len, sizeof *ranges);
    for (size_t i = 0; i < len; i++)
        ranges[i].first = ranges[i].last = (unsigned char)text[i];
    return charset_of_ranges(arena, ranges, len);
}

static void copy_ranges(struct char_range *to, struct charset set)
{
    if (set.n > 0)
        memcpy(to, set.ranges, set.n * sizeof *to);
}

struct charset charset_union(struct arena *arena, struct charset a, struct charset b)
{
    struct char_range *ranges = arena_array(arena, a.n + b.n, sizeof *ranges);
    copy_ranges(ranges, a);
    copy_ranges(ranges + a.n, b);
    return charset_of_ranges(arena, ranges, a.n + b.n);
}

struct charset charset_complement(struct arena *arena, struct charset a)
{
    struct char_range *gaps = arena_array(arena, a.n + 1, sizeof *gaps);
    size_t n = 0;
    uint32_t next = 0;
    for (size_t i = 0; i < a.n; i++) {
        if (a.ranges[i].first > next)
            gaps[n++] = (struct char_range){next, a.ranges[i].first - 1};
        next = a.ranges[i].last + 1;
    }
    if (next <= 0x10FFFF)
        gaps[n++] = (struct char_range){next, 0x10FFFF};
    return charset_of_ranges(arena, gaps, n);
}

struct charset charset_without(struct arena *arena, struct charset a, struct charset b)
{
    return charset_intersect(arena, a, charset_complement(arena, b));
}

struct charset charset_fold(struct arena *arena, struct charset a)
{
    struct char_range others[26 * 2];
    size_t n = 0;
    for (uint32_t lower = 'a'; lower <= 'z'; lower++) {
        uint32_t upper = lower - 'a' + 'A';
        if (charset_has(a, lower))
            others[n++] = (struct char_range){upper, upper};
        if (charset_has(a, upper))
            others[n++] = (struct char_range){lower, lower};
    }
    return charset_union(arena, a, (struct charset){others, n});
}

bool charset_has(struct charset a, uint32_t c)
{
    size_t low = 0;
    size_t high = a.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c < a.ranges[middle].first)
            high = middle;
        else if (c > a.ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

bool charset_equal(struct charset a, struct charset b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (a.ranges[i].first != b.ranges[i].first ||
            a.ranges[i].last != b.ranges[i].last)
            return false;
    return true;
}
