/* Bodies that a function writes piece by piece, as the client takes them. */
#include "conn_steps.h"
#include "exchange.h"
#include "handler.h"
#include "reply.h"
#include "text.h"

#include <string.h>

/* Around the data of a chunk (RFC 9112 section 7.1), whose size is written with as many
 * digits as there are for the largest. */
enum {
    SIZE_LEN = 4,
    PREFIX_LEN = SIZE_LEN + 2,
    SUFFIX_LEN = 2,
    LAST_LEN = sizeof "0\r\n\r\n" - 1,
    DATA_MAX = 0xffff,
};

static void end(struct krt_conn *conn, enum krt_persistence after)
{
    struct krt_exchange *exchange = conn->exchange;
    krt__conn_report(conn, exchange->made.status, exchange->n_pulled);
    krt__conn_end_request(conn, after);
}

/* Without chunks it is the end of the connection that ends a body. */
static enum krt_persistence persistence(const struct krt_conn *conn)
{
    const struct krt_made *made = &conn->exchange->made;
    bool has_end = made->is_chunked || !krt_made_has_body(made);
    return has_end ? krt__conn_persistence(conn) : KRT_CLOSE;
}

static void put_size(char *at, size_t size)
{
    for (int i = SIZE_LEN; i > 0; i--, size >>= 4)
        at[i - 1] = "0123456789abcdef"[size & 15];
    memcpy(at + SIZE_LEN, "\r\n", 2);
}

/* Where the data of the next piece goes, and how much of it. */
static char *piece_room(const struct krt_conn *conn, size_t *cap)
{
    const struct krt_buffer *output = &conn->output;
    size_t room = output->cap - output->len - PREFIX_LEN - SUFFIX_LEN - LAST_LEN;
    *cap = room < DATA_MAX ? room : DATA_MAX;
    return output->data + output->len +
           (conn->exchange->made.is_chunked ? PREFIX_LEN : 0);
}

static void put_piece(struct krt_conn *conn, size_t len)
{
    struct krt_buffer *output = &conn->output;
    conn->exchange->n_pulled += len;
    if (conn->exchange->made.is_chunked) {
        put_size(output->data + output->len, len);
        output->len += PREFIX_LEN + len;
        krt_put_text(output, "\r\n");
    } else {
        output->len += len;
    }
}

/* `result` is what the function has returned, which has had room for `cap` bytes. */
static void take_piece(struct krt_conn *conn, long result)
{
    struct krt_exchange *exchange = conn->exchange;
    size_t cap;
    piece_room(conn, &cap);
    if (result > 0 && (unsigned long)result > cap)
        exchange->fault =
            "the handler has written more of its body than it had room for";
    if (result < 0 || exchange->fault) {
        krt__exchange_complain(exchange, exchange->fault, result);
        end(conn, KRT_CLOSE);
    } else if (result > 0) {
        put_piece(conn, (size_t)result);
    } else {
        if (exchange->made.is_chunked)
            krt_put_text(&conn->output, "0\r\n\r\n");
        end(conn, persistence(conn));
    }
}

static long call_next(struct krt_exchange *exchange)
{
    size_t cap;
    char *room = piece_room(exchange->conn, &cap);
    return exchange->next(exchange, exchange->next_context, room, cap);
}

/* ---- Blocking ones ---- */

static void run_next(struct krt_job *job)
{
    struct krt_exchange *exchange = krt__exchange_of(job);
    krt__exchange_finish(exchange, call_next(exchange));
    krt__exchange_release(exchange);
}

static void resume(struct krt_conn *conn)
{
    conn->phase = KRT_CONN_STREAM;
    take_piece(conn, conn->exchange->result);
}

/* The client has what was written, before the function waits for more; and nobody else
 * uses the output while it does. */
static bool pull_blocking(struct krt_conn *conn)
{
    if (conn->output.len > 0)
        return false;
    krt__exchange_expect(conn->exchange);
    krt__exchange_wait(conn, resume);
    krt__exchange_submit(conn->exchange, run_next);
    return true;
}

/* ---- The beginning ---- */

static bool pull(struct krt_conn *conn)
{
    if (conn->exchange->handler->is_blocking)
        return pull_blocking(conn);
    take_piece(conn, call_next(conn->exchange));
    return true;
}

static void start(struct krt_conn *conn)
{
    struct krt_exchange *exchange = conn->exchange;
    struct krt_made *made = &exchange->made;
    bool has_body = krt_made_has_body(made);
    made->is_streamed = true;
    made->is_chunked = has_body && !conn->head.is_http_1_0;
    krt_reply_made(&conn->output, made, &conn->now->date, persistence(conn));
    if (has_body && !krt_head_has_method(&conn->head, "HEAD"))
        conn->phase = KRT_CONN_STREAM;
    else
        end(conn, persistence(conn));
}

void krt_respond_stream(struct krt_exchange *exchange, const char *media_type,
                        krt_body_fn next, void *context)
{
    krt_respond_static(exchange, media_type, NULL, 0);
    exchange->next = next;
    exchange->next_context = context;
    exchange->start = start;
    exchange->pull = pull;
}
