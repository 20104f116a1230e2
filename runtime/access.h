/* What the log says of an answered request. Every line holds visible ASCII of the
 * client only, however long or odd the request is. */
#ifndef KRT_ACCESS_H
#define KRT_ACCESS_H

#include "conn.h"
#include "krt.h"
#include "text.h"

/* The room that the functions below need at most; routes with many parameters are
 * cut. */
enum { KRT_ACCESS_MAX = 1024 };

/* "200 21 GET /users/5 -> GET /users/{id:int} id=5": the status, the bytes of the body,
 * the request, its route and the values of the route's parameters. */
void krt_put_access(struct krt_buffer *buffer, const struct krt_program *program,
                    const struct krt_answer *answer);

/* "404 GET /usres: did you mean GET /users (users.yaml:11)?": of a 404 or 405. */
void krt_put_miss(struct krt_buffer *buffer, const struct krt_program *program,
                  const struct krt_answer *answer);

#endif
