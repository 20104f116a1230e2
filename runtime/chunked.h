/* A request body in the chunked coding (RFC 9112 section 7.1), decoded in place as it
 * arrives. Strict: what the grammar does not allow is refused, because two parsers that
 * disagree are a smuggling hole. Sans-I/O; nothing is copied or allocated. */
#ifndef KRT_CHUNKED_H
#define KRT_CHUNKED_H

#include "tables.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KRT_CHUNK_DIGITS_MAX = 16, /* of a size, leading zeros included; more are 400 */
    /* Bytes of extensions and the white space around them, in all chunks of a body
     * (RFC 9112 section 7.1.1); more are 413. */
    KRT_CHUNK_EXTENSIONS_MAX = 16 * 1024,
};

/* Public only so that it can be embedded; use the functions. */
struct krt_chunked {
    uint64_t left;       /* bytes of body that may still come, framing included */
    uint64_t chunk_left; /* of the data of this chunk; its size while that is read */
    size_t extensions_left;
    size_t trailer_left;
    int fields_left;
    unsigned char state;
    unsigned char n_digits;
    unsigned char name_len; /* of this field, while it may be a refused one */
    unsigned char names;    /* a bit for each refused name that it may be */
};

enum krt_chunked_result {
    KRT_CHUNKED_MORE = 0, /* all input is consumed; call again with what follows it */
    KRT_CHUNKED_DATA = 1, /* a piece of data was found; call again at once */
    KRT_CHUNKED_END = 2,  /* the body is complete; do not call again */
};

/* Makes ready for a body of at most `max` bytes, its framing and trailer section
 * included, so that tiny chunks gain nothing; more are 413. The trailer section may
 * have `trailer_max` bytes in its field lines, CRLFs included, and `fields_max` fields;
 * more are 431. */
void krt_chunked_init(struct krt_chunked *chunked, uint64_t max, size_t trailer_max,
                      int fields_max);

/* Reads on at `input`, where *len bytes have come. Sets *len to the bytes consumed, and
 * *data to the piece of the body that ends them, which is empty unless the result is
 * KRT_CHUNKED_DATA. Returns an enum krt_chunked_result, or the status to reject the
 * request with: 400, 413 or 431; then *len includes the byte that was refused.
 *
 * How the input is divided changes nothing but how the data is. A trailer section is
 * validated as the fields of a head are, and dropped: only those that frame or route a
 * message (Content-Length, Host, Transfer-Encoding) are refused with 400 (RFC 9110
 * section 6.5.1). */
int krt_chunked_read(struct krt_chunked *chunked, const unsigned char *input,
                     size_t *len, struct krt_slice *data);

#endif
