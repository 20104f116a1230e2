#define _GNU_SOURCE

#include "net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, BUFFER_SIZE = 64 * 1024 };

struct link {
    struct net *net;
    struct link *next;
    void *owner;
    int fd;           /* -1 unless open */
    unsigned serial;  /* of the connection */
    const char *data; /* still to be sent */
    size_t len;
};

struct net {
    const struct net_events *events;
    struct sockaddr_un address;
    int epoll;
    struct link *links;
    char buffer[BUFFER_SIZE];
};

uint64_t net_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct net *net_new(const char *path, const struct net_events *events)
{
    struct net *net = calloc(1, sizeof *net);
    if (!net || strlen(path) >= sizeof net->address.sun_path)
        goto fail;
    net->events = events;
    net->address.sun_family = AF_UNIX;
    strcpy(net->address.sun_path, path);
    net->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (net->epoll >= 0)
        return net;
fail:
    free(net);
    return NULL;
}

void net_free(struct net *net)
{
    while (net->links) {
        struct link *link = net->links;
        net->links = link->next;
        link_close(link);
        free(link);
    }
    close(net->epoll);
    free(net);
}

struct link *link_new(struct net *net, void *owner)
{
    struct link *link = malloc(sizeof *link);
    if (!link)
        return NULL;
    *link = (struct link){.net = net, .next = net->links, .owner = owner, .fd = -1};
    net->links = link;
    return link;
}

/* EPOLLOUT is asked for only while something waits to be sent: every read of the server
 * would wake this side otherwise. */
static int watch(const struct link *link, int operation)
{
    uint32_t events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    struct epoll_event event = {.events = events | (link->len > 0 ? EPOLLOUT : 0),
                                .data.ptr = (void *)(uintptr_t)link};
    return epoll_ctl(link->net->epoll, operation, link->fd, &event);
}

enum link_result link_open(struct link *link)
{
    const struct sockaddr_un *address = &link->net->address;
    link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        return LINK_FAILED;
    link->serial++;
    if (connect(link->fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
        watch(link, EPOLL_CTL_ADD) == 0)
        return LINK_OPEN;
    enum link_result result = errno == EAGAIN ? LINK_BUSY : LINK_FAILED;
    link_close(link);
    return result;
}

static void send_more(struct link *link)
{
    while (link->len > 0) {
        ssize_t n = send(link->fd, link->data, link->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            n = (ssize_t)link->len;
        link->data += n;
        link->len -= (size_t)n;
    }
}

void link_send(struct link *link, const char *data, size_t len)
{
    link->data = data;
    link->len = len;
    send_more(link);
    if (link->len > 0)
        watch(link, EPOLL_CTL_MOD);
}

bool link_is_sending(const struct link *link)
{
    return link->len > 0;
}

void link_close(struct link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
    link->len = 0;
}

static void continue_sending(struct link *link)
{
    send_more(link);
    if (link->len > 0)
        return;
    watch(link, EPOLL_CTL_MOD);
    link->net->events->sent(link->owner);
}

/* A short read has emptied the socket, so that the next byte makes an edge; the end has
 * no other edge than that of `has_ended`. */
static void receive(struct link *link, bool has_ended)
{
    struct net *net = link->net;
    unsigned serial = link->serial;
    size_t n = BUFFER_SIZE;
    while (link->fd >= 0 && link->serial == serial && (n == BUFFER_SIZE || has_ended)) {
        ssize_t received = recv(link->fd, net->buffer, BUFFER_SIZE, 0);
        if (received < 0 && errno == EAGAIN)
            return;
        if (received <= 0) {
            net->events->ended(link->owner);
            return;
        }
        n = (size_t)received;
        net->events->received(link->owner, net->buffer, n);
    }
}

static void take_event(struct link *link, uint32_t events)
{
    unsigned serial = link->serial;
    if ((events & EPOLLOUT) && link->len > 0)
        continue_sending(link);
    if (link->fd >= 0 && link->serial == serial)
        receive(link, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
}

void net_wait(struct net *net, int ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(net->epoll, events, EVENTS, ms);
    for (int i = 0; i < n; i++)
        take_event(events[i].data.ptr, events[i].events);
}
