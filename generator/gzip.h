/* Compression in the gzip format (RFC 1952). */
#ifndef KRGEN_GZIP_H
#define KRGEN_GZIP_H

#include "arena.h"
#include "str.h"

/* `bytes`, compressed as far as zlib can. The header holds neither a time nor a name
 * nor this system's number: the same zlib gives the same bytes on every machine. */
struct str gzip_compress(struct arena *arena, struct str bytes);

#endif
