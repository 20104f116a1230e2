#include "server.h"

#include "access.h"
#include "conn.h"
#include "os.h"
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64 };

/* One client. */
struct peer {
    struct krt_stream *stream;
    struct peer *prev;
    struct peer *next;
    bool is_cancelled; /* the outstanding operation was asked to end */
    bool is_dropped;   /* to be closed whatever that operation brings */
    bool has_ended_output;
    struct krt_conn conn;
    unsigned char storage[]; /* of conn: large, and most of it never touched */
};

/* The running loop. */
struct loop {
    struct krt_server *server;
    struct krt_service service;
    struct peer *peers;
    int n_peers;
    struct peer *surplus; /* one more than may be served; not read from yet, or NULL */
    int64_t now;
    int64_t next_sweep; /* no peer's deadline is earlier */
    int64_t stop_at;    /* when what still runs is dropped; INT64_MAX while serving */
};

static bool is_missed(const struct krt_answer *answer)
{
    return answer->verdict && (answer->status == 404 || answer->status == 405) &&
           answer->verdict->route == KRT_NO_ROUTE;
}

static void log_answer(void *context, const struct krt_answer *answer)
{
    const struct krt_server *server = context;
    char storage[KRT_ACCESS_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    if (server->log->level >= KRT_LOG_DEBUG) {
        krt_put_access(&line, server->program, answer);
        krt_log(server->log, KRT_LOG_DEBUG, krt_end_text(&line));
        line.len = 0;
    }
    if (is_missed(answer)) {
        krt_put_miss(&line, server->program, answer);
        krt_log(server->log, KRT_LOG_INFO, krt_end_text(&line));
    }
}

static void set_clock(struct loop *loop)
{
    loop->now = krt_os_now_ms();
    loop->service.unix_seconds = krt_os_unix_seconds();
    if (loop->service.program->has_date)
        krt_date_update(&loop->service.date, loop->service.unix_seconds);
}

/* Takes the stream; NULL when memory ran out. */
static struct peer *add_peer(struct loop *loop, struct krt_stream *stream)
{
    const struct krt_limits *limits = loop->service.limits;
    struct peer *peer = malloc(sizeof *peer + krt_conn_storage(limits));
    if (!peer) {
        krt_log(loop->server->log, KRT_LOG_ERROR,
                "a client was turned away: out of memory");
        krt_stream_close(stream);
        return NULL;
    }
    memset(peer, 0, sizeof *peer);
    peer->stream = stream;
    peer->next = loop->peers;
    if (loop->peers)
        loop->peers->prev = peer;
    loop->peers = peer;
    krt_stream_set_owner(stream, peer);
    krt_conn_init(&peer->conn, &loop->service, peer->storage, loop->now);
    loop->n_peers++;
    return peer;
}

static void remove_peer(struct loop *loop, struct peer *peer)
{
    if (peer->next)
        peer->next->prev = peer->prev;
    if (peer->prev)
        peer->prev->next = peer->next;
    else
        loop->peers = peer->next;
    krt_stream_close(peer->stream);
    free(peer);
    loop->n_peers--;
}

static void start_read(struct peer *peer)
{
    size_t len;
    void *space = krt_conn_space(&peer->conn, &len);
    krt_stream_read(peer->stream, space, len);
}

static void start_write(struct peer *peer)
{
    struct krt_bytes bytes = krt_conn_output(&peer->conn);
    krt_stream_write(peer->stream, bytes.data, bytes.len);
}

static void end_output(struct peer *peer)
{
    if (!peer->has_ended_output)
        krt_stream_end_output(peer->stream);
    peer->has_ended_output = true;
}

/* Starts the operation that the connection wants, which is not to close. */
static void start(struct loop *loop, struct peer *peer)
{
    int64_t deadline = krt_conn_deadline(&peer->conn);
    enum krt_want want = krt_conn_want(&peer->conn);
    if (deadline < loop->next_sweep)
        loop->next_sweep = deadline;
    if (want == KRT_WANT_WRITE) {
        start_write(peer);
        return;
    }
    if (want == KRT_WANT_DRAIN)
        end_output(peer);
    start_read(peer);
}

static void cancel(struct peer *peer)
{
    if (!peer->is_cancelled)
        krt_stream_cancel(peer->stream);
    peer->is_cancelled = true;
}

/* ---- More clients than may be served ---- */

/* Of the peers that can yield, the one that should do so first, or NULL. */
static struct peer *find_idle(const struct loop *loop)
{
    struct peer *first = NULL;
    for (struct peer *peer = loop->peers; peer; peer = peer->next) {
        int64_t at = krt_conn_yields_at(&peer->conn);
        if (peer == loop->surplus || peer->is_cancelled || at == INT64_MAX)
            continue;
        if (!first || at <= krt_conn_yields_at(&first->conn)) /* the oldest is last */
            first = peer;
    }
    return first;
}

/* Makes room for the surplus client: an idle one goes now or when its grace is over. */
static void yield_idle(struct loop *loop)
{
    struct peer *idle = find_idle(loop);
    int64_t at = idle ? krt_conn_yields_at(&idle->conn) : INT64_MAX;
    if (at <= loop->now)
        cancel(idle);
    else if (at < loop->next_sweep)
        loop->next_sweep = at;
}

static void admit_surplus(struct loop *loop)
{
    struct peer *peer = loop->surplus;
    if (!peer || loop->n_peers > loop->service.limits->connections)
        return;
    loop->surplus = NULL;
    krt_conn_init(&peer->conn, &loop->service, peer->storage, loop->now);
    start(loop, peer);
}

static void drop_surplus(struct loop *loop)
{
    if (loop->surplus)
        remove_peer(loop, loop->surplus);
    loop->surplus = NULL;
}

/* ---- Completions ---- */

/* Goes on with a peer whose operation has ended. */
static void pursue(struct loop *loop, struct peer *peer)
{
    bool is_over = krt_conn_want(&peer->conn) == KRT_WANT_CLOSE ||
                   (loop->service.stopping && krt_conn_is_idle(&peer->conn)) ||
                   (loop->surplus && krt_conn_yields_at(&peer->conn) <= loop->now);
    if (is_over || peer->is_dropped) {
        remove_peer(loop, peer);
        admit_surplus(loop);
    } else {
        start(loop, peer);
    }
}

static void accept_peer(struct loop *loop, const struct krt_completion *completion)
{
    if (!completion->stream) {
        krt_log(loop->server->log, KRT_LOG_ERROR,
                "no client can be accepted for now; trying again");
        return;
    }
    struct peer *peer = add_peer(loop, completion->stream);
    if (!peer)
        return;
    if (loop->n_peers <= loop->service.limits->connections) {
        start(loop, peer);
        return;
    }
    loop->surplus = peer;
    yield_idle(loop);
}

static void finish_read(struct loop *loop, struct peer *peer,
                        const struct krt_completion *completion)
{
    if (completion->error == KRT_OK)
        krt_conn_received(&peer->conn, completion->n, loop->now);
    else if (completion->error == KRT_ERR_ABORTED)
        krt_conn_expired(&peer->conn, loop->now);
    else
        krt_conn_lost(&peer->conn);
}

static void finish_write(struct loop *loop, struct peer *peer,
                         const struct krt_completion *completion)
{
    if (completion->error == KRT_OK)
        krt_conn_sent(&peer->conn, completion->n, loop->now);
    else
        krt_conn_lost(&peer->conn);
}

static void handle(struct loop *loop, const struct krt_completion *completion)
{
    if (completion->op == KRT_IO_WAKE)
        return; /* the stop flag is read in each round */
    if (completion->op == KRT_IO_ACCEPT) {
        accept_peer(loop, completion);
        return;
    }
    struct peer *peer = krt_stream_owner(completion->stream);
    peer->is_cancelled = false;
    if (completion->op == KRT_IO_READ)
        finish_read(loop, peer, completion);
    else
        finish_write(loop, peer, completion);
    pursue(loop, peer);
}

/* Cancels what is past its deadline and finds out when to look again. */
static void sweep(struct loop *loop)
{
    loop->next_sweep = INT64_MAX;
    for (struct peer *peer = loop->peers; peer; peer = peer->next) {
        int64_t deadline = krt_conn_deadline(&peer->conn);
        if (peer == loop->surplus)
            continue;
        if (deadline <= loop->now)
            cancel(peer);
        else if (deadline < loop->next_sweep)
            loop->next_sweep = deadline;
    }
    if (loop->surplus)
        yield_idle(loop);
}

static void begin_stop(struct loop *loop)
{
    loop->service.stopping = true;
    loop->stop_at = loop->now + loop->service.limits->drain_ms;
    krt_io_stop(loop->server->io);
    drop_surplus(loop);
    for (struct peer *peer = loop->peers; peer; peer = peer->next)
        if (krt_conn_is_idle(&peer->conn))
            cancel(peer);
}

static void drop_all(struct loop *loop)
{
    drop_surplus(loop);
    for (struct peer *peer = loop->peers; peer; peer = peer->next) {
        peer->is_dropped = true;
        cancel(peer);
    }
}

static int wait_ms(const struct loop *loop)
{
    int64_t until = loop->next_sweep < loop->stop_at ? loop->next_sweep : loop->stop_at;
    if (until == INT64_MAX)
        return -1;
    if (until <= loop->now)
        return 0;
    return until - loop->now > INT32_MAX ? INT32_MAX : (int)(until - loop->now);
}

static void run_round(struct loop *loop)
{
    struct krt_completion completions[BATCH];
    size_t n = krt_io_wait(loop->server->io, completions, BATCH, wait_ms(loop));
    set_clock(loop);
    for (size_t i = 0; i < n; i++)
        handle(loop, &completions[i]);
    if (loop->now >= loop->stop_at) {
        drop_all(loop);
        loop->stop_at = INT64_MAX;
    }
    if (loop->now >= loop->next_sweep)
        sweep(loop);
}

/* Notices the wish to stop, so before each wait. */
static bool is_done(struct loop *loop)
{
    if (!loop->service.stopping && atomic_load(&loop->server->stop))
        begin_stop(loop);
    return loop->service.stopping && !loop->peers;
}

void krt_server_run(struct krt_server *server)
{
    struct loop loop = {
        .server = server,
        .service = {.program = server->program,
                    .limits = &server->program->limits,
                    .explain = server->explain},
        .next_sweep = INT64_MAX,
        .stop_at = INT64_MAX,
    };
    if (server->log->level >= KRT_LOG_INFO) {
        loop.service.answered = log_answer;
        loop.service.context = server;
    }
    set_clock(&loop);
    while (!is_done(&loop))
        run_round(&loop);
}

void krt_server_stop(void *context)
{
    struct krt_server *server = context;
    atomic_store(&server->stop, true);
    struct krt_io *io = atomic_load(&server->io);
    if (io)
        krt_io_wake(io);
}
