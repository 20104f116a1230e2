/* The clients of a server, shared by its workers, and when something is due with them.
 *
 * A client is with one worker, which deals with what arrived, or it rests: an operation
 * is outstanding, with a time at which it is due to have ended. What concerns clients
 * that rest, deadlines, making room and stopping, any worker may do, by asking the
 * operation to end. The client's own atomic `due` decides who is first, so that neither
 * a worker that goes on with a client nor one that lets it rest takes a lock; only a
 * worker that finds its client's operation asked to end waits for the one who asks.
 *
 * A client may also rest without an operation, until it is called; then its worker gets
 * a KRT_IO_POST. It is called by whoever asks it to leave, as others are, when its time
 * is due, or by krt_room_call(). Its `call` decides who posts: who takes it from its
 * wait, and nobody else. */
#ifndef KRT_ROOM_H
#define KRT_ROOM_H

#include "alarm.h"
#include "conn.h"
#include "io.h"
#include "journal_line.h"
#include "thread.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One client. */
struct krt_guest {
    struct krt_stream *stream;
    struct krt_guest *prev;
    struct krt_guest *next;
    struct krt_alarm alarm; /* not later than `due` */
    _Atomic int64_t due;    /* of the outstanding operation, or one of room.c's marks */
    _Atomic int64_t yields_at; /* of krt_conn_yields_at(), while it rests */
    atomic_int call;           /* what becomes of a wait; one of room.c's marks */
    bool is_waiting;           /* it rests without an operation; set by its worker */
    bool is_asked;             /* its last operation was asked to end */
    bool is_called;            /* by krt_room_call() */
    bool is_busy;              /* as its server's lifetime was told */
    bool has_ended_output;
    atomic_bool is_identified;
    struct krt_identity identity;
    struct krt_recording recording;
    struct krt_conn conn;
    alignas(max_align_t) unsigned char storage[]; /* of conn: large, and most of it
                                                     never touched */
};

struct krt_room {
    struct krt_mutex lock; /* for all but what is atomic */
    struct krt_alarms alarms;
    struct krt_guest *guests;
    struct krt_guest *yielding; /* asked to make room, or NULL */
    int64_t yield_at;           /* when one may be; INT64_MAX if none is to */
    _Atomic int64_t next;       /* nothing is due earlier */
    atomic_int n_guests;
    atomic_bool is_pressed; /* one of these holds: */
    bool is_crowded;        /* a client waits until another leaves */
    bool is_closing;        /* idle guests are to leave */
    bool is_cleared;        /* all are */
};

/* Makes a room for up to `cap` guests. 0, or KRT_ERR_NO_MEMORY. */
int krt_room_init(struct krt_room *room, size_t cap);

/* Releases a room that all have left. */
void krt_room_deinit(struct krt_room *room);

/* Adds a guest whose conn and stream are set. It is with the caller's worker. */
void krt_room_enter(struct krt_room *room, struct krt_guest *guest);

/* Removes a guest that is with the caller. Nobody knows of it afterwards. */
void krt_room_leave(struct krt_room *room, struct krt_guest *guest);

/* Says that the guest's operation has ended and the guest is with the caller. */
void krt_room_take(struct krt_room *room, struct krt_guest *guest);

/* Says that the guest is about to rest as its conn tells; the caller starts the
 * operation after this. False when the guest has to leave instead, and is still with
 * the caller: the room is being emptied, or needs room. */
bool krt_room_rest(struct krt_room *room, struct krt_guest *guest, int64_t now);

/* Lets a guest, of which krt_room_rest() has said that it may rest, rest until it is
 * called. False when that has happened already: the guest is still with the caller. */
bool krt_room_wait(struct krt_room *room, struct krt_guest *guest);

/* Calls a guest, from any thread, once for each time that it waits, which may begin
 * after the call. It touches neither the room nor, once it has been seen, the guest. */
void krt_room_call(struct krt_guest *guest);

/* Whether a guest that waits and is with the caller has been called. */
bool krt_room_has_called(const struct krt_guest *guest);

/* Asks the operations to end that are due, if any is. */
void krt_room_sweep(struct krt_room *room, int64_t now);

/* When krt_room_sweep() has to be called next. Who made it earlier waits for it. */
int64_t krt_room_next(const struct krt_room *room);

/* Says that a client waits for room: a guest that idles is asked to leave, the one that
 * has idled longest, as soon as there is one whose time to yield has come. */
void krt_room_crowd(struct krt_room *room, int64_t now);

/* Asks all guests that idle to leave, from now on. */
void krt_room_close(struct krt_room *room, int64_t now);

/* Asks all guests to leave, from now on. */
void krt_room_clear(struct krt_room *room, int64_t now);

#endif
