/* Overlapped named pipes on one I/O completion port.
 *
 * A stream is one pipe instance: first it listens, then it is somebody's connection.
 * What the system may still write to, its OVERLAPPED, is part of it, so it is freed
 * only when nothing is outstanding. */
#include "io.h"
#include "os.h"
#include "permission_windows.h"
#include "windows_api.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BATCH = 16,             /* packets per system call; more would delay the others */
    PIPE_QUOTA = 64 * 1024, /* bytes that wait unread in either direction */
    ARM_ATTEMPTS = 16,      /* clients that came and left before an instance listens */
    BACK_OFF_MIN_MS = 50,
    BACK_OFF_MAX_MS = 2000,
    NAME_PAUSE_MS = 100, /* between two attempts to take over a dead server's name */
    NAME_ATTEMPTS = 30,
    DRAIN_MS = 1000,
};

/* What is outstanding on a stream. */
enum operation { NOTHING, LISTEN, READ, WRITE };

struct krt_stream {
    OVERLAPPED overlapped;
    HANDLE handle;
    struct krt_io *io;
    struct krt_stream *next; /* in the one queue that it may be in */
    enum operation operation;
    DWORD code;   /* of an operation that ended without a packet */
    void *buffer; /* of a read */
    size_t len;
    void *owner;
};

struct queue {
    struct krt_stream *first;
    struct krt_stream **end;
};

struct krt_io {
    HANDLE port;
    wchar_t *path;
    SECURITY_ATTRIBUTES security; /* the descriptor is the io's */
    struct krt_io_config config;
    struct queue listening; /* the longest waiting first: it gets the next client */
    struct queue ready;     /* ended without a packet, not yet reported */
    int n_streams;          /* pipe handles */
    int n_listening;
    int n_accepted; /* with the user, or ready to be */
    bool is_stopping;
    int retry_ms;           /* the current back-off, 0 when accepting goes well */
    int64_t retry_at;       /* when to try again, 0 for at once */
    enum krt_err trouble;   /* with accepting, not yet reported */
    volatile LONG is_woken; /* a wake packet is under way */
};

/* The completions of one krt_io_wait(). */
struct batch {
    struct krt_completion *completions;
    size_t cap;
    size_t n;
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static void queue_add(struct queue *queue, struct krt_stream *stream)
{
    stream->next = NULL;
    *queue->end = stream;
    queue->end = &stream->next;
}

static void queue_remove(struct queue *queue, const struct krt_stream *stream)
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

static DWORD stream_new(struct krt_io *io, struct krt_stream **stream)
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
    io->n_streams++;
    *stream = made;
    return 0;
}

static void stream_free(struct krt_stream *stream)
{
    assert(stream->operation == NOTHING);
    /* DisconnectNamedPipe would throw away what the client has not read yet. */
    CloseHandle(stream->handle);
    stream->io->n_streams--;
    free(stream);
}

/* The stream's OVERLAPPED for a new operation. */
static OVERLAPPED *begin(struct krt_stream *stream, enum operation operation)
{
    assert(stream->operation == NOTHING);
    stream->operation = operation;
    stream->overlapped = (OVERLAPPED){0};
    return &stream->overlapped;
}

/* Reports from the next krt_io_wait() what has ended without a packet. */
static void end_without_packet(struct krt_stream *stream, DWORD code)
{
    stream->code = code;
    queue_add(&stream->io->ready, stream);
}

/* Makes an instance wait for a client. On failure nothing is outstanding. */
static DWORD arm(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    for (int i = 0; i < ARM_ATTEMPTS; i++) {
        OVERLAPPED *overlapped = begin(stream, LISTEN);
        BOOL is_pending = ConnectNamedPipe(stream->handle, overlapped);
        DWORD code = is_pending ? ERROR_IO_PENDING : GetLastError();
        if (code == ERROR_IO_PENDING) {
            queue_add(&io->listening, stream);
            io->n_listening++;
            return 0;
        }
        if (code == ERROR_PIPE_CONNECTED) {
            io->n_accepted++;
            end_without_packet(stream, 0);
            return 0;
        }
        stream->operation = NOTHING;
        if (code != ERROR_NO_DATA)
            return code;
        /* A client came and left already; the instance has to be freed of it. */
        DisconnectNamedPipe(stream->handle);
    }
    return ERROR_NO_DATA;
}

static DWORD add_instance(struct krt_io *io)
{
    struct krt_stream *stream;
    DWORD code = stream_new(io, &stream);
    if (code)
        return code;
    code = arm(stream);
    if (code)
        stream_free(stream);
    return code;
}

static void back_off(struct krt_io *io, DWORD code)
{
    if (io->retry_ms == 0) {
        io->trouble = krt_os_error_kind((long)code);
        io->retry_ms = BACK_OFF_MIN_MS;
    } else {
        io->retry_ms *= 2;
        if (io->retry_ms > BACK_OFF_MAX_MS)
            io->retry_ms = BACK_OFF_MAX_MS;
    }
    io->retry_at = krt_os_now_ms() + io->retry_ms;
}

/* How many instances should listen now. */
static int wanted(const struct krt_io *io)
{
    int allowed = io->config.connections - io->n_accepted;
    return io->config.instances < allowed ? io->config.instances : allowed;
}

static void listen_more(struct krt_io *io)
{
    if (io->is_stopping)
        return;
    if (io->retry_at != 0 && krt_os_now_ms() < io->retry_at)
        return;
    while (io->n_listening < wanted(io)) {
        DWORD code = add_instance(io);
        if (code) {
            back_off(io, code);
            return;
        }
    }
    io->retry_ms = 0;
    io->retry_at = 0;
}

/* Whether the name is nobody's: free by now, or kept only by a client of a server that
 * ended. Such a name can be waited for like that of a busy server, but not opened. */
static bool is_abandoned(const wchar_t *path)
{
    if (WaitNamedPipeW(path, 1))
        return false;
    if (GetLastError() == ERROR_FILE_NOT_FOUND)
        return true;
    HANDLE pipe = CreateFileW(path, FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING,
                              SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND;
    CloseHandle(pipe);
    return false;
}

static int name_in_use(struct krt_error *error, const char *path, DWORD code,
                       bool is_left)
{
    const char *symbol =
        code == ERROR_PIPE_BUSY ? "ERROR_PIPE_BUSY" : "ERROR_ACCESS_DENIED";
    const char *cause = is_left ? "a client of a server that ended still holds the "
                                  "pipe; end that client"
                                : "another server has this pipe; stop it or choose "
                                  "another name";
    return krt_error_set(error, KRT_ERR_IN_USE, "cannot create %s: %s (%lu): %s", path,
                         symbol, code, cause);
}

/* Creates the instance that claims the name. */
static int claim_name(struct krt_io *io, const char *path, struct krt_error *error)
{
    for (int attempt = 1;; attempt++) {
        DWORD code = add_instance(io);
        if (!code)
            return 0;
        if (code != ERROR_ACCESS_DENIED && code != ERROR_PIPE_BUSY)
            return krt_os_error(error, (long)code, "create", path);
        bool is_left = is_abandoned(io->path);
        if (!is_left || attempt == NAME_ATTEMPTS)
            return name_in_use(error, path, code, is_left);
        krt_os_sleep_ms(NAME_PAUSE_MS);
    }
}

/* What the io consists of before its first instance; on failure it is half made. */
static DWORD prepare(struct krt_io *io, const char *path)
{
    queue_init(&io->listening);
    queue_init(&io->ready);
    io->path = krt__to_utf16(path);
    if (!io->path)
        return ERROR_NOT_ENOUGH_MEMORY;
    io->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    return io->port ? 0 : GetLastError();
}

static void dispose(struct krt_io *io)
{
    LocalFree(io->security.lpSecurityDescriptor);
    if (io->port)
        CloseHandle(io->port);
    free(io->path);
    free(io);
}

int krt_io_open(struct krt_io **io, const struct krt_endpoint *endpoint,
                const struct krt_io_config *config, struct krt_error *error)
{
    struct krt_io *made = calloc(1, sizeof *made);
    if (!made)
        return krt_os_error(error, ERROR_NOT_ENOUGH_MEMORY, "create", endpoint->path);
    made->config = *config;
    int result;
    DWORD code = prepare(made, endpoint->path);
    if (code)
        result = krt_os_error(error, (long)code, "prepare", endpoint->path);
    else
        result = krt_permission_init(&made->security, config->access, error);
    if (!result)
        result = claim_name(made, endpoint->path, error);
    if (result) {
        dispose(made);
        return result;
    }
    listen_more(made);
    *io = made;
    return 0;
}

static void report(struct batch *batch, struct krt_completion completion)
{
    assert(batch->n < batch->cap);
    batch->completions[batch->n++] = completion;
}

/* A read or a write has ended. */
static void report_transfer(struct batch *batch, struct krt_stream *stream, DWORD code)
{
    struct krt_completion completion = {.stream = stream};
    completion.op = stream->operation == READ ? KRT_IO_READ : KRT_IO_WRITE;
    if (code)
        completion.error = krt_os_error_kind((long)code);
    else
        completion.n = stream->overlapped.InternalHigh;
    stream->operation = NOTHING;
    report(batch, completion);
}

static void report_accept(struct batch *batch, struct krt_stream *stream)
{
    stream->operation = NOTHING;
    report(batch, (struct krt_completion){.op = KRT_IO_ACCEPT, .stream = stream});
}

static void take_ready(struct krt_io *io, struct batch *batch)
{
    if (io->trouble && batch->n < batch->cap) {
        report(batch,
               (struct krt_completion){.op = KRT_IO_ACCEPT, .error = io->trouble});
        io->trouble = KRT_OK;
    }
    while (io->ready.first && batch->n < batch->cap) {
        struct krt_stream *stream = io->ready.first;
        queue_remove(&io->ready, stream);
        if (stream->operation == LISTEN)
            report_accept(batch, stream);
        else
            report_transfer(batch, stream, stream->code);
    }
}

/* An armed instance got a client, or was cancelled, or failed. */
static void take_client(struct batch *batch, struct krt_stream *stream, DWORD code)
{
    struct krt_io *io = stream->io;
    queue_remove(&io->listening, stream);
    io->n_listening--;
    if (code) {
        stream->operation = NOTHING;
        stream_free(stream);
        if (!io->is_stopping)
            back_off(io, code);
        return;
    }
    io->n_accepted++;
    listen_more(io);
    report_accept(batch, stream);
}

static void take_packet(struct batch *batch, OVERLAPPED *overlapped)
{
    struct krt_stream *stream =
        CONTAINING_RECORD(overlapped, struct krt_stream, overlapped);
    DWORD n;
    BOOL is_ok = GetOverlappedResult(stream->handle, overlapped, &n, FALSE);
    DWORD code = is_ok ? 0 : GetLastError();
    if (stream->operation == LISTEN) {
        take_client(batch, stream, code);
    } else if (stream->operation == READ && !code && n == 0) {
        /* The client wrote nothing, which is neither data nor an end. */
        stream->operation = NOTHING;
        krt_stream_read(stream, stream->buffer, stream->len);
    } else {
        report_transfer(batch, stream, code);
    }
}

/* Takes what the port has, after waiting for at most `ms`. */
static void take_packets(struct krt_io *io, struct batch *batch, DWORD ms)
{
    OVERLAPPED_ENTRY entries[BATCH];
    size_t room = batch->cap - batch->n;
    ULONG n = 0;
    if (room == 0 ||
        !GetQueuedCompletionStatusEx(io->port, entries,
                                     room < BATCH ? (ULONG)room : BATCH, &n, ms, FALSE))
        return;
    for (ULONG i = 0; i < n; i++) {
        if (entries[i].lpOverlapped) {
            take_packet(batch, entries[i].lpOverlapped);
        } else {
            InterlockedExchange(&io->is_woken, 0);
            report(batch, (struct krt_completion){.op = KRT_IO_WAKE});
        }
    }
}

/* How long to wait for packets: until `end`, or until accepting is to be tried again.
 */
static DWORD wait_ms(const struct krt_io *io, int64_t end)
{
    if (io->retry_at != 0 && io->retry_at < end)
        end = io->retry_at;
    if (end == INT64_MAX)
        return INFINITE;
    int64_t left = end - krt_os_now_ms();
    return left > 0 ? (DWORD)left : 0;
}

size_t krt_io_wait(struct krt_io *io, struct krt_completion *completions, size_t cap,
                   int timeout_ms)
{
    struct batch batch = {.completions = completions, .cap = cap};
    int64_t end = timeout_ms < 0 ? INT64_MAX : krt_os_now_ms() + timeout_ms;
    for (;;) {
        listen_more(io);
        take_ready(io, &batch);
        take_packets(io, &batch, batch.n > 0 ? 0 : wait_ms(io, end));
        if (batch.n > 0 || krt_os_now_ms() >= end)
            return batch.n;
    }
}

void krt_io_wake(struct krt_io *io)
{
    if (InterlockedExchange(&io->is_woken, 1) == 0 &&
        !PostQueuedCompletionStatus(io->port, 0, 0, NULL))
        InterlockedExchange(&io->is_woken, 0);
}

/* A client may be faster than this; then its instance ends as accepted. */
static void cancel_listening(struct krt_io *io)
{
    for (struct krt_stream *it = io->listening.first; it; it = it->next)
        CancelIoEx(it->handle, &it->overlapped);
}

void krt_io_stop(struct krt_io *io)
{
    io->is_stopping = true;
    io->retry_at = 0;
    cancel_listening(io);
}

void krt_io_free(struct krt_io *io)
{
    krt_io_stop(io);
    while (io->listening.first || io->ready.first) {
        struct krt_completion completions[BATCH];
        struct batch batch = {.completions = completions, .cap = BATCH};
        take_ready(io, &batch);
        take_packets(io, &batch, batch.n > 0 ? 0 : DRAIN_MS);
        for (size_t i = 0; i < batch.n; i++)
            if (completions[i].stream)
                krt_stream_close(completions[i].stream);
        cancel_listening(io);
    }
    assert(io->n_streams == 0);
    dispose(io);
}

void krt_stream_set_owner(struct krt_stream *stream, void *owner)
{
    stream->owner = owner;
}

void *krt_stream_owner(const struct krt_stream *stream)
{
    return stream->owner;
}

/* Takes what starting a read or a write returned. A success queues a packet, too: the
 * port has not been told to skip it. */
static void started(struct krt_stream *stream, BOOL is_done)
{
    if (is_done)
        return;
    DWORD code = GetLastError();
    if (code != ERROR_IO_PENDING)
        end_without_packet(stream, code);
}

void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len)
{
    OVERLAPPED *overlapped = begin(stream, READ);
    stream->buffer = buffer;
    stream->len = len;
    started(stream, ReadFile(stream->handle, buffer, (DWORD)len, NULL, overlapped));
}

void krt_stream_write(struct krt_stream *stream, const void *data, size_t len)
{
    OVERLAPPED *overlapped = begin(stream, WRITE);
    started(stream, WriteFile(stream->handle, data, (DWORD)len, NULL, overlapped));
}

void krt_stream_cancel(struct krt_stream *stream)
{
    /* Failure means that the operation has ended; its completion is under way. */
    CancelIoEx(stream->handle, &stream->overlapped);
}

void krt_stream_end_output(struct krt_stream *stream)
{
    /* A byte pipe has no half-close: closing ends both directions. */
    (void)stream;
}

void krt_stream_close(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    io->n_accepted--;
    /* Before the handle goes, so that the name never stands free. */
    listen_more(io);
    stream_free(stream);
}
