/* A server that answers with bytes that a test has written, good or bad. It runs on a
 * thread of its own, on a real Unix socket. */
#ifndef TESTS_STUB_H
#define TESTS_STUB_H

#include "endpoint.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum stub_manner {
    STUB_CLOSES,   /* reads the request, replies, closes */
    STUB_STAYS,    /* reads the request, replies, waits for the client to close */
    STUB_IS_HASTY, /* replies as soon as it has the head, closes on the rest */
    STUB_IS_DEAF,  /* replies without reading, waits for the client to close */
    STUB_HANGS_UP, /* closes at once */
    STUB_ANSWERS_UNASKED, /* replies and closes without reading */
    STUB_ECHOES, /* replies, sends the body back as it comes, waits for the close */
    STUB_PLAYS,  /* answers several requests, as `turns` says */
};

/* What is done with one request. It comes over the connection of the one before, or, if
 * either side has closed that, over a new one. */
struct stub_turn {
    const char *consent; /* sent when the head is there, or NULL */
    bool ignores_body;   /* does not wait for its end */
    const char *reply;   /* sent then, or NULL */
    const char *late;    /* sent when the test posts `go`, or NULL; makes an event */
    bool closes;         /* the connection, at last; makes an event */
};

struct stub {
    struct krt_endpoint endpoint;
    enum stub_manner manner;
    const char *reply;
    size_t reply_len;
    size_t piece; /* bytes of one write; 0 for all */
    int delay_ms; /* before it listens */
    const struct stub_turn *turns;
    size_t n_turns;
    char request[64 * 1024]; /* the start of what it has read, a NUL behind it */
    size_t request_len;
    size_t total;   /* bytes that it has read */
    size_t current; /* where in them this request starts */
    int n_connections;
    atomic_int n_events;
    sem_t go;
    int listener;
    pthread_t thread;
};

/* Starts to serve; clients can connect when this returns, unless there is a delay. The
 * first fields, up to n_turns, are set by the caller. */
void stub_start(struct stub *stub);

/* Waits until `n` events have happened. */
void stub_await(struct stub *stub, int n);

/* Waits for the end of the conversation and removes the socket's file. */
void stub_join(struct stub *stub);

#endif
