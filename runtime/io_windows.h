/* What the files of the transport on Windows share: io_windows.c has the port and what
 * it delivers, accept_windows.c the instances that listen, name_windows.c the claim to
 * the name, identity_windows.c who the clients are. */
#ifndef KRT_IO_WINDOWS_H
#define KRT_IO_WINDOWS_H

#include "io.h"
#include "thread.h"
#include "windows_api.h"

#include <stdatomic.h>
#include <stdint.h>

/* What is outstanding on a stream. */
enum krt__operation { KRT__NOTHING, KRT__LISTEN, KRT__READ, KRT__WRITE, KRT__POST };

/* One pipe instance. While it listens its fields belong to who has the io's lock, then
 * to the worker that has the stream. From the moment that an operation may be pending
 * until its packet arrives nobody may touch it: its packet may be with another worker
 * already. The system writes to the OVERLAPPED, so it is freed only when nothing is
 * outstanding. */
struct krt_stream {
    OVERLAPPED overlapped;
    HANDLE handle;
    struct krt_io *io;
    struct krt_stream *next; /* in the one queue that it may be in */
    int worker;              /* that has it, or had it last */
    enum krt__operation operation;
    bool skips;               /* a success at once brings no packet */
    bool has_client_left;     /* so that nothing is lost by disconnecting */
    atomic_bool is_cancelled; /* see the io's `cancelling` */
    DWORD code;               /* of an operation that ended without a packet */
    void *buffer;             /* of a read */
    size_t len;
    void *owner;
};

struct krt__queue {
    struct krt_stream *first;
    struct krt_stream **end;
};

/* What only the worker itself touches. */
struct krt__worker {
    struct krt__queue ready; /* ended without a packet, not yet reported */
    int rounds;              /* waits in a row that did not ask the port */
    bool has_surplus_news;   /* a client waits for room, perhaps still */
    enum krt_err trouble;    /* with accepting, not yet reported */
    int64_t retry_at;        /* when this worker tries to listen again, or 0 */
    char apart[64];          /* from what the next one writes */
};

/* The user that the process runs as. */
struct krt__self {
    union {
        SID sid; /* all 0, which is not valid, if not known */
        char room[SECURITY_MAX_SID_SIZE];
    };
    char user[KRT_USER_MAX]; /* "" if not known */
};

struct krt_io {
    HANDLE port;
    wchar_t *path;
    SECURITY_ATTRIBUTES security; /* the descriptor is the io's */
    struct krt_io_config config;
    struct krt__self self;
    volatile LONG is_woken;      /* a wake packet is under way */
    struct krt_mutex cancelling; /* keeps a cancel from missing a repeated read */
    struct krt_mutex lock;       /* of all that follows */
    struct krt__queue listening; /* the first has waited longest and is taken next */
    struct krt__queue spares;    /* disconnected: no client can open them */
    int n_streams;               /* pipe handles */
    int n_listening;
    int n_spares;
    int n_accepted;             /* with the user, or ready to be */
    struct krt_stream *surplus; /* whose client waits for room, or NULL */
    struct krt_stream *last;    /* done with, but the only one that holds the name */
    bool is_surplus_told;
    bool is_stopping;
    int retry_ms;                 /* the current back-off, 0 when accepting goes well */
    int64_t retry_at;             /* nobody tries before; 0 without back-off */
    struct krt__worker workers[]; /* not under the lock */
};

static inline void krt__queue_init(struct krt__queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static inline void krt__queue_add(struct krt__queue *queue, struct krt_stream *stream)
{
    stream->next = NULL;
    *queue->end = stream;
    queue->end = &stream->next;
}

/* Whether the code of an operation says that the client has closed its end. */
static inline bool krt__has_left(DWORD code)
{
    return code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA;
}

/* The stream's OVERLAPPED for a new operation. */
OVERLAPPED *krt__begin(struct krt_stream *stream, enum krt__operation operation);

/* Lets the stream's worker report from its next krt_io_wait() what ended with `code`
 * and without a packet. */
void krt__end_without_packet(struct krt_stream *stream, DWORD code);

/* Adds a listening instance, its failures and early clients being worker 0's: for the
 * instance that claims the name. 0, or a Windows code. */
DWORD krt__listen_first(struct krt_io *io);

/* Arms what is missing, unless the io stops or backs off. */
void krt__listen_more(struct krt_io *io, int worker);

/* The armed instance got a client, or was cancelled, or failed. What comes of it is in
 * the worker's ready list and notices. Whether the io stops and may be idle now. */
bool krt__take_client(struct krt_stream *stream, int worker, DWORD code);

/* Whether a client waits for room that nobody has been told of, which ends with this.
 */
bool krt__tell_surplus(struct krt_io *io);

/* Creates the first instance. `path` is io->path for messages. Tries for a while when a
 * dead server's name is still held by a client; one of a live server is
 * KRT_ERR_IN_USE. */
int krt__claim_name(struct krt_io *io, const char *path, struct krt_error *error);

/* Finds out who this process is, to know its user's clients by. */
void krt__learn_self(struct krt__self *self);

#endif
