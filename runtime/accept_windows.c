/* The instances of a pipe from their creation to their end: armed ahead, replaced when
 * a client takes one, kept for the next when their client left. All of it under the
 * io's lock, system calls included: none of them waits, and a request on a connection
 * that is open needs none of it. */
#include "io_windows.h"
#include "os.h"

#include <assert.h>
#include <stdlib.h>

enum {
    PIPE_QUOTA = 64 * 1024, /* bytes that wait unread in either direction */
    ARM_ATTEMPTS = 16,      /* clients that came and left before an instance listens */
    BACK_OFF_MIN_MS = 50,
    BACK_OFF_MAX_MS = 2000,
};

static void queue_remove(struct krt__queue *queue, const struct krt_stream *stream)
{
    struct krt_stream **link = &queue->first;
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    if (queue->end == &stream->next)
        queue->end = link;
}

/* While an instance of ours exists the name is ours. FILE_FLAG_FIRST_PIPE_INSTANCE
 * keeps us from joining the pipe of somebody else. */
static DWORD create_pipe(struct krt_io *io, HANDLE *handle)
{
    DWORD open_mode = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    if (io->n_streams == 0)
        open_mode |= FILE_FLAG_FIRST_PIPE_INSTANCE;
    *handle = CreateNamedPipeW(
        io->path, open_mode,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, PIPE_QUOTA, PIPE_QUOTA, 0, &io->security);
    if (*handle == INVALID_HANDLE_VALUE)
        return GetLastError();
    if (CreateIoCompletionPort(*handle, io->port, 0, 0))
        return 0;
    DWORD code = GetLastError();
    CloseHandle(*handle);
    return code;
}

static DWORD instance_new(struct krt_io *io, struct krt_stream **stream)
{
    struct krt_stream *made = calloc(1, sizeof *made);
    if (!made)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD code = create_pipe(io, &made->handle);
    if (code) {
        free(made);
        return code;
    }
    made->io = io;
    made->skips = SetFileCompletionNotificationModes(
        made->handle,
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE);
    io->n_streams++;
    *stream = made;
    return 0;
}

/* The handle goes while the lock is held, so that who creates the next instance knows
 * for certain whether it is the first. DisconnectNamedPipe would throw away what the
 * client has not read yet. */
static void instance_free(struct krt_stream *stream)
{
    CloseHandle(stream->handle);
    stream->io->n_streams--;
    free(stream);
}

/* As instance_free(), but the name never stands free: somebody else could take it. */
static void let_go(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    if (io->n_streams > 1 || io->is_stopping)
        instance_free(stream);
    else
        io->last = stream;
}

static void free_last(struct krt_io *io)
{
    if (io->last)
        instance_free(io->last);
    io->last = NULL;
}

static struct krt_stream *take_spare(struct krt_io *io)
{
    struct krt_stream *stream = io->spares.first;
    queue_remove(&io->spares, stream);
    io->n_spares--;
    return stream;
}

/* Spares save the creation of instances while clients come and go; as these get fewer
 * all but one are given up. */
static int max_spares(const struct krt_io *io)
{
    int n = io->n_accepted + 1;
    return n < io->config.instances ? n : io->config.instances;
}

static void trim_spares(struct krt_io *io, int max)
{
    while (io->n_spares > max)
        instance_free(take_spare(io));
}

/* Makes a spare of a closed stream, with nothing in it of the client that it had. False
 * if it has to be freed. */
static bool keep_spare(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    if (!stream->has_client_left || io->is_stopping || io->n_spares >= max_spares(io))
        return false;
    if (!DisconnectNamedPipe(stream->handle))
        return false;
    *stream =
        (struct krt_stream){.handle = stream->handle, .io = io, .skips = stream->skips};
    krt__queue_add(&io->spares, stream);
    io->n_spares++;
    return true;
}

static void admit(struct krt_stream *stream, int worker)
{
    stream->io->n_accepted++;
    stream->worker = worker;
    krt__end_without_packet(stream, 0);
}

/* A client has connected to the instance. */
static void take_connected(struct krt_stream *stream, int worker)
{
    struct krt_io *io = stream->io;
    if (io->n_accepted < io->config.connections) {
        admit(stream, worker);
    } else {
        assert(!io->surplus);
        io->surplus = stream;
        io->is_surplus_told = false;
        io->workers[worker].has_surplus_news = true;
    }
}

/* Makes an instance wait for a client. On failure nothing is outstanding. */
static DWORD arm(struct krt_stream *stream, int worker)
{
    struct krt_io *io = stream->io;
    for (int i = 0; i < ARM_ATTEMPTS; i++) {
        OVERLAPPED *overlapped = krt__begin(stream, KRT__LISTEN);
        BOOL is_pending = ConnectNamedPipe(stream->handle, overlapped);
        DWORD code = is_pending ? ERROR_IO_PENDING : GetLastError();
        if (code == ERROR_IO_PENDING) {
            krt__queue_add(&io->listening, stream);
            io->n_listening++;
            return 0;
        }
        if (code == ERROR_PIPE_CONNECTED) {
            take_connected(stream, worker);
            return 0;
        }
        stream->operation = KRT__NOTHING;
        if (code != ERROR_NO_DATA)
            return code;
        /* A client came and left already; the instance has to be freed of it. */
        DisconnectNamedPipe(stream->handle);
    }
    return ERROR_NO_DATA;
}

static DWORD add_instance(struct krt_io *io, int worker)
{
    struct krt_stream *stream;
    DWORD code = 0;
    if (io->spares.first)
        stream = take_spare(io);
    else
        code = instance_new(io, &stream);
    if (code)
        return code;
    code = arm(stream, worker);
    if (code)
        instance_free(stream);
    else
        free_last(io);
    return code;
}

DWORD krt__listen_first(struct krt_io *io)
{
    return add_instance(io, 0);
}

/* The worker sees to the retry itself: others may wait without limit. */
static void back_off(struct krt_io *io, int worker, DWORD code)
{
    if (io->retry_ms == 0) {
        io->workers[worker].trouble = krt_os_error_kind((long)code);
        io->retry_ms = BACK_OFF_MIN_MS;
    } else {
        io->retry_ms *= 2;
        if (io->retry_ms > BACK_OFF_MAX_MS)
            io->retry_ms = BACK_OFF_MAX_MS;
    }
    io->retry_at = krt_os_now_ms() + io->retry_ms;
    io->workers[worker].retry_at = io->retry_at;
}

/* How many instances should listen now. One client more than may be accepted is let in:
 * it waits as the surplus. */
static int wanted(const struct krt_io *io)
{
    int allowed = io->config.connections + 1 - io->n_accepted - (io->surplus != NULL);
    return io->config.instances < allowed ? io->config.instances : allowed;
}

static void listen_more(struct krt_io *io, int worker)
{
    if (io->is_stopping)
        return;
    if (io->retry_at != 0 && krt_os_now_ms() < io->retry_at)
        return;
    while (io->n_listening < wanted(io)) {
        DWORD code = add_instance(io, worker);
        if (code) {
            back_off(io, worker, code);
            return;
        }
    }
    io->retry_ms = 0;
    io->retry_at = 0;
}

void krt__listen_more(struct krt_io *io, int worker)
{
    krt_lock(&io->lock);
    listen_more(io, worker);
    krt_unlock(&io->lock);
}

/* An instance does not listen any more, and has no client: it was cancelled, or failed,
 * or its client has left already. */
static void drop_listening(struct krt_stream *stream, int worker, DWORD code)
{
    struct krt_io *io = stream->io;
    bool has_client_left = krt__has_left(code);
    stream->operation = KRT__NOTHING;
    stream->has_client_left = has_client_left;
    if (!keep_spare(stream))
        let_go(stream);
    if (has_client_left)
        listen_more(io, worker);
    else if (!io->is_stopping)
        back_off(io, worker, code);
}

bool krt__take_client(struct krt_stream *stream, int worker, DWORD code)
{
    struct krt_io *io = stream->io;
    krt_lock(&io->lock);
    queue_remove(&io->listening, stream);
    io->n_listening--;
    if (code) {
        drop_listening(stream, worker, code);
    } else {
        take_connected(stream, worker);
        listen_more(io, worker);
    }
    bool is_stopping = io->is_stopping;
    krt_unlock(&io->lock);
    return is_stopping;
}

bool krt__tell_surplus(struct krt_io *io)
{
    krt_lock(&io->lock);
    bool is_news = io->surplus && !io->is_surplus_told;
    io->is_surplus_told = true;
    krt_unlock(&io->lock);
    return is_news;
}

/* The next instances listen before the handle goes, so that the name never stands
 * free. */
void krt_stream_close(struct krt_stream *stream)
{
    assert(stream->operation == KRT__NOTHING);
    struct krt_io *io = stream->io;
    int worker = stream->worker;
    krt_lock(&io->lock);
    io->n_accepted--;
    if (io->surplus) {
        admit(io->surplus, worker);
        io->surplus = NULL;
    }
    bool is_kept = keep_spare(stream);
    listen_more(io, worker);
    if (!is_kept)
        let_go(stream);
    trim_spares(io, max_spares(io));
    krt_unlock(&io->lock);
}

void krt_io_stop(struct krt_io *io)
{
    krt_lock(&io->lock);
    io->is_stopping = true;
    io->retry_at = 0;
    trim_spares(io, 0);
    free_last(io);
    /* A client may be faster than this; then its instance ends as connected. */
    for (struct krt_stream *it = io->listening.first; it; it = it->next)
        CancelIoEx(it->handle, &it->overlapped);
    krt_unlock(&io->lock);
}

bool krt_io_is_idle(struct krt_io *io)
{
    krt_lock(&io->lock);
    bool is_idle = io->is_stopping && io->n_streams == 0;
    krt_unlock(&io->lock);
    return is_idle;
}
