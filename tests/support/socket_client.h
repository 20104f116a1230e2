/* The client's end of a Unix socket, for tests of the back end: blocking calls with a
 * time limit, each of which fails the test when it does not do its work. */
#ifndef TESTS_SOCKET_CLIENT_H
#define TESTS_SOCKET_CLIENT_H

#include "endpoint.h"

#include <stddef.h>

/* Connects and returns the descriptor. */
int client_open(const struct krt_endpoint *endpoint);

/* The errno of a connect that must fail. */
int client_refusal(const struct krt_endpoint *endpoint);

void client_send(int fd, const void *data, size_t len);

/* Reads exactly `len` bytes. */
void client_receive(int fd, void *buffer, size_t len);

/* Checks that the server has ended its output. */
void client_check_end(int fd);

#endif
