/* What the log says of an answered request. Text lines hold visible ASCII only, JSON
 * lines are valid, however long or odd the request is: long texts are cut, and values
 * of parameters for which a line has no more room left out. */
#ifndef KRT_LOG_ANSWER_H
#define KRT_LOG_ANSWER_H

#include "conn.h"
#include "io.h"
#include "log.h"
#include "tables.h"

/* Logs what the level wants. At debug the access, `us` being the microseconds that the
 * request took:
 *
 *   200 21 GET /users/5 -> GET /users/{id:int} id=5 in 43 us, pid 1234, user 1000
 *
 * that is the status, the bytes of the body, the request, its route with the values of
 * its parameters, and the peer as far as it is known. At info why no route took it:
 *
 *   404 GET /usres: did you mean GET /users (users.yaml:11)?
 */
void krt_log_answer(struct krt_log *log, const struct krt_program *program,
                    const struct krt_answer *answer,
                    const struct krt_identity *identity, int64_t us);

#endif
