/* Fuzzes the decoder of the chunked coding against a slow one. The input is four bytes
 * and a body: the limit of the body in units of 64 bytes, that of the trailer section
 * in bytes, that of its fields, and a number that the divisions follow from. */
#include "chunked_twice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 4, PIECES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void compare(const struct chunked_outcome *actual,
                    const struct chunked_outcome *expected)
{
    if (actual->result == expected->result && actual->consumed == expected->consumed &&
        actual->body_len == expected->body_len &&
        memcmp(actual->body, expected->body, expected->body_len) == 0)
        return;
    fprintf(stderr,
            "broken: result %d, consumed %zu, body %zu; by the letter %d, %zu, "
            "%zu\n",
            actual->result, actual->consumed, actual->body_len, expected->result,
            expected->consumed, expected->body_len);
    abort();
}

/* Lengths of pieces, most of them short; 0 is one too. */
static void divide(size_t lens[PIECES], unsigned seed)
{
    for (size_t i = 0; i < PIECES; i++) {
        seed = seed * 1103515245U + 12345U;
        lens[i] = (seed >> 16) % (seed >> 30 == 0 ? 256U : 8U);
    }
    lens[PIECES - 1]++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < SETTINGS)
        return 0;
    struct chunked_input input = {data + SETTINGS, len - SETTINGS, data[0] * 64U,
                                  data[1], data[2] % 8};
    struct chunked_outcome actual = {.body = malloc(len)};
    struct chunked_outcome expected = {.body = malloc(len)};
    size_t lens[PIECES];
    divide(lens, data[3]);
    if (actual.body && expected.body) {
        chunked_by_the_letter(&expected, &input);
        chunked_in_pieces(&actual, &input, (size_t[]){SIZE_MAX}, 1);
        compare(&actual, &expected);
        chunked_in_pieces(&actual, &input, (size_t[]){1}, 1);
        compare(&actual, &expected);
        chunked_in_pieces(&actual, &input, lens, PIECES);
        compare(&actual, &expected);
    }
    free(actual.body);
    free(expected.body);
    return 0;
}
