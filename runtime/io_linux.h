/* What the files of the Linux transport share: io_linux.c waits, stream_linux.c moves
 * bytes, listener_linux.c lets clients in. */
#ifndef KRT_IO_LINUX_H
#define KRT_IO_LINUX_H

#include "io.h"
#include "permission_linux.h"
#include "socket_name.h"
#include "thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct krt_stream {
    struct krt_queue *queue;
    void *owner;
    int fd;
    struct ucred peer;
    bool is_new;      /* accepted, and its worker has not been told */
    bool is_pending;  /* an operation is waiting for its edge */
    bool is_readable; /* no EAGAIN and no short read since the last edge */
    bool is_writable;
    bool is_registered; /* with its queue's epoll */
    bool is_output_watched;
    bool has_hung_up; /* end of file or an error follows what is queued */
    unsigned char *buffer;
    size_t len;
    struct krt_stream *next_ready;
    struct krt_completion completion; /* of the operation, while on the ready list */
    bool is_posted;                   /* which its queue's list tells; under its lock */
    atomic_bool is_cancelled;         /* on that list */
    struct krt_stream *next_cancelled;
};

/* What one worker waits for. */
struct krt_queue {
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
    struct krt_stream *first_cancelled; /* or posted, by whichever thread; under the
                                           lock */
};

/* What is wanted of the listener. */
enum krt_listening {
    KRT_LISTENING_OFF,  /* nothing, until its trouble is over */
    KRT_LISTENING_FULL, /* one word when a client waits */
    KRT_LISTENING_ON,
};

struct krt_io {
    int n_queues;
    struct krt_queue *queues;
    int max_streams;
    atomic_int n_streams;
    struct krt_mutex lock;   /* for the listener */
    int listener;            /* -1 when it is over */
    atomic_bool is_stopping; /* only the backlog is still accepted */
    _Atomic(enum krt_listening) listening;
    struct krt_socket_name name;
    struct krt_permission permission;
    /* The accepting worker's: */
    int64_t accept_again_at; /* after trouble; 0 without */
    bool has_reported_trouble;
    int notice; /* an error to be delivered, or 0 */
};

/* Registers, changes or removes a descriptor; as epoll_ctl(). */
int krt__watch(int epoll, int operation, int fd, uint32_t events, void *key);

/* Makes the queue's worker return from its wait. */
void krt__wake(struct krt_queue *queue);

/* ---- stream_linux.c: for the worker that has the stream ---- */

/* Reports the outstanding operation, or the accept, from the next krt_io_wait(). */
void krt__stream_ready(struct krt_stream *stream, int error, size_t n);

/* Registers the stream with its queue, or changes what is watched; as epoll_ctl(). A
 * peer that reads makes an edge of the output each time, so these are watched only
 * while something waits for one. */
int krt__stream_watch(struct krt_stream *stream, bool also_output);

/* Closes and frees a stream, and counts it no more. */
void krt__stream_dispose(struct krt_stream *stream);

/* Goes on after an edge. */
void krt__stream_edges(struct krt_stream *stream, uint32_t events);

/* Ends what was cancelled on the queue's streams, and reports what was posted. */
void krt__take_cancelled(struct krt_queue *queue);

/* ---- listener_linux.c ---- */

/* Starts to listen, with the name of io->name. */
int krt__listen(struct krt_io *io, struct krt_error *error);

/* Takes an event of the listener, on the accepting worker. */
void krt__take_client(struct krt_io *io);

/* Accepts again when the pause after trouble is over, on that worker, too. */
void krt__end_back_off(struct krt_io *io);

/* Uses the room that a stream has left. */
void krt__stream_gone(struct krt_io *io);

#endif
