#include "conn.h"

#include <assert.h>
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
    return conn->phase == KRT_CONN_HEAD && conn->input_len == 0 && !has_output(conn);
}

/* A deadline for the whole phase, however the bytes trickle in. */
static int64_t phase_deadline(struct krt_conn *conn, int64_t now, int ms)
{
    if (conn->phase_deadline == 0)
        conn->phase_deadline = now + ms;
    return conn->phase_deadline;
}

static int64_t next_deadline(struct krt_conn *conn, int64_t now)
{
    const struct krt_limits *limits = conn->service->limits;
    if (has_output(conn))
        return now + limits->write_ms;
    if (conn->phase == KRT_CONN_DRAIN)
        return phase_deadline(conn, now, limits->drain_ms);
    if (conn->phase == KRT_CONN_BODY)
        return now + limits->body_ms;
    if (krt_conn_is_idle(conn) && conn->has_answered)
        return now + limits->idle_ms;
    return phase_deadline(conn, now, limits->head_ms);
}

static void enter(struct krt_conn *conn, enum krt_conn_phase phase)
{
    conn->phase = phase;
    conn->phase_deadline = 0;
}

static enum krt_persistence persistence(const struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    if (conn->service->stopping || head->wants_close)
        return KRT_CLOSE;
    if (!head->is_http_1_0)
        return KRT_KEEP;
    return head->wants_keep_alive ? KRT_KEEP_EXPLICITLY : KRT_CLOSE;
}

static void report(const struct krt_conn *conn, const struct krt_verdict *verdict,
                   int status, size_t body_len)
{
    const struct krt_service *service = conn->service;
    if (!service->answered)
        return;
    struct krt_answer answer = {conn->head.method, conn->head.target, verdict, status,
                                body_len};
    service->answered(service->context, &answer);
}

/* Refuses what cannot be trusted to have an end: answers, then reads only to let the
 * answer arrive. */
static void reject(struct krt_conn *conn, int status)
{
    report(conn, NULL, status, 0);
    krt_reply_status(&conn->output, status, NULL, &conn->service->date, KRT_CLOSE);
    enter(conn, KRT_CONN_DRAIN);
    conn->drain_left = KRT_DRAIN_MAX;
    conn->input_len = 0;
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

static void judge(struct krt_conn *conn, struct krt_verdict *verdict)
{
    const struct krt_program *program = conn->service->program;
    unsigned char *end = path_end(conn);
    unsigned char kept = end ? *end : '\0';
    if (end)
        *end = '\0';
    krt_judge(verdict, program, &conn->head, conn->path);
    if (end)
        *end = kept;
    bool is_told = conn->service->answered || conn->service->explain;
    if (verdict->status == 404 && conn->head.path.len > 0 && is_told)
        krt_near_find(&verdict->near, program, conn->head.method, conn->path);
}

/* Small bodies join their head in one write, large ones are sent from where they lie.
 */
static void append_body(struct krt_conn *conn, struct krt_bytes body)
{
    if (body.len <= conn->output.cap - conn->output.len)
        krt_put(&conn->output, body.data, body.len);
    else
        conn->pending = body;
}

static void answer_route(struct krt_conn *conn, const struct krt_verdict *verdict,
                         enum krt_persistence after)
{
    const struct krt_response *response =
        &conn->service->program->routes[verdict->route].response;
    bool has_body = !krt_head_has_method(&conn->head, "HEAD");
    report(conn, verdict, response->status, has_body ? response->body.len : 0);
    krt_reply_head(&conn->output, response, &conn->service->date, after);
    if (has_body)
        append_body(conn, response->body);
}

static void answer_status(struct krt_conn *conn, const struct krt_verdict *verdict,
                          enum krt_persistence after)
{
    const struct krt_date *date = &conn->service->date;
    const char *allow = *verdict->allow ? verdict->allow : NULL;
    report(conn, verdict, verdict->status, 0);
    if (verdict->status == 308)
        krt_reply_redirect(&conn->output, &conn->head, date, after);
    else
        krt_reply_status(&conn->output, verdict->status, allow, date, after);
}

static void answer_problem(struct krt_conn *conn, const struct krt_verdict *verdict,
                           enum krt_persistence after)
{
    struct krt_problem problem = {
        .program = conn->service->program,
        .verdict = verdict,
        .is_body_sent = !krt_head_has_method(&conn->head, "HEAD"),
    };
    size_t body_len =
        krt_reply_problem(&conn->output, &problem, &conn->service->date, after);
    report(conn, verdict, verdict->status, body_len);
}

static void answer(struct krt_conn *conn)
{
    struct krt_verdict verdict;
    enum krt_persistence after = persistence(conn);
    judge(conn, &verdict);
    if (verdict.route != KRT_NO_ROUTE)
        answer_route(conn, &verdict, after);
    else if (conn->service->explain && (verdict.status == 404 || verdict.status == 405))
        answer_problem(conn, &verdict, after);
    else
        answer_status(conn, &verdict, after);
    conn->has_answered = true;
    enter(conn, after == KRT_CLOSE ? KRT_CONN_DONE : KRT_CONN_HEAD);
}

/* Whether the path is one that can be matched; its normal form is kept if it is not
 * plain. */
static bool prepare_path(struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    if (head->path.len == 0)
        return krt_head_has_method(head, "OPTIONS");
    return head->is_path_plain || krt_path_normalise(head->path, conn->path) == 0;
}

/* What a complete head asks for before its body is read. */
static void begin_body(struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    if (!prepare_path(conn)) {
        reject(conn, 400);
        return;
    }
    if (head->content_length > conn->service->limits->body) {
        reject(conn, 413);
        return;
    }
    enter(conn, KRT_CONN_BODY);
    conn->body_left = head->content_length;
    bool body_has_come = conn->input_len > head->len;
    if (head->expects_continue && !head->is_http_1_0 && conn->body_left > 0 &&
        !body_has_come)
        krt_reply_continue(&conn->output);
}

static void consume(struct krt_conn *conn, size_t len)
{
    conn->input_start += len;
    conn->input_len -= len;
    krt_head_init(&conn->head);
}

/* Reads on in the head; false when more input is needed. Empty lines before a request
 * are no part of it: a client that has sent nothing else is idle. */
static bool read_head(struct krt_conn *conn)
{
    int result =
        krt_head_read(&conn->head, conn->input + conn->input_start, conn->input_len);
    if (result == KRT_HEAD_PARTIAL && !conn->head.has_request_line)
        consume(conn, conn->head.len);
    if (result == KRT_HEAD_PARTIAL)
        return false;
    if (result == KRT_HEAD_COMPLETE)
        begin_body(conn);
    else
        reject(conn, result);
    return true;
}

/* Discards the body that has come, and answers at its end; false when more input is
 * needed. Answering earlier could leave both sides waiting in a write. */
static bool read_body(struct krt_conn *conn)
{
    size_t head_len = conn->head.len;
    size_t come = conn->input_len - head_len;
    size_t part = come < conn->body_left ? come : (size_t)conn->body_left;
    conn->body_left -= part;
    if (conn->body_left > 0) {
        conn->input_len = head_len;
        return false;
    }
    answer(conn);
    consume(conn, head_len + part);
    return true;
}

/* Handles input until more is needed or the output has to be written first. */
static void advance(struct krt_conn *conn, int64_t now)
{
    bool moved = true;
    while (moved && conn->pending.len == 0 &&
           conn->output.cap - conn->output.len >= KRT_REPLY_ROOM) {
        if (conn->phase == KRT_CONN_HEAD && conn->input_len > 0)
            moved = read_head(conn);
        else if (conn->phase == KRT_CONN_BODY)
            moved = read_body(conn);
        else
            moved = false;
    }
    conn->deadline = next_deadline(conn, now);
}

void krt_conn_init(struct krt_conn *conn, const struct krt_service *service,
                   int64_t now)
{
    memset(conn, 0, offsetof(struct krt_conn, input));
    conn->service = service;
    conn->output.data = conn->output_data;
    conn->output.cap = sizeof conn->output_data;
    conn->deadline = next_deadline(conn, now);
}

/* Moves the current request to the front. The head points into the input, so what was
 * read of it is read again. */
static void compact(struct krt_conn *conn)
{
    memmove(conn->input, conn->input + conn->input_start, conn->input_len + 1);
    conn->input_start = 0;
    krt_head_init(&conn->head);
    krt_head_read(&conn->head, conn->input, conn->input_len);
}

void *krt_conn_space(struct krt_conn *conn, size_t *len)
{
    if (conn->input_start > 0)
        compact(conn);
    *len = KRT_INPUT_SIZE - conn->input_len;
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

void krt_conn_received(struct krt_conn *conn, size_t len, int64_t now)
{
    if (conn->phase == KRT_CONN_DRAIN) {
        drain(conn, len);
    } else {
        conn->input_len += len;
        conn->input[conn->input_start + conn->input_len] = '\0';
    }
    advance(conn, now);
}

void krt_conn_sent(struct krt_conn *conn, size_t len, int64_t now)
{
    if (conn->output_sent < conn->output.len) {
        conn->output_sent += len;
    } else {
        conn->pending.data = (const unsigned char *)conn->pending.data + len;
        conn->pending.len -= len;
    }
    if (conn->output_sent == conn->output.len)
        conn->output_sent = conn->output.len = 0;
    advance(conn, now);
}

void krt_conn_lost(struct krt_conn *conn)
{
    conn->output.len = conn->output_sent = conn->pending.len = 0;
    enter(conn, KRT_CONN_DONE);
}

void krt_conn_expired(struct krt_conn *conn, int64_t now)
{
    if (conn->phase == KRT_CONN_DRAIN || krt_conn_is_idle(conn))
        enter(conn, KRT_CONN_DONE);
    else
        reject(conn, 408);
    conn->deadline = next_deadline(conn, now);
}
