/* A client's bytes: reads and writes that are tried at once and wait for an edge. */
#define _GNU_SOURCE

#include "io_linux.h"
#include "os.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

void krt__stream_ready(struct krt_stream *stream, int error, size_t n)
{
    struct krt_queue *queue = stream->queue;
    stream->is_pending = false;
    stream->completion.stream = stream;
    stream->completion.error = error;
    stream->completion.n = n;
    stream->next_ready = NULL;
    *queue->last_ready = stream;
    queue->last_ready = &stream->next_ready;
}

int krt__stream_watch(struct krt_stream *stream, bool also_output)
{
    int operation = stream->is_registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    uint32_t events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    stream->is_registered = true;
    stream->is_output_watched = also_output;
    return krt__watch(stream->queue->epoll, operation, stream->fd,
                      also_output ? events | EPOLLOUT : events, stream);
}

/* Watches for what an operation waits for. What is there already makes an edge, too. */
static void watch_later(struct krt_stream *stream, bool also_output)
{
    if (krt__stream_watch(stream, also_output) != 0)
        krt__stream_ready(stream, (int)krt_os_error_kind(errno), 0);
}

/* A short read has emptied the socket: the next byte makes an edge (epoll(7)). That is
 * not so for an end of file whose edge has been seen already. A client that mixes
 * out-of-band data or descriptors into its bytes also makes short reads; it has only
 * itself to wait for then. */
static void try_read(struct krt_stream *stream)
{
    ssize_t n = recv(stream->fd, stream->buffer, stream->len, 0);
    if (n > 0) {
        stream->is_readable =
            (size_t)n == stream->len || stream->has_hung_up || !stream->is_registered;
        krt__stream_ready(stream, KRT_OK, (size_t)n);
    } else if (n == 0) {
        krt__stream_ready(stream, KRT_ERR_CLOSED, 0);
    } else if (errno == EAGAIN) {
        stream->is_readable = false;
        if (!stream->is_registered)
            watch_later(stream, false);
    } else if (errno != EINTR) {
        krt__stream_ready(stream, (int)krt_os_error_kind(errno), 0);
    }
}

static void try_write(struct krt_stream *stream)
{
    ssize_t n = send(stream->fd, stream->buffer, stream->len, MSG_NOSIGNAL);
    if (n >= 0)
        krt__stream_ready(stream, KRT_OK, (size_t)n);
    else if (errno == EAGAIN) {
        stream->is_writable = false;
        if (!stream->is_output_watched)
            watch_later(stream, true);
    } else if (errno != EINTR)
        krt__stream_ready(stream, (int)krt_os_error_kind(errno), 0);
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

/* ---- Cancelling ---- */

/* Lets the stream's worker look at it. The queue is locked. */
static void point_out(struct krt_stream *stream)
{
    struct krt_queue *queue = stream->queue;
    if (!atomic_load(&stream->is_cancelled)) {
        stream->next_cancelled = queue->first_cancelled;
        queue->first_cancelled = stream;
        atomic_store(&stream->is_cancelled, true);
    }
    krt__wake(queue);
}

void krt_stream_cancel(struct krt_stream *stream)
{
    struct krt_queue *queue = stream->queue;
    krt_lock(&queue->lock);
    point_out(stream);
    krt_unlock(&queue->lock);
}

/* The worker may close the stream and end as soon as the lock is free. */
void krt_stream_post(struct krt_stream *stream)
{
    struct krt_queue *queue = stream->queue;
    krt_lock(&queue->lock);
    stream->is_posted = true;
    point_out(stream);
    krt_unlock(&queue->lock);
}

/* Forgets a cancelling that came too late for its operation. */
static void forget_cancel(struct krt_stream *stream)
{
    struct krt_queue *queue = stream->queue;
    struct krt_stream **link = &queue->first_cancelled;
    if (!atomic_load(&stream->is_cancelled))
        return;
    krt_lock(&queue->lock);
    while (*link != stream)
        link = &(*link)->next_cancelled;
    *link = stream->next_cancelled;
    atomic_store(&stream->is_cancelled, false);
    krt_unlock(&queue->lock);
}

/* What has arrived meanwhile is not passed over. */
static void abort_operation(struct krt_stream *stream)
{
    if (stream->is_posted) {
        stream->is_posted = false;
        stream->completion.op = KRT_IO_POST;
        krt__stream_ready(stream, KRT_OK, 0);
        return;
    }
    stream->is_readable = true;
    if (stream->is_pending)
        try_operation(stream);
    if (stream->is_pending)
        krt__stream_ready(stream, KRT_ERR_ABORTED, 0);
}

void krt__take_cancelled(struct krt_queue *queue)
{
    krt_lock(&queue->lock);
    while (queue->first_cancelled) {
        struct krt_stream *stream = queue->first_cancelled;
        queue->first_cancelled = stream->next_cancelled;
        atomic_store(&stream->is_cancelled, false);
        abort_operation(stream);
    }
    krt_unlock(&queue->lock);
}

/* ---- Starting ---- */

static void start(struct krt_stream *stream, enum krt_io_op op, unsigned char *buffer,
                  size_t len)
{
    assert(!stream->is_pending);
    forget_cancel(stream);
    stream->completion.op = op;
    stream->is_pending = true;
    stream->buffer = buffer;
    stream->len = len;
    try_operation(stream);
}

void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len)
{
    if (stream->is_output_watched)
        krt__stream_watch(stream, false);
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

size_t krt_stream_read_last(struct krt_stream *stream, void *buffer, size_t cap)
{
    assert(!stream->is_pending);
    shutdown(stream->fd, SHUT_RD);
    ssize_t n = recv(stream->fd, buffer, cap, 0);
    return n > 0 ? (size_t)n : 0;
}

void krt_stream_end_output(struct krt_stream *stream)
{
    shutdown(stream->fd, SHUT_WR);
}

void krt__stream_dispose(struct krt_stream *stream)
{
    struct krt_queue *queue = stream->queue;
    atomic_fetch_sub(&queue->n_streams, 1);
    atomic_fetch_sub(&queue->io->n_streams, 1);
    close(stream->fd);
    free(stream);
}

void krt_stream_close(struct krt_stream *stream)
{
    struct krt_io *io = stream->queue->io;
    assert(!stream->is_pending);
    forget_cancel(stream);
    krt__stream_dispose(stream);
    krt__stream_gone(io);
}

/* The peer's user is known from the connect on. */
void krt_stream_identify(struct krt_stream *stream, struct krt_identity *identity)
{
    struct krt_buffer user = KRT_BUFFER(identity->user);
    krt_put_number(&user, stream->peer.uid, 1);
    krt_end_text(&user);
    identity->pid = (unsigned long)stream->peer.pid;
}

void krt_stream_set_owner(struct krt_stream *stream, void *owner)
{
    stream->owner = owner;
}

void *krt_stream_owner(const struct krt_stream *stream)
{
    return stream->owner;
}

void krt__stream_edges(struct krt_stream *stream, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        stream->has_hung_up = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        stream->is_readable = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        stream->is_writable = true;
    if (stream->is_new)
        krt__stream_ready(stream, KRT_OK, 0);
    else if (stream->is_pending)
        try_operation(stream);
    stream->is_new = false;
}
