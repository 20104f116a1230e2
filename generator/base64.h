/* Bytes written as text (RFC 4648 section 4). */
#ifndef KRGEN_BASE64_H
#define KRGEN_BASE64_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* What keeps a text from being base64. */
struct base64_fault {
    const char *message;
    const char *hint; /* NULL without one */
    size_t at;        /* of the byte in question; the text's length at its end */
};

/* Decodes `text`: the standard alphabet, padded, without stray bits at its end. White
 * space may stand anywhere. False with `fault` set where it is something else. */
bool base64_decode(struct str text, struct arena *arena, struct str *bytes,
                   struct base64_fault *fault);

#endif
