/* The threads that blocking handlers run on. Where a program has none, it has no such
 * handlers, and nothing of this is linked. */
#ifndef KRT_POOL_H
#define KRT_POOL_H

#include "tables.h"

#include <stdbool.h>

enum { KRT_POOL_THREADS = 8 };

/* Something to run. It belongs to the pool until then. */
struct krt_job {
    struct krt_job *next;
    void (*run)(struct krt_job *job);
};

/* How the pool is used, of which a process has one. */
struct krt_pool {
    /* Starts the threads. 0, or KRT_ERR_NO_MEMORY when the system gives not one; fewer
     * than KRT_POOL_THREADS are as good. */
    int (*open)(void);
    /* Has a job run as soon as a thread is free, in the order of these calls. From any
     * thread. Takes no memory. */
    void (*submit)(struct krt_job *job);
    /* Runs no more jobs and waits for the threads to end, unless `leaves_behind`: then
     * they end with the process, if not by themselves. */
    void (*close)(bool leaves_behind);
};

#endif
