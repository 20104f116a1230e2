/* C identifiers made from the words of a spec. */
#ifndef KRGEN_IDENT_H
#define KRGEN_IDENT_H

#include "str.h"
#include "table.h"

/* The identifiers given out so far, each with the number that its next namesake tries.
 */
struct idents {
    struct table given;
};

enum ident_case { IDENT_LOWER, IDENT_UPPER };

/* Appends `word` to `out` in the given case, each run of bytes that no identifier may
 * hold as one '_'. */
void ident_put(struct buf *out, struct str word, enum ident_case letters);

/* An identifier that was not given out before: `wanted`, cut to 63 bytes (C11 section
 * 5.2.4.1), or `wanted` with _2, _3 ... behind it. */
const char *ident_unique(struct idents *idents, struct str wanted);

#endif
