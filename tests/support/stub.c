#define _GNU_SOURCE

#include "stub.h"

#include "os.h"
#include "text.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

/* The thread cannot fail the test; a stub that does not work ends the program. */
static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    perror(what);
    exit(1);
}

static void listen_at(struct stub *stub)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct krt_buffer path = KRT_BUFFER(address.sun_path);
    krt_put_text(&path, stub->endpoint.path);
    krt_end_text(&path);
    unlink(address.sun_path);
    stub->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(stub->listener >= 0, "socket");
    require(bind(stub->listener, (struct sockaddr *)&address, sizeof address) == 0,
            "bind");
    require(listen(stub->listener, 8) == 0, "listen");
}

/* Bytes of the body that the head announces. */
static size_t body_len(const char *head)
{
    const char *field = strcasestr(head, "\r\ncontent-length:");
    return field ? strtoul(strchr(field, ':') + 1, NULL, 10) : 0;
}

static bool has_all(const struct stub *stub, bool with_body)
{
    const char *end = strstr(stub->request, "\r\n\r\n");
    if (!end)
        return false;
    size_t head_len = (size_t)(end + 4 - stub->request);
    return !with_body || stub->request_len - head_len >= body_len(stub->request);
}

static void read_request(struct stub *stub, int fd, bool with_body)
{
    while (!has_all(stub, with_body)) {
        size_t room = sizeof stub->request - 1 - stub->request_len;
        ssize_t n = read(fd, stub->request + stub->request_len, room);
        if (n <= 0)
            return;
        stub->request_len += (size_t)n;
        stub->request[stub->request_len] = '\0';
    }
}

static void send_reply(const struct stub *stub, int fd)
{
    size_t piece = stub->piece > 0 ? stub->piece : stub->reply_len;
    for (size_t at = 0; at < stub->reply_len;) {
        size_t left = stub->reply_len - at;
        ssize_t n =
            send(fd, stub->reply + at, left < piece ? left : piece, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the client has seen enough */
        at += (size_t)n;
    }
}

static void wait_for_close(int fd)
{
    char byte;
    while (read(fd, &byte, 1) > 0) {
        /* What a client says after its request is of no interest. */
    }
}

static void converse(struct stub *stub, int fd)
{
    if (stub->manner == STUB_HANGS_UP)
        return;
    if (stub->manner != STUB_IS_DEAF)
        read_request(stub, fd, stub->manner != STUB_IS_HASTY);
    send_reply(stub, fd);
    if (stub->manner == STUB_IS_DEAF)
        poll(&(struct pollfd){.fd = fd, .events = POLLRDHUP}, 1, PATIENCE_S * 1000);
    if (stub->manner == STUB_STAYS)
        wait_for_close(fd);
}

static void *serve(void *context)
{
    struct stub *stub = context;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (stub->delay_ms > 0) {
        krt_os_sleep_ms(stub->delay_ms);
        listen_at(stub);
    }
    int fd = accept(stub->listener, NULL, NULL);
    require(fd >= 0, "accept");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    converse(stub, fd);
    close(fd);
    return NULL;
}

void stub_start(struct stub *stub)
{
    stub->request_len = 0;
    stub->request[0] = '\0';
    if (stub->delay_ms == 0)
        listen_at(stub);
    require(pthread_create(&stub->thread, NULL, serve, stub) == 0, "pthread_create");
}

void stub_join(struct stub *stub)
{
    pthread_join(stub->thread, NULL);
    close(stub->listener);
    unlink(stub->endpoint.path);
}
