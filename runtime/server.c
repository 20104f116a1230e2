#include "server.h"

#include "conn.h"
#include "log_answer.h"
#include "os.h"
#include "room.h"
#include "text.h"
#include "thread.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 64,
    /* Guests' memory that a worker keeps: the system is slow to give and to take it. */
    SPARE_MAX = 32,
};

/* One thread of the server, with its own view of the time. */
struct worker {
    struct serving *serving;
    int number;
    struct krt_moment now;
    struct krt_guest *spare; /* linked by `next` */
    int n_spare;
    struct krt_thread thread;
};

/* What the workers share. Handlers that are left behind use the service. */
struct serving {
    struct krt_server *server;
    struct krt_service service;
    struct krt_room room;
    atomic_bool has_begun_stop;
    _Atomic int64_t
        stop_at; /* when what still runs is dropped; INT64_MAX while serving */
    atomic_bool has_dropped;
    atomic_int n_left_behind;
    struct worker workers[];
};

static struct krt_guest *guest_of(struct krt_conn *conn)
{
    return (struct krt_guest *)((char *)conn - offsetof(struct krt_guest, conn));
}

/* Who has a guest's exchange may ask, too, until the guest is dismissed, and who is
 * left behind even then. */
static const struct krt_identity *identify(struct serving *serving,
                                           struct krt_guest *guest)
{
    if (atomic_load(&guest->is_identified))
        return &guest->identity;
    krt_lock(&serving->room.lock);
    if (!atomic_load(&guest->is_identified))
        krt_stream_identify(guest->stream, &guest->identity);
    atomic_store(&guest->is_identified, true);
    krt_unlock(&serving->room.lock);
    return &guest->identity;
}

/* Who asked and how long it took is worth the system's calls only if it is told. */
static void tell_answer(void *context, struct krt_conn *conn,
                        const struct krt_answer *answer)
{
    struct serving *serving = context;
    const struct krt_server *server = serving->server;
    struct krt_guest *guest = guest_of(conn);
    int64_t us = 0;
    if (server->journal || server->log->level >= KRT_LOG_DEBUG) {
        us = krt_os_now_us() - answer->began_us;
        identify(serving, guest);
    }
    krt_log_answer(server->log, server->program, answer, &guest->identity, us);
    if (server->verification)
        krt_verification_count(server->verification, answer);
    if (server->journal)
        krt_journal_add(server->journal, answer, &guest->identity, us,
                        &guest->recording);
}

static void record_piece(void *context, struct krt_conn *conn, struct krt_slice piece)
{
    const struct serving *serving = context;
    krt_journal_record(serving->server->journal, &guest_of(conn)->recording, piece);
}

static struct krt_peer identify_peer(void *context, struct krt_conn *conn)
{
    const struct krt_identity *identity = identify(context, guest_of(conn));
    return (struct krt_peer){identity->pid, identity->user};
}

static void complain(void *context, const char *text)
{
    const struct serving *serving = context;
    krt_log(serving->server->log, KRT_LOG_ERROR, text);
}

/* Asked only where requests are counted. */
static bool is_last(void *context)
{
    const struct serving *serving = context;
    return krt_lifetime_answer(&serving->server->lifetime);
}

static void call_guest(void *context, struct krt_conn *conn)
{
    (void)context;
    krt_room_call(guest_of(conn));
}

static void set_clock(struct worker *worker)
{
    struct krt_moment *now = &worker->now;
    const struct serving *serving = worker->serving;
    now->us = krt_os_now_us();
    now->ms = now->us / 1000;
    now->unix_seconds = krt_os_unix_seconds();
    now->is_stopping = atomic_load(&serving->server->stop);
    if (serving->service.program->has_date)
        krt_date_update(&now->date, now->unix_seconds);
}

/* ---- Guests ---- */

static struct krt_guest *take_memory(struct worker *worker)
{
    struct krt_guest *guest = worker->spare;
    if (!guest)
        return malloc(sizeof *guest +
                      krt_conn_storage(worker->serving->service.limits));
    worker->spare = guest->next;
    worker->n_spare--;
    return guest;
}

static void give_memory_back(struct worker *worker, struct krt_guest *guest)
{
    if (worker->n_spare == SPARE_MAX) {
        free(guest);
        return;
    }
    guest->next = worker->spare;
    worker->spare = guest;
    worker->n_spare++;
}

/* Takes the stream; NULL when memory ran out. */
static struct krt_guest *admit(struct worker *worker, struct krt_stream *stream)
{
    struct serving *serving = worker->serving;
    struct krt_guest *guest = take_memory(worker);
    if (!guest) {
        krt_log(serving->server->log, KRT_LOG_ERROR,
                "a client was turned away: out of memory");
        krt_stream_close(stream);
        return NULL;
    }
    memset(guest, 0, sizeof *guest);
    guest->stream = stream;
    krt_stream_set_owner(stream, guest);
    krt_conn_init(&guest->conn, &serving->service, guest->storage, &worker->now);
    krt_room_enter(&serving->room, guest);
    return guest;
}

/* From now on nobody who has the guest's exchange finds its stream. */
static void forget_stream(struct serving *serving, struct krt_guest *guest)
{
    krt_lock(&serving->room.lock);
    atomic_store(&guest->is_identified, true);
    krt_unlock(&serving->room.lock);
    krt_stream_close(guest->stream);
}

/* Only an end by idleness has to know who is busy. */
static void tell_busy(const struct worker *worker, struct krt_guest *guest,
                      bool is_busy)
{
    struct krt_lifetime *lifetime = &worker->serving->server->lifetime;
    if (is_busy == guest->is_busy)
        return;
    krt_lifetime_set_busy(lifetime, is_busy, worker->now.ms);
    guest->is_busy = is_busy;
}

/* The memory of an exchange that somebody else has stays his. */
static void dismiss(struct worker *worker, struct krt_guest *guest)
{
    struct serving *serving = worker->serving;
    bool is_lent = krt_conn_is_lent(&guest->conn) && !krt_room_has_called(guest);
    krt_conn_lost(&guest->conn);
    tell_busy(worker, guest, false);
    krt_room_leave(&serving->room, guest);
    if (is_lent) {
        atomic_fetch_add(&serving->n_left_behind, 1);
        forget_stream(serving, guest);
        return;
    }
    krt_stream_close(guest->stream);
    krt_conn_release(&guest->conn);
    krt_recording_free(&guest->recording);
    give_memory_back(worker, guest);
}

static void start_read(struct krt_guest *guest)
{
    size_t len;
    void *space = krt_conn_space(&guest->conn, &len);
    krt_stream_read(guest->stream, space, len);
}

static void start_write(struct krt_guest *guest)
{
    struct krt_bytes bytes = krt_conn_output(&guest->conn);
    krt_stream_write(guest->stream, bytes.data, bytes.len);
}

static void end_output(struct krt_guest *guest)
{
    if (!guest->has_ended_output)
        krt_stream_end_output(guest->stream);
    guest->has_ended_output = true;
}

/* A client that is about to be left may have begun another request. */
static bool hear_last(struct worker *worker, struct krt_guest *guest)
{
    size_t len;
    if (!krt_conn_is_idle(&guest->conn))
        return false;
    void *space = krt_conn_space(&guest->conn, &len);
    len = krt_stream_read_last(guest->stream, space, len);
    if (len > 0)
        krt_conn_received(&guest->conn, len, &worker->now);
    return len > 0;
}

/* Finds what is wanted next, unless the guest has left, because all is said or the room
 * needs that. */
static bool leaves(struct worker *worker, struct krt_guest *guest, enum krt_want *want)
{
    struct krt_room *room = &worker->serving->room;
    while ((*want = krt_conn_want(&guest->conn)) != KRT_WANT_CLOSE) {
        guest->is_waiting = *want == KRT_WANT_WAIT;
        if (worker->serving->server->lifetime.idle_ms > 0)
            tell_busy(worker, guest, !krt_conn_is_idle(&guest->conn));
        if (krt_room_rest(room, guest, worker->now.ms))
            return false;
        if (!hear_last(worker, guest))
            break;
    }
    dismiss(worker, guest);
    return true;
}

/* Goes on with a guest on which nothing is outstanding. Whatever starts is the last
 * that is done with it here: another worker may have it by then. */
static void pursue(struct worker *worker, struct krt_guest *guest)
{
    enum krt_want want;
    if (leaves(worker, guest, &want))
        return;
    while (want == KRT_WANT_WAIT) {
        if (krt_room_wait(&worker->serving->room, guest))
            return;
        krt_conn_resumed(&guest->conn, &worker->now);
        if (leaves(worker, guest, &want))
            return;
    }
    if (want == KRT_WANT_DRAIN)
        end_output(guest);
    if (want == KRT_WANT_WRITE)
        start_write(guest);
    else
        start_read(guest);
}

/* ---- Completions ---- */

static void finish_accept(struct worker *worker,
                          const struct krt_completion *completion)
{
    struct serving *serving = worker->serving;
    if (completion->error == KRT_ERR_BUSY) {
        krt_room_crowd(&serving->room, worker->now.ms);
    } else if (!completion->stream) {
        krt_log(serving->server->log, KRT_LOG_ERROR,
                "no client can be accepted for now; trying again");
    } else {
        struct krt_guest *guest = admit(worker, completion->stream);
        if (guest)
            pursue(worker, guest);
    }
}

/* A read may have been asked to end for a reason that has passed; it is just repeated
 * then. */
static void finish_read(struct worker *worker, struct krt_guest *guest,
                        const struct krt_completion *completion)
{
    struct krt_conn *conn = &guest->conn;
    if (completion->error == KRT_OK)
        krt_conn_received(conn, completion->n, &worker->now);
    else if (completion->error != KRT_ERR_ABORTED)
        krt_conn_lost(conn);
    else if (krt_conn_deadline(conn) <= worker->now.ms && !hear_last(worker, guest))
        krt_conn_expired(conn, &worker->now);
}

static void finish_write(struct worker *worker, struct krt_guest *guest,
                         const struct krt_completion *completion)
{
    if (completion->error == KRT_OK)
        krt_conn_sent(&guest->conn, completion->n, &worker->now);
    else
        krt_conn_lost(&guest->conn);
}

/* What was called may be something that the room wants and the guest cannot give. */
static void finish_post(struct worker *worker, struct krt_guest *guest)
{
    if (guest->is_called || krt_conn_deadline(&guest->conn) <= worker->now.ms)
        krt_conn_resumed(&guest->conn, &worker->now);
}

static void handle(struct worker *worker, const struct krt_completion *completion)
{
    if (completion->op == KRT_IO_WAKE)
        return; /* the stop flag is read in each round */
    if (completion->op == KRT_IO_ACCEPT) {
        finish_accept(worker, completion);
        return;
    }
    struct krt_guest *guest = krt_stream_owner(completion->stream);
    krt_room_take(&worker->serving->room, guest);
    if (completion->op == KRT_IO_READ)
        finish_read(worker, guest, completion);
    else if (completion->op == KRT_IO_POST)
        finish_post(worker, guest);
    else
        finish_write(worker, guest, completion);
    pursue(worker, guest);
}

/* ---- Stopping ---- */

/* Whether the server is to stop, as it was told or of itself. */
static bool is_to_stop(struct krt_server *server, int64_t now)
{
    struct krt_lifetime *lifetime = &server->lifetime;
    if (lifetime->is_limited && !atomic_load(&server->stop) &&
        krt_lifetime_is_over(lifetime, now))
        krt_server_stop(server);
    return atomic_load(&server->stop);
}

/* Done by whichever worker notices first that the server is to stop, and later that the
 * time for that is over. */
static void press_on(struct worker *worker)
{
    struct serving *serving = worker->serving;
    int64_t now = worker->now.ms;
    if (!is_to_stop(serving->server, now))
        return;
    if (!atomic_exchange(&serving->has_begun_stop, true)) {
        krt_io_stop(serving->server->io);
        krt_room_close(&serving->room, now);
        atomic_store(&serving->stop_at, now + serving->service.limits->drain_ms);
    }
    if (now >= atomic_load(&serving->stop_at) &&
        !atomic_exchange(&serving->has_dropped, true))
        krt_room_clear(&serving->room, now);
}

/* Whether all have left. What the system still owes after the time for that is left to
 * krt_io_free(). */
static bool is_over(struct worker *worker)
{
    struct serving *serving = worker->serving;
    return atomic_load(&serving->has_begun_stop) &&
           atomic_load(&serving->room.n_guests) == 0 &&
           (krt_io_is_idle(serving->server->io) || atomic_load(&serving->has_dropped));
}

/* ---- Workers ---- */

/* When press_on() has something to do next. */
static int64_t next_stop(const struct serving *serving)
{
    const struct krt_server *server = serving->server;
    if (!atomic_load(&server->stop))
        return server->lifetime.is_limited ? krt_lifetime_next(&server->lifetime)
                                           : INT64_MAX;
    return atomic_load(&serving->has_dropped) ? INT64_MAX
                                              : atomic_load(&serving->stop_at);
}

static int wait_ms(const struct worker *worker)
{
    const struct serving *serving = worker->serving;
    int64_t until = krt_room_next(&serving->room);
    int64_t stop_at = next_stop(serving);
    if (stop_at < until)
        until = stop_at;
    if (until == INT64_MAX)
        return -1;
    int64_t left = until - worker->now.ms;
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void run_round(struct worker *worker)
{
    struct serving *serving = worker->serving;
    struct krt_completion completions[BATCH];
    size_t n = krt_io_wait(serving->server->io, worker->number, completions, BATCH,
                           wait_ms(worker));
    set_clock(worker);
    for (size_t i = 0; i < n; i++)
        handle(worker, &completions[i]);
    krt_room_sweep(&serving->room, worker->now.ms);
    press_on(worker);
}

/* Who leaves wakes the next, so that all do. */
static void run_worker(void *context)
{
    struct worker *worker = context;
    set_clock(worker);
    press_on(worker);
    while (!is_over(worker))
        run_round(worker);
    krt_io_wake(worker->serving->server->io);
    while (worker->n_spare > 0)
        free(take_memory(worker));
}

/* The first worker is the calling thread. The others are no more than help. */
static void run_workers(struct serving *serving, int n)
{
    struct worker *workers = serving->workers;
    int n_started = 1;
    for (int i = 0; i < n; i++)
        workers[i] = (struct worker){.serving = serving, .number = i};
    while (n_started < n && krt_thread_start(&workers[n_started].thread, run_worker,
                                             &workers[n_started]) == KRT_OK)
        n_started++;
    if (n_started < n)
        krt_log(serving->server->log, KRT_LOG_ERROR,
                "not all workers could be started: the system gives no more threads");
    krt_os_started();
    run_worker(&workers[0]);
    while (--n_started > 0)
        krt_thread_join(&workers[n_started].thread);
}

static void init_service(struct krt_service *service, const struct krt_server *server,
                         struct serving *serving)
{
    *service = (struct krt_service){
        .program = server->program,
        .limits = &server->program->limits,
        .explain = server->explain,
        .finished = call_guest,
        .identify = identify_peer,
        .complain = complain,
        .context = serving,
        .data = server->data,
    };
    if (server->journal || server->verification || server->log->level >= KRT_LOG_INFO)
        service->answered = tell_answer;
    if (server->journal)
        service->received = record_piece;
    if (server->lifetime.max_requests > 0)
        service->is_last = is_last;
}

/* NULL when memory ran out. */
static struct serving *serving_new(struct krt_server *server)
{
    size_t workers_size = (size_t)server->workers * sizeof(struct worker);
    struct serving *serving = calloc(1, sizeof *serving + workers_size);
    if (!serving)
        return NULL;
    serving->server = server;
    init_service(&serving->service, server, serving);
    atomic_store(&serving->stop_at, INT64_MAX);
    if (krt_room_init(&serving->room, (size_t)server->program->limits.connections) ==
        KRT_OK)
        return serving;
    free(serving);
    return NULL;
}

int krt_server_run(struct krt_server *server)
{
    const struct krt_pool *pool = server->program->blocking;
    struct serving *serving = serving_new(server);
    if (!serving)
        return KRT_ERR_NO_MEMORY;
    int result = pool ? pool->open() : KRT_OK;
    if (result == KRT_OK) {
        krt_lifetime_begin(&server->lifetime, krt_os_now_ms());
        run_workers(serving, server->workers);
        server->n_left_behind = atomic_load(&serving->n_left_behind);
        if (pool)
            pool->close(server->n_left_behind > 0);
    }
    krt_room_deinit(&serving->room);
    if (server->n_left_behind == 0)
        free(serving);
    return result;
}

void krt_server_stop(void *context)
{
    struct krt_server *server = context;
    atomic_store(&server->stop, true);
    struct krt_io *io = atomic_load(&server->io);
    if (io)
        krt_io_wake(io);
}
