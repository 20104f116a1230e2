/* The transport on Linux: a Unix socket whose readiness, reported by epoll's edges, is
 * turned into completions. Descriptors are registered once; an operation that cannot
 * proceed waits for its edge, so a request on a kept connection costs three system
 * calls: wait, read, write.
 *
 * Each worker has an epoll of its own, and a stream stays with one worker. The first
 * worker accepts, for all: it registers a new socket with the worker that has the
 * fewest, and the edge that a new socket gives at once tells that worker of it. */
#define _GNU_SOURCE

#include "io.h"
#include "os.h"
#include "socket_name.h"
#include "text.h"
#include "thread.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    ROUNDS_WITHOUT_WAIT = 16, /* then the other connections get a look */
    ACCEPT_RETRY_MS = 250,
};

struct krt_stream {
    struct queue *queue;
    void *owner;
    int fd;
    struct ucred peer;
    bool is_new;      /* accepted, and its worker has not been told */
    bool is_pending;  /* an operation is waiting for its edge */
    bool is_readable; /* no EAGAIN and no short read since the last edge */
    bool is_writable;
    bool is_output_watched;
    bool has_hung_up; /* end of file or an error follows what is queued */
    unsigned char *buffer;
    size_t len;
    struct krt_stream *next_ready;
    struct krt_completion completion; /* of the operation, while on the ready list */
    atomic_bool is_cancelled;         /* on its queue's list */
    struct krt_stream *next_cancelled;
};

/* What one worker waits for. */
struct queue {
    struct krt_io *io;
    int epoll;
    int wake;             /* eventfd */
    atomic_bool is_woken; /* by krt_io_wake(), not only to look at what is cancelled */
    bool was_woken;       /* and it is to be reported */
    int rounds;           /* since the last epoll_wait() */
    struct krt_stream *first_ready;
    struct krt_stream **last_ready;
    atomic_bool is_attended; /* a worker waits or has waited */
    atomic_int n_streams;
    struct krt_mutex lock;
    struct krt_stream *first_cancelled; /* by whichever thread; under the lock */
};

/* What is wanted of the listener. */
enum listening {
    LISTENING_OFF,  /* nothing, until its trouble is over */
    LISTENING_FULL, /* one word when a client waits */
    LISTENING_ON,
};

struct krt_io {
    int n_queues;
    struct queue *queues;
    int max_streams;
    atomic_int n_streams;
    struct krt_mutex lock;   /* for the listener */
    int listener;            /* -1 when it is over */
    atomic_bool is_stopping; /* only the backlog is still accepted */
    _Atomic(enum listening) listening;
    struct krt_socket_name name;
    /* The accepting worker's: */
    int64_t accept_again_at; /* after trouble; 0 without */
    bool has_reported_trouble;
    int notice; /* an error to be delivered, or 0 */
};

/* ---- Opening and closing ---- */

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int watch(int epoll, int operation, int fd, uint32_t events, void *key)
{
    struct epoll_event event = {.events = events, .data.ptr = key};
    return epoll_ctl(epoll, operation, fd, &event);
}

static bool open_queue(struct krt_io *io, struct queue *queue)
{
    *queue = (struct queue){.io = io, .lock = KRT_MUTEX_INIT};
    queue->last_ready = &queue->first_ready;
    queue->epoll = epoll_create1(EPOLL_CLOEXEC);
    queue->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return queue->epoll >= 0 && queue->wake >= 0 &&
           watch(queue->epoll, EPOLL_CTL_ADD, queue->wake, EPOLLIN, &queue->wake) == 0;
}

static int open_queues(struct krt_io *io, int n, struct krt_error *error)
{
    io->queues = calloc((size_t)n, sizeof *io->queues);
    if (!io->queues)
        return krt_error_set(error, KRT_ERR_NO_MEMORY, "out of memory");
    while (io->n_queues < n)
        if (!open_queue(io, &io->queues[io->n_queues++]))
            return krt__listen_error(error, "prepare", io->name.address.sun_path);
    return KRT_OK;
}

static int start_listening(struct krt_io *io, struct krt_error *error)
{
    const char *path = io->name.address.sun_path;
    io->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (io->listener < 0)
        return krt__listen_error(error, "prepare", path);
    int result = krt__socket_name_take(&io->name, io->listener, error);
    if (result != KRT_OK)
        return result;
    atomic_store(&io->listening, LISTENING_ON);
    if (watch(io->queues[0].epoll, EPOLL_CTL_ADD, io->listener, EPOLLIN,
              &io->listener) == 0)
        return KRT_OK;
    result = krt__listen_error(error, "listen on", path);
    krt__socket_name_give_up(&io->name);
    return result;
}

static void dispose(struct krt_io *io)
{
    close_fd(io->listener);
    for (int i = 0; i < io->n_queues; i++) {
        close_fd(io->queues[i].wake);
        close_fd(io->queues[i].epoll);
    }
    free(io->queues);
    free(io);
}

int krt_io_open(struct krt_io **io, const struct krt_endpoint *endpoint,
                const struct krt_io_config *config, struct krt_error *error)
{
    struct krt_io *made = calloc(1, sizeof *made);
    if (!made)
        return krt_error_set(error, KRT_ERR_NO_MEMORY, "out of memory");
    *made = (struct krt_io){
        .listener = -1, .max_streams = config->connections, .lock = KRT_MUTEX_INIT};
    krt__socket_name_init(&made->name, endpoint);
    int result = open_queues(made, config->workers, error);
    if (result == KRT_OK)
        result = start_listening(made, error);
    if (result == KRT_OK)
        *io = made;
    else
        dispose(made);
    return result;
}

bool krt_io_is_idle(struct krt_io *io)
{
    krt_lock(&io->lock);
    bool is_over = io->listener < 0;
    krt_unlock(&io->lock);
    return is_over && atomic_load(&io->n_streams) == 0;
}

static void wake(struct queue *queue)
{
    uint64_t one = 1;
    ssize_t ignored = write(queue->wake, &one, sizeof one);
    (void)ignored; /* a full counter wakes as well */
}

void krt_io_wake(struct krt_io *io)
{
    for (int i = 0; i < io->n_queues; i++) {
        atomic_store(&io->queues[i].is_woken, true);
        wake(&io->queues[i]);
    }
}

/* ---- The listener ---- */

static void set_listening_locked(struct krt_io *io, enum listening wanted)
{
    static const uint32_t events[] = {0, EPOLLIN | EPOLLONESHOT, EPOLLIN};
    if (io->listener >= 0 && watch(io->queues[0].epoll, EPOLL_CTL_MOD, io->listener,
                                   events[wanted], &io->listener) == 0)
        atomic_store(&io->listening, wanted);
}

static void set_listening(struct krt_io *io, enum listening wanted)
{
    krt_lock(&io->lock);
    set_listening_locked(io, wanted);
    krt_unlock(&io->lock);
}

/* ---- Operations ---- */

static void make_ready(struct krt_stream *stream, int error, size_t n)
{
    struct queue *queue = stream->queue;
    stream->is_pending = false;
    stream->completion.stream = stream;
    stream->completion.error = error;
    stream->completion.n = n;
    stream->next_ready = NULL;
    *queue->last_ready = stream;
    queue->last_ready = &stream->next_ready;
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

/* A peer that reads makes an edge of the output each time, so these are watched only
 * while a write waits for one. */
static int watch_stream(struct krt_stream *stream, int operation, bool also_output)
{
    uint32_t events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    stream->is_output_watched = also_output;
    return watch(stream->queue->epoll, operation, stream->fd,
                 also_output ? events | EPOLLOUT : events, stream);
}

static void wait_for_output(struct krt_stream *stream)
{
    stream->is_writable = false;
    if (!stream->is_output_watched && watch_stream(stream, EPOLL_CTL_MOD, true) != 0)
        make_ready(stream, (int)krt_os_error_kind(errno), 0);
}

static void try_write(struct krt_stream *stream)
{
    ssize_t n = send(stream->fd, stream->buffer, stream->len, MSG_NOSIGNAL);
    if (n >= 0)
        make_ready(stream, KRT_OK, (size_t)n);
    else if (errno == EAGAIN)
        wait_for_output(stream);
    else if (errno != EINTR)
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

/* ---- Cancelling ---- */

void krt_stream_cancel(struct krt_stream *stream)
{
    struct queue *queue = stream->queue;
    krt_lock(&queue->lock);
    if (!atomic_load(&stream->is_cancelled)) {
        stream->next_cancelled = queue->first_cancelled;
        queue->first_cancelled = stream;
        atomic_store(&stream->is_cancelled, true);
    }
    krt_unlock(&queue->lock);
    wake(queue);
}

/* Forgets a cancelling that came too late for its operation. */
static void forget_cancel(struct krt_stream *stream)
{
    struct queue *queue = stream->queue;
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
    stream->is_readable = true;
    if (stream->is_pending)
        try_operation(stream);
    if (stream->is_pending)
        make_ready(stream, KRT_ERR_ABORTED, 0);
}

static void take_cancelled(struct queue *queue)
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
        watch_stream(stream, EPOLL_CTL_MOD, false);
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

void krt_stream_end_output(struct krt_stream *stream)
{
    shutdown(stream->fd, SHUT_WR);
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

/* ---- Accepting ---- */

/* The socket's mode keeps other users out; this holds even if somebody widens it. */
static bool is_allowed(int fd, struct ucred *peer)
{
    socklen_t len = sizeof *peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &len) == 0 &&
           (peer->uid == geteuid() || peer->uid == 0);
}

/* Of the workers that are there the one with the fewest streams, the accepting one
 * before others. */
static struct queue *choose_queue(struct krt_io *io)
{
    struct queue *chosen = &io->queues[0];
    for (int i = 1; i < io->n_queues; i++) {
        struct queue *queue = &io->queues[i];
        if (atomic_load(&queue->is_attended) &&
            atomic_load(&queue->n_streams) < atomic_load(&chosen->n_streams))
            chosen = queue;
    }
    return chosen;
}

static void dispose_stream(struct krt_stream *stream)
{
    struct queue *queue = stream->queue;
    atomic_fetch_sub(&queue->n_streams, 1);
    atomic_fetch_sub(&queue->io->n_streams, 1);
    close(stream->fd);
    free(stream);
}

/* Gives a new client to the queue, whose worker is told by the edge that a new socket
 * makes of its output. That worker may have dealt with it before this returns. */
static bool hand_over(struct krt_stream *stream)
{
    stream->is_new = true;
    return watch_stream(stream, EPOLL_CTL_ADD, true) == 0;
}

/* The same for the worker whose thread this is. */
static bool keep(struct krt_stream *stream)
{
    if (watch_stream(stream, EPOLL_CTL_ADD, false) != 0)
        return false;
    make_ready(stream, KRT_OK, 0);
    return true;
}

/* Finds a worker for a new client. `own` is the queue of the worker whose thread this
 * is, or NULL. */
static void adopt(struct krt_io *io, int fd, const struct queue *own)
{
    struct ucred peer;
    struct krt_stream *stream =
        is_allowed(fd, &peer) ? calloc(1, sizeof *stream) : NULL;
    if (!stream) {
        close(fd);
        return;
    }
    struct queue *queue = choose_queue(io);
    *stream = (struct krt_stream){
        .queue = queue, .fd = fd, .peer = peer, .is_writable = true};
    stream->completion.op = KRT_IO_ACCEPT;
    atomic_fetch_add(&queue->n_streams, 1);
    atomic_fetch_add(&io->n_streams, 1);
    if (!(queue == own ? keep(stream) : hand_over(stream)))
        dispose_stream(stream);
}

/* Leaves the clients in the backlog for a while; they see nothing but a delay. */
static void back_off(struct krt_io *io, int code)
{
    io->accept_again_at = krt_os_now_ms() + ACCEPT_RETRY_MS;
    set_listening(io, LISTENING_OFF);
    if (!io->has_reported_trouble)
        io->notice = (int)krt_os_error_kind(code);
    io->has_reported_trouble = true;
}

/* The descriptor of the next client, or -1 with errno. */
static int accept_next(struct krt_io *io)
{
    krt_lock(&io->lock);
    int fd = -1;
    errno = EAGAIN;
    if (io->listener >= 0)
        fd = accept4(io->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && atomic_load(&io->is_stopping) && errno != EINTR &&
        errno != ECONNABORTED) {
        close_fd(io->listener);
        io->listener = -1;
        errno = EAGAIN;
    }
    krt_unlock(&io->lock);
    return fd;
}

static void listen_for_room(struct krt_io *io)
{
    if (atomic_load(&io->listening) != LISTENING_FULL)
        return;
    krt_lock(&io->lock);
    if (atomic_load(&io->listening) == LISTENING_FULL &&
        atomic_load(&io->n_streams) < io->max_streams)
        set_listening_locked(io, LISTENING_ON);
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
    set_listening(io, is_full ? LISTENING_FULL : LISTENING_ON);
    listen_for_room(io);
}

/* A client waits, to be accepted or for room. */
static void take_client(struct krt_io *io)
{
    if (atomic_load(&io->listening) == LISTENING_FULL) {
        io->notice = KRT_ERR_BUSY;
        return;
    }
    accept_client(io);
    if (atomic_load(&io->n_streams) >= io->max_streams)
        listen_on(io);
}

/* Who has connected may have sent a request already, so a stop lets in whoever is in
 * the backlog, now or when there is room. Without its name it does not grow any more.
 */
static void accept_backlog(struct krt_io *io)
{
    while (atomic_load(&io->n_streams) < io->max_streams) {
        int fd = accept_next(io);
        if (fd >= 0)
            adopt(io, fd, NULL);
        else if (errno == EAGAIN)
            return;
    }
}

void krt_io_stop(struct krt_io *io)
{
    krt_lock(&io->lock);
    if (!atomic_exchange(&io->is_stopping, true))
        krt__socket_name_give_up(&io->name);
    krt_unlock(&io->lock);
    accept_backlog(io);
}

void krt_stream_close(struct krt_stream *stream)
{
    struct krt_io *io = stream->queue->io;
    assert(!stream->is_pending);
    forget_cancel(stream);
    dispose_stream(stream);
    if (atomic_load(&io->is_stopping))
        accept_backlog(io);
    else
        listen_for_room(io);
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
    if (stream->is_new)
        make_ready(stream, KRT_OK, 0);
    else if (stream->is_pending)
        try_operation(stream);
    stream->is_new = false;
}

static void take_wake(struct queue *queue)
{
    uint64_t count;
    ssize_t ignored = read(queue->wake, &count, sizeof count);
    (void)ignored;
    queue->was_woken |= atomic_exchange(&queue->is_woken, false);
    take_cancelled(queue);
}

static void take_event(struct queue *queue, const struct epoll_event *event)
{
    if (event->data.ptr == &queue->io->listener)
        take_client(queue->io);
    else if (event->data.ptr == &queue->wake)
        take_wake(queue);
    else
        note_edges(event->data.ptr, event->events);
}

static bool accepts(const struct queue *queue)
{
    return queue == queue->io->queues;
}

static int until_accept(const struct queue *queue, int timeout_ms)
{
    const struct krt_io *io = queue->io;
    if (!accepts(queue) || io->accept_again_at == 0)
        return timeout_ms;
    int64_t left = io->accept_again_at - krt_os_now_ms();
    int wait = left > 0 ? (int)left : 0;
    return timeout_ms < 0 || wait < timeout_ms ? wait : timeout_ms;
}

static void end_back_off(struct queue *queue)
{
    struct krt_io *io = queue->io;
    if (!accepts(queue) || io->accept_again_at == 0 ||
        krt_os_now_ms() < io->accept_again_at)
        return;
    io->accept_again_at = 0;
    listen_on(io);
}

static void wait_for_events(struct queue *queue, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(queue->epoll, events, EVENTS, until_accept(queue, timeout_ms));
    for (int i = 0; i < n; i++)
        take_event(queue, &events[i]);
    end_back_off(queue);
    queue->rounds = 0;
}

/* A completion that belongs to no stream, if there is one. */
static bool take_notice(struct queue *queue, struct krt_completion *completion)
{
    struct krt_io *io = queue->io;
    if (queue->was_woken) {
        *completion = (struct krt_completion){.op = KRT_IO_WAKE};
        queue->was_woken = false;
        return true;
    }
    if (accepts(queue) && io->notice) {
        *completion = (struct krt_completion){.op = KRT_IO_ACCEPT, .error = io->notice};
        io->notice = 0;
        return true;
    }
    return false;
}

static bool take_ready(struct queue *queue, struct krt_completion *completion)
{
    struct krt_stream *stream = queue->first_ready;
    if (!stream)
        return false;
    queue->first_ready = stream->next_ready;
    if (!queue->first_ready)
        queue->last_ready = &queue->first_ready;
    *completion = stream->completion;
    return true;
}

size_t krt_io_wait(struct krt_io *io, int worker, struct krt_completion *completions,
                   size_t cap, int timeout_ms)
{
    struct queue *queue = &io->queues[worker];
    size_t n = 0;
    atomic_store(&queue->is_attended, true);
    if (!queue->first_ready)
        wait_for_events(queue, timeout_ms);
    else if (++queue->rounds >= ROUNDS_WITHOUT_WAIT)
        wait_for_events(queue, 0);
    while (n < cap &&
           (take_notice(queue, &completions[n]) || take_ready(queue, &completions[n])))
        n++;
    return n;
}

/* Accepts that nobody waited for may be left, known to their worker or not. */
void krt_io_free(struct krt_io *io)
{
    krt_io_stop(io);
    close_fd(io->listener);
    io->listener = -1;
    for (int i = 0; i < io->n_queues; i++) {
        struct queue *queue = &io->queues[i];
        wait_for_events(queue, 0);
        while (queue->first_ready) {
            struct krt_stream *stream = queue->first_ready;
            queue->first_ready = stream->next_ready;
            krt_stream_close(stream);
        }
    }
    assert(atomic_load(&io->n_streams) == 0);
    dispose(io);
}
