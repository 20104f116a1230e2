/* The server loop: joins connections, the transport and the clock. */
#ifndef KRT_SERVER_H
#define KRT_SERVER_H

#include "io.h"
#include "krt.h"
#include "log.h"

#include <stdatomic.h>
#include <stdbool.h>

struct krt_server {
    const struct krt_program *program;
    _Atomic(struct krt_io *) io; /* NULL until it is open */
    const struct krt_log *log;
    bool explain;     /* see struct krt_service */
    atomic_bool stop; /* a level, not an event: once set it stays */
};

/* Serves until krt_server_stop() is called, then finishes what is in flight, for at
 * most limits.drain_ms, and returns with every connection closed. Frees nothing of what
 * `server` points to. */
void krt_server_run(struct krt_server *server);

/* Makes krt_server_run() return, at once if it has not started. From any thread or
 * signal handler, as long as `io` is not freed. `context` is the struct krt_server. */
void krt_server_stop(void *context);

#endif
