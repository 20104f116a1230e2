/* The request head, read line by line from the connection's input (RFC 9112 sections 2
 * to 6). Strict: what the RFC lets a server refuse is refused, because two parsers that
 * disagree are a smuggling hole. Sans-I/O. */
#ifndef KRT_HEAD_H
#define KRT_HEAD_H

#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The fields that the server acts on. */
enum krt_field {
    KRT_FIELD_OTHER = -1, /* validated, else passed over */
    /* Those whose values are kept for krt_head_next(). */
    KRT_FIELD_ACCEPT_ENCODING,
    KRT_FIELD_IF_MATCH,
    KRT_FIELD_IF_MODIFIED_SINCE,
    KRT_FIELD_IF_NONE_MATCH,
    KRT_FIELD_IF_RANGE,
    KRT_FIELD_IF_UNMODIFIED_SINCE,
    KRT_FIELD_RANGE,
    KRT_N_KEPT,
    /* Those that have a meaning for the head itself. */
    KRT_FIELD_CONNECTION = KRT_N_KEPT,
    KRT_FIELD_CONTENT_LENGTH,
    KRT_FIELD_EXPECT,
    KRT_FIELD_HOST,
    KRT_FIELD_TRANSFER_ENCODING,
};

/* What Transfer-Encoding says (RFC 9112 section 6.1). */
enum krt_coding {
    KRT_CODING_NONE,    /* there is no such field */
    KRT_CODING_CHUNKED, /* "chunked" and nothing else so far */
    KRT_CODING_UNKNOWN, /* another coding is last so far */
    KRT_CODING_LAYERED, /* "chunked" over codings that this server does not know */
};

struct krt_head {
    size_t len;            /* bytes read so far, all of the head at the end */
    int n_fields;          /* lines */
    bool has_request_line; /* the next six are set */
    bool is_http_1_0;
    struct krt_slice method;
    struct krt_slice target;
    struct krt_slice authority; /* of an absolute-form target, else empty */
    struct krt_slice path;      /* of the target, without its query; empty for "*" */
    bool is_path_plain;         /* it holds neither '%' nor a dot segment */
    bool has_host;
    struct krt_slice host;
    bool has_content_length;
    bool wants_close;      /* Connection: close */
    bool wants_keep_alive; /* Connection: keep-alive */
    bool expects_continue; /* Expect: 100-continue */
    enum krt_coding coding;
    uint64_t content_length;             /* 0 unless has_content_length */
    unsigned kept;                       /* a bit for each kept field that is there */
    unsigned repeated;                   /* likewise, for those on several lines */
    struct krt_slice values[KRT_N_KEPT]; /* of the first lines of those */
};

enum krt_head_result {
    KRT_HEAD_COMPLETE = 0,
    KRT_HEAD_PARTIAL = 1, /* call again with more input, at the same address */
};

/* Makes `head` ready for the next request. */
void krt_head_init(struct krt_head *head);

/* Whether the request line has been read and names `method`. Inline, as most callers
 * give a literal. */
static inline bool krt_head_has_method(const struct krt_head *head, const char *method)
{
    return head->method.len == strlen(method) &&
           memcmp(head->method.at, method, head->method.len) == 0;
}

/* Reads on at input + head->len; there are `len` bytes of input in all, and a NUL byte
 * behind them. Returns an enum krt_head_result, or the status to reject the request
 * with: 400, 414, 417, 431, 501 or 505. Input after the head's end is not looked at. */
int krt_head_read(struct krt_head *head, const struct krt_limits *limits,
                  const unsigned char *input, size_t len);

/* Whether the head, which is complete, has `field`, one of those that are kept. */
static inline bool krt_head_has(const struct krt_head *head, enum krt_field field)
{
    return (head->kept >> field & 1u) != 0;
}

/* Moves *value to the value of the next line with `field`, one of those that are kept;
 * to the first when value->at is NULL. False when there is none, and *value is as it
 * was. The head is complete, and its input is where it was read. */
bool krt_head_next(const struct krt_head *head, enum krt_field field,
                   struct krt_slice *value);

#endif
