/* A run that has a command: what starts it, waits for it, passes on that it is to stop,
 * and ends it when its time is over. Without a command, all of it but
 * krt_wrapper_stop() does nothing. */
#ifndef KRT_WRAPPER_H
#define KRT_WRAPPER_H

#include "endpoint.h"
#include "options.h"
#include "server.h"
#include "thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How far the command is. */
enum krt_wrapper_state {
    KRT_WRAPPER_NONE,     /* there is none, or not yet */
    KRT_WRAPPER_STARTING, /* it may run already */
    KRT_WRAPPER_RUNNING,  /* krt_child_...() may be called */
};

struct krt_wrapper {
    struct krt_server *server;
    /* What the process exits with for the command's sake: its exit code; 124 when it
     * has not ended in time, 126 or 127 when it could not be started. */
    int code;
    /* The rest belongs to the functions below. */
    atomic_int state; /* enum krt_wrapper_state */
    atomic_int asked; /* 1 and the signal of a stop request that nobody has passed on; 0
                         for none */
    bool has_ended;
    bool is_late;
    int64_t deadline;       /* 0 for none */
    struct krt_mutex mutex; /* over has_ended and is_late */
    struct krt_condition ended;
    struct krt_thread waiter, watch;
};

/* The initializer, for a wrapper that outlives all stop requests. */
#define KRT_WRAPPER(of)                                                                \
    {                                                                                  \
        .server = (of), .mutex = KRT_MUTEX_INIT, .ended = KRT_CONDITION_INIT           \
    }

/* Starts options->argv, if there is one, on the process's first thread, once clients
 * can connect. The server stops when the command ends; options->timeout_ms after its
 * start its whole tree is ended. 0, or the failure in `error`, then with `code` set if
 * it is the command's. */
int krt_wrapper_start(struct krt_wrapper *wrapper, const struct krt_options *options,
                      const struct krt_endpoint *endpoint, struct krt_error *error);

/* Waits for the command after its server has ended, for whatever reason, and sets
 * `code`. */
void krt_wrapper_end(struct krt_wrapper *wrapper);

/* For krt_os_on_stop(), `context` being the wrapper. The request goes to the command if
 * there is one, which alone decides when it ends, else to the server; and the tree ends
 * with the process. */
void krt_wrapper_stop(void *context, int signal);
void krt_wrapper_kill(void *context);

#endif
