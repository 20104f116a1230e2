/* Overlapped named pipes on one I/O completion port: what it delivers, and the reads
 * and writes. Several threads wait on it; whichever gets a stream's packet has the
 * stream. */
#include "io_windows.h"
#include "io.h"
#include "os.h"
#include "permission_windows.h"
#include "windows_api.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    BATCH = 16,                 /* packets per system call of a server's one worker */
    WAITS_WITHOUT_PACKETS = 16, /* then the other connections get a look */
    DRAIN_MS = 1000,
};

/* One krt_io_wait() of a worker. */
struct turn {
    struct krt_io *io;
    struct krt__worker *me;
    int worker;
    struct krt_completion *completions;
    size_t cap;
    size_t n;
    bool may_be_idle; /* something ended that nothing is reported of */
};

OVERLAPPED *krt__begin(struct krt_stream *stream, enum krt__operation operation)
{
    assert(stream->operation == KRT__NOTHING);
    stream->operation = operation;
    atomic_store_explicit(&stream->is_cancelled, false, memory_order_relaxed);
    stream->overlapped = (OVERLAPPED){0};
    return &stream->overlapped;
}

void krt__end_without_packet(struct krt_stream *stream, DWORD code)
{
    stream->code = code;
    krt__queue_add(&stream->io->workers[stream->worker].ready, stream);
}

/* ---- Opening and freeing ---- */

/* What the io consists of before its first instance; on failure it is half made. */
static DWORD prepare(struct krt_io *io, const char *path)
{
    krt__queue_init(&io->listening);
    krt__queue_init(&io->spares);
    for (int i = 0; i < io->config.workers; i++)
        krt__queue_init(&io->workers[i].ready);
    io->path = krt__to_utf16(path);
    if (!io->path)
        return ERROR_NOT_ENOUGH_MEMORY;
    io->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
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

static struct krt_io *io_new(const struct krt_io_config *config)
{
    struct krt_io *io =
        calloc(1, sizeof *io + (size_t)config->workers * sizeof *io->workers);
    if (!io)
        return NULL;
    io->config = *config;
    io->lock = (struct krt_mutex)KRT_MUTEX_INIT;
    io->cancelling = (struct krt_mutex)KRT_MUTEX_INIT;
    return io;
}

int krt_io_open(struct krt_io **io, const struct krt_endpoint *endpoint,
                const struct krt_io_config *config, struct krt_error *error)
{
    struct krt_io *made = io_new(config);
    if (!made)
        return krt_os_error(error, ERROR_NOT_ENOUGH_MEMORY, "create", endpoint->path);
    int result;
    DWORD code = prepare(made, endpoint->path);
    if (code)
        result = krt_os_error(error, (long)code, "prepare", endpoint->path);
    else
        result = krt_permission_init(&made->security, config->access, error);
    if (!result)
        result = krt__claim_name(made, endpoint->path, error);
    if (result) {
        dispose(made);
        return result;
    }
    krt__learn_self(&made->self);
    krt__listen_more(made, 0);
    *io = made;
    return 0;
}

/* Closes what arrives for a worker within `ms`; nothing but new streams can. */
static void close_arrivals(struct krt_io *io, int worker, int ms)
{
    struct krt_completion completions[BATCH];
    size_t n = krt_io_wait(io, worker, completions, BATCH, ms);
    for (size_t i = 0; i < n; i++)
        if (completions[i].stream)
            krt_stream_close(completions[i].stream);
}

void krt_io_free(struct krt_io *io)
{
    krt_io_stop(io);
    int64_t end = krt_os_now_ms() + DRAIN_MS;
    for (int i = 0; i < io->config.workers; i++)
        while (io->workers[i].ready.first)
            close_arrivals(io, i, 0);
    for (int64_t left = DRAIN_MS; left > 0 && !krt_io_is_idle(io);
         left = end - krt_os_now_ms())
        close_arrivals(io, 0, (int)left);
    /* What the system still holds stays allocated: it may write to it. */
    assert(krt_io_is_idle(io));
    dispose(io);
}

/* ---- Completions ---- */

static void report(struct turn *turn, struct krt_completion completion)
{
    assert(turn->n < turn->cap);
    turn->completions[turn->n++] = completion;
}

/* The operation of a stream has ended; the worker has the stream from here on. */
static void report_end(struct turn *turn, struct krt_stream *stream, DWORD code)
{
    static const enum krt_io_op ops[] = {
        [KRT__LISTEN] = KRT_IO_ACCEPT,
        [KRT__READ] = KRT_IO_READ,
        [KRT__WRITE] = KRT_IO_WRITE,
        [KRT__POST] = KRT_IO_POST,
    };
    struct krt_completion completion = {.op = ops[stream->operation], .stream = stream};
    if (code)
        completion.error = krt_os_error_kind((long)code);
    else if (stream->operation != KRT__LISTEN)
        completion.n = stream->overlapped.InternalHigh;
    if (krt__has_left(code))
        stream->has_client_left = true;
    stream->operation = KRT__NOTHING;
    stream->worker = turn->worker;
    report(turn, completion);
}

/* The client wrote nothing, which is neither data nor an end. A cancel that came
 * between the two reads is for both. */
static void read_again(struct turn *turn, struct krt_stream *stream)
{
    krt_lock(&turn->io->cancelling);
    stream->worker = turn->worker;
    bool is_cancelled = atomic_load(&stream->is_cancelled);
    if (!is_cancelled) {
        stream->operation = KRT__NOTHING;
        krt_stream_read(stream, stream->buffer, stream->len);
    }
    krt_unlock(&turn->io->cancelling);
    if (is_cancelled)
        report_end(turn, stream, ERROR_OPERATION_ABORTED);
}

static void take_end(struct turn *turn, struct krt_stream *stream, DWORD code)
{
    bool is_empty = !code && stream->overlapped.InternalHigh == 0;
    if (is_empty && stream->operation == KRT__READ)
        read_again(turn, stream);
    else
        report_end(turn, stream, code);
}

/* Ends that came without a packet; new ones are for the next time. */
static void take_ready(struct turn *turn)
{
    struct krt__queue *ready = &turn->me->ready;
    struct krt_stream **end = ready->end;
    while (ready->first && turn->n < turn->cap) {
        struct krt_stream *stream = ready->first;
        bool is_last = end == &stream->next;
        ready->first = stream->next;
        if (!ready->first)
            ready->end = &ready->first;
        take_end(turn, stream, stream->code);
        if (is_last)
            return;
    }
}

/* What the worker has to do and to report without the port. */
static void take_own(struct turn *turn)
{
    struct krt__worker *me = turn->me;
    if (me->retry_at != 0 && krt_os_now_ms() >= me->retry_at) {
        me->retry_at = 0;
        krt__listen_more(turn->io, turn->worker);
    }
    take_ready(turn);
    if (me->trouble && turn->n < turn->cap) {
        report(turn,
               (struct krt_completion){.op = KRT_IO_ACCEPT, .error = me->trouble});
        me->trouble = KRT_OK;
    }
    if (me->has_surplus_news && turn->n < turn->cap) {
        me->has_surplus_news = false;
        if (krt__tell_surplus(turn->io))
            report(turn,
                   (struct krt_completion){.op = KRT_IO_ACCEPT, .error = KRT_ERR_BUSY});
    }
}

static void take_packet(struct turn *turn, OVERLAPPED *overlapped)
{
    struct krt_stream *stream =
        CONTAINING_RECORD(overlapped, struct krt_stream, overlapped);
    DWORD n;
    BOOL is_ok = GetOverlappedResult(stream->handle, overlapped, &n, FALSE);
    DWORD code = is_ok ? 0 : GetLastError();
    if (stream->operation == KRT__LISTEN)
        turn->may_be_idle |= krt__take_client(stream, turn->worker, code);
    else
        take_end(turn, stream, code);
}

/* Of several workers each takes one packet at a time: a handler may be slow, and what
 * waits behind it in the port is any worker's, but in a batch only this one's. Who has
 * ends of its own to deal with looks so rarely that it takes more. */
static ULONG batch(const struct turn *turn)
{
    size_t room = turn->cap - turn->n;
    if (turn->io->config.workers > 1 && !turn->me->ready.first)
        return 1;
    return room < BATCH ? (ULONG)room : BATCH;
}

/* Takes what the port has, after waiting for at most `ms`. */
static void take_packets(struct turn *turn, DWORD ms)
{
    OVERLAPPED_ENTRY entries[BATCH];
    ULONG n = 0;
    turn->me->rounds = 0;
    if (!GetQueuedCompletionStatusEx(turn->io->port, entries, batch(turn), &n, ms,
                                     FALSE))
        return;
    for (ULONG i = 0; i < n; i++) {
        if (entries[i].lpOverlapped) {
            take_packet(turn, entries[i].lpOverlapped);
        } else {
            InterlockedExchange(&turn->io->is_woken, 0);
            report(turn, (struct krt_completion){.op = KRT_IO_WAKE});
        }
    }
}

/* How long to wait for packets: until `end`, or until the worker has something else to
 * do. */
static DWORD wait_ms(const struct turn *turn, int64_t end)
{
    const struct krt__worker *me = turn->me;
    if (me->ready.first)
        return 0;
    if (me->retry_at != 0 && me->retry_at < end)
        end = me->retry_at;
    if (end == INT64_MAX)
        return INFINITE;
    int64_t left = end - krt_os_now_ms();
    return left > 0 ? (DWORD)left : 0;
}

size_t krt_io_wait(struct krt_io *io, int worker, struct krt_completion *completions,
                   size_t cap, int timeout_ms)
{
    struct turn turn = {.io = io,
                        .me = &io->workers[worker],
                        .worker = worker,
                        .completions = completions,
                        .cap = cap};
    int64_t end = timeout_ms < 0 ? INT64_MAX : krt_os_now_ms() + timeout_ms;
    if (turn.me->rounds++ >= WAITS_WITHOUT_PACKETS)
        take_packets(&turn, 0);
    take_own(&turn);
    while (turn.n == 0 && !turn.may_be_idle) {
        take_packets(&turn, wait_ms(&turn, end));
        take_own(&turn);
        if (end != INT64_MAX && krt_os_now_ms() >= end)
            break;
    }
    return turn.n;
}

void krt_io_wake(struct krt_io *io)
{
    if (InterlockedExchange(&io->is_woken, 1) == 0 &&
        !PostQueuedCompletionStatus(io->port, 0, 0, NULL))
        InterlockedExchange(&io->is_woken, 0);
}

/* ---- Streams ---- */

void krt_stream_set_owner(struct krt_stream *stream, void *owner)
{
    stream->owner = owner;
}

void *krt_stream_owner(const struct krt_stream *stream)
{
    return stream->owner;
}

/* Takes what starting a read or a write returned. If there is a packet it may be with
 * another worker by now, and the stream with it. */
static void started(struct krt_stream *stream, BOOL is_done, bool skips)
{
    DWORD code = is_done ? 0 : GetLastError();
    if (is_done ? skips : code != ERROR_IO_PENDING)
        krt__end_without_packet(stream, code);
}

void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len)
{
    OVERLAPPED *overlapped = krt__begin(stream, KRT__READ);
    bool skips = stream->skips;
    stream->buffer = buffer;
    stream->len = len;
    BOOL is_done = ReadFile(stream->handle, buffer, (DWORD)len, NULL, overlapped);
    started(stream, is_done, skips);
}

void krt_stream_write(struct krt_stream *stream, const void *data, size_t len)
{
    OVERLAPPED *overlapped = krt__begin(stream, KRT__WRITE);
    bool skips = stream->skips;
    BOOL is_done = WriteFile(stream->handle, data, (DWORD)len, NULL, overlapped);
    started(stream, is_done, skips);
}

void krt_stream_cancel(struct krt_stream *stream)
{
    struct krt_io *io = stream->io;
    krt_lock(&io->cancelling);
    atomic_store(&stream->is_cancelled, true);
    /* Failure means that the operation has ended; its completion is under way. */
    CancelIoEx(stream->handle, &stream->overlapped);
    krt_unlock(&io->cancelling);
}

/* The system is out of memory for a packet, and gets some back as others are taken. */
void krt_stream_post(struct krt_stream *stream)
{
    HANDLE port = stream->io->port;
    OVERLAPPED *overlapped = krt__begin(stream, KRT__POST);
    while (!PostQueuedCompletionStatus(port, 0, 0, overlapped))
        Sleep(1);
}

size_t krt_stream_read_last(struct krt_stream *stream, void *buffer, size_t cap)
{
    (void)stream;
    (void)buffer;
    (void)cap;
    return 0;
}

void krt_stream_end_output(struct krt_stream *stream)
{
    /* A byte pipe has no half-close: closing ends both directions. */
    (void)stream;
}
