/* The transport on Linux: a Unix socket whose readiness, reported by epoll's edges, is
 * turned into completions. Descriptors are registered once; an operation that cannot
 * proceed waits for its edge, so a request on a kept connection costs three system
 * calls: wait, read, write.
 *
 * Each worker has an epoll of its own, and a stream stays with one worker. The first
 * worker accepts, for all: it registers a new socket with the worker that has the
 * fewest, and the edge that a new socket gives at once tells that worker of it. */
#define _GNU_SOURCE

#include "io_linux.h"
#include "os.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    ROUNDS_WITHOUT_WAIT = 16, /* then the other connections get a look */
    OTHER_DESCRIPTORS = 192,  /* two of each worker among them */
};

/* ---- Opening and closing ---- */

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

int krt__watch(int epoll, int operation, int fd, uint32_t events, void *key)
{
    struct epoll_event event = {.events = events, .data.ptr = key};
    return epoll_ctl(epoll, operation, fd, &event);
}

static bool open_queue(struct krt_io *io, struct krt_queue *queue)
{
    *queue = (struct krt_queue){.io = io, .lock = KRT_MUTEX_INIT};
    queue->last_ready = &queue->first_ready;
    queue->epoll = epoll_create1(EPOLL_CLOEXEC);
    queue->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return queue->epoll >= 0 && queue->wake >= 0 &&
           krt__watch(queue->epoll, EPOLL_CTL_ADD, queue->wake, EPOLLIN,
                      &queue->wake) == 0;
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

/* Each client takes a descriptor, and a process is not given all that it may have. */
static void allow_descriptors(int n_clients)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)n_clients + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
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
    allow_descriptors(config->connections);
    int result = krt_permission_init(&made->permission, config->access, error);
    if (result == KRT_OK)
        result = open_queues(made, config->workers, error);
    if (result == KRT_OK)
        result = krt__listen(made, error);
    if (result == KRT_OK)
        *io = made;
    else
        dispose(made);
    return result;
}

void krt__wake(struct krt_queue *queue)
{
    uint64_t one = 1;
    ssize_t ignored = write(queue->wake, &one, sizeof one);
    (void)ignored; /* a full counter wakes as well */
}

void krt_io_wake(struct krt_io *io)
{
    for (int i = 0; i < io->n_queues; i++) {
        atomic_store(&io->queues[i].is_woken, true);
        krt__wake(&io->queues[i]);
    }
}

/* ---- Waiting ---- */

static void take_wake(struct krt_queue *queue)
{
    uint64_t count;
    ssize_t ignored = read(queue->wake, &count, sizeof count);
    (void)ignored;
    queue->was_woken |= atomic_exchange(&queue->is_woken, false);
    krt__take_cancelled(queue);
}

static void take_event(struct krt_queue *queue, const struct epoll_event *event)
{
    if (event->data.ptr == &queue->io->listener)
        krt__take_client(queue->io);
    else if (event->data.ptr == &queue->wake)
        take_wake(queue);
    else
        krt__stream_edges(event->data.ptr, event->events);
}

static bool accepts(const struct krt_queue *queue)
{
    return queue == queue->io->queues;
}

static int until_accept(const struct krt_queue *queue, int timeout_ms)
{
    const struct krt_io *io = queue->io;
    if (!accepts(queue) || io->accept_again_at == 0)
        return timeout_ms;
    int64_t left = io->accept_again_at - krt_os_now_ms();
    int wait = left > 0 ? (int)left : 0;
    return timeout_ms < 0 || wait < timeout_ms ? wait : timeout_ms;
}

static void wait_for_events(struct krt_queue *queue, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(queue->epoll, events, EVENTS, until_accept(queue, timeout_ms));
    for (int i = 0; i < n; i++)
        take_event(queue, &events[i]);
    if (accepts(queue))
        krt__end_back_off(queue->io);
    queue->rounds = 0;
}

/* A completion that belongs to no stream, if there is one. */
static bool take_notice(struct krt_queue *queue, struct krt_completion *completion)
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

static bool take_ready(struct krt_queue *queue, struct krt_completion *completion)
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
    struct krt_queue *queue = &io->queues[worker];
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

/* Closes the queue's streams that nobody waited for, known to it or not; says whether
 * there were any. */
static bool close_accepted(struct krt_queue *queue)
{
    wait_for_events(queue, 0);
    bool was_any = queue->first_ready != NULL;
    while (queue->first_ready) {
        struct krt_stream *stream = queue->first_ready;
        queue->first_ready = stream->next_ready;
        krt_stream_close(stream);
    }
    queue->last_ready = &queue->first_ready;
    return was_any;
}

void krt_io_free(struct krt_io *io)
{
    krt_io_stop(io);
    close_fd(io->listener);
    io->listener = -1;
    for (int i = 0; i < io->n_queues; i++)
        while (close_accepted(&io->queues[i]))
            ;
    assert(atomic_load(&io->n_streams) == 0);
    dispose(io);
}
