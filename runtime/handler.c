/* What handlers of the user see of an exchange: krt.h. */
#include "handler.h"

#include "conn.h"
#include "request.h"
#include "text.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* ---- Running them ---- */

struct krt_exchange *krt__exchange_of(struct krt_job *job)
{
    return (struct krt_exchange *)(void *)((char *)job -
                                           offsetof(struct krt_exchange, job));
}

void krt__exchange_submit(struct krt_exchange *exchange,
                          void (*run)(struct krt_job *job))
{
    assert(exchange->program->blocking);
    exchange->job.run = run;
    krt__exchange_hold(exchange);
    exchange->program->blocking->submit(&exchange->job);
}

/* A job's function has returned `result`. */
static void end_job(struct krt_exchange *exchange, int result)
{
    if (result != KRT_LATER)
        krt__exchange_finish(exchange, result);
    krt__exchange_release(exchange);
}

static void run_call(struct krt_job *job)
{
    struct krt_exchange *exchange = krt__exchange_of(job);
    end_job(exchange, exchange->handler->call(exchange));
}

int krt_answer_handler(struct krt_exchange *exchange, const void *handler)
{
    exchange->handler = handler;
    if (!exchange->handler->is_blocking)
        return exchange->handler->call(exchange);
    krt__exchange_submit(exchange, run_call);
    return KRT_LATER;
}

static void run_take(struct krt_job *job)
{
    struct krt_exchange *exchange = krt__exchange_of(job);
    end_job(exchange, exchange->handler->take(exchange, exchange->piece));
}

int krt_take_handler(struct krt_exchange *exchange, const void *handler,
                     struct krt_str piece)
{
    exchange->handler = handler;
    if (!exchange->handler->is_blocking)
        return exchange->handler->take(exchange, piece);
    exchange->piece = piece;
    krt__exchange_submit(exchange, run_take);
    return KRT_LATER;
}

void krt_finish(struct krt_exchange *exchange, int result)
{
    krt__exchange_finish(exchange, result);
}

/* ---- The request ---- */

static struct krt_str str_of(struct krt_slice slice)
{
    return (struct krt_str){(const char *)slice.at, slice.len};
}

struct krt_str krt_request_method(const struct krt_exchange *exchange)
{
    return str_of(exchange->head->method);
}

struct krt_str krt_request_path(const struct krt_exchange *exchange)
{
    return str_of(exchange->path);
}

struct krt_str krt_request_query(const struct krt_exchange *exchange)
{
    return str_of(krt_query_of(exchange->head));
}

bool krt_request_header(const struct krt_exchange *exchange, const char *name,
                        struct krt_str *value)
{
    struct krt_slice found;
    if (!krt_head_find(exchange->head, name, &found))
        return false;
    *value = str_of(found);
    return true;
}

bool krt_request_cookie(const struct krt_exchange *exchange, const char *name,
                        struct krt_str *value)
{
    struct krt_slice found;
    if (!krt_cookie_find(exchange->head, name, &found))
        return false;
    *value = str_of(found);
    return true;
}

struct krt_str krt_request_body(const struct krt_exchange *exchange)
{
    return str_of(exchange->body);
}

struct krt_peer krt_request_peer(struct krt_exchange *exchange)
{
    const struct krt_service *service = exchange->conn->service;
    if (!service->identify)
        return (struct krt_peer){0, ""};
    return service->identify(service->context, exchange->conn);
}

/* ---- Memory ---- */

static void *take(struct krt_exchange *exchange, size_t size)
{
    void *piece = krt_arena_take(exchange->arena, size);
    if (!piece)
        exchange->fault = "no memory for the response";
    return piece;
}

void *krt_take(struct krt_exchange *exchange, size_t size)
{
    void *piece = take(exchange, size);
    if (piece)
        memset(piece, 0, size);
    return piece;
}

void *krt_server_data(const struct krt_exchange *exchange)
{
    return exchange->conn->service->data;
}

/* ---- The response ---- */

void krt_respond_status(struct krt_exchange *exchange, int status)
{
    if (status < 200 || status > 599)
        exchange->fault = "the handler has set a status that is not 200 to 599";
    else
        exchange->made.status = status;
}

static bool is_token_character(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text)
{
    const char *at = text;
    while (is_token_character((unsigned char)*at))
        at++;
    return at > text && *at == '\0';
}

static bool is_field_value(const char *text)
{
    for (;; text++) {
        while (*text >= ' ' && *text < '\x7f')
            text++; /* as nearly always */
        if (*text == '\0')
            return true;
        if ((unsigned char)*text < 0x80 && *text != '\t')
            return false;
    }
}

/* Whether all of the text is printable ASCII; may say no if it is, but rarely does. */
static bool is_plain(const char *text, size_t len)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    uint64_t found = 0;
    for (; len >= sizeof found; text += sizeof found, len -= sizeof found) {
        uint64_t word;
        memcpy(&word, text, sizeof word);
        found |= (word - ones * ' ') | (word + ones) | word;
    }
    for (; len > 0; text++, len--)
        found |= *text < ' ' || *text >= '\x7f' ? ones << 7 : 0;
    return (found & ones << 7) == 0;
}

static bool is_same_name(const char *a, const char *b)
{
    while (*a && krt_to_lower((unsigned char)*a) == (unsigned char)*b) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

static bool is_of_server(const char *name)
{
    static const char *const names[] = {
        "connection", "content-length", "content-type",      "date",   "keep-alive",
        "te",         "trailer",        "transfer-encoding", "upgrade"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_same_name(name, names[i]))
            return true;
    return false;
}

/* Room for `len` bytes more behind the fields; NULL when memory ran out. */
static char *field_room(struct krt_exchange *exchange, size_t len)
{
    struct krt_bytes *fields = &exchange->made.fields;
    if (fields->len + len > exchange->fields_cap) {
        size_t cap = 2 * (fields->len + len);
        char *moved = take(exchange, cap);
        if (!moved)
            return NULL;
        if (fields->len > 0)
            memcpy(moved, fields->data, fields->len);
        fields->data = exchange->fields_start = moved;
        exchange->fields_cap = cap;
    }
    return exchange->fields_start + fields->len;
}

static void add_field(struct krt_exchange *exchange, const char *name,
                      const char *value)
{
    size_t name_len = strlen(name);
    size_t value_len = strlen(value);
    size_t len = name_len + value_len + 4;
    char *at = field_room(exchange, len);
    if (!at)
        return;
    memcpy(at, name, name_len);
    memcpy(at + name_len, ": ", 2);
    memcpy(at + name_len + 2, value, value_len);
    memcpy(at + len - 2, "\r\n", 2);
    exchange->made.fields.len += len;
}

void krt_respond_header(struct krt_exchange *exchange, const char *name,
                        const char *value)
{
    if (is_of_server(name))
        exchange->fault = "the handler has set a header field that is the server's";
    else if (!is_token(name) || !is_field_value(value))
        exchange->fault = "the handler has set a header field that is not valid";
    else
        add_field(exchange, name, value);
}

void krt_respond_static(struct krt_exchange *exchange, const char *media_type,
                        const void *body, size_t len)
{
    size_t media_len = media_type ? strlen(media_type) : 0;
    if (!is_plain(media_type, media_len) && !is_field_value(media_type))
        exchange->fault = "the handler has set a media type that is not valid";
    exchange->made.media_type = (struct krt_bytes){media_type, media_len};
    exchange->made.body = (struct krt_bytes){body, len};
    exchange->start = NULL;
}

void krt_respond(struct krt_exchange *exchange, const char *media_type,
                 const void *body, size_t len)
{
    void *copy = len > 0 ? take(exchange, len) : NULL;
    if (copy)
        memcpy(copy, body, len);
    krt_respond_static(exchange, media_type, copy, copy ? len : 0);
}
