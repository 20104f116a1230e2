#define _GNU_SOURCE

#include "dial.h"
#include "os.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUSY_RETRY_MS = 5 };

struct krt_link {
    int fd;
    char path[KRT_ENDPOINT_MAX]; /* for messages */
};

static int connect_once(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.*s",
             (int)sizeof address.sun_path - 1, path);
    return connect(fd, (const struct sockaddr *)&address, sizeof address);
}

/* A full backlog is EAGAIN on a non-blocking socket (connect(2)). */
static int connect_until(int fd, const struct krt_endpoint *endpoint, int64_t deadline,
                         struct krt_error *error)
{
    while (connect_once(fd, endpoint->path) != 0) {
        if (errno != EAGAIN)
            return krt_os_error(error, errno, "open", endpoint->path);
        if (krt_os_now_ms() >= deadline)
            return krt_error_set(error, KRT_ERR_BUSY,
                                 "cannot open %s: EAGAIN (%d): the server is busy; try "
                                 "again later",
                                 endpoint->path, EAGAIN);
        krt_os_sleep_ms(BUSY_RETRY_MS);
    }
    return KRT_OK;
}

int krt_dial(struct krt_link **link, const struct krt_endpoint *endpoint,
             int64_t deadline, struct krt_error *error)
{
    struct krt_link *made = calloc(1, sizeof *made);
    if (!made)
        return krt_error_set(error, KRT_ERR_NO_MEMORY, "out of memory");
    memcpy(made->path, endpoint->path, sizeof made->path);
    made->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = made->fd < 0 ? krt_os_error(error, errno, "open", endpoint->path)
                              : connect_until(made->fd, endpoint, deadline, error);
    if (result == KRT_OK)
        *link = made;
    else
        krt_link_close(made);
    return result;
}

/* Waits until the socket is ready for `events`; 0, or KRT_ERR_TIMEOUT. */
static int wait_for(const struct krt_link *link, short events, int64_t deadline,
                    struct krt_error *error)
{
    for (;;) {
        struct pollfd entry = {.fd = link->fd, .events = events};
        int64_t left = deadline - krt_os_now_ms();
        int n = poll(&entry, 1,
                     left <= 0          ? 0
                     : left > INT32_MAX ? INT32_MAX
                                        : (int)left);
        if (n > 0)
            return KRT_OK;
        if (n < 0 && errno != EINTR)
            return krt_os_error(error, errno, "wait for", link->path);
        if (n == 0)
            return krt_error_set(error, KRT_ERR_TIMEOUT,
                                 "no answer from %s: the time limit passed",
                                 link->path);
    }
}

int krt_link_write(struct krt_link *link, const void *data, size_t len,
                   int64_t deadline, struct krt_error *error)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = send(link->fd, at, len, MSG_NOSIGNAL);
        if (n >= 0) {
            at += n;
            len -= (size_t)n;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return krt_os_error(error, errno, "write to", link->path);
        int result = wait_for(link, POLLOUT, deadline, error);
        if (result != KRT_OK)
            return result;
    }
    return KRT_OK;
}

int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error)
{
    for (;;) {
        ssize_t received = recv(link->fd, buffer, cap, 0);
        if (received > 0) {
            *n = (size_t)received;
            return KRT_OK;
        }
        if (received == 0)
            return krt_error_set(error, KRT_ERR_CLOSED,
                                 "%s: the server closed the "
                                 "connection",
                                 link->path);
        if (errno != EAGAIN && errno != EINTR)
            return krt_os_error(error, errno, "read from", link->path);
        int result = wait_for(link, POLLIN, deadline, error);
        if (result != KRT_OK)
            return result;
    }
}

void krt_link_close(struct krt_link *link)
{
    if (!link)
        return;
    if (link->fd >= 0)
        close(link->fd);
    free(link);
}
