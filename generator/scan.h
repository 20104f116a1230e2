/* A text of a spec that has a syntax of its own while it is read: a route template, a
 * security descriptor. */
#ifndef KRGEN_SCAN_H
#define KRGEN_SCAN_H

#include "fields.h"
#include "model.h"

#include <stddef.h>

struct scan {
    struct reader *reader;
    struct located source; /* the text */
    size_t at;             /* offset of what is read next */
};

/* The byte at an offset, '\0' at the text's end. */
char scan_char(const struct scan *s, size_t at);

/* The offset of the next `c` from `at` on, or that of the text's end. */
size_t scan_find(const struct scan *s, size_t at, char c);

/* The bytes [start, end) of the text with their place. */
struct located scan_part(const struct scan *s, size_t start, size_t end);

/* Reports a fault of the bytes [start, end). */
struct diagnostic *scan_fail(struct scan *s, enum check check, size_t start, size_t end,
                             const char *format, ...) KRGEN_PRINTF(5, 6);

#endif
