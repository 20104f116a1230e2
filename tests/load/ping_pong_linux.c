#define _GNU_SOURCE

#include "ping_pong.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct channel {
    int fd;
};

size_t channel_receive(struct channel *channel, char *buffer, size_t cap)
{
    ssize_t n = recv(channel->fd, buffer, cap, 0);
    return n > 0 ? (size_t)n : 0;
}

/* A blocking send() sends everything. */
bool channel_send(struct channel *channel, const char *data, size_t len)
{
    return send(channel->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void *serve_client(void *fd)
{
    struct channel channel = {(int)(intptr_t)fd};
    converse(&channel);
    close(channel.fd);
    return NULL;
}

static void *accept_clients(void *listener)
{
    for (;;) {
        pthread_t thread;
        int fd = accept4((int)(intptr_t)listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
    return NULL;
}

bool listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    pthread_t thread;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return false;
    strcpy(address.sun_path, path);
    unlink(path);
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
           listen(fd, SOMAXCONN) == 0 &&
           pthread_create(&thread, NULL, accept_clients, (void *)(intptr_t)fd) == 0;
}
