/* Many connections to one server on one thread, as a client that measures needs them:
 * net_linux.c (Unix sockets on epoll), net_windows.c (overlapped pipes on a completion
 * port). Shares no code with krgen's own client. Nothing is allocated after link_new().
 */
#ifndef LOAD_NET_H
#define LOAD_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;

/* One connection at a time, of many after each other. */
struct link;

/* Called by net_wait() alone, for links that are open. They may open and close the link
 * that they are called for, and no other. */
struct net_events {
    void (*received)(void *owner, const char *data, size_t len);
    void (*sent)(void *owner);  /* what link_send() could not send at once is sent */
    void (*ended)(void *owner); /* by the server; the link is still to be closed */
};

/* For the socket or pipe at `path`; both are borrowed. NULL without memory or means. */
struct net *net_new(const char *path, const struct net_events *events);

/* Waits at most `ms` milliseconds for something to happen. */
void net_wait(struct net *net, int ms);

/* Closes and frees all links as well. */
void net_free(struct net *net);

/* A clock that never goes back, in nanoseconds. */
uint64_t net_now(void);

/* Lives as long as `net`. NULL without memory. */
struct link *link_new(struct net *net, void *owner);

enum link_result {
    LINK_OPEN,
    LINK_BUSY, /* the server, or what this link did before, has no room yet; retry */
    LINK_FAILED,
};

/* Connects a link that is not open. What arrives is reported from now on. */
enum link_result link_open(struct link *link);

/* Sends all of `data`, which must stay as it is meanwhile. Failures show in that the
 * link ends. */
void link_send(struct link *link, const char *data, size_t len);

/* Whether a link_send() is not through; there must not be a second one. */
bool link_is_sending(const struct link *link);

/* Closes; allowed for one that is not open. */
void link_close(struct link *link);

#endif
