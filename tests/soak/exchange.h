/* Requests of a client that decides how much of them it sends, and answers that are
 * checked byte by byte. For soak_server.c and soak.yaml, whose bodies are the
 * pattern's.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "wire.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SHORT_BODY = 24,      /* of an answer to an upload */
    PATIENCE_MS = 240000, /* only a fault ever waits so long */
    REQUEST_HEAD_MAX = 128,
};

/* What is asked for. */
struct request {
    size_t answer; /* bytes of the answer's body */
    size_t upload; /* bytes of the request's body; 0: GET */
    bool is_chunked;
};

enum outcome {
    OUTCOME_OK,
    OUTCOME_UNANSWERED, /* the connection ended before a byte of the answer, */
    OUTCOME_CUT,        /* or within it */
    OUTCOME_WRONG,      /* not the answer that was expected */
    OUTCOME_LATE,
};

/* The outcome in words. */
const char *outcome_text(enum outcome outcome);

struct exchange {
    struct wire *wire;
    size_t len;
    char input[64 * 1024]; /* received and not yet looked at */
};

/* Connects, trying for `ms` milliseconds. False if that is in vain. */
bool exchange_open(struct exchange *exchange, const char *path, int ms);

void exchange_close(struct exchange *exchange);

/* Writes the head of a request, NUL at its end, and returns its length. */
size_t exchange_put_head(char text[REQUEST_HEAD_MAX], const struct request *request);

/* Sends the head and the first `n` bytes of the body; at the body's end what ends it,
 * too. False when the connection ended. */
bool exchange_ask_part(struct exchange *exchange, const struct request *request,
                       size_t n);

/* Sends all of a request. */
bool exchange_ask(struct exchange *exchange, const struct request *request);

/* Receives an answer with this status and so many bytes of the pattern as its body, of
 * which `n` are waited for. */
enum outcome exchange_read_part(struct exchange *exchange, int status, size_t body,
                                size_t n);

/* Receives all of the answer. */
enum outcome exchange_read(struct exchange *exchange, const struct request *request);

/* Asks and reads. */
enum outcome exchange_whole(struct exchange *exchange, const struct request *request);

/* Whether the server ends the connection without another byte. */
bool exchange_ends(struct exchange *exchange);

#endif
