#include "reply.h"

#include "date.h"
#include "path.h"
#include "problem.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

void krt_date_update(struct krt_date *date, int64_t unix_seconds)
{
    struct krt_buffer out = KRT_BUFFER(date->field);
    if (date->len > 0 && date->second == unix_seconds)
        return;
    krt_put_text(&out, "Date: ");
    krt_put_date(&out, unix_seconds);
    krt_put_text(&out, "\r\n");
    date->len = out.len;
    krt_put_text(&out, "\r\n");
    date->second = unix_seconds;
}

static void put_end(struct krt_buffer *output, const struct krt_date *date,
                    enum krt_persistence persistence)
{
    if (persistence == KRT_KEEP && date->len > 0) {
        krt_put(output, date->field, date->len + 2);
        return;
    }
    krt_put(output, date->field, date->len);
    if (persistence == KRT_KEEP_EXPLICITLY)
        krt_put_text(output, "Connection: keep-alive\r\n");
    else if (persistence == KRT_CLOSE)
        krt_put_text(output, "Connection: close\r\n");
    krt_put_text(output, "\r\n");
}

/* The status line and Allow, if it is given. */
static void put_start(struct krt_buffer *output, int status, const char *allow)
{
    krt_put_text(output, "HTTP/1.1 ");
    krt_put_number(output, (unsigned long)status, 3);
    krt_put_text(output, " ");
    krt_put_text(output, krt_reason(status));
    krt_put_text(output, "\r\n");
    if (allow) {
        krt_put_text(output, "Allow: ");
        krt_put_text(output, allow);
        krt_put_text(output, "\r\n");
    }
}

static void put_length(struct krt_buffer *output, size_t len)
{
    krt_put_text(output, "Content-Length: ");
    krt_put_number(output, (unsigned long)len, 1);
    krt_put_text(output, "\r\n");
}

void krt_reply_status(struct krt_buffer *output, int status, const char *allow,
                      const struct krt_date *date, enum krt_persistence persistence)
{
    put_start(output, status, allow);
    if (status != 204)
        put_length(output, 0);
    put_end(output, date, persistence);
}

/* A literal put where there is room for it, without a call. */
#define PUT_KNOWN(output, literal)                                                     \
    do {                                                                               \
        assert((output)->cap - (output)->len >= sizeof(literal));                      \
        memcpy((output)->data + (output)->len, (literal), sizeof(literal) - 1);        \
        (output)->len += sizeof(literal) - 1;                                          \
    } while (0)

/* The most usual one is not put together. */
static void put_made_start(struct krt_buffer *output, const struct krt_made *made)
{
    if (made->head.len > 0)
        krt_put(output, made->head.data, made->head.len);
    else if (made->status == 200)
        PUT_KNOWN(output, "HTTP/1.1 200 OK\r\n");
    else
        put_start(output, made->status, NULL);
    krt_put(output, made->fields.data, made->fields.len);
}

void krt_reply_made(struct krt_buffer *output, const struct krt_made *made,
                    const struct krt_date *date, enum krt_persistence persistence)
{
    put_made_start(output, made);
    if (made->media_type.len > 0) {
        PUT_KNOWN(output, "Content-Type: ");
        krt_put(output, made->media_type.data, made->media_type.len);
        PUT_KNOWN(output, "\r\n");
    }
    if (made->is_chunked) {
        PUT_KNOWN(output, "Transfer-Encoding: chunked\r\n");
    } else if (made->status == 205) { /* RFC 9110 section 15.3.6 */
        PUT_KNOWN(output, "Content-Length: 0\r\n");
    } else if (krt_made_has_body(made) && !made->is_streamed) {
        PUT_KNOWN(output, "Content-Length: ");
        krt_put_number(output, made->body.len, 1);
        PUT_KNOWN(output, "\r\n");
    }
    put_end(output, date, persistence);
}

/* The fields of `form` from `start` up to `end`, offsets in its head. */
static void put_fields(struct krt_buffer *output, const struct krt_representation *form,
                       size_t start, size_t end)
{
    krt_put(output, (const char *)form->head.data + start, end - start);
}

/* The head of a 206 (RFC 9110 section 15.3.7). */
static void put_partial(struct krt_buffer *output, const struct krt_content *content)
{
    const struct krt_representation *form = content->form;
    put_start(output, 206, NULL);
    put_length(output, krt_content_len(content));
    if (content->n_ranges == 1) {
        krt_content_put_range(output, content, 0);
        put_fields(output, form, form->kept_at, form->head.len);
        return;
    }
    put_fields(output, form, form->kept_at, form->type_at);
    krt_put_text(output, "Content-Type: multipart/byteranges; boundary=");
    krt_put_text(output, content->response->boundary);
    krt_put_text(output, "\r\n");
}

/* The head of a 412 or 416, which have no body. */
static void put_refusal(struct krt_buffer *output, const struct krt_content *content)
{
    put_start(output, content->status, NULL);
    put_length(output, 0);
    if (content->status == 416) {
        krt_put_text(output, "Content-Range: bytes */");
        krt_put_number(output, (unsigned long)content->form->body.len, 1);
        krt_put_text(output, "\r\n");
    }
}

static_assert(KRT_BOUNDARY_MAX + 256 <= KRT_REPLY_ROOM - KRT_RESPONSE_HEAD_MAX,
              "a partial response fits KRT_REPLY_ROOM");

void krt_reply_content(struct krt_buffer *output, const struct krt_content *content,
                       const struct krt_date *date, enum krt_persistence persistence)
{
    const struct krt_representation *form = content->form;
    if (content->status == content->response->status) {
        put_fields(output, form, 0, form->head.len);
    } else if (content->status == 206) {
        put_partial(output, content);
    } else if (content->status == 304) {
        put_start(output, 304, NULL);
        put_fields(output, form, form->kept_at, form->kept_end);
    } else {
        put_refusal(output, content);
    }
    put_end(output, date, persistence);
}

void krt_reply_redirect(struct krt_buffer *output, const struct krt_head *head,
                        const struct krt_date *date, enum krt_persistence persistence)
{
    put_start(output, 308, NULL);
    krt_put_text(output, "Location: ");
    krt_put_location(output, head);
    krt_put_text(output, "\r\n");
    put_length(output, 0);
    put_end(output, date, persistence);
}

static_assert(KRT_PROBLEM_MAX + KRT_ALLOW_SIZE + 512 <= KRT_REPLY_ROOM,
              "a problem fits KRT_REPLY_ROOM with its body");

size_t krt_reply_problem(struct krt_buffer *output, const struct krt_problem *problem,
                         const struct krt_date *date, enum krt_persistence persistence)
{
    char storage[KRT_PROBLEM_MAX];
    struct krt_buffer body = KRT_BUFFER(storage);
    const char *allow = problem->verdict->allow;
    krt_put_problem(&body, problem->program, problem->verdict);
    put_start(output, problem->verdict->status, *allow ? allow : NULL);
    krt_put_text(output, "Content-Type: application/problem+json\r\n");
    put_length(output, body.len);
    put_end(output, date, persistence);
    if (!problem->is_body_sent)
        return 0;
    krt_put(output, body.data, body.len);
    return body.len;
}

void krt_reply_continue(struct krt_buffer *output)
{
    krt_put_text(output, "HTTP/1.1 100 Continue\r\n\r\n");
}

/* The HTTP Status Code Registry. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

const char *krt_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}
