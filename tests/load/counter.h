/* Counts the answers on a connection and holds them against what is expected. */
#ifndef LOAD_COUNTER_H
#define LOAD_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COUNTER_HEAD_MAX = 4096, COUNTER_SAMPLE_MAX = 2048 };

/* What all answers of a run should be, and how many were not. */
struct expected {
    int status;
    bool has_length; /* else the first answer with that status decides */
    uint64_t length; /* of the body */
    uint64_t n_wrong_status;
    uint64_t n_wrong_length;
    /* The last right answer that arrived in one piece. One that has the same bytes is
     * recognised by that; it is most of them as long as the Date stays. */
    size_t sample_len;
    char sample[COUNTER_SAMPLE_MAX];
};

/* Where one connection is. One of zeros is at the start of an answer. */
struct counter {
    bool is_malformed; /* what arrived is no counted answer; nothing more is read */
    bool is_in_body;
    int status;
    uint64_t length;
    uint64_t body_left;
    size_t head_len;
    char head[COUNTER_HEAD_MAX];
};

/* Takes the next `len` bytes that arrived, wherever they were cut. Returns how many
 * answers ended in them, right or wrong. Each must have a Content-Length; interim ones
 * (1xx) are passed over. */
size_t counter_read(struct counter *counter, struct expected *expected,
                    const char *data, size_t len);

#endif
