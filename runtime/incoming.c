#include "incoming.h"

#include "text.h"

#include <string.h>

/* What a response head says about what follows. */
struct framing {
    int status;
    bool is_http_1_0;
    bool is_chunked;
    bool has_length;
    bool closes;
    uint64_t length;
};

int krt_incoming_fault(struct krt_error *error, const char *what)
{
    return krt_error_set(error, KRT_ERR_PROTOCOL, "the reply is not HTTP/1.1: %s",
                         what);
}

/* ---- Heads ---- */

/* What follows `prefix`, which is in lower case, in `line`; NULL if it is not there. */
static const char *after(const char *line, const char *prefix)
{
    for (; *prefix; line++, prefix++)
        if (krt_to_lower((unsigned char)*line) != (unsigned char)*prefix)
            return NULL;
    return line;
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

static const char *read_length(const char *value, struct framing *framing)
{
    uint64_t length = 0;
    const char *at = value;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (length > (UINT64_MAX - 9) / 10)
            break;
        length = length * 10 + (uint64_t)(*at - '0');
    }
    if (at == value || !is_at_end(at))
        return "its Content-Length is not a number";
    if (framing->has_length && framing->length != length)
        return "its Content-Lengths differ";
    framing->has_length = true;
    framing->length = length;
    return NULL;
}

static const char *read_encoding(const char *value, struct framing *framing)
{
    value = after(value, "chunked");
    if (framing->is_chunked || !value || !is_at_end(value))
        return "its Transfer-Encoding is not chunked";
    framing->is_chunked = true;
    return NULL;
}

/* Looks for "close" in a list (RFC 9110 section 7.6.1). */
static const char *read_connection(const char *value, struct framing *framing)
{
    while (*value != '\r') {
        const char *end = after(value, "close");
        end = end ? skip_blanks(end) : "";
        framing->closes |= *end == ',' || *end == '\r';
        while (*value != '\r' && *value != ',')
            value++;
        while (*value == ',' || *value == ' ' || *value == '\t')
            value++;
    }
    return NULL;
}

/* Takes what a header field says of the body. What is wrong with it, or NULL. */
static const char *read_field(const char *line, struct framing *framing)
{
    static const struct {
        const char *name;
        const char *(*read)(const char *value, struct framing *framing);
    } fields[] = {{"content-length:", read_length},
                  {"transfer-encoding:", read_encoding},
                  {"connection:", read_connection}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *value = after(line, fields[i].name);
        if (value)
            return fields[i].read(skip_blanks(value), framing);
    }
    return NULL;
}

/* RFC 9112 section 4. */
static bool read_status_line(const char *line, struct framing *framing)
{
    if (!after(line, "http/1.") || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return false;
    framing->is_http_1_0 = line[7] == '0';
    for (int i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return false;
        framing->status = framing->status * 10 + line[i] - '0';
    }
    return framing->status >= 100 && (line[12] == ' ' || line[12] == '\r');
}

/* The end of the line, behind its CRLF; NULL if other control characters come first
 * (RFC 9110 section 5.5, RFC 9112 section 2.2). */
static const char *line_end(const char *at)
{
    while ((unsigned char)*at >= ' ' || *at == '\t')
        at++;
    return at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

/* RFC 9112 section 5: a token, and a colon right behind it. */
static bool is_field(const char *line)
{
    const char *at = line;
    while (*at > ' ' && *at < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", *at))
        at++;
    return at > line && *at == ':';
}

/* What is wrong with the head, which ends in an empty line, or NULL. */
static const char *read_framing(const char *head, size_t len, struct framing *framing)
{
    static const char malformed[] = "a line of its head is malformed";
    const char *end = head + len - 2;
    if (len < sizeof "HTTP/1.1 200\r\n" || !read_status_line(head, framing))
        return "it has no status line";
    for (const char *line = line_end(head); line != end;) {
        const char *next = line ? line_end(line) : NULL;
        if (!next || !is_field(line))
            return malformed;
        const char *fault = read_field(line, framing);
        if (fault)
            return fault;
        line = next;
    }
    return framing->is_chunked && framing->has_length
               ? "it has both Content-Length and Transfer-Encoding"
               : NULL;
}

/* ---- Bodies ---- */

static int deliver(struct krt_incoming *incoming, const void *data, size_t len,
                   struct krt_error *error)
{
    const struct krt_call *call = incoming->call;
    return len > 0 ? call->body_piece(call->context, data, len, error) : KRT_OK;
}

static int read_rest(struct krt_incoming *incoming, char *data, size_t *len,
                     struct krt_error *error)
{
    return deliver(incoming, data, *len, error);
}

static int read_counted(struct krt_incoming *incoming, char *data, size_t *len,
                        struct krt_error *error)
{
    if (*len >= incoming->left) {
        *len = (size_t)incoming->left;
        incoming->is_complete = true;
    }
    incoming->left -= *len;
    return deliver(incoming, data, *len, error);
}

static int read_chunks(struct krt_incoming *incoming, char *data, size_t *len,
                       struct krt_error *error)
{
    struct krt_slice piece;
    int result =
        krt_chunked_read(&incoming->chunked, (const unsigned char *)data, len, &piece);
    incoming->is_complete = result == KRT_CHUNKED_END;
    return result > KRT_CHUNKED_END
               ? krt_incoming_fault(error, "its chunks are malformed")
               : deliver(incoming, piece.at, piece.len, error);
}

/* RFC 9112 section 6.3. What follows a 101 is no longer HTTP. */
static void begin_body(struct krt_incoming *incoming, const struct framing *framing)
{
    bool is_known = framing->is_chunked || framing->has_length;
    bool has_none = framing->status < 200 || framing->status == 204 ||
                    framing->status == 304 ||
                    strcmp(incoming->call->method, "HEAD") == 0;
    incoming->read_body = framing->is_chunked   ? read_chunks
                          : framing->has_length ? read_counted
                                                : read_rest;
    incoming->left = framing->length;
    incoming->keeps_open = (is_known || has_none) && framing->status >= 200 &&
                           !framing->closes && !framing->is_http_1_0;
    incoming->is_complete = has_none || (framing->has_length && framing->length == 0);
}

/* ---- All of it ---- */

/* The end of the head at `data`, or NULL if it has not come. */
static const char *find_head_end(struct krt_incoming *incoming, const char *data,
                                 size_t len)
{
    for (size_t at = incoming->searched; at + 4 <= len; at++)
        if (memcmp(data + at, "\r\n\r\n", 4) == 0)
            return data + at + 4;
    incoming->searched = len < 3 ? 0 : len - 3;
    return NULL;
}

static int read_head(struct krt_incoming *incoming, const char *data, size_t *len,
                     struct krt_error *error)
{
    const struct krt_call *call = incoming->call;
    const char *end = find_head_end(incoming, data, *len);
    *len = end ? (size_t)(end - data) : 0;
    if (!end)
        return KRT_OK;
    struct framing framing = {0};
    const char *fault = read_framing(data, *len, &framing);
    if (fault)
        return krt_incoming_fault(error, fault);
    incoming->searched = 0;
    incoming->status = framing.status;
    if (framing.status < 200 && framing.status != 101)
        return KRT_OK;
    begin_body(incoming, &framing);
    return call->head(call->context, framing.status, data, *len, error);
}

void krt_incoming_init(struct krt_incoming *incoming, const struct krt_call *call)
{
    enum { TRAILER_MAX = 64 * 1024, FIELDS_MAX = 1000 };
    *incoming = (struct krt_incoming){.call = call};
    krt_chunked_init(&incoming->chunked, UINT64_MAX, TRAILER_MAX, FIELDS_MAX);
}

int krt_incoming_take(struct krt_incoming *incoming, char *data, size_t *len,
                      struct krt_error *error)
{
    size_t total = *len;
    size_t part = 1;
    int result = KRT_OK;
    *len = 0;
    while (result == KRT_OK && part > 0 && *len < total && !incoming->is_complete) {
        part = total - *len;
        result = incoming->read_body
                     ? incoming->read_body(incoming, data + *len, &part, error)
                     : read_head(incoming, data + *len, &part, error);
        *len += part;
    }
    return result;
}

int krt_incoming_close(struct krt_incoming *incoming, struct krt_error *error)
{
    if (!incoming->read_body)
        return krt_error_set(error, KRT_ERR_CLOSED,
                             "the server closed the connection without a reply");
    if (incoming->read_body != read_rest)
        return krt_error_set(error, KRT_ERR_CLOSED,
                             "the server closed the connection in the middle of its "
                             "reply");
    incoming->is_complete = true;
    return KRT_OK;
}
