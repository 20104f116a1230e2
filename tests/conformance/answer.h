/* Reads a server's answers as strictly as RFC 9112 allows, so that a server's slip is a
 * failure: an answer must tell its own end. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum { ANSWER_FIELDS_MAX = 64 };

/* Bytes of the buffer that the answer was read from. */
struct span {
    const char *at;
    size_t len;
};

struct field {
    struct span name;
    struct span value;
};

struct answer {
    int status;
    struct field fields[ANSWER_FIELDS_MAX];
    size_t n_fields;
    struct span body; /* without its chunks' framing */
    size_t len;       /* of all of it, framing included */
};

enum answer_result {
    ANSWER_WHOLE,
    ANSWER_PARTIAL, /* more bytes are needed */
    ANSWER_MALFORMED,
};

/* Reads one answer from the front of `data`, whose body it may move within the answer
 * to join its chunks. `is_to_head` tells that HEAD was asked. *problem says what is
 * malformed. */
enum answer_result answer_read(struct answer *answer, char *data, size_t len,
                               bool is_to_head, const char **problem);

/* The value of the first field of that name; NULL without one. */
const struct span *answer_field(const struct answer *answer, const char *name);

/* Whether the span is `text`, in any case. */
bool span_is(struct span span, const char *text);

#endif
