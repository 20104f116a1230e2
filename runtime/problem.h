/* Why no route took a request, in words and as application/problem+json. */
#ifndef KRT_PROBLEM_H
#define KRT_PROBLEM_H

#include "judge.h"
#include "tables.h"
#include "text.h"

/* The room that the functions below need at most, whatever the spec and the client
 * say: long texts are cut. */
enum { KRT_REASON_MAX = 1024, KRT_PROBLEM_MAX = 4096 };

/* The reason of a 404 or 405, e.g. "did you mean GET /users (users.yaml:11)?". What the
 * client sent is percent-encoded in it. */
void krt_put_reason(struct krt_buffer *buffer, const struct krt_program *program,
                    const struct krt_verdict *verdict);

/* The first members of problem details, as far as all have them: type, title, status.
 */
void krt_put_problem_start(struct krt_buffer *buffer, int status);

/* The problem details of a 404 or 405 (RFC 9457 section 3), with the nearest route as
 * an extension. */
void krt_put_problem(struct krt_buffer *buffer, const struct krt_program *program,
                     const struct krt_verdict *verdict);

#endif
