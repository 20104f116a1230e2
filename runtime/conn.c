#include "conn.h"
#include "conn_steps.h"

#include <string.h>

static bool has_output(const struct krt_conn *conn)
{
    return conn->output_sent < conn->output.len || conn->pending.len > 0;
}

enum krt_want krt_conn_want(const struct krt_conn *conn)
{
    if (has_output(conn))
        return KRT_WANT_WRITE;
    switch (conn->phase) {
    case KRT_CONN_WAIT:
        return KRT_WANT_WAIT;
    case KRT_CONN_DRAIN:
        return KRT_WANT_DRAIN;
    case KRT_CONN_DONE:
        return KRT_WANT_CLOSE;
    default:
        return KRT_WANT_READ;
    }
}

int64_t krt_conn_deadline(const struct krt_conn *conn)
{
    return conn->deadline;
}

bool krt_conn_is_idle(const struct krt_conn *conn)
{
    return conn->phase == KRT_CONN_IDLE && conn->input_len == 0 && !has_output(conn);
}

int64_t krt_conn_yields_at(const struct krt_conn *conn)
{
    if (!krt_conn_is_idle(conn))
        return INT64_MAX;
    return conn->since + (conn->has_answered ? 0 : KRT_GRACE_MS);
}

/* When the operation that is wanted now must have ended. Progress starts the time of a
 * write and of a piece of a body anew, but not that of a head, an idle connection or a
 * drain, however the bytes trickle in. */
static int64_t next_deadline(struct krt_conn *conn)
{
    int64_t now = conn->now->ms;
    const struct krt_limits *limits = conn->service->limits;
    if (has_output(conn))
        return now + limits->write_ms;
    if (conn->phase == KRT_CONN_WAIT)
        return conn->exchange->until;
    if (conn->phase == KRT_CONN_BODY)
        return now + limits->body_ms;
    if (conn->since == 0)
        conn->since = now;
    if (conn->phase == KRT_CONN_DRAIN)
        return conn->since + limits->drain_ms;
    bool is_kept_alive = conn->phase == KRT_CONN_IDLE && conn->has_answered;
    return conn->since + (is_kept_alive ? limits->idle_ms : limits->head_ms);
}

static void enter(struct krt_conn *conn, enum krt_conn_phase phase)
{
    conn->phase = phase;
    conn->since = 0;
}

/* Whether the server wants no request after this one. */
static bool is_last(const struct krt_conn *conn)
{
    return conn->now->is_stopping || conn->is_last;
}

enum krt_persistence krt__conn_persistence(const struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    if (is_last(conn) || head->wants_close)
        return KRT_CLOSE;
    if (!head->is_http_1_0)
        return KRT_KEEP;
    return head->wants_keep_alive ? KRT_KEEP_EXPLICITLY : KRT_CLOSE;
}

enum krt_persistence krt__conn_begin_answer(struct krt_conn *conn)
{
    const struct krt_service *service = conn->service;
    if (service->is_last)
        conn->is_last = service->is_last(service->context);
    return krt__conn_persistence(conn);
}

/* Whether the server itself refuses the request. */
static bool is_invalid(const struct krt_conn *conn, const struct krt_verdict *verdict)
{
    if (!verdict)
        return true;
    if (verdict->route == KRT_NO_ROUTE)
        return verdict->status >= 400;
    return conn->exchange && conn->exchange->is_refused;
}

static struct krt_bytes refusal_of(const struct krt_conn *conn,
                                   const struct krt_verdict *verdict)
{
    return verdict && conn->exchange ? conn->exchange->refusal : (struct krt_bytes){0};
}

static void report(struct krt_conn *conn, const struct krt_verdict *verdict, int status,
                   size_t body_len)
{
    const struct krt_service *service = conn->service;
    if (!service->answered)
        return;
    struct krt_answer answer = {
        .head = &conn->head,
        .received = {conn->input + conn->input_start, conn->input_len},
        .method = conn->head.method,
        .target = conn->head.target,
        .verdict = verdict,
        .is_invalid = is_invalid(conn, verdict),
        .refusal = refusal_of(conn, verdict),
        .status = status,
        .body_len = body_len,
        .began_us = conn->began_us,
    };
    service->answered(service->context, conn, &answer);
}

/* Where nothing is left the input starts anew, so that nothing is to be moved. */
static void consume(struct krt_conn *conn, size_t len)
{
    conn->input_len -= len;
    conn->input_start = conn->input_len > 0 ? conn->input_start + len : 0;
    krt_head_init(&conn->head);
}

/* Reads on only to let the last answer arrive. */
static void enter_drain(struct krt_conn *conn)
{
    enter(conn, KRT_CONN_DRAIN);
    conn->drain_left = KRT_DRAIN_MAX;
    conn->input_len = 0;
}

/* ---- Answers ---- */

void krt__conn_report(struct krt_conn *conn, int status, size_t body_len)
{
    report(conn, &conn->verdict, status, body_len);
}

static void refuse(struct krt_conn *conn, const struct krt_verdict *verdict, int status)
{
    krt__conn_begin_answer(conn);
    report(conn, verdict, status, 0);
    krt_reply_status(&conn->output, status, NULL, &conn->now->date, KRT_CLOSE);
    enter_drain(conn);
}

/* Refuses what cannot be trusted to have an end. */
static void reject(struct krt_conn *conn, int status)
{
    refuse(conn, NULL, status);
}

void krt__conn_refuse(struct krt_conn *conn, int status)
{
    refuse(conn, &conn->verdict, status);
}

/* The byte behind a path that is matched where it lies; NULL if that is elsewhere or
 * has its NUL. */
static unsigned char *path_end(struct krt_conn *conn)
{
    struct krt_slice path = conn->head.path;
    if (path.len == 0 || !conn->head.is_path_plain || path.at[path.len] == '\0')
        return NULL;
    return conn->input + (path.at + path.len - conn->input);
}

struct krt_slice krt__conn_path(const struct krt_conn *conn)
{
    if (conn->head.is_path_plain)
        return conn->head.path;
    return (struct krt_slice){conn->path, strlen((const char *)conn->path)};
}

/* A route that was found may not have what its parameters name. */
static void look_for_content(struct krt_conn *conn)
{
    struct krt_verdict *verdict = &conn->verdict;
    const struct krt_route *routes = conn->service->program->routes;
    int route = verdict->route;
    if (route == KRT_NO_ROUTE || !routes[route].lacks ||
        !routes[route].lacks(&routes[route], krt__conn_path(conn), verdict->values))
        return;
    verdict->route = KRT_NO_ROUTE;
    verdict->status = 404;
    verdict->near = (struct krt_near){.reason = KRT_NEAR_ABSENT, .route = route};
}

static void judge(struct krt_conn *conn)
{
    const struct krt_program *program = conn->service->program;
    struct krt_verdict *verdict = &conn->verdict;
    unsigned char *end = path_end(conn);
    unsigned char kept = end ? *end : '\0';
    if (end)
        *end = '\0';
    krt_judge(verdict, program, &conn->head, conn->path);
    if (end)
        *end = kept;
    look_for_content(conn);
    bool is_told = conn->service->answered || conn->service->explain;
    bool is_unknown = verdict->status == 404 && verdict->near.route == KRT_NO_ROUTE;
    if (is_unknown && conn->head.path.len > 0 && is_told)
        krt_near_find(&verdict->near, program, conn->head.method, conn->path);
}

void krt__conn_put(struct krt_conn *conn, struct krt_bytes piece)
{
    if (piece.len <= conn->output.cap - conn->output.len)
        krt_put(&conn->output, piece.data, piece.len);
    else
        conn->pending = piece;
}

/* Whether more may follow what waits to be written. */
static bool has_room(const struct krt_conn *conn)
{
    return conn->pending.len == 0 && conn->output.len <= KRT_OUTPUT_ROOM;
}

/* Goes on with the body of the last answer. */
static void continue_body(struct krt_conn *conn)
{
    while (conn->has_content && has_room(conn)) {
        krt__conn_put(conn, krt_content_next(&conn->content, &conn->output));
        conn->has_content = !krt_content_is_given(&conn->content);
    }
}

void krt__conn_respond(struct krt_conn *conn, const struct krt_response *response,
                       enum krt_persistence after)
{
    struct krt_content *content = &conn->content;
    krt_content_choose(content, response, &conn->head, conn->now->unix_seconds);
    if (conn->service->answered)
        krt__conn_report(conn, content->status, krt_content_len(content));
    krt_reply_content(&conn->output, content, &conn->now->date, after);
    conn->has_content = !krt_content_is_given(content);
    continue_body(conn);
}

static void answer_status(struct krt_conn *conn, enum krt_persistence after)
{
    const struct krt_verdict *verdict = &conn->verdict;
    const struct krt_date *date = &conn->now->date;
    const char *allow = *verdict->allow ? verdict->allow : NULL;
    krt__conn_report(conn, verdict->status, 0);
    if (verdict->status == 308)
        krt_reply_redirect(&conn->output, &conn->head, date, after);
    else
        krt_reply_status(&conn->output, verdict->status, allow, date, after);
}

static void answer_problem(struct krt_conn *conn, enum krt_persistence after)
{
    struct krt_problem problem = {
        .program = conn->service->program,
        .verdict = &conn->verdict,
        .is_body_sent = !krt_head_has_method(&conn->head, "HEAD"),
    };
    size_t body_len =
        krt_reply_problem(&conn->output, &problem, &conn->now->date, after);
    krt__conn_report(conn, conn->verdict.status, body_len);
}

/* What a client has sent beyond the last request is read, not left: a socket that is
 * closed with unread input ends in an error for the client. */
void krt__conn_end_request(struct krt_conn *conn, enum krt_persistence after)
{
    conn->has_answered = true;
    conn->skipped = 0;
    consume(conn, conn->body_at);
    if (after != KRT_CLOSE)
        enter(conn, KRT_CONN_IDLE);
    else if (conn->input_len > 0 && !is_last(conn))
        enter_drain(conn);
    else
        enter(conn, KRT_CONN_DONE);
}

/* The route that was found, or what the program has in place of a 404. */
static const struct krt_route *choose_route(const struct krt_conn *conn)
{
    const struct krt_service *service = conn->service;
    const struct krt_verdict *verdict = &conn->verdict;
    if (verdict->route != KRT_NO_ROUTE)
        return &service->program->routes[verdict->route];
    bool is_explained = service->explain || verdict->status != 404;
    return is_explained ? NULL : service->program->unmatched;
}

/* Answers the request by what was known at generation. */
static void answer(struct krt_conn *conn, enum krt_persistence after)
{
    const struct krt_verdict *verdict = &conn->verdict;
    if (conn->route)
        krt__conn_respond(conn, &conn->route->response, after);
    else if (conn->service->explain &&
             (verdict->status == 404 || verdict->status == 405))
        answer_problem(conn, after);
    else
        answer_status(conn, after);
    krt__conn_end_request(conn, after);
}

/* ---- Requests ---- */

/* Whether the path is one that can be matched; its normal form is kept if it is not
 * plain. */
static bool prepare_path(struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    if (head->path.len == 0)
        return krt_head_has_method(head, "OPTIONS");
    return head->is_path_plain || krt_path_normalise(head->path, conn->path) == 0;
}

/* Whether the client waits for a 100 before it sends the body (RFC 9110 section
 * 10.1.1). */
static bool is_body_held_back(const struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    bool has_body = head->content_length > 0 || head->coding == KRT_CODING_CHUNKED;
    return head->expects_continue && !head->is_http_1_0 && has_body &&
           conn->input_len == head->len;
}

/* Lets the client send the body, or answers at once where nobody wants it. Then it
 * may come all the same, so nothing behind it can be told apart. */
static void invite_body(struct krt_conn *conn)
{
    bool is_refused = conn->exchange && conn->exchange->is_refused;
    if (!is_refused && (conn->verdict.route != KRT_NO_ROUTE || conn->exchange)) {
        krt_reply_continue(&conn->output);
        return;
    }
    conn->head.wants_close = true;
    if (is_refused)
        conn->exchange->complete(conn);
    else
        answer(conn, krt__conn_begin_answer(conn));
    if (conn->phase == KRT_CONN_DONE)
        enter_drain(conn);
}

/* What a complete head asks for before its body is read. */
static void begin_body(struct krt_conn *conn)
{
    const struct krt_service *service = conn->service;
    const struct krt_limits *limits = service->limits;
    const struct krt_head *head = &conn->head;
    if (!prepare_path(conn)) {
        reject(conn, 400);
        return;
    }
    if (head->content_length > limits->body) {
        reject(conn, 413);
        return;
    }
    enter(conn, KRT_CONN_BODY);
    conn->body_left = head->content_length;
    conn->body_at = head->len;
    conn->exchange = NULL;
    if (head->coding == KRT_CODING_CHUNKED)
        krt_chunked_init(&conn->chunked, limits->body, limits->head, limits->fields);
    judge(conn);
    conn->route = choose_route(conn);
    if (service->program->begin && conn->route)
        service->program->begin(conn);
    if (conn->phase == KRT_CONN_BODY && is_body_held_back(conn))
        invite_body(conn);
}

/* Whether there is more than the start of an empty line. */
static bool has_begun(const struct krt_conn *conn)
{
    return conn->input_len > 0 && conn->input[conn->input_start] != '\r';
}

/* The time of a first head runs from the connect. */
static void begin_head(struct krt_conn *conn)
{
    conn->phase = KRT_CONN_HEAD;
    conn->began_us = conn->now->us;
    if (conn->has_answered)
        conn->since = 0;
}

/* Empty lines before a request are as good as part of its head. */
static bool has_too_many_empty_lines(const struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    const unsigned char *start = conn->input + conn->input_start;
    size_t len = head->has_request_line ? (size_t)(head->method.at - start) : head->len;
    return conn->skipped + len > conn->service->limits->head;
}

/* Reads on in the head; false when more input is needed. Empty lines before a request
 * are no part of it: a client that has sent nothing else is idle. */
static bool read_head(struct krt_conn *conn)
{
    int result = krt_head_read(&conn->head, conn->service->limits,
                               conn->input + conn->input_start, conn->input_len);
    if (has_too_many_empty_lines(conn))
        result = 414;
    if (!conn->head.has_request_line) {
        conn->skipped += conn->head.len;
        consume(conn, conn->head.len);
    }
    if (conn->phase == KRT_CONN_IDLE && has_begun(conn))
        begin_head(conn);
    if (result == KRT_HEAD_PARTIAL)
        return false;
    if (result == KRT_HEAD_COMPLETE)
        begin_body(conn);
    else
        reject(conn, result);
    return true;
}

/* Reads on in the body at `at`, as krt_chunked_read() does. */
static int read_piece(struct krt_conn *conn, const unsigned char *at, size_t *len,
                      struct krt_slice *piece)
{
    if (conn->head.coding == KRT_CODING_CHUNKED)
        return krt_chunked_read(&conn->chunked, at, len, piece);
    if (*len > conn->body_left)
        *len = (size_t)conn->body_left;
    conn->body_left -= *len;
    *piece = (struct krt_slice){at, *len};
    if (*len > 0)
        return KRT_CHUNKED_DATA;
    return conn->body_left == 0 ? KRT_CHUNKED_END : KRT_CHUNKED_MORE;
}

/* The body has been read as far as it has come, with `result`. */
static void end_reading(struct krt_conn *conn, int result)
{
    if (result == KRT_CHUNKED_MORE)
        conn->input_len = conn->body_at = conn->head.len;
    else if (result != KRT_CHUNKED_END)
        reject(conn, result);
    else if (conn->exchange)
        conn->exchange->complete(conn);
    else
        answer(conn, krt__conn_begin_answer(conn));
}

static void take_piece(struct krt_conn *conn, struct krt_slice piece)
{
    const struct krt_service *service = conn->service;
    if (service->received)
        service->received(service->context, conn, piece);
    if (conn->exchange)
        conn->exchange->take(conn, piece);
}

/* Passes on the part of the body that has come, and answers at its end; false when more
 * input is needed. Answering earlier could leave both sides waiting in a write. */
static bool read_body(struct krt_conn *conn)
{
    const unsigned char *start = conn->input + conn->input_start;
    int result;
    do {
        struct krt_slice piece;
        size_t len = conn->input_len - conn->body_at;
        result = read_piece(conn, start + conn->body_at, &len, &piece);
        conn->body_at += len;
        if (piece.len > 0)
            take_piece(conn, piece);
    } while (result == KRT_CHUNKED_DATA && conn->phase == KRT_CONN_BODY);
    if (conn->phase == KRT_CONN_BODY)
        end_reading(conn, result);
    return result != KRT_CHUNKED_MORE;
}

/* Handles input until more is needed or the output has to be written first. */
static void advance(struct krt_conn *conn)
{
    bool moved = true;
    continue_body(conn);
    while (moved && has_room(conn)) {
        bool is_in_head = conn->phase == KRT_CONN_IDLE || conn->phase == KRT_CONN_HEAD;
        if (is_in_head && conn->input_len > 0)
            moved = read_head(conn);
        else if (conn->phase == KRT_CONN_BODY)
            moved = read_body(conn);
        else
            moved = conn->phase == KRT_CONN_STREAM && conn->exchange->pull(conn);
    }
    conn->deadline = next_deadline(conn);
}

/* ---- Memory ---- */

/* A redirect repeats the request's target; every other answer is shorter. */
static size_t output_cap(const struct krt_limits *limits)
{
    size_t redirect = limits->request_line + 512;
    return KRT_OUTPUT_ROOM + (redirect > KRT_REPLY_ROOM ? redirect : KRT_REPLY_ROOM);
}

static size_t input_cap(const struct krt_limits *limits)
{
    return limits->head + KRT_BODY_ROOM;
}

/* Behind all else, as most connections never touch it. */
static size_t arena_offset(const struct krt_limits *limits)
{
    size_t used = input_cap(limits) + 1 + output_cap(limits) + krt_path_size(limits);
    return (used + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
}

size_t krt_conn_storage(const struct krt_limits *limits)
{
    return arena_offset(limits) + KRT_ARENA_ROOM;
}

void krt_conn_init(struct krt_conn *conn, const struct krt_service *service,
                   void *storage, const struct krt_moment *now)
{
    const struct krt_limits *limits = service->limits;
    memset(conn, 0, offsetof(struct krt_conn, verdict));
    conn->service = service;
    conn->now = now;
    conn->input = storage;
    conn->input_cap = input_cap(limits);
    conn->path = conn->input + conn->input_cap + 1;
    conn->output.data = (char *)conn->path + krt_path_size(limits);
    conn->output.cap = output_cap(limits);
    krt_arena_init(&conn->arena, conn->input + arena_offset(limits), KRT_ARENA_ROOM);
    conn->deadline = next_deadline(conn);
}

void krt_conn_release(struct krt_conn *conn)
{
    krt_arena_reset(&conn->arena);
}

/* ---- Operations ---- */

/* The head points into the input, so what was read of it is read again, and so do the
 * values of a path. */
void krt__conn_settle(struct krt_conn *conn)
{
    if (conn->input_start == 0)
        return;
    memmove(conn->input, conn->input + conn->input_start, conn->input_len + 1);
    conn->input_start = 0;
    krt_head_init(&conn->head);
    krt_head_read(&conn->head, conn->service->limits, conn->input, conn->input_len);
    if (conn->phase == KRT_CONN_BODY)
        judge(conn);
}

void *krt_conn_space(struct krt_conn *conn, size_t *len)
{
    size_t space = conn->input_cap - conn->input_len;
    krt__conn_settle(conn);
    bool is_first = conn->phase == KRT_CONN_IDLE && conn->input_len == 0;
    size_t max = is_first ? KRT_FIRST_READ_MAX : KRT_READ_MAX;
    *len = space < max ? space : max;
    return conn->input + conn->input_len;
}

struct krt_bytes krt_conn_output(const struct krt_conn *conn)
{
    const struct krt_buffer *output = &conn->output;
    struct krt_bytes bytes = conn->pending;
    if (conn->output_sent < output->len)
        bytes = (struct krt_bytes){output->data + conn->output_sent,
                                   output->len - conn->output_sent};
    if (bytes.len > KRT_WRITE_MAX)
        bytes.len = KRT_WRITE_MAX;
    return bytes;
}

static void drain(struct krt_conn *conn, size_t len)
{
    if (len >= conn->drain_left)
        enter(conn, KRT_CONN_DONE);
    else
        conn->drain_left -= len;
}

void krt_conn_received(struct krt_conn *conn, size_t len, const struct krt_moment *now)
{
    conn->now = now;
    if (conn->phase == KRT_CONN_DRAIN) {
        drain(conn, len);
    } else {
        conn->input_len += len;
        conn->input[conn->input_start + conn->input_len] = '\0';
    }
    advance(conn);
}

void krt_conn_sent(struct krt_conn *conn, size_t len, const struct krt_moment *now)
{
    conn->now = now;
    if (conn->output_sent < conn->output.len) {
        conn->output_sent += len;
    } else {
        conn->pending.data = (const unsigned char *)conn->pending.data + len;
        conn->pending.len -= len;
    }
    if (conn->output_sent == conn->output.len)
        conn->output_sent = conn->output.len = 0;
    if (conn->phase == KRT_CONN_IDLE && conn->arena.others && !has_output(conn))
        krt_arena_reset(&conn->arena);
    advance(conn);
}

void krt_conn_resumed(struct krt_conn *conn, const struct krt_moment *now)
{
    conn->now = now;
    if (conn->exchange->is_lost) {
        enter(conn, KRT_CONN_DONE);
    } else {
        conn->phase = KRT_CONN_BODY;
        conn->exchange->resume(conn);
    }
    advance(conn);
}

bool krt_conn_is_lent(const struct krt_conn *conn)
{
    return conn->phase == KRT_CONN_WAIT && conn->exchange->until == INT64_MAX;
}

/* Whether a body that is made piece by piece was begun and has not come to its end. */
static bool is_streaming(const struct krt_conn *conn)
{
    return conn->phase == KRT_CONN_STREAM ||
           (conn->phase == KRT_CONN_WAIT && conn->exchange->made.is_streamed &&
            !conn->exchange->is_lost);
}

void krt_conn_lost(struct krt_conn *conn)
{
    if (is_streaming(conn))
        krt__conn_report(conn, conn->exchange->made.status, conn->exchange->n_pulled);
    else if (conn->phase == KRT_CONN_WAIT && !conn->exchange->is_lost)
        krt__conn_report(conn, 0, 0);
    conn->output.len = conn->output_sent = conn->pending.len = 0;
    conn->has_content = false;
    if (!krt_conn_is_lent(conn)) {
        enter(conn, KRT_CONN_DONE);
        return;
    }
    conn->exchange->is_lost = true;
    conn->deadline = INT64_MAX;
}

void krt_conn_expired(struct krt_conn *conn, const struct krt_moment *now)
{
    conn->now = now;
    if (conn->phase == KRT_CONN_DRAIN || krt_conn_is_idle(conn))
        enter(conn, KRT_CONN_DONE);
    else
        reject(conn, 408);
    conn->deadline = next_deadline(conn);
}
