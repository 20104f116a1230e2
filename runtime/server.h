/* The server: joins connections, the transport and the clock, on several threads. */
#ifndef KRT_SERVER_H
#define KRT_SERVER_H

#include "io.h"
#include "journal.h"
#include "lifetime.h"
#include "log.h"
#include "tables.h"
#include "verification.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { KRT_WORKERS_MAX = 64, KRT_WORKERS_AUTO_MAX = 16 };

struct krt_server {
    const struct krt_program *program;
    _Atomic(struct krt_io *) io; /* NULL until it is open */
    struct krt_log *log;
    struct krt_journal *journal; /* NULL where there is none, as is */
    struct krt_verification *verification;
    bool explain; /* see struct krt_service */
    int workers;  /* threads that serve; 1 to KRT_WORKERS_MAX, as the io was told */
    void *data;   /* what the program's init function has made */
    struct krt_lifetime lifetime; /* counts from krt_server_run() */
    atomic_bool stop;             /* a level, not an event: once set it stays */
    int n_left_behind;            /* set by krt_server_run() */
};

/* Serves until krt_server_stop() is called or `lifetime`, which tells afterwards why
 * it was, is over; then finishes what is in flight, for at most limits.drain_ms, and
 * returns with every connection closed and every thread but the caller's ended. Frees
 * nothing of what `server` points to. 0, or at once KRT_ERR_NO_MEMORY.
 *
 * Of lifetime.max_requests the last answer closes its connection, whatever its client
 * has sent behind the request; requests that others have begun by then are in flight,
 * and so are answered, too.
 *
 * Exchanges that handlers have not finished by then are left behind: their clients are
 * gone, but their memory and the threads of blocking handlers stay, and all that
 * handlers may call goes on to work, without effect. The process should end soon. */
int krt_server_run(struct krt_server *server);

/* Makes krt_server_run() return, at once if it has not started. From any thread or
 * signal handler, as long as `io` is not freed. `context` is the struct krt_server. */
void krt_server_stop(void *context);

#endif
