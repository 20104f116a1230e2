/* The only file that includes <zlib.h>. */
#include "gzip.h"

#include <assert.h>
#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
    WINDOW_BITS = 15 + 16, /* the largest window; 16 asks for gzip */
    MEMORY_LEVEL = 9,
    OS_UNKNOWN = 255,
};

struct str gzip_compress(struct arena *arena, struct str bytes)
{
    z_stream stream = {0};
    gz_header header = {.os = OS_UNKNOWN};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        arena_exhausted();
    deflateSetHeader(&stream, &header);
    uLong bound = deflateBound(&stream, (uLong)bytes.len);
    assert(bytes.len <= UINT_MAX && bound <= UINT_MAX);
    unsigned char *out = arena_alloc(arena, bound);
    stream.next_in = (const Bytef *)bytes.at;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = out;
    stream.avail_out = (uInt)bound;
    int result = deflate(&stream, Z_FINISH);
    assert(result == Z_STREAM_END);
    (void)result;
    struct str compressed = {(const char *)out, (size_t)stream.total_out};
    deflateEnd(&stream);
    return compressed;
}
