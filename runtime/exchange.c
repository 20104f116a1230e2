/* Exchanges from the head of a request that needs one to its response. */
#include "exchange.h"

#include "conn_steps.h"
#include "cut.h"
#include "reply.h"
#include "text.h"

#include <assert.h>
#include <string.h>

enum {
    COMPLAINT_LEN = 768,
    ROUTE_LEN = 240, /* bytes of a route's name in it */
    SPEC_LEN = 120,
    BODY_CAP = 1024, /* of one whose length is not known; it doubles */
};

/* ---- Failing ---- */

static void put_result(struct krt_buffer *line, long result)
{
    krt_put_text(line, "handler failed with ");
    krt_put_text(line, result < 0 ? "-" : "");
    krt_put_number(line, result < 0 ? 0 - (uint64_t)result : (uint64_t)result, 1);
}

void krt__exchange_complain(const struct krt_exchange *exchange, const char *fault,
                            long result)
{
    char storage[COMPLAINT_LEN];
    struct krt_buffer line = KRT_BUFFER(storage);
    const struct krt_service *service = exchange->conn->service;
    const struct krt_route *route = exchange->route;
    if (!service->complain)
        return;
    krt_put_cut(&line, route->name, strlen(route->name), ROUTE_LEN);
    krt_put_text(&line, " (");
    krt_put_cut(&line, exchange->program->spec, strlen(exchange->program->spec),
                SPEC_LEN);
    krt_put_text(&line, ":");
    krt_put_number(&line, (uint64_t)route->line, 1);
    krt_put_text(&line, "): ");
    if (fault)
        krt_put_text(&line, fault);
    else
        put_result(&line, result);
    service->complain(service->context, krt_end_text(&line));
}

/* ---- Waiting ---- */

void krt__exchange_expect(struct krt_exchange *exchange)
{
    atomic_store_explicit(&exchange->n_holders, 1, memory_order_relaxed);
    atomic_store_explicit(&exchange->is_due, true, memory_order_relaxed);
}

/* Whether the end is told of elsewhere when a function has returned `result`; once told
 * it is on its way, whatever was returned. */
static bool has_to_wait(struct krt_exchange *exchange, int result)
{
    return result == KRT_LATER || !atomic_exchange(&exchange->is_due, false);
}

void krt__exchange_hold(struct krt_exchange *exchange)
{
    atomic_fetch_add(&exchange->n_holders, 1);
}

void krt__exchange_release(struct krt_exchange *exchange)
{
    const struct krt_service *service = exchange->conn->service;
    if (atomic_fetch_sub(&exchange->n_holders, 1) == 1)
        service->finished(service->context, exchange->conn);
}

void krt__exchange_finish(struct krt_exchange *exchange, long result)
{
    if (!atomic_exchange(&exchange->is_due, false))
        return;
    exchange->result = result;
    krt__exchange_release(exchange);
}

static void wait_until(struct krt_conn *conn, int64_t until,
                       void (*resume)(struct krt_conn *conn))
{
    conn->phase = KRT_CONN_WAIT;
    conn->exchange->until = until;
    conn->exchange->resume = resume;
}

void krt__exchange_wait(struct krt_conn *conn, void (*resume)(struct krt_conn *conn))
{
    wait_until(conn, INT64_MAX, resume);
}

/* ---- The response ---- */

/* Why there is no response although its maker has not failed; or NULL. */
static const char *find_fault(const struct krt_exchange *exchange)
{
    const struct krt_made *made = &exchange->made;
    if (exchange->fault)
        return exchange->fault;
    if (made->head.len + made->fields.len + made->media_type.len > KRT_MADE_HEAD_MAX)
        return "the head of the response is too long";
    return NULL;
}

static void fail(struct krt_exchange *exchange, const char *fault, long result)
{
    krt__exchange_complain(exchange, fault, result);
    exchange->response = NULL;
    exchange->start = NULL;
    exchange->made = (struct krt_made){.status = 500};
}

static void send_made(struct krt_conn *conn, const struct krt_made *made,
                      enum krt_persistence after)
{
    bool is_body_sent =
        krt_made_has_body(made) && !krt_head_has_method(&conn->head, "HEAD");
    krt__conn_report(conn, made->status, is_body_sent ? made->body.len : 0);
    krt_reply_made(&conn->output, made, &conn->now->date, after);
    if (is_body_sent)
        krt__conn_put(conn, made->body);
}

static void respond(struct krt_conn *conn, long result)
{
    struct krt_exchange *exchange = conn->exchange;
    enum krt_persistence after = krt__conn_begin_answer(conn);
    const char *fault = find_fault(exchange);
    if (result != KRT_DONE || fault)
        fail(exchange, fault, result);
    if (exchange->start) {
        exchange->start(conn);
        return;
    }
    if (exchange->response)
        krt__conn_respond(conn, exchange->response, after);
    else
        send_made(conn, &exchange->made, after);
    krt__conn_end_request(conn, after);
}

static void resume_answer(struct krt_conn *conn)
{
    respond(conn, conn->exchange->result);
}

static int make(struct krt_exchange *exchange)
{
    const struct krt_route *route = exchange->route;
    if (exchange->is_refused)
        return KRT_DONE;
    if (route->answer)
        return route->answer(exchange, route->answer_data);
    exchange->response = &route->response;
    return KRT_DONE;
}

static void answer(struct krt_conn *conn)
{
    struct krt_exchange *exchange = conn->exchange;
    exchange->unix_seconds = conn->now->unix_seconds;
    krt__exchange_expect(exchange);
    int result = make(exchange);
    if (has_to_wait(exchange, result))
        krt__exchange_wait(conn, resume_answer);
    else
        respond(conn, result);
}

/* ---- The delay ---- */

/* A number below `n` that nobody can guess without knowing the process's memory and
 * clock, which is as good as random here: the finish of splitmix64. */
static uint64_t draw(const struct krt_conn *conn, uint64_t n)
{
    uint64_t x = (uint64_t)conn->now->us * 0x9e3779b97f4a7c15u + (uintptr_t)conn;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (x ^ x >> 31) % n;
}

static int64_t delay_us(const struct krt_conn *conn, const struct krt_route *route)
{
    uint64_t span = (uint64_t)(route->delay_max_ms - route->delay_min_ms) * 1000 + 1;
    return route->delay_min_ms * INT64_C(1000) + (int64_t)draw(conn, span);
}

/* The request has come to its end. */
static void complete(struct krt_conn *conn)
{
    const struct krt_route *route = conn->exchange->route;
    if (route->delay_max_ms > 0)
        wait_until(conn, (conn->now->us + delay_us(conn, route) + 999) / 1000, answer);
    else
        answer(conn);
}

/* ---- The body ---- */

static void drop(struct krt_conn *conn, struct krt_slice piece)
{
    (void)conn;
    (void)piece;
}

static bool is_chunked(const struct krt_conn *conn)
{
    return conn->head.coding == KRT_CODING_CHUNKED;
}

static size_t next_cap(const struct krt_conn *conn, size_t needed)
{
    uint64_t length = conn->head.content_length;
    size_t cap = conn->exchange->body_cap;
    if (!is_chunked(conn))
        return length <= SIZE_MAX ? (size_t)length : SIZE_MAX;
    cap = cap > 0 ? cap * 2 : BODY_CAP;
    return cap < needed ? needed : cap;
}

/* The place of the next `len` bytes; NULL when memory ran out. */
static unsigned char *body_room(struct krt_conn *conn, size_t len)
{
    struct krt_exchange *exchange = conn->exchange;
    struct krt_slice *body = &exchange->body;
    size_t needed = body->len + len;
    if (needed > exchange->body_cap) {
        size_t cap = next_cap(conn, needed);
        unsigned char *moved = krt_arena_take(exchange->arena, cap);
        if (!moved)
            return NULL;
        if (body->len > 0)
            memcpy(moved, body->at, body->len);
        body->at = exchange->body_start = moved;
        exchange->body_cap = cap;
    }
    return exchange->body_start + body->len;
}

/* A body that lies behind its head, in one piece, is left there. */
static void keep(struct krt_conn *conn, struct krt_slice piece)
{
    struct krt_exchange *exchange = conn->exchange;
    if (!is_chunked(conn) && piece.len == conn->head.content_length) {
        exchange->body = piece;
        return;
    }
    unsigned char *room = body_room(conn, piece.len);
    if (!room) {
        krt__exchange_complain(exchange, "no memory for the body of a request", 0);
        krt__conn_refuse(conn, 503);
        return;
    }
    memcpy(room, piece.at, piece.len);
    exchange->body.len += piece.len;
}

/* A piece was taken, with `result`. */
static void go_on(struct krt_conn *conn, long result)
{
    const struct krt_exchange *exchange = conn->exchange;
    if (result == KRT_DONE && !exchange->fault)
        return;
    krt__exchange_complain(exchange, exchange->fault, result);
    krt__conn_refuse(conn, 500);
}

static void resume_taking(struct krt_conn *conn)
{
    go_on(conn, conn->exchange->result);
}

static void hand_on(struct krt_conn *conn, struct krt_slice piece)
{
    struct krt_exchange *exchange = conn->exchange;
    const struct krt_route *route = exchange->route;
    struct krt_str str = {(const char *)piece.at, piece.len};
    krt__exchange_expect(exchange);
    int result = route->take(exchange, route->answer_data, str);
    if (has_to_wait(exchange, result))
        krt__exchange_wait(conn, resume_taking);
    else
        go_on(conn, result);
}

/* ---- The beginning ---- */

/* Whether more will be read before the request has come to its end. */
static bool is_to_come(const struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    return is_chunked(conn) || head->content_length > conn->input_len - head->len;
}

static_assert(sizeof(struct krt_exchange) <= KRT_ARENA_ROOM / 2,
              "an exchange is no reason to ask the system for memory");

static struct krt_exchange *exchange_new(struct krt_conn *conn)
{
    const struct krt_program *program = conn->service->program;
    krt_arena_reset(&conn->arena);
    struct krt_exchange *exchange = krt_arena_take(&conn->arena, sizeof *exchange);
    memset(exchange, 0, sizeof *exchange);
    exchange->program = program;
    exchange->route = conn->route;
    exchange->head = &conn->head;
    exchange->path = krt__conn_path(conn);
    exchange->values = conn->verdict.values;
    exchange->arena = &conn->arena;
    exchange->made.status = 200;
    exchange->conn = conn;
    exchange->complete = complete;
    return exchange;
}

void krt_begin_exchange(struct krt_conn *conn)
{
    const struct krt_route *route = conn->route;
    if (!route->answer && !route->query && route->delay_max_ms == 0)
        return;
    if (is_to_come(conn))
        krt__conn_settle(conn);
    struct krt_exchange *exchange = exchange_new(conn);
    conn->exchange = exchange;
    exchange->is_refused = route->query && !route->query->read(exchange, route->query);
    if (exchange->is_refused)
        exchange->take = drop;
    else if (route->take)
        exchange->take = hand_on;
    else
        exchange->take = route->keeps_body ? keep : drop;
}
