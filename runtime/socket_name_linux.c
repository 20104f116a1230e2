/* Taking and giving up the file of a Unix socket. */
#define _GNU_SOURCE

#include "os.h"
#include "socket_name.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_MS = 2000 };

/* Of the lock's file; no pipe name can end so. */
#define LOCK_SUFFIX "~lock"

/* Failures while the socket is made; the client's advice would mislead here. */
static const struct krt_code listen_codes[] = {
    {EADDRINUSE, "EADDRINUSE", KRT_ERR_IN_USE,
     "another server has taken the name in this moment"},
    {EWOULDBLOCK, "EWOULDBLOCK", KRT_ERR_IN_USE,
     "another server that is starting holds it; try again"},
    {ENXIO, "ENXIO", KRT_ERR_DENIED, "something that is no file lies in its place"},
    {EISDIR, "EISDIR", KRT_ERR_DENIED, "a folder lies in its place"},
    {EACCES, "EACCES", KRT_ERR_DENIED, "this user may not write in that folder"},
    {EPERM, "EPERM", KRT_ERR_DENIED, "this user may not write in that folder"},
    {EROFS, "EROFS", KRT_ERR_DENIED, "the file system is read-only"},
    {ENOENT, "ENOENT", KRT_ERR_SYSTEM, "that folder does not exist; is TMPDIR right?"},
    {ENOTDIR, "ENOTDIR", KRT_ERR_SYSTEM, "that is not a folder; is TMPDIR right?"},
    {ELOOP, "ELOOP", KRT_ERR_DENIED, "a symbolic link lies in its place"},
    {EMFILE, "EMFILE", KRT_ERR_NO_MEMORY, "this process has too many open files"},
    {ENFILE, "ENFILE", KRT_ERR_NO_MEMORY, "the system has too many open files"},
    {ENOMEM, "ENOMEM", KRT_ERR_NO_MEMORY, "the system is out of memory"},
};

int krt__listen_error(struct krt_error *error, const char *operation,
                      const char *object)
{
    return krt_error_from_code(error, listen_codes,
                               sizeof listen_codes / sizeof *listen_codes, errno,
                               operation, object);
}

/* Locks `path` for a moment, so that no two starters judge the same stale socket. The
 * file is removed with the lock held; one that was removed while we waited for its lock
 * is not the one that counts. Returns a descriptor, or -1 with errno. */
static int lock_file(const char *path)
{
    int64_t deadline = krt_os_now_ms() + LOCK_MS;
    while (krt_os_now_ms() < deadline) {
        struct stat held;
        struct stat named;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -1;
        bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (is_locked && fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
            held.st_ino == named.st_ino && held.st_dev == named.st_dev)
            return fd;
        close(fd);
        krt_os_sleep_ms(5);
    }
    errno = EWOULDBLOCK;
    return -1;
}

static void unlock_file(const char *path, int fd)
{
    unlink(path);
    close(fd);
}

/* What a socket file that is in the way turns out to be. */
enum occupant { OCCUPANT_NONE, OCCUPANT_STALE, OCCUPANT_SERVER, OCCUPANT_FOREIGN };

static enum occupant probe(const struct sockaddr_un *address, long *pid)
{
    struct stat status;
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT ? OCCUPANT_NONE : OCCUPANT_FOREIGN;
    if (!S_ISSOCK(status.st_mode) || status.st_uid != geteuid())
        return OCCUPANT_FOREIGN;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return OCCUPANT_SERVER;
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    bool is_refused = result != 0 && errno == ECONNREFUSED;
    *pid = 0;
    if (result == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
        *pid = peer.pid;
    close(fd);
    return is_refused ? OCCUPANT_STALE : OCCUPANT_SERVER;
}

void krt__socket_name_init(struct krt_socket_name *name,
                           const struct krt_endpoint *endpoint)
{
    *name = (struct krt_socket_name){.address.sun_family = AF_UNIX};
    struct krt_buffer path = KRT_BUFFER(name->address.sun_path);
    krt_put_text(&path, endpoint->path);
    krt_end_text(&path);
}

static int in_use(struct krt_error *error, const char *path, enum occupant occupant,
                  long pid)
{
    char owner[48] = "another process";
    if (occupant == OCCUPANT_FOREIGN)
        return krt_error_set(error, KRT_ERR_IN_USE,
                             "pipe name in use: %s is not a socket of this user; "
                             "remove it, or choose another name",
                             path);
    if (pid > 0)
        snprintf(owner, sizeof owner, "process %ld", pid);
    return krt_error_set(error, KRT_ERR_IN_USE,
                         "pipe name in use: %s serves %s; stop it, or choose another "
                         "name with --pipe",
                         owner, path);
}

/* Binds with the lock held. Nobody can connect before it listens. */
static int bind_socket(struct krt_socket_name *name,
                       const struct krt_permission *permission, int listener,
                       struct krt_error *error)
{
    const char *path = name->address.sun_path;
    long pid = 0;
    enum occupant occupant = probe(&name->address, &pid);
    if (occupant == OCCUPANT_SERVER || occupant == OCCUPANT_FOREIGN)
        return in_use(error, path, occupant, pid);
    if (occupant == OCCUPANT_STALE)
        unlink(path);
    if (krt_permission_bind(permission, listener, &name->address) != 0)
        return krt__listen_error(error, "create", path);
    int result = krt_permission_apply(permission, path, error);
    if (result != KRT_OK) {
        unlink(path);
        return result;
    }
    struct stat status;
    if (lstat(path, &status) != 0 || listen(listener, SOMAXCONN) != 0) {
        result = krt__listen_error(error, "listen on", path);
        unlink(path);
        return result;
    }
    name->device = status.st_dev;
    name->inode = status.st_ino;
    return KRT_OK;
}

int krt__socket_name_take(struct krt_socket_name *name,
                          const struct krt_permission *permission, int listener,
                          struct krt_error *error)
{
    char lock_path[sizeof name->address.sun_path + sizeof LOCK_SUFFIX];
    struct krt_buffer out = KRT_BUFFER(lock_path);
    krt_put_text(&out, name->address.sun_path);
    krt_put_text(&out, LOCK_SUFFIX);
    krt_end_text(&out);
    int lock = lock_file(lock_path);
    if (lock < 0)
        return krt__listen_error(error, "lock", lock_path);
    int result = bind_socket(name, permission, listener, error);
    unlock_file(lock_path, lock);
    return result;
}

/* Removes the socket's file unless somebody else's has taken its place. */
void krt__socket_name_give_up(const struct krt_socket_name *name)
{
    struct stat status;
    const char *path = name->address.sun_path;
    if (lstat(path, &status) == 0 && status.st_dev == name->device &&
        status.st_ino == name->inode)
        unlink(path);
}
