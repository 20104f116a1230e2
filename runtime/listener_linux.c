/* Lets clients in: one worker accepts and hands them out. */
#define _GNU_SOURCE

#include "io_linux.h"
#include "os.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACCEPT_RETRY_MS = 250 };

int krt__listen(struct krt_io *io, struct krt_error *error)
{
    const char *path = io->name.address.sun_path;
    io->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (io->listener < 0)
        return krt__listen_error(error, "prepare", path);
    int result = krt__socket_name_take(&io->name, &io->permission, io->listener, error);
    if (result != KRT_OK)
        return result;
    atomic_store(&io->listening, KRT_LISTENING_ON);
    if (krt__watch(io->queues[0].epoll, EPOLL_CTL_ADD, io->listener, EPOLLIN,
                   &io->listener) == 0)
        return KRT_OK;
    result = krt__listen_error(error, "listen on", path);
    krt__socket_name_give_up(&io->name);
    return result;
}

static void set_listening_locked(struct krt_io *io, enum krt_listening wanted)
{
    static const uint32_t events[] = {0, EPOLLIN | EPOLLONESHOT, EPOLLIN};
    if (io->listener >= 0 &&
        krt__watch(io->queues[0].epoll, EPOLL_CTL_MOD, io->listener, events[wanted],
                   &io->listener) == 0)
        atomic_store(&io->listening, wanted);
}

static void set_listening(struct krt_io *io, enum krt_listening wanted)
{
    krt_lock(&io->lock);
    set_listening_locked(io, wanted);
    krt_unlock(&io->lock);
}

static bool is_allowed(const struct krt_io *io, int fd, struct ucred *peer)
{
    socklen_t len = sizeof *peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == 0 &&
           krt_permission_admits(&io->permission, fd, peer);
}

/* Of the workers that are there the one with the fewest streams, the accepting one
 * before others. */
static struct krt_queue *choose_queue(struct krt_io *io)
{
    struct krt_queue *chosen = &io->queues[0];
    for (int i = 1; i < io->n_queues; i++) {
        struct krt_queue *queue = &io->queues[i];
        if (atomic_load(&queue->is_attended) &&
            atomic_load(&queue->n_streams) < atomic_load(&chosen->n_streams))
            chosen = queue;
    }
    return chosen;
}

/* Gives a new client to the queue, whose worker is told by the edge that a new socket
 * makes of its output. That worker may have dealt with it before this returns. */
static bool hand_over(struct krt_stream *stream)
{
    stream->is_new = true;
    return krt__stream_watch(stream, true) == 0;
}

/* Takes it for the worker whose thread this is. Most clients have sent their request by
 * now, and many are gone after one, so it is registered when it has to be waited for.
 */
static void keep(struct krt_stream *stream)
{
    stream->is_readable = true;
    krt__stream_ready(stream, KRT_OK, 0);
}

/* Finds a worker for a new client. `own` is the queue of the worker whose thread this
 * is, or NULL. */
static void adopt(struct krt_io *io, int fd, const struct krt_queue *own)
{
    struct ucred peer;
    struct krt_stream *stream =
        is_allowed(io, fd, &peer) ? calloc(1, sizeof *stream) : NULL;
    if (!stream) {
        close(fd);
        atomic_fetch_sub(&io->n_streams, 1);
        return;
    }
    struct krt_queue *queue = choose_queue(io);
    *stream = (struct krt_stream){
        .queue = queue, .fd = fd, .peer = peer, .is_writable = true};
    stream->completion.op = KRT_IO_ACCEPT;
    atomic_fetch_add(&queue->n_streams, 1);
    if (queue == own)
        keep(stream);
    else if (!hand_over(stream))
        krt__stream_dispose(stream);
}

/* Leaves the clients in the backlog for a while; they see nothing but a delay. */
static void back_off(struct krt_io *io, int code)
{
    io->accept_again_at = krt_os_now_ms() + ACCEPT_RETRY_MS;
    set_listening(io, KRT_LISTENING_OFF);
    if (!io->has_reported_trouble)
        io->notice = (int)krt_os_error_kind(code);
    io->has_reported_trouble = true;
}

/* The descriptor of the next client, who is counted, or -1 with errno. */
static int accept_next(struct krt_io *io)
{
    krt_lock(&io->lock);
    int fd = -1;
    errno = EAGAIN;
    if (io->listener >= 0 && atomic_load(&io->n_streams) < io->max_streams) {
        fd = accept4(io->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            atomic_fetch_add(&io->n_streams, 1);
        } else if (errno == EAGAIN && atomic_load(&io->is_stopping)) {
            close(io->listener);
            io->listener = -1;
            errno = EAGAIN;
        }
    }
    krt_unlock(&io->lock);
    return fd;
}

static void listen_for_room(struct krt_io *io)
{
    if (atomic_load(&io->listening) != KRT_LISTENING_FULL)
        return;
    krt_lock(&io->lock);
    if (atomic_load(&io->listening) == KRT_LISTENING_FULL &&
        atomic_load(&io->n_streams) < io->max_streams)
        set_listening_locked(io, KRT_LISTENING_ON);
    krt_unlock(&io->lock);
}

/* No more than one: the listener is reported again while there are others, and a look
 * for them would be in vain most often. */
static void accept_client(struct krt_io *io)
{
    int fd = accept_next(io);
    if (fd >= 0) {
        io->has_reported_trouble = false;
        adopt(io, fd, &io->queues[0]);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        back_off(io, errno);
    }
}

/* Listens on, as far as there is room. */
static void listen_on(struct krt_io *io)
{
    bool is_full = atomic_load(&io->n_streams) >= io->max_streams;
    set_listening(io, is_full ? KRT_LISTENING_FULL : KRT_LISTENING_ON);
    listen_for_room(io);
}

/* A client waits, to be accepted or for room. */
void krt__take_client(struct krt_io *io)
{
    /* Who changes what is wanted has the lock until the listener knows. */
    krt_lock(&io->lock);
    bool is_full = atomic_load(&io->listening) == KRT_LISTENING_FULL;
    krt_unlock(&io->lock);
    if (is_full) {
        io->notice = KRT_ERR_BUSY;
        return;
    }
    accept_client(io);
    if (atomic_load(&io->n_streams) >= io->max_streams)
        listen_on(io);
}

void krt__end_back_off(struct krt_io *io)
{
    if (io->accept_again_at == 0 || krt_os_now_ms() < io->accept_again_at)
        return;
    io->accept_again_at = 0;
    listen_on(io);
}

/* Who has connected may have sent a request already, so a stop lets in whoever is in
 * the backlog, now or when there is room. Without its name it does not grow any more.
 */
static void accept_backlog(struct krt_io *io)
{
    int fd;
    do {
        fd = accept_next(io);
        if (fd >= 0)
            adopt(io, fd, NULL);
    } while (fd >= 0 || errno == EINTR || errno == ECONNABORTED);
}

void krt_io_stop(struct krt_io *io)
{
    krt_lock(&io->lock);
    if (!atomic_exchange(&io->is_stopping, true))
        krt__socket_name_give_up(&io->name);
    krt_unlock(&io->lock);
    accept_backlog(io);
}

void krt__stream_gone(struct krt_io *io)
{
    if (atomic_load(&io->is_stopping))
        accept_backlog(io);
    else
        listen_for_room(io);
}

bool krt_io_is_idle(struct krt_io *io)
{
    krt_lock(&io->lock);
    bool is_over = io->listener < 0;
    krt_unlock(&io->lock);
    return is_over && atomic_load(&io->n_streams) == 0;
}
