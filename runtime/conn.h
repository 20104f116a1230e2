/* One connection as HTTP/1.1 sees it, sans-I/O: bytes and time go in, bytes and a
 * wanted operation come out. The caller does the operation, reports its result and asks
 * again. No system call is made here, and memory allocated only for answers that are
 * made at run time and for bodies of requests, where they are large. */
#ifndef KRT_CONN_H
#define KRT_CONN_H

#include "arena.h"
#include "chunked.h"
#include "content.h"
#include "exchange.h"
#include "head.h"
#include "judge.h"
#include "path.h"
#include "reply.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KRT_BODY_ROOM = 16 * 1024,   /* bytes of a body read at once, at least */
    KRT_OUTPUT_ROOM = 24 * 1024, /* bytes of answers that are coalesced in one write */
    KRT_FIRST_READ_MAX = 8 * 1024, /* bytes asked for where no request has begun: some
                                      systems touch all of the buffer to wait */
    KRT_READ_MAX = 64 * 1024,      /* bytes asked for in other reads, */
    KRT_WRITE_MAX = 64 * 1024,     /* and handed out for one write */
    KRT_GRACE_MS = 1000,           /* see krt_conn_yields_at() */
    KRT_DRAIN_MAX = 1024 * 1024,   /* bytes read and thrown away after a rejection */
    KRT_ARENA_ROOM = 4 * 1024,     /* bytes that an answer takes without the system */
};

/* One answered request, for the access log and the journal; valid during the call. */
struct krt_answer {
    const struct krt_head *head; /* complete where there is a verdict */
    struct krt_slice received;   /* from the request's first byte on: all of what was
                                    read of the head at least */
    struct krt_slice method;     /* empty when the request line was refused */
    struct krt_slice target;
    const struct krt_verdict *verdict; /* NULL when it was refused unjudged */
    /* The server itself refuses the request: as invalid, or as no route takes it. */
    bool is_invalid;
    struct krt_bytes refusal; /* why, if its query is to blame; else empty. As the
                                 spec's texts, without any of the client's */
    int status;       /* 0: the client has left, or had to go, before there was one */
    size_t body_len;  /* of the response, as sent */
    int64_t began_us; /* when the request's first byte was seen; see krt_moment */
};

/* What the caller's clock shows. Connections keep nothing of it but numbers. */
struct krt_moment {
    int64_t us; /* microseconds of a clock that never goes back, */
    int64_t ms; /* and the same in milliseconds */
    int64_t unix_seconds;
    struct krt_date date; /* of unix_seconds */
    bool is_stopping;     /* every response from now on closes its connection */
};

struct krt_conn;

/* What all connections of a server share; nobody writes to it while it serves. */
struct krt_service {
    const struct krt_program *program;
    const struct krt_limits *limits;
    bool explain; /* 404 and 405 have a body that tells the reason */
    /* Hears of each answer before it is sent; or NULL. */
    void (*answered)(void *context, struct krt_conn *conn,
                     const struct krt_answer *answer);
    /* Is asked once for each answer, before it is begun: whether it is the last of its
     * connection, as when the server stops; or NULL. */
    bool (*is_last)(void *context);
    /* Is given each piece of a request's body before that; or NULL. */
    void (*received)(void *context, struct krt_conn *conn, struct krt_slice piece);
    /* Is told, by whichever thread it was, that what a connection waits for has ended;
     * krt_conn_resumed() is to follow. The connection may not have begun to wait. Never
     * called where krt_program.begin is NULL, as are the others: */
    void (*finished)(void *context, struct krt_conn *conn);
    /* Finds out who the client is; from whichever thread has the exchange. */
    struct krt_peer (*identify)(void *context, struct krt_conn *conn);
    /* Is given a line for the log at level error. */
    void (*complain)(void *context, const char *text);
    void *context; /* of all of these */
    void *data;    /* what the server's init function has made */
};

enum krt_want {
    KRT_WANT_READ,  /* read into krt_conn_space() */
    KRT_WANT_WRITE, /* write krt_conn_output() */
    KRT_WANT_DRAIN, /* end the output, then as KRT_WANT_READ; the bytes are discarded */
    KRT_WANT_WAIT,  /* nothing: call krt_conn_resumed() at the deadline, or when
                       krt_service.finished has been called */
    KRT_WANT_CLOSE, /* all is said; close the connection */
};

enum krt_conn_phase {
    KRT_CONN_IDLE,   /* waiting for a request; empty lines before one do not count */
    KRT_CONN_HEAD,   /* reading a request head */
    KRT_CONN_BODY,   /* reading a request body */
    KRT_CONN_WAIT,   /* for a time, or for whoever has the exchange */
    KRT_CONN_STREAM, /* sending a body that is made piece by piece */
    KRT_CONN_DRAIN,  /* reading what still comes, only to let the last answer arrive */
    KRT_CONN_DONE,   /* nothing more will be read */
};

/* Public only so that it can be embedded; use the functions. */
struct krt_conn {
    const struct krt_service *service;
    const struct krt_moment *now; /* of the call that runs */
    enum krt_conn_phase phase;
    bool has_answered; /* at least one request */
    bool is_last;      /* of krt_service.is_last, for the current request */
    int64_t deadline;
    int64_t since;              /* when the phase's time began to run; 0 while unset */
    int64_t began_us;           /* when the current request did */
    struct krt_head head;       /* points into input */
    uint64_t body_left;         /* of a request body with Content-Length */
    struct krt_chunked chunked; /* the state of one without */
    const struct krt_route *route; /* that answers the current request, once it was
                                      judged; NULL where none does */
    struct krt_exchange *exchange; /* of the current request, in the arena; NULL where
                                      the answer is static */
    size_t body_at;     /* bytes of the current request that have been read */
    size_t skipped;     /* bytes of empty lines before the request */
    size_t drain_left;  /* bytes to discard at most while draining */
    size_t input_start; /* of the current request, which stays until answered */
    size_t input_len;   /* bytes from input_start on */
    size_t input_cap;   /* bytes of input, without the NUL behind what was read */
    struct krt_buffer output;
    size_t output_sent;
    struct krt_bytes pending;   /* response body that is sent from where it lies */
    struct krt_content content; /* what the rest of the body comes from, */
    bool has_content;           /* while there is a rest */
    struct krt_arena arena;     /* of the answer that is made or sent */
    unsigned char *input;       /* in the storage, as are the output's data and: */
    unsigned char *path;        /* of the request, unless it is plain */
    struct krt_verdict verdict; /* of the request, once its head is complete */
};

/* The bytes of memory that a connection needs beside its struct: all that it ever has,
 * whatever clients send. */
size_t krt_conn_storage(const struct krt_limits *limits);

/* Starts a connection at `now`. `service` outlives it, as does
 * `storage`, which has krt_conn_storage() bytes, is aligned as memory of malloc() is
 * and is written to only as far as requests and answers need it. */
void krt_conn_init(struct krt_conn *conn, const struct krt_service *service,
                   void *storage, const struct krt_moment *now);

/* Gives back what a connection has taken beside its storage. */
void krt_conn_release(struct krt_conn *conn);

/* The operation that the connection needs next. */
enum krt_want krt_conn_want(const struct krt_conn *conn);

/* When that operation must have ended, in milliseconds of the moments given. */
int64_t krt_conn_deadline(const struct krt_conn *conn);

/* Where to read to; *len is at least 1 and at most 64 KiB. */
void *krt_conn_space(struct krt_conn *conn, size_t *len);

/* What to write: at least 1 and at most KRT_WRITE_MAX bytes. */
struct krt_bytes krt_conn_output(const struct krt_conn *conn);

/* Reports that `len` bytes were read to krt_conn_space(), or written from
 * krt_conn_output(). */
void krt_conn_received(struct krt_conn *conn, size_t len, const struct krt_moment *now);
void krt_conn_sent(struct krt_conn *conn, size_t len, const struct krt_moment *now);

/* Reports that the peer closed or broke the connection, or has to go. A request that
 * waits for its answer gets one of status 0 in reports; one whose body is being sent
 * piece by piece has got its own. */
void krt_conn_lost(struct krt_conn *conn);

/* Reports that a wait is over: see KRT_WANT_WAIT. */
void krt_conn_resumed(struct krt_conn *conn, const struct krt_moment *now);

/* Whether the connection waits for somebody who uses its memory. Until he has called
 * krt_finish() it may be abandoned but neither released nor freed. */
bool krt_conn_is_lent(const struct krt_conn *conn);

/* Reports that a read was given up because the deadline passed or the server stops. A
 * started request is answered with 408 and closed, an idle connection just closed. */
void krt_conn_expired(struct krt_conn *conn, const struct krt_moment *now);

/* Whether the client has started no request that is not fully answered: such a
 * connection may be closed at any time. */
bool krt_conn_is_idle(const struct krt_conn *conn);

/* The time from which it may be closed to make room for another client, INT64_MAX while
 * it is not idle. One that has been answered yields at once, its client knows that a
 * kept connection can end; a new one has KRT_GRACE_MS to begin. */
int64_t krt_conn_yields_at(const struct krt_conn *conn);

#endif
