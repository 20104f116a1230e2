/* The client's end of an endpoint: connect, write, read, each with a deadline.
 * dial_windows.c opens the pipe with overlapped I/O and identification-level SQOS;
 * dial_linux.c connects to the Unix socket. Blocking; one thread per link. */
#ifndef KRT_DIAL_H
#define KRT_DIAL_H

#include "endpoint.h"
#include "error.h"

#include <stddef.h>
#include <stdint.h>

/* A connection to a server. */
struct krt_link;

/* Connects once, without waiting for a server to appear. A busy server is retried
 * until `deadline` (krt_os_now_ms() milliseconds). KRT_ERR_ABSENT when nobody listens.
 */
int krt_dial(struct krt_link **link, const struct krt_endpoint *endpoint,
             int64_t deadline, struct krt_error *error);

/* Writes all of `data`. */
int krt_link_write(struct krt_link *link, const void *data, size_t len,
                   int64_t deadline, struct krt_error *error);

/* Reads 1 to `cap` bytes and stores their number in *n. KRT_ERR_CLOSED when the server
 * closed the connection in order (`error` is set all the same). */
int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error);

/* Closes and frees; NULL is allowed. */
void krt_link_close(struct krt_link *link);

#endif
