/* A response as it comes in, to the client: its head, then its body. Sans-I/O. Strict
 * where framing is concerned, because what one reader takes for the end of a response
 * another may take for its middle. */
#ifndef KRT_INCOMING_H
#define KRT_INCOMING_H

#include "chunked.h"
#include "client.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Public only so that it can be embedded; what the functions below do not tell, the
 * first fields do. */
struct krt_incoming {
    int status;       /* of the last head that was read, interim ones included; or 0 */
    bool is_complete; /* the final response has ended */
    bool keeps_open;  /* the server is ready for another request after it */
    const struct krt_call *call;
    int (*read_body)(struct krt_incoming *incoming, char *data, size_t *len,
                     struct krt_error *error); /* NULL before the final head */
    size_t searched; /* bytes in which no end of a head was found */
    uint64_t left;   /* of a body whose length is known */
    struct krt_chunked chunked;
};

/* Makes ready for the response to `call`, whose head() and body_piece() will get it. */
void krt_incoming_init(struct krt_incoming *incoming, const struct krt_call *call);

/* Takes what has come: the *len bytes at `data`, which may be changed. Sets *len to the
 * number of bytes used; the others, part of a head or of what follows the response, are
 * to be given again in front of what comes next. Interim responses are passed over. 0,
 * KRT_ERR_PROTOCOL, or what a callback returned. */
int krt_incoming_take(struct krt_incoming *incoming, char *data, size_t *len,
                      struct krt_error *error);

/* The server has closed the connection: how a body ends of which nothing else gives the
 * length. Otherwise KRT_ERR_CLOSED. */
int krt_incoming_close(struct krt_incoming *incoming, struct krt_error *error);

/* Sets `error` to KRT_ERR_PROTOCOL, for the reason `what`. */
int krt_incoming_fault(struct krt_error *error, const char *what);

#endif
