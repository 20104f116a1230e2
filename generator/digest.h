/* Digests of bodies. */
#ifndef KRGEN_DIGEST_H
#define KRGEN_DIGEST_H

#include "arena.h"
#include "str.h"

enum { DIGEST_LEN = 32 };

/* The first half of the SHA-256 of `bytes` as DIGEST_LEN lower-case hexadecimal digits.
 */
struct str digest_hex(struct arena *arena, struct str bytes);

#endif
