/* The only file that includes <sha2.h>. */
#include "digest.h"

#include <sys/types.h>

#include <sha2.h>

struct str digest_hex(struct arena *arena, struct str bytes)
{
    SHA2_CTX context;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct buf out;
    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)bytes.at, bytes.len);
    SHA256Final(digest, &context);
    buf_init(&out, arena);
    for (size_t i = 0; i < DIGEST_LEN / 2; i++)
        buf_printf(&out, "%02x", digest[i]);
    return buf_str(&out);
}
