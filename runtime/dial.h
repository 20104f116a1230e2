/* The client's end of an endpoint: connect, write, read, each with a time limit.
 * dial_windows.c opens the pipe with overlapped I/O and identification-level SQOS;
 * dial_linux.c connects to the Unix socket. Blocking; one thread per link. */
#ifndef KRT_DIAL_H
#define KRT_DIAL_H

#include "endpoint.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A connection to a server. */
struct krt_link;

/* Connects once, without waiting for a server to appear. A busy server is retried
 * until `deadline` (krt_os_now_ms() milliseconds). KRT_ERR_ABSENT when nobody listens.
 */
int krt_dial(struct krt_link **link, const struct krt_endpoint *endpoint,
             int64_t deadline, struct krt_error *error);

/* Whether the server may be trusted with what this user has to say: 0 if it belongs to
 * this user or to the system (root; SYSTEM or Administrators). Anybody can serve a name
 * that is free. KRT_ERR_DENIED if it belongs to somebody else or does not tell. */
int krt_link_check_owner(struct krt_link *link, struct krt_error *error);

/* What to write, and who listens meanwhile. */
struct krt_writing {
    const void *data;
    size_t len;
    int64_t timeout_ms; /* without any progress, in either direction */
    /* Called whenever the server has said something or has closed the connection, even
     * before the first byte is written. It reads from the link, and says whether to go
     * on. */
    bool (*on_input)(void *context);
    void *context;
    bool has_begun; /* set: the server may have seen some of the data */
};

/* Writes all of the data, or less if on_input() ends it, which is no failure. */
int krt_link_write(struct krt_link *link, struct krt_writing *writing,
                   struct krt_error *error);

/* Reads 1 to `cap` bytes and stores their number in *n. KRT_ERR_CLOSED when the server
 * closed the connection in order, KRT_ERR_ABORTED when it broke it off (`error` is set
 * all the same). */
int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error);

/* Closes and frees; NULL is allowed. */
void krt_link_close(struct krt_link *link);

#endif
