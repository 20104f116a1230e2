/* Whether a run was as expected: the calls that routes have had against what the spec
 * says, and, in a strict run, that each request was a call. */
#ifndef KRT_VERIFICATION_H
#define KRT_VERIFICATION_H

#include "conn.h"
#include "tables.h"
#include "thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many requests that were refused are told apart; of more only the number is kept.
 */
enum { KRT_MISSES_MAX = 100 };

/* Requests that the server itself refused, all alike. */
struct krt_miss {
    int route;  /* that refused them, or that they came nearest to; or KRT_NO_ROUTE */
    uint64_t n; /* of them, at least 1 */
    char *summary; /* see krt_put_summary() */
};

struct krt_verification {
    const struct krt_program *program;
    bool verifies;                          /* what the spec expects counts */
    bool is_strict;                         /* no request may be refused */
    int64_t began_us;                       /* see krt_os_now_us() */
    int64_t began_at_ms;                    /* see krt_os_unix_ms() */
    struct krt_mutex lock;                  /* over the misses */
    struct krt_miss misses[KRT_MISSES_MAX]; /* the earliest first */
    size_t n_misses;
    uint64_t n_untold;        /* requests that are none of them */
    _Atomic uint64_t calls[]; /* of each route */
};

/* Starts to count for `program`, which outlives it. NULL when memory ran out. */
struct krt_verification *krt_verification_new(const struct krt_program *program,
                                              bool verifies, bool is_strict);

/* Counts an answered request, before its response is sent. From any thread. */
void krt_verification_count(struct krt_verification *verification,
                            const struct krt_answer *answer);

/* Whether some route of `program` says how many calls it is to have. */
bool krt_has_expectations(const struct krt_program *program);

/* From here on nobody may count any more. */

/* One thing that can have gone wrong: that a route did not have the calls which the
 * spec expects, or, in a strict run, that a request was refused. */
struct krt_check {
    const struct krt_route *route; /* of an expectation; else of the miss, or NULL */
    const struct krt_miss *miss;   /* NULL where it is an expectation */
    uint64_t calls;                /* of the route, or such requests */
    bool has_passed;
};

/* Stores the next check and moves *at, which is 0 at first. First come the expectations
 * in the order of the spec. False at the end. */
bool krt_verification_next(const struct krt_verification *verification, size_t *at,
                           struct krt_check *check);

/* The same for the next one that has not passed. */
bool krt_verification_next_failure(const struct krt_verification *verification,
                                   size_t *at, struct krt_check *check);

struct krt_tally {
    size_t n_expectations;
    size_t n_unmet;        /* of them */
    uint64_t n_unexpected; /* requests, in a strict run */
    uint64_t n_failures;   /* checks that have not passed, and requests that none of
                              them tells */
};

struct krt_tally krt_verification_tally(const struct krt_verification *verification);

/* NULL is allowed. */
void krt_verification_free(struct krt_verification *verification);

#endif
