/* The chunked coding decoded twice: in pieces by the runtime, and as a whole by a slow
 * decoder that follows RFC 9112 section 7.1 rule by rule. */
#ifndef TESTS_CHUNKED_TWICE_H
#define TESTS_CHUNKED_TWICE_H

#include "chunked.h"

struct chunked_input {
    const void *at;
    size_t len;
    uint64_t max; /* as krt_chunked_init() has them */
    size_t trailer_max;
    int fields_max;
};

struct chunked_outcome {
    int result; /* KRT_CHUNKED_MORE, KRT_CHUNKED_END or a status */
    size_t consumed;
    unsigned char *body; /* the caller's, with room for all of the input */
    size_t body_len;
};

/* Decodes as a whole, by the letter. */
void chunked_by_the_letter(struct chunked_outcome *outcome,
                           const struct chunked_input *input);

/* Decodes in pieces of the lengths given, the last of which repeats and is not 0. Each
 * piece lies in memory of its own. Ends the program if a slice of data is not where it
 * must be. */
void chunked_in_pieces(struct chunked_outcome *outcome,
                       const struct chunked_input *input, const size_t *lens,
                       size_t n_lens);

#endif
