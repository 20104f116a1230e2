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
    const char *head =
        stub->request +
        (stub->current < stub->request_len ? stub->current : stub->request_len);
    const char *end = strstr(head, "\r\n\r\n");
    if (!end)
        return false;
    if (with_body && strcasestr(head, "\r\ntransfer-encoding: chunked\r\n"))
        return strstr(head, "\r\n0\r\n\r\n") != NULL;
    size_t head_len = (size_t)(end + 4 - head);
    return !with_body || stub->total - stub->current - head_len >= body_len(head);
}

/* Of a request that is longer than the room for it, the rest is only counted. */
static ssize_t read_some(struct stub *stub, int fd, char *buffer, size_t cap)
{
    ssize_t n = read(fd, buffer, cap);
    if (n <= 0)
        return n;
    struct krt_buffer request = {stub->request, stub->request_len,
                                 sizeof stub->request - 1};
    krt_put(&request, buffer, (size_t)n);
    stub->request_len = request.len;
    stub->request[request.len] = '\0';
    stub->total += (size_t)n;
    return n;
}

static bool read_request(struct stub *stub, int fd, bool with_body)
{
    char buffer[16 * 1024];
    while (!has_all(stub, with_body))
        if (read_some(stub, fd, buffer, sizeof buffer) <= 0)
            return false;
    return true;
}

static void send_text(int fd, const char *text)
{
    if (text)
        send(fd, text, strlen(text), MSG_NOSIGNAL);
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

/* What follows the head is its body. */
static void echo(struct stub *stub, int fd)
{
    char buffer[16 * 1024];
    const char *body = strstr(stub->request, "\r\n\r\n") + 4;
    size_t left = body_len(stub->request);
    size_t len = (size_t)(stub->request + stub->request_len - body);
    send(fd, body, len, MSG_NOSIGNAL);
    for (left -= len; left > 0; left -= len) {
        ssize_t n = read_some(stub, fd, buffer, sizeof buffer);
        require(n > 0, "read");
        len = (size_t)n;
        for (ssize_t at = 0, sent; at < n; at += sent) {
            sent = send(fd, buffer + at, (size_t)(n - at), MSG_NOSIGNAL);
            require(sent > 0, "send");
        }
    }
}

static void converse(struct stub *stub, int fd)
{
    if (stub->manner == STUB_HANGS_UP)
        return;
    if (stub->manner != STUB_IS_DEAF && stub->manner != STUB_ANSWERS_UNASKED)
        read_request(stub, fd,
                     stub->manner != STUB_IS_HASTY && stub->manner != STUB_ECHOES);
    send_reply(stub, fd);
    if (stub->manner == STUB_ECHOES)
        echo(stub, fd);
    if (stub->manner == STUB_IS_DEAF)
        poll(&(struct pollfd){.fd = fd, .events = POLLRDHUP}, 1, PATIENCE_S * 1000);
    if (stub->manner == STUB_STAYS || stub->manner == STUB_ECHOES)
        wait_for_close(fd);
}

static int accept_client(struct stub *stub)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = accept(stub->listener, NULL, NULL);
    require(fd >= 0, "accept");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    stub->n_connections++;
    return fd;
}

static void make_event(struct stub *stub)
{
    atomic_fetch_add(&stub->n_events, 1);
}

/* False when the client has closed the connection instead of asking. */
static bool play_turn(struct stub *stub, const struct stub_turn *turn, int fd)
{
    if (stub->total > stub->request_len) { /* there would be no room */
        stub->total = stub->request_len = 0;
        stub->request[0] = '\0';
    }
    stub->current = stub->total;
    if (!read_request(stub, fd, false))
        return false;
    send_text(fd, turn->consent);
    if (!turn->ignores_body && !read_request(stub, fd, true))
        return true;
    send_text(fd, turn->reply);
    if (turn->late) {
        sem_wait(&stub->go);
        send_text(fd, turn->late);
        make_event(stub);
    }
    return true;
}

static void play(struct stub *stub)
{
    int fd = -1;
    for (size_t i = 0; i < stub->n_turns; i++) {
        if (fd < 0)
            fd = accept_client(stub);
        if (!play_turn(stub, &stub->turns[i], fd)) {
            close(fd);
            fd = accept_client(stub);
            play_turn(stub, &stub->turns[i], fd);
        }
        if (stub->turns[i].closes) {
            close(fd);
            fd = -1;
            make_event(stub);
        }
    }
    if (fd >= 0) {
        wait_for_close(fd);
        close(fd);
    }
}

static void *serve(void *context)
{
    struct stub *stub = context;
    if (stub->delay_ms > 0) {
        krt_os_sleep_ms(stub->delay_ms);
        listen_at(stub);
    }
    if (stub->manner == STUB_PLAYS) {
        play(stub);
        return NULL;
    }
    int fd = accept_client(stub);
    converse(stub, fd);
    close(fd);
    return NULL;
}

void stub_start(struct stub *stub)
{
    stub->request_len = 0;
    stub->request[0] = '\0';
    stub->total = 0;
    stub->current = 0;
    stub->n_connections = 0;
    stub->n_events = 0;
    require(sem_init(&stub->go, 0, 0) == 0, "sem_init");
    if (stub->delay_ms == 0)
        listen_at(stub);
    require(pthread_create(&stub->thread, NULL, serve, stub) == 0, "pthread_create");
}

void stub_await(struct stub *stub, int n)
{
    int64_t end = krt_os_now_ms() + PATIENCE_S * 1000;
    while (atomic_load(&stub->n_events) < n) {
        require(krt_os_now_ms() < end, "an event of the stub");
        krt_os_sleep_ms(1);
    }
}

void stub_join(struct stub *stub)
{
    pthread_join(stub->thread, NULL);
    close(stub->listener);
    unlink(stub->endpoint.path);
}
