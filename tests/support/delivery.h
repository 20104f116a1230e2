/* A request head that arrives in pieces, always with its last byte (and the NUL behind
 * it that krt_head_read() asks for) at the end of the readable memory. */
#ifndef TESTS_DELIVERY_H
#define TESTS_DELIVERY_H

#include "head.h"

/* The limits of the spec language when the spec sets none. */
enum {
    DELIVERY_LINE_MAX = 8 * 1024,
    DELIVERY_HEAD_MAX = 32 * 1024,
    DELIVERY_FIELDS_MAX = 100,
};

extern const struct krt_limits delivery_limits;

#include <stddef.h>

struct text {
    const char *at;
    size_t len;
};

/* Group fixtures of cmocka: the memory for heads of up to 96 KiB. */
int delivery_init(void **state);
int delivery_deinit(void **state);

/* Reads `text` as it arrives in a piece of `first` bytes and then pieces of `rest`, as
 * long as more is asked for. Returns the last answer; *head points into memory that is
 * valid until the next call. */
int delivery_read(struct krt_head *head, struct text text, size_t first, size_t rest);

/* Fails the test unless `result` is `expected`; says "NAME, HOW AT". */
void delivery_check(const char *name, const char *how, size_t at, int result,
                    int expected);

#endif
