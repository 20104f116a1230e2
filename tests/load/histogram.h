/* How often values occurred, in buckets at most a sixty-fourth as wide as what they
 * hold. Of fixed size; adding allocates nothing. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 64, /* buckets for each doubling */
    HISTOGRAM_BUCKETS = 59 * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t n;
    uint64_t max;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Adds `value`, `times` times. A histogram of zeros is an empty one. */
void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times);

/* The value that `thousandths` thousandths of a percent (99900 for 99.9 %) of all
 * values do not exceed, at most a sixty-fourth too large; 0 if there is none. */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned thousandths);

#endif
