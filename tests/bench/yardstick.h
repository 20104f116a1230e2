/* Another parser of HTTP/1.1 to compare with: yardstick_pico.c, or yardstick_none.c
 * where its source is not at hand. */
#ifndef TESTS_YARDSTICK_H
#define TESTS_YARDSTICK_H

#include <stdbool.h>
#include <stddef.h>

struct yardstick {
    /* Parses a request head; returns its length, or 0 if it is refused or not whole. */
    size_t (*parse)(const unsigned char *input, size_t len);
    /* Starts on a body in the chunked coding. */
    void (*start)(void);
    /* Decodes a piece of it, in place. Returns false at its end, or if it is refused.
     */
    bool (*decode)(unsigned char *piece, size_t len);
};

extern const struct yardstick *const yardstick; /* NULL without one */

#endif
