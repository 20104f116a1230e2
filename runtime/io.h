/* The transport, seen as completions: an operation is started, its result comes from
 * krt_io_wait(). Three implementations, chosen at link time: io_windows.c (overlapped
 * named pipes on an I/O completion port), io_linux.c (a Unix socket on epoll) and, for
 * the tests, a scripted one.
 *
 * Several threads, the workers, drive an io, each with a number of its own. Whichever
 * gets a stream's completion has the stream: it alone may start the next operation on
 * it or close it. As only one operation is outstanding on a stream at a time, that
 * needs no lock. No call here blocks but krt_io_wait(), and none delivers a completion
 * before krt_io_wait(). */
#ifndef KRT_IO_H
#define KRT_IO_H

#include "endpoint.h"
#include "error.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>

enum { KRT_USER_MAX = 192 }; /* a SID has up to 187 characters */

struct krt_io;

/* One accepted connection. The io owns it until krt_stream_close(). */
struct krt_stream;

struct krt_io_config {
    int instances;   /* pipe instances armed ahead; 1 to 254 */
    int connections; /* streams open at once; more clients wait */
    const struct krt_access *access;
    int workers; /* that will call krt_io_wait(); at least 1 */
};

enum krt_io_op {
    /* stream is new; or NULL with the error that keeps one from coming, KRT_ERR_BUSY
     * when all `connections` are taken and a client waits for one of them to close */
    KRT_IO_ACCEPT,
    KRT_IO_READ,
    KRT_IO_WRITE,
    KRT_IO_POST, /* krt_stream_post() was called */
    KRT_IO_WAKE, /* krt_io_wake() was called at least once since the last of these */
};

struct krt_completion {
    enum krt_io_op op;
    struct krt_stream *stream;
    int error; /* 0 or a negative enum krt_err */
    size_t n;  /* bytes moved; a successful read of 0 bytes does not occur */
};

/* Creates the endpoint and listens: clients can connect when this returns 0. Those may
 * whom config->access names, no remote client may; an access that cannot be had as it
 * is, as by a group that does not exist, is an error. A name that another server owns
 * is KRT_ERR_IN_USE, never shared or taken; what a dead server left is replaced. */
int krt_io_open(struct krt_io **io, const struct krt_endpoint *endpoint,
                const struct krt_io_config *config, struct krt_error *error);

/* Waits at most timeout_ms milliseconds (negative: without limit) and stores up to
 * `cap` completions for the worker, 0 to `workers` - 1. Returns their number, 0 on
 * timeout and now and then for no reason. A read whose peer closed in order is
 * KRT_ERR_CLOSED. Trouble with accepting is reported once, retried with back-off, and
 * never ends the listening. That a client waits for room is reported once, and again if
 * one waits after the next was accepted.
 */
size_t krt_io_wait(struct krt_io *io, int worker, struct krt_completion *completions,
                   size_t cap, int timeout_ms);

/* Makes at least one worker, waiting now or the next to wait, return a KRT_IO_WAKE.
 * From any thread or signal handler. A worker that leaves for good calls this, too, so
 * that all hear of it. */
void krt_io_wake(struct krt_io *io);

/* Stops listening and gives the name up. Clients that have connected may still arrive
 * from krt_io_wait(). From any worker. */
void krt_io_stop(struct krt_io *io);

/* Whether, after krt_io_stop(), no stream is open and none will come any more. */
bool krt_io_is_idle(struct krt_io *io);

/* Frees `io`. Every stream must have been closed and every worker have left; waits for
 * the system to hand back what it still holds. */
void krt_io_free(struct krt_io *io);

/* The pointer that belongs to a stream's user; NULL at first. */
void krt_stream_set_owner(struct krt_stream *stream, void *owner);
void *krt_stream_owner(const struct krt_stream *stream);

/* Start a read or a write; at most one operation may be outstanding on a stream. The
 * buffer belongs to the system until the completion arrives. Both may move fewer than
 * `len` bytes; len is 1 to 64 KiB. */
void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len);
void krt_stream_write(struct krt_stream *stream, const void *data, size_t len);

/* Asks the outstanding operation to end. Its completion still arrives: with
 * KRT_ERR_ABORTED, or with the result if that was faster. After an aborted write the
 * stream's state is unknown and it must be closed. From any thread, provided that the
 * stream's worker neither starts the next operation nor closes it before this returns;
 * without effect when nothing is outstanding. */
void krt_stream_cancel(struct krt_stream *stream);

/* Delivers a KRT_IO_POST for the stream. From any thread, while nothing is outstanding
 * on the stream, which counts as an operation until its completion has come. */
void krt_stream_post(struct krt_stream *stream);

/* Who is at the other end, for log lines and handlers. It decides nothing: a process
 * may have handed its connection on, and its number may be another's by now. */
struct krt_identity {
    unsigned long pid;       /* of the process that connected; 0 if not known */
    char user[KRT_USER_MAX]; /* Linux: its uid; Windows: our user's name, or the SID of
                              * another; "" if not known */
};

/* Asks the system. By one thread at a time, as long as the stream is not closed, after
 * a read from it has succeeded: Windows does not tell earlier. */
void krt_stream_identify(struct krt_stream *stream, struct krt_identity *identity);

/* Tells the peer that nothing more will be written, where the system can (a Unix
 * socket can, a byte pipe cannot). */
void krt_stream_end_output(struct krt_stream *stream);

/* Takes what has arrived up to now, at most `cap` bytes, without waiting; what the peer
 * sends later fails for it. Nothing may be outstanding. Returns the bytes, 0 if there
 * are none, and always where the system cannot end one direction alone: there nothing
 * had arrived when the last read was cancelled. */
size_t krt_stream_read_last(struct krt_stream *stream, void *buffer, size_t cap);

/* Closes and frees the stream; completed writes reach the peer. Nothing may be
 * outstanding. */
void krt_stream_close(struct krt_stream *stream);

#endif
