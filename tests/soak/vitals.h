/* What a process holds, as the system counts it. */
#ifndef VITALS_H
#define VITALS_H

#include <stdbool.h>

struct vitals {
    long handles; /* descriptors, or Windows handles */
    long threads;
    long memory; /* KiB that are its own and resident */
};

/* False if there is no such process. */
bool vitals_take(struct vitals *vitals, unsigned long pid);

#endif
