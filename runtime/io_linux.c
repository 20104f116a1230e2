/* The transport on Linux: a Unix socket whose readiness, reported by epoll's edges, is
 * turned into completions. Descriptors are registered once; an operation that cannot
 * proceed waits for its edge, so a request on a kept connection costs three system
 * calls: wait, read, write. */
#define _GNU_SOURCE

#include "io.h"
#include "os.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    ACCEPTS_PER_EVENT = 16,
    ROUNDS_WITHOUT_WAIT = 16, /* then the other connections get a look */
    ACCEPT_RETRY_MS = 250,
    LOCK_MS = 2000,
};

/* Of the lock's file; no pipe name can end so. */
#define LOCK_SUFFIX "~lock"

struct krt_stream {
    struct krt_io *io;
    void *owner;
    int fd;
    bool is_pending;  /* an operation is waiting for its edge */
    bool is_readable; /* no EAGAIN and no short read since the last edge */
    bool is_writable;
    bool has_hung_up; /* end of file or an error follows what is queued */
    unsigned char *buffer;
    size_t len;
    struct krt_stream *next_ready;
    struct krt_completion completion; /* of the operation, while on the ready list */
};

struct krt_io {
    int epoll;
    int wake;     /* eventfd */
    int listener; /* -1 once stopped */
    int n_streams;
    int max_streams;
    bool is_listening;       /* the listener's events are wanted */
    int64_t accept_again_at; /* after trouble; 0 without */
    bool has_reported_trouble;
    int trouble; /* to be delivered, or 0 */
    bool was_woken;
    int rounds; /* since the last epoll_wait() */
    struct krt_stream *first_ready;
    struct krt_stream **last_ready;
    struct sockaddr_un address;
    dev_t device;
    ino_t inode;
};

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

static int listen_error(struct krt_error *error, const char *operation,
                        const char *object)
{
    return krt_error_from_code(error, listen_codes,
                               sizeof listen_codes / sizeof *listen_codes, errno,
                               operation, object);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* ---- Taking the name ---- */

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

/* Binds with the lock held. The mode is set before the file appears. */
static int bind_socket(struct krt_io *io, struct krt_error *error)
{
    const char *path = io->address.sun_path;
    long pid = 0;
    enum occupant occupant = probe(&io->address, &pid);
    if (occupant == OCCUPANT_SERVER || occupant == OCCUPANT_FOREIGN)
        return in_use(error, path, occupant, pid);
    if (occupant == OCCUPANT_STALE)
        unlink(path);
    if (fchmod(io->listener, 0600) != 0 ||
        bind(io->listener, (const struct sockaddr *)&io->address, sizeof io->address) !=
            0)
        return listen_error(error, "create", path);
    struct stat status;
    if (lstat(path, &status) != 0 || listen(io->listener, SOMAXCONN) != 0)
        return listen_error(error, "listen on", path);
    io->device = status.st_dev;
    io->inode = status.st_ino;
    return KRT_OK;
}

static int take_name(struct krt_io *io, struct krt_error *error)
{
    char lock_path[sizeof io->address.sun_path + sizeof LOCK_SUFFIX];
    struct krt_buffer out = KRT_BUFFER(lock_path);
    krt_put_text(&out, io->address.sun_path);
    krt_put_text(&out, LOCK_SUFFIX);
    krt_end_text(&out);
    int lock = lock_file(lock_path);
    if (lock < 0)
        return listen_error(error, "lock", lock_path);
    int result = bind_socket(io, error);
    unlock_file(lock_path, lock);
    return result;
}

/* Removes the socket's file unless somebody else's has taken its place. */
static void give_name_up(struct krt_io *io)
{
    struct stat status;
    const char *path = io->address.sun_path;
    if (lstat(path, &status) == 0 && status.st_dev == io->device &&
        status.st_ino == io->inode)
        unlink(path);
}

/* ---- The loop's descriptors ---- */

static int watch(const struct krt_io *io, int operation, int fd, uint32_t events,
                 void *key)
{
    struct epoll_event event = {.events = events, .data.ptr = key};
    return epoll_ctl(io->epoll, operation, fd, &event);
}

/* Turns the listener's events on or off; without them clients wait in the backlog. */
static void set_listening(struct krt_io *io, bool is_listening)
{
    if (io->listener < 0 || io->is_listening == is_listening)
        return;
    if (watch(io, EPOLL_CTL_MOD, io->listener, is_listening ? EPOLLIN : 0,
              &io->listener) == 0)
        io->is_listening = is_listening;
}

static int open_descriptors(struct krt_io *io, struct krt_error *error)
{
    io->epoll = epoll_create1(EPOLL_CLOEXEC);
    io->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (io->epoll < 0 || io->wake < 0 || io->listener < 0 ||
        watch(io, EPOLL_CTL_ADD, io->wake, EPOLLIN, &io->wake) != 0)
        return listen_error(error, "prepare", io->address.sun_path);
    return KRT_OK;
}

static int start_listening(struct krt_io *io, struct krt_error *error)
{
    int result = open_descriptors(io, error);
    if (result != KRT_OK)
        return result;
    result = take_name(io, error);
    if (result != KRT_OK)
        return result;
    io->is_listening = true;
    if (watch(io, EPOLL_CTL_ADD, io->listener, EPOLLIN, &io->listener) == 0)
        return KRT_OK;
    result = listen_error(error, "listen on", io->address.sun_path);
    give_name_up(io);
    return result;
}

static void close_descriptors(struct krt_io *io)
{
    close_fd(io->listener);
    close_fd(io->wake);
    close_fd(io->epoll);
    free(io);
}

int krt_io_open(struct krt_io **io, const struct krt_endpoint *endpoint,
                const struct krt_io_config *config, struct krt_error *error)
{
    struct krt_io *made = calloc(1, sizeof *made);
    if (!made)
        return krt_error_set(error, KRT_ERR_NO_MEMORY, "out of memory");
    made->epoll = made->wake = made->listener = -1;
    made->max_streams = config->connections;
    made->last_ready = &made->first_ready;
    made->address.sun_family = AF_UNIX;
    struct krt_buffer path = KRT_BUFFER(made->address.sun_path);
    krt_put_text(&path, endpoint->path);
    krt_end_text(&path);
    int result = start_listening(made, error);
    if (result == KRT_OK)
        *io = made;
    else
        close_descriptors(made);
    return result;
}

void krt_io_stop(struct krt_io *io)
{
    if (io->listener < 0)
        return;
    give_name_up(io);
    close(io->listener);
    io->listener = -1;
}

void krt_io_free(struct krt_io *io)
{
    krt_io_stop(io);
    while (io->first_ready) { /* only accepts that nobody waited for are left */
        struct krt_stream *stream = io->first_ready;
        io->first_ready = stream->next_ready;
        krt_stream_close(stream);
    }
    assert(io->n_streams == 0);
    close_descriptors(io);
}

void krt_io_wake(struct krt_io *io)
{
    uint64_t one = 1;
    ssize_t ignored = write(io->wake, &one, sizeof one);
    (void)ignored; /* a full counter wakes as well */
}

/* ---- Operations ---- */

static void make_ready(struct krt_stream *stream, int error, size_t n)
{
    struct krt_io *io = stream->io;
    stream->is_pending = false;
    stream->completion.stream = stream;
    stream->completion.error = error;
    stream->completion.n = n;
    stream->next_ready = NULL;
    *io->last_ready = stream;
    io->last_ready = &stream->next_ready;
}

/* A short read has emptied the socket: the next byte makes an edge (epoll(7)). That is
 * not so for an end of file whose edge has been seen already. A client that mixes
 * out-of-band data or descriptors into its bytes also makes short reads; it has only
 * itself to wait for then. */
static void try_read(struct krt_stream *stream)
{
    ssize_t n = recv(stream->fd, stream->buffer, stream->len, 0);
    if (n > 0) {
        stream->is_readable = (size_t)n == stream->len || stream->has_hung_up;
        make_ready(stream, KRT_OK, (size_t)n);
    } else if (n == 0) {
        make_ready(stream, KRT_ERR_CLOSED, 0);
    } else if (errno == EAGAIN || errno == EINTR) {
        stream->is_readable = errno == EINTR;
    } else {
        make_ready(stream, (int)krt_os_error_kind(errno), 0);
    }
}

static void try_write(struct krt_stream *stream)
{
    ssize_t n = send(stream->fd, stream->buffer, stream->len, MSG_NOSIGNAL);
    if (n >= 0)
        make_ready(stream, KRT_OK, (size_t)n);
    else if (errno == EAGAIN || errno == EINTR)
        stream->is_writable = errno == EINTR;
    else
        make_ready(stream, (int)krt_os_error_kind(errno), 0);
}

static void try_operation(struct krt_stream *stream)
{
    if (stream->completion.op == KRT_IO_READ) {
        while (stream->is_pending && stream->is_readable)
            try_read(stream);
    } else {
        while (stream->is_pending && stream->is_writable)
            try_write(stream);
    }
}

static void start(struct krt_stream *stream, enum krt_io_op op, unsigned char *buffer,
                  size_t len)
{
    assert(!stream->is_pending);
    stream->completion.op = op;
    stream->is_pending = true;
    stream->buffer = buffer;
    stream->len = len;
    try_operation(stream);
}

void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len)
{
    start(stream, KRT_IO_READ, buffer, len);
}

void krt_stream_write(struct krt_stream *stream, const void *data, size_t len)
{
    union {
        const void *in;
        unsigned char *out;
    } borrowed = {.in = data}; /* one field serves both directions; send() only reads */
    start(stream, KRT_IO_WRITE, borrowed.out, len);
}

void krt_stream_cancel(struct krt_stream *stream)
{
    if (stream->is_pending)
        make_ready(stream, KRT_ERR_ABORTED, 0);
}

void krt_stream_end_output(struct krt_stream *stream)
{
    shutdown(stream->fd, SHUT_WR);
}

void krt_stream_close(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    assert(!stream->is_pending);
    close(stream->fd);
    free(stream);
    io->n_streams--;
    if (io->accept_again_at == 0)
        set_listening(io, true);
}

void krt_stream_set_owner(struct krt_stream *stream, void *owner)
{
    stream->owner = owner;
}

void *krt_stream_owner(const struct krt_stream *stream)
{
    return stream->owner;
}

/* ---- Accepting ---- */

/* The socket's mode keeps other users out; this holds even if somebody widens it. */
static bool is_allowed(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static void adopt(struct krt_io *io, int fd)
{
    struct krt_stream *stream = is_allowed(fd) ? calloc(1, sizeof *stream) : NULL;
    if (!stream) {
        close(fd);
        return;
    }
    *stream = (struct krt_stream){.io = io, .fd = fd, .is_writable = true};
    stream->completion.op = KRT_IO_ACCEPT;
    io->n_streams++;
    uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (watch(io, EPOLL_CTL_ADD, fd, events, stream) == 0)
        make_ready(stream, KRT_OK, 0);
    else
        krt_stream_close(stream);
}

/* Leaves the clients in the backlog for a while; they see nothing but a delay. */
static void back_off(struct krt_io *io, int code)
{
    io->accept_again_at = krt_os_now_ms() + ACCEPT_RETRY_MS;
    set_listening(io, false);
    if (!io->has_reported_trouble)
        io->trouble = (int)krt_os_error_kind(code);
    io->has_reported_trouble = true;
}

static void accept_clients(struct krt_io *io)
{
    for (int i = 0; i < ACCEPTS_PER_EVENT && io->is_listening; i++) {
        int fd = accept4(io->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            io->has_reported_trouble = false;
            adopt(io, fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            back_off(io, errno);
        }
        if (io->n_streams >= io->max_streams)
            set_listening(io, false);
    }
}

/* ---- Waiting ---- */

static void note_edges(struct krt_stream *stream, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        stream->has_hung_up = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        stream->is_readable = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        stream->is_writable = true;
    if (stream->is_pending)
        try_operation(stream);
}

static void take_wake(struct krt_io *io)
{
    uint64_t count;
    io->was_woken |= read(io->wake, &count, sizeof count) > 0;
}

static void take_event(struct krt_io *io, const struct epoll_event *event)
{
    if (event->data.ptr == &io->listener)
        accept_clients(io);
    else if (event->data.ptr == &io->wake)
        take_wake(io);
    else
        note_edges(event->data.ptr, event->events);
}

static int until_accept(const struct krt_io *io, int timeout_ms)
{
    if (io->accept_again_at == 0)
        return timeout_ms;
    int64_t left = io->accept_again_at - krt_os_now_ms();
    int wait = left > 0 ? (int)left : 0;
    return timeout_ms < 0 || wait < timeout_ms ? wait : timeout_ms;
}

static void end_back_off(struct krt_io *io)
{
    if (io->accept_again_at == 0 || krt_os_now_ms() < io->accept_again_at)
        return;
    io->accept_again_at = 0;
    if (io->n_streams < io->max_streams)
        set_listening(io, true);
}

static void wait_for_events(struct krt_io *io, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(io->epoll, events, EVENTS, until_accept(io, timeout_ms));
    for (int i = 0; i < n; i++)
        take_event(io, &events[i]);
    end_back_off(io);
    io->rounds = 0;
}

/* A completion that belongs to no stream, if there is one. */
static bool take_notice(struct krt_io *io, struct krt_completion *completion)
{
    if (io->was_woken) {
        *completion = (struct krt_completion){.op = KRT_IO_WAKE};
        io->was_woken = false;
        return true;
    }
    if (io->trouble) {
        *completion =
            (struct krt_completion){.op = KRT_IO_ACCEPT, .error = io->trouble};
        io->trouble = 0;
        return true;
    }
    return false;
}

static bool take_ready(struct krt_io *io, struct krt_completion *completion)
{
    struct krt_stream *stream = io->first_ready;
    if (!stream)
        return false;
    io->first_ready = stream->next_ready;
    if (!io->first_ready)
        io->last_ready = &io->first_ready;
    *completion = stream->completion;
    return true;
}

size_t krt_io_wait(struct krt_io *io, struct krt_completion *completions, size_t cap,
                   int timeout_ms)
{
    size_t n = 0;
    if (!io->first_ready)
        wait_for_events(io, timeout_ms);
    else if (++io->rounds >= ROUNDS_WITHOUT_WAIT)
        wait_for_events(io, 0);
    while (n < cap &&
           (take_notice(io, &completions[n]) || take_ready(io, &completions[n])))
        n++;
    return n;
}
