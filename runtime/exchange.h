/* One request on its way to its response: what the functions that answer at run time
 * get, and what they leave behind. Sans-I/O. */
#ifndef KRT_EXCHANGE_H
#define KRT_EXCHANGE_H

#include "arena.h"
#include "head.h"
#include "pool.h"
#include "tables.h"

#include <stdatomic.h>
#include <stdint.h>

/* A response that was made at run time. What it points to is static or in the arena. */
struct krt_made {
    int status;
    struct krt_bytes head;   /* its status line and first fields; empty: of `status` */
    struct krt_bytes fields; /* more fields, each with its CRLF */
    struct krt_bytes media_type; /* the value of Content-Type; empty: no such field, or
                                    one in the head */
    struct krt_bytes
        body;         /* sent with any method but HEAD; none with 204, 205 and 304 */
    bool is_streamed; /* no Content-Length is sent, */
    bool is_chunked;  /* but Transfer-Encoding: chunked */
};

/* Whether its status allows it a body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5). */
static inline bool krt_made_has_body(const struct krt_made *made)
{
    return made->status != 204 && made->status != 205 && made->status != 304;
}

/* The most bytes that its head, fields and media type have together: the rest is for
 * the names of fields. */
enum { KRT_MADE_HEAD_MAX = KRT_RESPONSE_HEAD_MAX - 64 };

struct krt_exchange {
    /* The request. Its texts stay where they are until the response is sent. */
    const struct krt_program *program;
    const struct krt_route *route;
    const struct krt_head *head;
    struct krt_slice path;          /* in normal form, decoded */
    const struct krt_slice *values; /* of the path's parameters */
    /* Of the query's parameters, defaults in their place, each with a NUL behind it;
     * `at` is NULL where one is absent, and all of it where the route has none. */
    const struct krt_slice *query_values;
    struct krt_slice body; /* all of it, where the route wants it */
    const void *params;    /* of a handler, once generated code has made them */
    int64_t unix_seconds;  /* when the answer is made */
    struct krt_arena *arena;
    /* The response: one made at generation, or else what `made` has, which is 200 at
     * first. */
    const struct krt_response *response;
    struct krt_made made;
    const char *fault; /* a static text: why there will be no such response; or NULL */
    /* What is next. Each is called by the worker that has the connection. */
    struct krt_conn *conn;
    void (*take)(struct krt_conn *conn, struct krt_slice piece); /* of the body */
    void (*complete)(struct krt_conn *conn); /* the request has come */
    void (*resume)(struct krt_conn *conn);   /* a wait is over */
    void (*start)(struct krt_conn *conn);    /* sending, if not by `made` alone, and */
    bool (*pull)(struct krt_conn *conn);     /* going on; false while it cannot */
    /* The wait for krt__exchange_finish(). */
    int64_t until; /* or when a time is over; INT64_MAX: somebody has the exchange */
    bool is_lost;  /* the client is gone meanwhile */
    atomic_bool is_due;   /* its end was not told of yet */
    atomic_int n_holders; /* who have to let go before it ends: who tells of the end,
                             and its job */
    long result;          /* that was told */
    unsigned char *body_start; /* of one that is put together from pieces */
    size_t body_cap;
    bool is_refused;          /* by its query; made says so, as does */
    struct krt_bytes refusal; /* this, if there was memory; see struct krt_answer */
    /* What handlers have set; see handler.c and pull.c. */
    const struct krt_handler *handler;
    struct krt_job job;
    struct krt_str piece; /* of the body, for `job` */
    size_t fields_cap;
    char *fields_start;
    krt_body_fn next;
    void *next_context;
    size_t n_pulled;
};

/* A krt_answer_fn returns KRT_DONE when it has set the response, KRT_LATER when
 * krt__exchange_finish() will tell or has told of that, or a negative number: 500. A
 * krt_take_fn does likewise; the piece is valid until then. */

/* Lets the exchange be told of its end once. */
void krt__exchange_expect(struct krt_exchange *exchange);

/* Tells of it, from any thread; without effect where nobody expects it. The exchange is
 * the caller's no more, unless he holds it. */
void krt__exchange_finish(struct krt_exchange *exchange, long result);

/* Keeps an exchange that is expected to end from doing so before it is released, by
 * which time somebody has told or will tell of the end. */
void krt__exchange_hold(struct krt_exchange *exchange);
void krt__exchange_release(struct krt_exchange *exchange);

/* Lets the connection wait for that. */
void krt__exchange_wait(struct krt_conn *conn, void (*resume)(struct krt_conn *conn));

/* Logs why the exchange has failed. */
void krt__exchange_complain(const struct krt_exchange *exchange, const char *fault,
                            long result);

#endif
