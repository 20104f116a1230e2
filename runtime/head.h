/* The request head, read line by line from the connection's input (RFC 9112 sections 2
 * to 6). Strict: what the RFC lets a server refuse is refused, because two parsers that
 * disagree are a smuggling hole. Sans-I/O. */
#ifndef KRT_HEAD_H
#define KRT_HEAD_H

#include "krt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KRT_REQUEST_LINE_MAX = 8 * 1024,  /* bytes, its CRLF included; more are 414 */
    KRT_REQUEST_HEAD_MAX = 32 * 1024, /* bytes, the request line included; else 431 */
    KRT_FIELDS_MAX = 100,             /* more are 431 */
};

struct krt_head {
    size_t len; /* bytes read so far, all of the head at the end */
    size_t n_fields;
    bool has_request_line; /* the next six are set */
    bool is_http_1_0;
    struct krt_slice method;
    struct krt_slice target;
    struct krt_slice authority; /* of an absolute-form target, else empty */
    struct krt_slice path;      /* of the target, without its query; empty for "*" */
    bool is_path_plain;         /* it holds neither '%' nor a dot segment */
    struct krt_slice host;
    bool has_host;
    bool has_content_length;
    bool has_transfer_encoding;
    bool wants_close;        /* Connection: close */
    bool wants_keep_alive;   /* Connection: keep-alive */
    bool expects_continue;   /* Expect: 100-continue */
    uint64_t content_length; /* 0 unless has_content_length */
};

enum krt_head_result {
    KRT_HEAD_COMPLETE = 0,
    KRT_HEAD_PARTIAL = 1, /* call again with more input, at the same address */
};

/* Makes `head` ready for the next request. */
void krt_head_init(struct krt_head *head);

/* Whether the request line has been read and names `method`. */
bool krt_head_has_method(const struct krt_head *head, const char *method);

/* Reads on at input + head->len; there are `len` bytes of input in all, and a NUL byte
 * behind them. Returns an enum krt_head_result, or the status to reject the request
 * with: 400, 414, 417, 431, 501 or 505. Input after the head's end is not looked at. */
int krt_head_read(struct krt_head *head, const unsigned char *input, size_t len);

#endif
