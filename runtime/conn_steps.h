/* The steps of a connection that exchange.c and what belongs to it take as well. */
#ifndef KRT_CONN_STEPS_H
#define KRT_CONN_STEPS_H

#include "conn.h"

/* Moves the current request to where it stays, whatever is read, until it is answered.
 */
void krt__conn_settle(struct krt_conn *conn);

/* The path of the current request in normal form. */
struct krt_slice krt__conn_path(const struct krt_conn *conn);

/* What is to become of the connection after this request. */
enum krt_persistence krt__conn_persistence(const struct krt_conn *conn);

/* The same, before anything of the answer is put: once for each. */
enum krt_persistence krt__conn_begin_answer(struct krt_conn *conn);

/* Tells of the answer to a request that was judged. */
void krt__conn_report(struct krt_conn *conn, int status, size_t body_len);

/* Puts what a request gets of a static response. */
void krt__conn_respond(struct krt_conn *conn, const struct krt_response *response,
                       enum krt_persistence after);

/* Puts a piece of a body: small ones join what is before them in one write, large ones
 * are sent from where they lie, before anything else follows. */
void krt__conn_put(struct krt_conn *conn, struct krt_bytes piece);

/* Goes on to the next request, after an answer. */
void krt__conn_end_request(struct krt_conn *conn, enum krt_persistence after);

/* Refuses a request that was judged and may not have come to its end, and closes the
 * connection. */
void krt__conn_refuse(struct krt_conn *conn, int status);

#endif
