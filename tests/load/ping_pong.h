/* What of ping_pong differs between the systems. */
#ifndef LOAD_PING_PONG_H
#define LOAD_PING_PONG_H

#include <stdbool.h>
#include <stddef.h>

/* A client that has connected. */
struct channel;

/* Listens on the socket or pipe at `path` until the process ends, and calls converse()
 * for each client on a thread of its own. Returns when clients can connect, false if
 * that fails. */
bool listen_on(const char *path);

/* Answers one client until it leaves; see ping_pong.c. */
void converse(struct channel *channel);

/* Block. 0 and false when the client has left. */
size_t channel_receive(struct channel *channel, char *buffer, size_t cap);
bool channel_send(struct channel *channel, const char *data, size_t len);

#endif
