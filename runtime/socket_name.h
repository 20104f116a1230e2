/* The file of a Unix socket: taken only when it is nobody's, given up only while it is
 * ours. For io_linux.c. */
#ifndef KRT_SOCKET_NAME_H
#define KRT_SOCKET_NAME_H

#include "endpoint.h"
#include "error.h"
#include "permission_linux.h"

#include <sys/types.h>
#include <sys/un.h>

struct krt_socket_name {
    struct sockaddr_un address;
    dev_t device; /* of the file that was made */
    ino_t inode;
};

void krt__socket_name_init(struct krt_socket_name *name,
                           const struct krt_endpoint *endpoint);

/* Binds `listener`, for those whom `permission` admits, and lets it listen. A live
 * server's socket is KRT_ERR_IN_USE, what a dead one left is replaced; no two starters
 * judge the same file at once. */
int krt__socket_name_take(struct krt_socket_name *name,
                          const struct krt_permission *permission, int listener,
                          struct krt_error *error);

/* Removes the file unless somebody else's has taken its place. */
void krt__socket_name_give_up(const struct krt_socket_name *name);

/* Sets `error` for a failure, told by errno, to make a listening socket. */
int krt__listen_error(struct krt_error *error, const char *operation,
                      const char *object);

#endif
