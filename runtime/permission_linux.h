/* Linux: a socket's file and the credentials of those who connect. */
#ifndef KRT_PERMISSION_LINUX_H
#define KRT_PERMISSION_LINUX_H

#include "error.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

struct krt_permission {
    uid_t own;
    bool is_for_all; /* whoever can reach the file */
    gid_t groups[KRT_ALLOWED_MAX];
    size_t n_groups;
    const char *group_name; /* of the last one, borrowed from the struct krt_access */
};

/* Looks the groups up. One that does not exist is an error. */
int krt_permission_init(struct krt_permission *permission,
                        const struct krt_access *access, struct krt_error *error);

/* Binds the socket `fd`, whose file has its mode from the start, whatever the process
 * takes from the modes of others. Returns 0, or -1 with errno. */
int krt_permission_bind(const struct krt_permission *permission, int fd,
                        const struct sockaddr_un *address);

/* Gives the file, on which nobody listens yet, to the group that may use it. */
int krt_permission_apply(const struct krt_permission *permission, const char *path,
                         struct krt_error *error);

/* Whether `peer`, that of the connected socket `fd`, may be served. The file keeps
 * others out; this holds even if somebody widens its mode. */
struct ucred;
bool krt_permission_admits(const struct krt_permission *permission, int fd,
                           const struct ucred *peer);

#endif
