#include "conn.h"

#include <assert.h>
#include <string.h>

const struct krt_limits krt_limits_default = {
    .head_ms = 30 * 1000,
    .idle_ms = 130 * 1000,
    .body_ms = 30 * 1000,
    .write_ms = 30 * 1000,
    .drain_ms = 5 * 1000,
    .body_max = 1024 * 1024,
    .drain_max = 1024 * 1024,
};

/* Room for the names of KRT_METHODS_MAX methods, OPTIONS, and what joins them. */
enum { ALLOW_SIZE = KRT_METHODS_MAX * (KRT_METHOD_NAME_MAX + 2) + sizeof "OPTIONS" };

/* What a request is answered with. */
struct verdict {
    int status;
    int route;
    char allow[ALLOW_SIZE]; /* empty unless the path is known */
};

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

static bool is_method(const struct krt_conn *conn, const char *name)
{
    struct krt_slice method = conn->head.method;
    return method.len == strlen(name) && memcmp(method.at, name, method.len) == 0;
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

static void report(const struct krt_conn *conn, int status, int route, size_t body_len)
{
    const struct krt_service *service = conn->service;
    if (!service->answered)
        return;
    struct krt_answer answer = {conn->head.method, conn->head.target, route, status,
                                body_len};
    service->answered(service->context, &answer);
}

/* Refuses what cannot be trusted to have an end: answers, then reads only to let the
 * answer arrive. */
static void reject(struct krt_conn *conn, int status)
{
    report(conn, status, KRT_NO_ROUTE, 0);
    krt_reply_status(&conn->output, status, NULL, &conn->service->date, KRT_CLOSE);
    enter(conn, KRT_CONN_DRAIN);
    conn->drain_left = conn->service->limits->drain_max;
    conn->input_len = 0;
}

static void put_name(struct krt_buffer *list, const char *name)
{
    if (list->len > 0)
        krt_put_text(list, ", ");
    krt_put_text(list, name);
}

/* Lists the methods that have a route for the path, all of them for the target "*". */
static void list_methods(const struct krt_conn *conn, char (*allow)[ALLOW_SIZE])
{
    const struct krt_program *program = conn->service->program;
    const unsigned char *path = conn->head.path;
    struct krt_buffer list = KRT_BUFFER(*allow);
    bool has_options = false;
    for (size_t i = 0; i < program->n_methods; i++) {
        const struct krt_method *method = &program->methods[i];
        if (path && method->match(path) == KRT_NO_ROUTE)
            continue;
        put_name(&list, method->name);
        has_options |= strcmp(method->name, "OPTIONS") == 0;
    }
    if (list.len > 0 && !has_options)
        put_name(&list, "OPTIONS");
    krt_end_text(&list);
}

/* The answer to a request that no route takes. */
static void judge_unmatched(const struct krt_conn *conn, int method,
                            struct verdict *verdict)
{
    list_methods(conn, &verdict->allow);
    if (method == KRT_METHOD_UNKNOWN) {
        verdict->status = 501;
        *verdict->allow = '\0';
    } else if (!*verdict->allow) {
        verdict->status = 404;
    } else {
        verdict->status = is_method(conn, "OPTIONS") ? 204 : 405;
    }
}

static void judge(const struct krt_conn *conn, struct verdict *verdict)
{
    const struct krt_program *program = conn->service->program;
    int method = program->find_method(conn->head.method.at);
    verdict->route = KRT_NO_ROUTE;
    if (method >= 0 && conn->head.path)
        verdict->route = program->methods[method].match(conn->head.path);
    if (verdict->route == KRT_NO_ROUTE)
        judge_unmatched(conn, method, verdict);
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

static void answer_route(struct krt_conn *conn, int route, enum krt_persistence after)
{
    const struct krt_response *response =
        &conn->service->program->routes[route].response;
    bool has_body = !is_method(conn, "HEAD");
    report(conn, response->status, route, has_body ? response->body.len : 0);
    krt_reply_head(&conn->output, response, &conn->service->date, after);
    if (has_body)
        append_body(conn, response->body);
}

static void answer(struct krt_conn *conn)
{
    struct verdict verdict;
    enum krt_persistence after = persistence(conn);
    judge(conn, &verdict);
    if (verdict.route != KRT_NO_ROUTE) {
        answer_route(conn, verdict.route, after);
    } else {
        report(conn, verdict.status, KRT_NO_ROUTE, 0);
        krt_reply_status(&conn->output, verdict.status,
                         *verdict.allow ? verdict.allow : NULL, &conn->service->date,
                         after);
    }
    conn->has_answered = true;
    enter(conn, after == KRT_CLOSE ? KRT_CONN_DONE : KRT_CONN_HEAD);
}

/* What a complete head asks for before its body is read. */
static void begin_body(struct krt_conn *conn)
{
    const struct krt_head *head = &conn->head;
    bool is_options = is_method(conn, "OPTIONS");
    if (!head->path && !is_options) {
        reject(conn, 400);
        return;
    }
    if (head->content_length > conn->service->limits->body_max) {
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
