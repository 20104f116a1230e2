/* When a server ends by itself: after some time, some time without a request, or some
 * answers. Shared by its workers; costs nothing where nothing is asked for. */
#ifndef KRT_LIFETIME_H
#define KRT_LIFETIME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Why a server has ended. */
enum krt_end {
    KRT_END_ASKED, /* by a stop request */
    KRT_END_TIMEOUT,
    KRT_END_IDLE,
    KRT_END_MAX_REQUESTS,
};

struct krt_lifetime {
    int64_t timeout_ms;    /* set by its owner; 0 for never, as are the next two: */
    int64_t idle_ms;       /* so long no request was under way */
    uint64_t max_requests; /* so many were answered */
    bool is_limited;       /* any of these is set; else nothing below has to be asked */
    _Atomic uint64_t n_answers;
    atomic_int n_busy;           /* clients with a request under way */
    _Atomic int64_t quiet_since; /* when the last of them was answered */
    int64_t timeout_at;
    atomic_int end; /* enum krt_end */
};

/* Says that clients can be served from `now` on, in milliseconds as all times here. */
void krt_lifetime_begin(struct krt_lifetime *lifetime, int64_t now);

/* Counts an answer, of lifetimes that have a max_requests. Whether no more are wanted
 * after it. */
bool krt_lifetime_answer(struct krt_lifetime *lifetime);

/* Says that a client's first request is under way, or that none is any more. */
void krt_lifetime_set_busy(struct krt_lifetime *lifetime, bool is_busy, int64_t now);

/* When krt_lifetime_is_over() has to be asked next, INT64_MAX for never. Whoever has
 * made that earlier asks. */
int64_t krt_lifetime_next(const struct krt_lifetime *lifetime);

/* Whether the server is to end; `end` tells why. */
bool krt_lifetime_is_over(struct krt_lifetime *lifetime, int64_t now);

#endif
