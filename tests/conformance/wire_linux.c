#define _GNU_SOURCE

#include "wire.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { YIELDS = 200 };

struct wire {
    int fd;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* A moment for the server, longer from the `turn` on at which it seems to be slow. */
static void pause_at(int turn)
{
    struct timespec moment = {.tv_nsec = 50 * 1000};
    if (turn < YIELDS)
        sched_yield();
    else
        nanosleep(&moment, NULL);
}

struct wire *wire_open(const char *path, int ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int64_t end = now_ms() + ms;
    struct wire *wire = malloc(sizeof *wire);
    if (!wire || strlen(path) >= sizeof address.sun_path)
        goto fail;
    strcpy(address.sun_path, path);
    wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (wire->fd < 0)
        goto fail;
    for (int turn = 0; connect(wire->fd, (struct sockaddr *)&address, sizeof address);
         turn++) {
        if (errno != EAGAIN || now_ms() >= end)
            goto fail_open;
        pause_at(turn);
    }
    return wire;

fail_open:
    close(wire->fd);
fail:
    free(wire);
    return NULL;
}

static bool wait_for(const struct wire *wire, short events, int ms)
{
    struct pollfd entry = {.fd = wire->fd, .events = events};
    int n;
    do
        n = poll(&entry, 1, ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

enum wire_result wire_send(struct wire *wire, const void *data, size_t len, int ms)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = send(wire->fd, at, len, MSG_NOSIGNAL);
        if (n >= 0) {
            at += n;
            len -= (size_t)n;
        } else if (errno != EAGAIN) {
            return WIRE_ENDED;
        } else if (!wait_for(wire, POLLOUT, ms)) {
            return WIRE_LATE;
        }
    }
    return WIRE_OK;
}

/* The kernel counts what the peer has not read yet (unix(7), SIOCOUTQ). */
enum wire_result wire_settle(struct wire *wire, int ms)
{
    int64_t end = now_ms() + ms;
    for (int turn = 0;; turn++) {
        int unread;
        if (ioctl(wire->fd, SIOCOUTQ, &unread) != 0)
            return WIRE_ENDED;
        if (unread == 0)
            return WIRE_OK;
        if (turn > YIELDS && now_ms() >= end)
            return WIRE_LATE;
        pause_at(turn);
    }
}

enum wire_result wire_receive(struct wire *wire, void *buffer, size_t cap, size_t *n,
                              int ms)
{
    for (;;) {
        ssize_t received = recv(wire->fd, buffer, cap, 0);
        if (received > 0) {
            *n = (size_t)received;
            return WIRE_OK;
        }
        if (received == 0 || errno != EAGAIN)
            return WIRE_ENDED;
        if (!wait_for(wire, POLLIN, ms))
            return WIRE_LATE;
    }
}

void wire_close(struct wire *wire)
{
    if (!wire)
        return;
    close(wire->fd);
    free(wire);
}
