#include "room.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

/* What krt_guest.due is while it is no time. */
enum {
    WITH_WORKER = -1,
    ASKED = -2, /* the operation was asked to end */
};

/* What krt_guest.call is. */
enum {
    UNCALLED, /* it does not wait */
    WAITING,
    POSTED, /* it was asked to end its wait */
    CALLED, /* by krt_room_call() */
};

enum {
    /* An operation that was asked to end just before it began has not heard of it, and
     * a guest that was with its worker when its alarm rang may rest by now. */
    LOOK_AGAIN_MS = 50,
    SOON_MS = 1, /* when the operation that is about to start has started */
};

static struct krt_guest *guest_of(struct krt_alarm *alarm)
{
    return (struct krt_guest *)(void *)((char *)alarm -
                                        offsetof(struct krt_guest, alarm));
}

int krt_room_init(struct krt_room *room, size_t cap)
{
    *room = (struct krt_room){.lock = KRT_MUTEX_INIT, .yield_at = INT64_MAX};
    atomic_store(&room->next, INT64_MAX);
    room->alarms.heap = calloc(cap, sizeof(struct krt_alarm *));
    return room->alarms.heap ? KRT_OK : KRT_ERR_NO_MEMORY;
}

void krt_room_deinit(struct krt_room *room)
{
    assert(!room->guests);
    free(room->alarms.heap);
}

int64_t krt_room_next(const struct krt_room *room)
{
    return atomic_load(&room->next);
}

/* ---- While it is locked ---- */

static void unlock(struct krt_room *room)
{
    int64_t next = krt_alarms_next(&room->alarms);
    atomic_store(&room->next, room->yield_at < next ? room->yield_at : next);
    krt_unlock(&room->lock);
}

/* Takes the guest from its wait, unless somebody has. */
static void post(struct krt_guest *guest)
{
    int call = WAITING;
    if (atomic_compare_exchange_strong(&guest->call, &call, POSTED))
        krt_stream_post(guest->stream);
}

static void end_rest(struct krt_guest *guest)
{
    if (guest->is_waiting)
        post(guest);
    else
        krt_stream_cancel(guest->stream);
}

/* Asks the operation to end on which the guest rests until `due`; false if it does so
 * no more. */
static bool ask(struct krt_room *room, struct krt_guest *guest, int64_t due,
                int64_t now)
{
    if (due < 0 || !atomic_compare_exchange_strong(&guest->due, &due, ASKED))
        return false;
    end_rest(guest);
    krt_alarms_set(&room->alarms, &guest->alarm, now + LOOK_AGAIN_MS);
    return true;
}

static int64_t yields_at(struct krt_guest *guest)
{
    return atomic_load_explicit(&guest->yields_at, memory_order_relaxed);
}

/* The guest's alarm has gone off: it is to leave, or its time has changed since. */
static void ring(struct krt_room *room, struct krt_guest *guest, int64_t now)
{
    int64_t due = atomic_load(&guest->due);
    bool is_to_leave = room->is_closing && yields_at(guest) != INT64_MAX;
    if (due == ASKED)
        end_rest(guest);
    else if ((due <= now || is_to_leave) && ask(room, guest, due, now))
        return;
    int64_t again = now + LOOK_AGAIN_MS;
    krt_alarms_set(&room->alarms, &guest->alarm, due > now ? due : again);
    /* A worker that changes `due` just now may not have seen where the alarm went. */
    if (due > now && atomic_load(&guest->due) != due)
        krt_alarms_set(&room->alarms, &guest->alarm, again);
}

/* The guest that rests, idle, and may yield before all others, with its `due`; or NULL.
 */
static struct krt_guest *find_idle(const struct krt_room *room, int64_t *due)
{
    struct krt_guest *found = NULL;
    for (struct krt_guest *guest = room->guests; guest; guest = guest->next) {
        int64_t its_due = atomic_load(&guest->due);
        bool is_idle = its_due >= 0 && yields_at(guest) != INT64_MAX;
        if (is_idle && (!found || yields_at(guest) <= yields_at(found))) {
            found = guest; /* of several the oldest, which is last */
            *due = its_due;
        }
    }
    return found;
}

/* Asks a guest to leave for the client that waits, or finds out when to do so. */
static void make_room(struct krt_room *room, int64_t now)
{
    int64_t due = WITH_WORKER;
    room->yield_at = INT64_MAX;
    if (!room->is_crowded || room->yielding)
        return;
    struct krt_guest *guest = find_idle(room, &due);
    if (!guest)
        return;
    room->yield_at = yields_at(guest);
    if (room->yield_at > now)
        return;
    room->yield_at = now + LOOK_AGAIN_MS;
    if (ask(room, guest, due, now))
        room->yielding = guest;
}

static void ask_all(struct krt_room *room, bool only_idle, int64_t now)
{
    for (struct krt_guest *guest = room->guests; guest; guest = guest->next) {
        int64_t due = atomic_load(&guest->due);
        if (!only_idle || yields_at(guest) != INT64_MAX)
            ask(room, guest, due, now);
    }
}

/* Only who was asked to leave, and had nothing to say, leaves: what a client has sent
 * is read, however late it is. */
static bool may_rest(const struct krt_room *room, struct krt_guest *guest)
{
    bool is_idle = yields_at(guest) != INT64_MAX;
    bool is_to_leave =
        room->is_closing || (room->is_crowded && room->yielding == guest);
    return !room->is_cleared && !(is_to_leave && is_idle && guest->is_asked);
}

static void forget_asking(struct krt_room *room, const struct krt_guest *guest)
{
    if (room->yielding == guest)
        room->yielding = NULL;
}

/* ---- Guests ---- */

void krt_room_enter(struct krt_room *room, struct krt_guest *guest)
{
    atomic_store(&guest->due, WITH_WORKER);
    krt_lock(&room->lock);
    guest->prev = NULL;
    guest->next = room->guests;
    if (room->guests)
        room->guests->prev = guest;
    room->guests = guest;
    krt_alarms_add(&room->alarms, &guest->alarm, INT64_MAX);
    atomic_fetch_add(&room->n_guests, 1);
    krt_unlock(&room->lock);
}

static void unlink_guest(struct krt_room *room, const struct krt_guest *guest)
{
    if (guest->next)
        guest->next->prev = guest->prev;
    if (guest->prev)
        guest->prev->next = guest->next;
    else
        room->guests = guest->next;
}

void krt_room_leave(struct krt_room *room, struct krt_guest *guest)
{
    krt_lock(&room->lock);
    unlink_guest(room, guest);
    krt_alarms_remove(&room->alarms, &guest->alarm);
    atomic_fetch_sub(&room->n_guests, 1);
    room->yielding = NULL;
    room->is_crowded = false;
    room->yield_at = INT64_MAX;
    atomic_store(&room->is_pressed, room->is_closing);
    unlock(room);
}

bool krt_room_wait(struct krt_room *room, struct krt_guest *guest)
{
    int call = UNCALLED;
    if (atomic_compare_exchange_strong(&guest->call, &call, WAITING))
        return true;
    krt_room_take(room, guest);
    return false;
}

void krt_room_call(struct krt_guest *guest)
{
    if (atomic_exchange(&guest->call, CALLED) == WAITING)
        krt_stream_post(guest->stream);
}

bool krt_room_has_called(const struct krt_guest *guest)
{
    return atomic_load(&guest->call) == CALLED;
}

void krt_room_take(struct krt_room *room, struct krt_guest *guest)
{
    if (guest->is_waiting)
        guest->is_called = atomic_exchange(&guest->call, UNCALLED) == CALLED;
    guest->is_asked = atomic_exchange(&guest->due, WITH_WORKER) == ASKED;
    if (!guest->is_asked)
        return;
    /* Whoever asks has the lock until all is said. */
    krt_lock(&room->lock);
    krt_unlock(&room->lock);
}

static void bring_alarm_forward(struct krt_room *room, struct krt_guest *guest,
                                int64_t due)
{
    krt_lock(&room->lock);
    if (due < atomic_load(&guest->alarm.at))
        krt_alarms_set(&room->alarms, &guest->alarm, due);
    unlock(room);
}

/* A guest that idles while the room needs it to leave is asked as soon as it rests. */
static void ask_soon(struct krt_room *room, struct krt_guest *guest, int64_t now)
{
    if (room->is_closing && yields_at(guest) != INT64_MAX)
        krt_alarms_set(&room->alarms, &guest->alarm, now + SOON_MS);
    if (room->is_crowded && !room->yielding && room->yield_at > now + SOON_MS)
        room->yield_at = now + SOON_MS;
}

/* As may_rest(); a guest that may not is with its worker again. One leaves for each
 * client that waits. */
static bool rest_or_leave(struct krt_room *room, struct krt_guest *guest, int64_t now)
{
    krt_lock(&room->lock);
    bool rests = may_rest(room, guest);
    forget_asking(room, guest);
    if (rests) {
        ask_soon(room, guest, now);
    } else {
        atomic_store(&guest->due, WITH_WORKER);
        room->is_crowded = false;
    }
    unlock(room);
    return rests;
}

bool krt_room_rest(struct krt_room *room, struct krt_guest *guest, int64_t now)
{
    int64_t due = krt_conn_deadline(&guest->conn);
    atomic_store_explicit(&guest->yields_at, krt_conn_yields_at(&guest->conn),
                          memory_order_relaxed);
    atomic_store(&guest->due, due);
    if (due < atomic_load(&guest->alarm.at))
        bring_alarm_forward(room, guest, due);
    bool rests = !atomic_load(&room->is_pressed) || rest_or_leave(room, guest, now);
    guest->is_asked = false;
    return rests;
}

/* ---- All of them ---- */

void krt_room_sweep(struct krt_room *room, int64_t now)
{
    if (now < krt_room_next(room))
        return;
    krt_lock(&room->lock);
    while (krt_alarms_next(&room->alarms) <= now)
        ring(room, guest_of(room->alarms.heap[0]), now);
    if (room->yield_at <= now)
        make_room(room, now);
    unlock(room);
}

/* Pressed is seen by every guest that comes to rest from now on, as the others have
 * been found resting. */
static void press(struct krt_room *room)
{
    krt_lock(&room->lock);
    atomic_store(&room->is_pressed, true);
}

void krt_room_crowd(struct krt_room *room, int64_t now)
{
    press(room);
    room->is_crowded = true;
    make_room(room, now);
    unlock(room);
}

void krt_room_close(struct krt_room *room, int64_t now)
{
    press(room);
    room->is_closing = true;
    ask_all(room, true, now);
    unlock(room);
}

void krt_room_clear(struct krt_room *room, int64_t now)
{
    press(room);
    room->is_closing = room->is_cleared = true;
    ask_all(room, false, now);
    unlock(room);
}
