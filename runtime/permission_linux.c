#define _GNU_SOURCE

#include "permission_linux.h"
#include "os.h"
#include "permission.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void krt_put_audience(struct krt_buffer *out, const struct krt_access *access)
{
    if (access->level == KRT_ACCESS_LOCAL_USERS) {
        krt_put_text(out, "all users of this machine");
        return;
    }
    bool is_for_admins = access->level == KRT_ACCESS_ADMINS;
    krt_put_text(out, is_for_admins ? "this user and root" : "this user");
    if (!krt__put_allowed(out, access, false) && !is_for_admins)
        krt_put_text(out, " only");
}

/* ---- Groups ---- */

/* Looks a group up in memory of `room` bytes; a code of errno, ENOENT if there is none.
 */
static int find_group(const char *name, size_t room, gid_t *gid)
{
    struct group group;
    struct group *found = NULL;
    char *memory = malloc(room);
    if (!memory)
        return ENOMEM;
    int code = getgrnam_r(name, &group, memory, room, &found);
    if (found)
        *gid = group.gr_gid;
    else if (code == 0 || code == ESRCH)
        code = ENOENT;
    free(memory);
    return code;
}

/* A group has no bound to its members, which come with it. */
static int add_group(struct krt_permission *permission, const char *name,
                     struct krt_error *error)
{
    size_t room = 1024;
    int code = ERANGE;
    while (code == ERANGE && (room *= 4) <= 64 * 1024 * 1024)
        code = find_group(name, room, &permission->groups[permission->n_groups]);
    if (code == ENOENT)
        return krt_error_set(error, KRT_ERR_SYSTEM,
                             "the spec allows group '%s', which does not exist here; "
                             "make it, or change the spec's 'allow'",
                             name);
    if (code != 0)
        return krt_os_error(error, code, "look up group", name);
    permission->group_name = name;
    permission->n_groups++;
    return KRT_OK;
}

int krt_permission_init(struct krt_permission *permission,
                        const struct krt_access *access, struct krt_error *error)
{
    assert(access->n_allowed <= KRT_ALLOWED_MAX);
    permission->own = geteuid();
    permission->is_for_all = access->level == KRT_ACCESS_LOCAL_USERS;
    permission->n_groups = 0;
    for (size_t i = 0; i < access->n_allowed; i++) {
        if (krt_is_sid(access->allowed[i]))
            continue;
        int result = add_group(permission, access->allowed[i], error);
        if (result != KRT_OK)
            return result;
    }
    return KRT_OK;
}

/* ---- The file ---- */

/* A file has one group; among several the credentials decide. */
static bool has_one_group(const struct krt_permission *permission)
{
    return !permission->is_for_all && permission->n_groups == 1;
}

static mode_t file_mode(const struct krt_permission *permission)
{
    if (has_one_group(permission))
        return 0660;
    return permission->is_for_all || permission->n_groups > 0 ? 0666 : 0600;
}

int krt_permission_bind(const struct krt_permission *permission, int fd,
                        const struct sockaddr_un *address)
{
    mode_t mode = file_mode(permission);
    mode_t mask = umask(0777 & ~mode);
    int result = fchmod(fd, mode);
    if (result == 0)
        result = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int code = errno;
    umask(mask);
    errno = code;
    return result;
}

int krt_permission_apply(const struct krt_permission *permission, const char *path,
                         struct krt_error *error)
{
    if (!has_one_group(permission) ||
        lchown(path, (uid_t)-1, permission->groups[0]) == 0)
        return KRT_OK;
    if (errno == EPERM)
        return krt_error_set(
            error, KRT_ERR_DENIED,
            "cannot give %s to group '%s', which the spec allows: EPERM "
            "(%d): this user is no member of it",
            path, permission->group_name, EPERM);
    return krt_os_error(error, errno, "change the group of", path);
}

/* ---- Those who connect ---- */

static bool is_allowed(const struct krt_permission *permission, gid_t group)
{
    for (size_t i = 0; i < permission->n_groups; i++)
        if (permission->groups[i] == group)
            return true;
    return false;
}

/* Whether one of the groups that the peer had when it connected, besides its first, is
 * allowed. */
static bool has_allowed_group(const struct krt_permission *permission, int fd)
{
    socklen_t len = 0;
    bool is_found = false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
        return false;
    gid_t *groups = malloc(len);
    if (groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
        for (size_t i = 0; i < len / sizeof *groups && !is_found; i++)
            is_found = is_allowed(permission, groups[i]);
    free(groups);
    return is_found;
}

bool krt_permission_admits(const struct krt_permission *permission, int fd,
                           const struct ucred *peer)
{
    if (permission->is_for_all || peer->uid == permission->own || peer->uid == 0)
        return true;
    return permission->n_groups > 0 &&
           (is_allowed(permission, peer->gid) || has_allowed_group(permission, fd));
}
