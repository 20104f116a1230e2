/* A server that answers one client with bytes that a test has written, good or bad. It
 * runs on a thread of its own, on a real Unix socket. */
#ifndef TESTS_STUB_H
#define TESTS_STUB_H

#include "endpoint.h"

#include <pthread.h>
#include <stddef.h>

enum stub_manner {
    STUB_CLOSES,   /* reads the request, replies, closes */
    STUB_STAYS,    /* reads the request, replies, waits for the client to close */
    STUB_IS_HASTY, /* replies as soon as it has the head, closes on the rest */
    STUB_IS_DEAF,  /* replies without reading, waits for the client to close */
    STUB_HANGS_UP, /* closes at once */
};

struct stub {
    struct krt_endpoint endpoint;
    enum stub_manner manner;
    const char *reply;
    size_t reply_len;
    size_t piece;            /* bytes of one write; 0 for all */
    int delay_ms;            /* before it listens */
    char request[64 * 1024]; /* what it has read, a NUL behind it */
    size_t request_len;
    int listener;
    pthread_t thread;
};

/* Starts to serve; clients can connect when this returns, unless there is a delay. The
 * first fields, up to delay_ms, are set by the caller. */
void stub_start(struct stub *stub);

/* Waits for the end of the conversation and removes the socket's file. */
void stub_join(struct stub *stub);

#endif
