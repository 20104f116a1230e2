/* What a request head means, found slowly: the whole input at once, line by line with
 * plain loops, by the grammar of RFC 9112 and what head.h promises. It shares no code
 * with the runtime, so that whatever both say alike is likely to be right. */
#ifndef TESTS_HEAD_MODEL_H
#define TESTS_HEAD_MODEL_H

#include "head.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    HEAD_MODEL_FIELDS_MAX = 64,
    HEAD_MODEL_RESULTS_MAX = 8,
};

/* A line with a field whose values are kept. */
struct head_model_line {
    enum krt_field field;
    struct krt_slice value;
};

struct head_model {
    /* Which results of krt_head_read() are right: several where the RFC and head.h
     * leave open which of a line's faults is told, or whether a line that is lost
     * already is refused before it ends. */
    int results[HEAD_MODEL_RESULTS_MAX];
    size_t n_results;
    /* What the head says, as far as the lines go that are right; slices point into the
     * input. `kept`, `repeated` and `values` are left alone. */
    struct krt_head head;
    struct head_model_line kept[HEAD_MODEL_FIELDS_MAX]; /* in order */
    size_t n_kept;
    size_t n_codings;
    bool is_chunked_last; /* of the codings so far */
    bool has_odd_chunked; /* one with parameters, of which there are none */
};

/* Reads `len` bytes of input; limits->fields is at most HEAD_MODEL_FIELDS_MAX. */
void head_model_read(struct head_model *model, const struct krt_limits *limits,
                     const void *input, size_t len);

/* Whether `result` is one that krt_head_read() may return. */
bool head_model_allows(const struct head_model *model, int result);

#endif
