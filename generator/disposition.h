/* Content-Disposition: a response that is to be saved, under a name (RFC 6266). */
#ifndef KRGEN_DISPOSITION_H
#define KRGEN_DISPOSITION_H

#include "arena.h"
#include "str.h"

/* The most bytes that a name of `len` bytes becomes. */
#define DISPOSITION_MAX(len) (5 * (len) + 48)

/* The value of the field for a file called `name`, which is UTF-8 without control
 * characters. A name of more than plain ASCII is written twice, for old clients and in
 * the encoding of RFC 8187. */
struct str disposition_of(struct str name, struct arena *arena);

#endif
