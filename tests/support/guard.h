/* Memory whose last byte is the last that may be read: what reads on behind it ends in
 * a fault, not in luck. */
#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <stddef.h>

struct guard {
    unsigned char *memory;
    size_t size; /* of what may be used, in whole pages */
};

/* Makes room for `cap` bytes; ends the program when the system has none. */
void guard_init(struct guard *guard, size_t cap);
void guard_deinit(struct guard *guard);

/* The last `len` bytes before the page that may not be touched, at most the capacity.
 * All bytes before them are overwritten with 0xa5. */
unsigned char *guard_end(const struct guard *guard, size_t len);

#endif
