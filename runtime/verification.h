/* Whether a run was as expected: the calls that routes have had against what the spec
 * says, and, in a strict run, that each request was a call. */
#ifndef KRT_VERIFICATION_H
#define KRT_VERIFICATION_H

#include "conn.h"
#include "journal.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>

struct krt_verification;

/* Starts to count for `program`. NULL when memory ran out. `verifies`: what the spec
 * expects counts; `is_strict`: a request that is invalid is a failure. */
struct krt_verification *krt_verification_new(const struct krt_program *program,
                                              bool verifies, bool is_strict);

/* Counts an answered request, before its response is sent. From any thread. */
void krt_verification_count(struct krt_verification *verification,
                            const struct krt_answer *answer);

void krt_verification_free(struct krt_verification *verification);

#endif
