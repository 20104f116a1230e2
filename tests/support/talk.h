/* A conversation with a struct krt_conn: plays the transport, keeps all output, and
 * checks at each step what conn.h promises. */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "conn.h"

#include <stddef.h>
#include <stdint.h>

struct talk {
    struct krt_limits limits;
    struct krt_service service;
    struct krt_conn *conn;
    void *storage; /* its */
    struct krt_moment now;
    size_t sent_max; /* bytes that one write takes; 0 for all */
    char *output;    /* all that was sent, a NUL behind it */
    size_t output_len;
    size_t n_writes;
};

/* Times that differ from each other and are soon over, and a small body. */
extern const struct krt_limits talk_limits;

/* A connection to sample_program at SAMPLE_TIME, the clock at 1000, under talk_limits.
 */
void talk_init(struct talk *talk);
void talk_deinit(struct talk *talk);

/* Writes all output, in pieces of sent_max. Returns what the connection wants then. */
enum krt_want talk_flush(struct talk *talk);

/* Hands over `len` bytes in pieces of at most `piece`, as they are wanted, and writes
 * what comes. What is left when the connection wants no more is dropped. Returns what
 * it wants at the end. */
enum krt_want talk_hear(struct talk *talk, const char *data, size_t len, size_t piece);

/* The same in one piece for a text. */
enum krt_want talk_say(struct talk *talk, const char *text);

/* Lets `ms` milliseconds pass. */
void talk_wait(struct talk *talk, int64_t ms);

/* Milliseconds from now to the deadline. */
int64_t talk_deadline(const struct talk *talk);

/* Fails the test unless all output since the last call is `expected`. */
void talk_check_output(struct talk *talk, const char *expected);

#endif
