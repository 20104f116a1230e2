/* The Range field (RFC 9110 section 14), read. Sans-I/O. */
#ifndef KRT_RANGE_H
#define KRT_RANGE_H

#include "tables.h"

#include <stddef.h>

/* More ranges in one request are not answered one by one. */
enum { KRT_RANGES_MAX = 16 };

/* Bytes of a body, at least one. */
struct krt_range {
    size_t at;
    size_t len;
};

/* Answers of krt_ranges_read() that are not a number of ranges. */
enum {
    KRT_RANGES_IGNORED = -1,      /* the field is to be ignored */
    KRT_RANGES_UNSATISFIABLE = 0, /* 416 */
};

/* Reads the value of a Range field for a body of `body_len` bytes. Returns how many of
 * its ranges the body has a byte of, in the order asked for, or one of the above.
 * Ignored are other units than bytes, what is malformed, more than KRT_RANGES_MAX
 * ranges, and ranges that together are longer than the body (section 14.2). */
int krt_ranges_read(struct krt_slice value, size_t body_len,
                    struct krt_range ranges[KRT_RANGES_MAX]);

#endif
