#include "client.h"

#include "dial.h"
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INPUT_SIZE = 64 * 1024, /* a response head must fit */
    PIECE = 64 * 1024,      /* of the request, sent within the time limit */
    ABSENT_RETRY_MS = 10,
};

/* One request and its response. */
struct exchange {
    const struct krt_call *call;
    struct krt_error *error;
    struct krt_link *link;
    size_t start; /* of the input not yet used */
    size_t len;   /* of that input */
    char input[INPUT_SIZE];
};

/* What a response head says about what follows. */
struct framing {
    int status;
    bool is_chunked;
    bool has_length;
    uint64_t length;
};

static int64_t deadline(const struct exchange *exchange)
{
    return krt_os_now_ms() + exchange->call->timeout_ms;
}

/* ---- Request ---- */

/* Text that grows on the heap; `at` is NULL once memory ran out. */
struct text {
    char *at;
    size_t len;
    size_t cap;
};

static void put(struct text *text, const char *part)
{
    size_t len = strlen(part);
    if (text->len + len + 1 > text->cap) {
        size_t cap = 2 * (text->cap + len) + 256;
        char *larger = text->at || text->cap == 0 ? realloc(text->at, cap) : NULL;
        if (!larger)
            free(text->at);
        text->at = larger;
        text->cap = cap;
    }
    if (text->at)
        memcpy(text->at + text->len, part, len + 1);
    text->len += len;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Whether `line` starts with `prefix`, which is in lower case, in any case. */
static bool has_prefix_fold(const char *line, const char *prefix)
{
    while (*prefix && lower(*line) == *prefix)
        line++, prefix++;
    return *prefix == '\0';
}

static void put_default(struct text *head, const struct krt_call *call,
                        const char *name, const char *value)
{
    for (size_t i = 0; i < call->n_fields; i++)
        if (has_prefix_fold(call->fields[i], name))
            return;
    put(head, name);
    put(head, value);
    put(head, "\r\n");
}

static void put_head(struct text *head, const struct krt_call *call)
{
    char length[24];
    put(head, call->method);
    put(head, " ");
    put(head, call->target);
    put(head, " HTTP/1.1\r\n");
    put_default(head, call, "host:", " localhost");
    put_default(head, call, "accept:", " */*");
    put_default(head, call, "connection:", " close");
    snprintf(length, sizeof length, " %lu", (unsigned long)call->body.len);
    if (call->has_body)
        put_default(head, call, "content-length:", length);
    for (size_t i = 0; i < call->n_fields; i++) {
        put(head, call->fields[i]);
        put(head, "\r\n");
    }
    put(head, "\r\n");
}

static int out_of_memory(struct krt_error *error)
{
    return krt_error_set(error, KRT_ERR_NO_MEMORY, "out of memory");
}

static int send_all(struct exchange *exchange, const char *data, size_t len)
{
    int result = KRT_OK;
    while (len > 0 && result == KRT_OK) {
        size_t part = len < PIECE ? len : PIECE;
        result = krt_link_write(exchange->link, data, part, deadline(exchange),
                                exchange->error);
        data += part;
        len -= part;
    }
    return result;
}

static int send_request(struct exchange *exchange)
{
    const struct krt_call *call = exchange->call;
    struct text head = {0};
    put_head(&head, call);
    if (!head.at)
        return out_of_memory(exchange->error);
    int result = send_all(exchange, head.at, head.len);
    free(head.at);
    if (result == KRT_OK && call->has_body)
        result = send_all(exchange, call->body.data, call->body.len);
    return result;
}

/* ---- Response ---- */

static int protocol_error(const struct exchange *exchange, const char *what)
{
    return krt_error_set(exchange->error, KRT_ERR_PROTOCOL,
                         "the reply is not HTTP/1.1: %s", what);
}

/* Reads more input behind what is there; KRT_ERR_CLOSED at its end. */
static int fill(struct exchange *exchange)
{
    size_t n;
    memmove(exchange->input, exchange->input + exchange->start, exchange->len);
    exchange->start = 0;
    if (exchange->len == INPUT_SIZE)
        return protocol_error(exchange, "its head or a chunk's head is too long");
    int result = krt_link_read(exchange->link, exchange->input + exchange->len,
                               INPUT_SIZE - exchange->len, &n, deadline(exchange),
                               exchange->error);
    if (result == KRT_OK)
        exchange->len += n;
    return result;
}

static void consume(struct exchange *exchange, size_t len)
{
    exchange->start += len;
    exchange->len -= len;
}

/* The length of the input up to and including the first `mark`, reading as much as
 * that takes; negative enum krt_err on failure. */
static int read_until(struct exchange *exchange, const char *mark, size_t *len)
{
    size_t mark_len = strlen(mark);
    for (size_t at = 0;; at++) {
        while (exchange->len < at + mark_len) {
            int result = fill(exchange);
            if (result != KRT_OK)
                return result;
        }
        if (memcmp(exchange->input + exchange->start + at, mark, mark_len) == 0) {
            *len = at + mark_len;
            return KRT_OK;
        }
    }
}

/* Reads a number at *at and moves behind it. */
static bool read_number(const char **at, unsigned base, uint64_t *value)
{
    static const char digits[] = "0123456789abcdef";
    const char *start = *at;
    const char *digit;
    *value = 0;
    while (**at && (digit = strchr(digits, lower(**at))) && digit < digits + base) {
        if (*value > (UINT64_MAX - 15) / base)
            return false;
        *value = *value * base + (uint64_t)(digit - digits);
        ++*at;
    }
    return *at > start;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* Whether only blanks are left of the line. */
static bool is_at_end(const char *at)
{
    return *skip_blanks(at) == '\r';
}

static const char *read_content_length(const char *value, struct framing *framing)
{
    uint64_t length;
    value = skip_blanks(value);
    if (!read_number(&value, 10, &length) || !is_at_end(value))
        return "its Content-Length is not a number";
    if (framing->has_length && framing->length != length)
        return "its Content-Lengths differ";
    framing->has_length = true;
    framing->length = length;
    return NULL;
}

static const char *read_transfer_encoding(const char *value, struct framing *framing)
{
    value = skip_blanks(value);
    framing->is_chunked =
        has_prefix_fold(value, "chunked") && is_at_end(value + sizeof "chunked" - 1);
    return framing->is_chunked ? NULL : "its Transfer-Encoding is not chunked";
}

/* Takes what a header field says of the body. What is wrong with it, or NULL. */
static const char *read_framing_field(const char *line, struct framing *framing)
{
    static const char length[] = "content-length:";
    static const char encoding[] = "transfer-encoding:";
    if (has_prefix_fold(line, length))
        return read_content_length(line + sizeof length - 1, framing);
    if (has_prefix_fold(line, encoding))
        return read_transfer_encoding(line + sizeof encoding - 1, framing);
    return NULL;
}

/* RFC 9112 section 4. */
static bool read_status_line(const char *line, int *status)
{
    uint64_t number;
    if (memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' ||
        line[8] != ' ')
        return false;
    const char *end = line + 9;
    if (!read_number(&end, 10, &number) || end != line + 12 || number < 100)
        return false;
    *status = (int)number;
    return *end == ' ' || *end == '\r';
}

/* Reads a head of `len` bytes at the start of the input, which ends in an empty line. A
 * NUL may garble a line, so its end is not looked for with strchr(). */
static int read_framing(const struct exchange *exchange, size_t len,
                        struct framing *framing)
{
    const char *head = exchange->input + exchange->start;
    const char *end = head + len;
    *framing = (struct framing){0};
    if (len < sizeof "HTTP/1.1 200\r\n" || !read_status_line(head, &framing->status))
        return protocol_error(exchange, "it has no status line");
    for (const char *line = head; line < end;) {
        const char *fault = read_framing_field(line, framing);
        if (fault)
            return protocol_error(exchange, fault);
        line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    }
    return KRT_OK;
}

static void deliver(struct exchange *exchange, uint64_t max)
{
    size_t len = exchange->len < max ? exchange->len : (size_t)max;
    if (len > 0)
        exchange->call->body_piece(exchange->call->context,
                                   exchange->input + exchange->start, len);
    consume(exchange, len);
}

static int closed_early(struct exchange *exchange, int result)
{
    if (result == KRT_ERR_CLOSED)
        return krt_error_set(exchange->error, KRT_ERR_CLOSED,
                             "the server closed the connection in the middle of its "
                             "reply");
    return result;
}

static int read_bytes(struct exchange *exchange, uint64_t left)
{
    while (left > 0) {
        if (exchange->len == 0) {
            int result = fill(exchange);
            if (result != KRT_OK)
                return closed_early(exchange, result);
        }
        uint64_t before = exchange->len;
        deliver(exchange, left);
        left -= before - exchange->len;
    }
    return KRT_OK;
}

static int read_until_close(struct exchange *exchange)
{
    int result = KRT_OK;
    while (result == KRT_OK) {
        deliver(exchange, UINT64_MAX);
        result = fill(exchange);
    }
    return result == KRT_ERR_CLOSED ? KRT_OK : result;
}

/* RFC 9112 section 7.1; extensions and trailers are skipped. */
static int read_chunk(struct exchange *exchange, uint64_t *size)
{
    size_t len;
    int result = read_until(exchange, "\r\n", &len);
    if (result != KRT_OK)
        return closed_early(exchange, result);
    const char *end = exchange->input + exchange->start;
    if (!read_number(&end, 16, size) || (*end != ';' && !is_at_end(end)))
        return protocol_error(exchange, "a chunk has no size");
    consume(exchange, len);
    if (*size == 0)
        return KRT_OK;
    result = read_bytes(exchange, *size);
    if (result != KRT_OK)
        return result;
    result = read_until(exchange, "\r\n", &len);
    if (result != KRT_OK)
        return closed_early(exchange, result);
    if (len != 2)
        return protocol_error(exchange, "a chunk is longer than its size");
    consume(exchange, len);
    return KRT_OK;
}

static int read_chunks(struct exchange *exchange)
{
    uint64_t size = 1;
    while (size > 0) {
        int result = read_chunk(exchange, &size);
        if (result != KRT_OK)
            return result;
    }
    size_t len = 0;
    while (len != 2) {
        int result = read_until(exchange, "\r\n", &len);
        if (result != KRT_OK)
            return closed_early(exchange, result);
        consume(exchange, len);
    }
    return KRT_OK;
}

/* RFC 9112 section 6.3. */
static int read_body(struct exchange *exchange, const struct framing *framing)
{
    if (strcmp(exchange->call->method, "HEAD") == 0 || framing->status == 204 ||
        framing->status == 304)
        return KRT_OK;
    if (framing->is_chunked)
        return read_chunks(exchange);
    if (framing->has_length)
        return read_bytes(exchange, framing->length);
    return read_until_close(exchange);
}

static int read_head(struct exchange *exchange, struct framing *framing)
{
    const struct krt_call *call = exchange->call;
    do {
        size_t len;
        int result = read_until(exchange, "\r\n\r\n", &len);
        if (result == KRT_ERR_CLOSED)
            return krt_error_set(exchange->error, KRT_ERR_CLOSED,
                                 "the server closed the connection without a reply");
        if (result == KRT_OK)
            result = read_framing(exchange, len, framing);
        if (result != KRT_OK)
            return result;
        if (framing->status >= 200)
            call->head(call->context, framing->status,
                       exchange->input + exchange->start, len);
        consume(exchange, len);
    } while (framing->status < 200);
    return KRT_OK;
}

/* A server may answer and close before it has read all of the request, so a write that
 * fails because the connection closed is followed by a look for the answer. */
static int run(struct exchange *exchange)
{
    struct framing framing = {0};
    int result = send_request(exchange);
    if (result == KRT_OK || result == KRT_ERR_CLOSED)
        result = read_head(exchange, &framing);
    if (result == KRT_OK)
        result = read_body(exchange, &framing);
    return result;
}

static int dial(const struct krt_endpoint *endpoint, const struct krt_call *call,
                struct krt_link **link, struct krt_error *error)
{
    int64_t start = krt_os_now_ms();
    for (;;) {
        int result =
            krt_dial(link, endpoint, krt_os_now_ms() + call->timeout_ms, error);
        if (result != KRT_ERR_ABSENT || krt_os_now_ms() >= start + call->wait_ms)
            return result;
        krt_os_sleep_ms(ABSENT_RETRY_MS);
    }
}

int krt_call(const struct krt_endpoint *endpoint, const struct krt_call *call,
             struct krt_error *error)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return out_of_memory(error);
    exchange->call = call;
    exchange->error = error;
    int result = dial(endpoint, call, &exchange->link, error);
    if (result == KRT_OK)
        result = run(exchange);
    krt_link_close(exchange->link);
    free(exchange);
    return result;
}
