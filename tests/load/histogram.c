#include "histogram.h"

#include <stddef.h>

/* Values below twice the steps have a bucket each. Beyond, a value is shifted until it
 * is below, and each shift has buckets of its own. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift = 0;
    while (value >> shift >= 2 * HISTOGRAM_STEPS)
        shift++;
    return shift * HISTOGRAM_STEPS + (size_t)(value >> shift);
}

static uint64_t largest_in(size_t bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;
    size_t shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t shifted = bucket - shift * HISTOGRAM_STEPS;
    return ((shifted + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times)
{
    histogram->counts[bucket_of(value)] += times;
    histogram->n += times;
    if (value > histogram->max)
        histogram->max = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned thousandths)
{
    uint64_t rank = (histogram->n * thousandths + 99999) / 100000;
    uint64_t seen = histogram->counts[0];
    size_t bucket = 0;
    while (seen < rank && bucket + 1 < HISTOGRAM_BUCKETS)
        seen += histogram->counts[++bucket];
    uint64_t value = largest_in(bucket);
    return value < histogram->max ? value : histogram->max;
}
