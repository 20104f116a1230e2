#define _GNU_SOURCE

#include "dial.h"
#include "os.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
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

/* Tells of the last system call. */
static int fail(struct krt_error *error, const char *operation, const char *path)
{
    static const struct krt_code denied = {
        EACCES, "EACCES", KRT_ERR_DENIED,
        "the server does not let this user in; run both as the same user"};
    if (errno == EACCES)
        return krt_error_from_code(error, &denied, 1, EACCES, operation, path);
    return krt_os_error(error, errno, operation, path);
}

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
            return fail(error, "open", endpoint->path);
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
    int result = made->fd < 0 ? fail(error, "open", endpoint->path)
                              : connect_until(made->fd, endpoint, deadline, error);
    if (result == KRT_OK)
        *link = made;
    else
        krt_link_close(made);
    return result;
}

int krt_link_check_owner(struct krt_link *link, struct krt_error *error)
{
    struct ucred server;
    socklen_t len = sizeof server;
    if (getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &server, &len) != 0)
        return fail(error, "find the owner of", link->path);
    if (server.uid == geteuid() || server.uid == 0)
        return KRT_OK;
    const struct passwd *owner = getpwuid(server.uid);
    return krt_error_set(error, KRT_ERR_DENIED,
                         "nothing was sent to %s: its server belongs to %s (uid %lu), "
                         "neither to this user nor to root; --any-owner trusts it",
                         link->path, owner ? owner->pw_name : "another user",
                         (unsigned long)server.uid);
}

/* Waits until the socket is ready for some of *events, and says for which. */
static int wait_for(const struct krt_link *link, short *events, int64_t deadline,
                    struct krt_error *error)
{
    for (;;) {
        struct pollfd entry = {.fd = link->fd, .events = *events};
        int64_t left = deadline - krt_os_now_ms();
        int n = poll(&entry, 1,
                     left <= 0          ? 0
                     : left > INT32_MAX ? INT32_MAX
                                        : (int)left);
        *events = n > 0 ? entry.revents : *events;
        if (n > 0)
            return KRT_OK;
        if (n < 0 && errno != EINTR)
            return fail(error, "wait for", link->path);
        if (n == 0)
            return krt_error_set(
                error, KRT_ERR_TIMEOUT, "no answer from %s: the time limit passed%s",
                link->path, *events & POLLOUT ? "; the server does not read" : "");
    }
}

int krt_link_write(struct krt_link *link, struct krt_writing *writing,
                   struct krt_error *error)
{
    const char *at = writing->data;
    const char *end = at + writing->len;
    while (at < end) {
        short events = POLLIN | POLLOUT;
        int64_t deadline = krt_os_now_ms() + writing->timeout_ms;
        int result = wait_for(link, &events, deadline, error);
        if (result != KRT_OK)
            return result;
        if ((events & ~POLLOUT) && !writing->on_input(writing->context))
            return KRT_OK;
        if (!(events & POLLOUT))
            continue;
        ssize_t n = send(link->fd, at, (size_t)(end - at), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fail(error, "write to", link->path);
        writing->has_begun |= n > 0;
        at += n > 0 ? n : 0;
    }
    return KRT_OK;
}

int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error)
{
    for (;;) {
        short events = POLLIN;
        ssize_t received = recv(link->fd, buffer, cap, 0);
        if (received > 0) {
            *n = (size_t)received;
            return KRT_OK;
        }
        if (received == 0)
            return krt_error_set(error, KRT_ERR_CLOSED,
                                 "%s: the server closed the connection", link->path);
        if (errno != EAGAIN && errno != EINTR)
            return fail(error, "read from", link->path);
        int result = wait_for(link, &events, deadline, error);
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
