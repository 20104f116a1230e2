/* A client's end of a server's endpoint, for tests that decide where the bytes they
 * send are cut. Shares no code with krgen's own client. Blocking; one thread for each.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

enum wire_result {
    WIRE_OK,
    WIRE_ENDED, /* the server closed or broke the connection */
    WIRE_LATE,  /* nothing happened within the time given */
};

struct wire;

/* Connects to the socket or pipe at `path`, trying for `ms` milliseconds. NULL if that
 * is in vain. */
struct wire *wire_open(const char *path, int ms);

/* Sends all of `data`. */
enum wire_result wire_send(struct wire *wire, const void *data, size_t len, int ms);

/* Waits until the server has read everything that was sent: what is sent next reaches
 * it in another read. On Windows this has no time limit. */
enum wire_result wire_settle(struct wire *wire, int ms);

/* Receives 1 to `cap` bytes and stores their number in *n. */
enum wire_result wire_receive(struct wire *wire, void *buffer, size_t cap, size_t *n,
                              int ms);

/* Closes and frees; NULL is allowed. */
void wire_close(struct wire *wire);

#endif
