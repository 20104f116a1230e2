#define _GNU_SOURCE

#include "socket_client.h"

#include "text.h"
#include "unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 20 };

static int try_open(const struct krt_endpoint *endpoint, int *code)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct krt_buffer path = KRT_BUFFER(address.sun_path);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    krt_put_text(&path, endpoint->path);
    krt_end_text(&path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    *code = 0;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    *code = errno;
    close(fd);
    return -1;
}

int client_open(const struct krt_endpoint *endpoint)
{
    int code;
    int fd = try_open(endpoint, &code);
    assert_int_equal(code, 0);
    return fd;
}

int client_refusal(const struct krt_endpoint *endpoint)
{
    int code;
    assert_int_equal(try_open(endpoint, &code), -1);
    return code;
}

void client_send(int fd, const void *data, size_t len)
{
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

void client_receive(int fd, void *buffer, size_t len)
{
    char *at = buffer;
    while (len > 0) {
        ssize_t n = recv(fd, at, len, 0);
        assert_in_range(n, 1, len);
        at += n;
        len -= (size_t)n;
    }
}

void client_check_end(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
}
