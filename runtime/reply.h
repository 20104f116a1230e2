/* Responses, appended to a connection's output (RFC 9112 sections 4 and 6). Heads made
 * at generation are copied, not formatted. Sans-I/O. */
#ifndef KRT_REPLY_H
#define KRT_REPLY_H

#include "content.h"
#include "exchange.h"
#include "head.h"
#include "judge.h"
#include "tables.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The Date field of RFC 9110 section 6.6.1, formatted once a second. */
struct krt_date {
    /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", and an empty line behind it, which
     * ends most heads. */
    char field[40];
    size_t len; /* without the empty line; 0 before the first update: no such field */
    int64_t second;
};

/* Sets `date` to `unix_seconds`; cheap when the second has not changed. A zeroed struct
 * is a valid start. */
void krt_date_update(struct krt_date *date, int64_t unix_seconds);

/* What happens to the connection after a response. */
enum krt_persistence {
    KRT_KEEP,            /* HTTP/1.1: nothing to say */
    KRT_KEEP_EXPLICITLY, /* HTTP/1.0 asked for it: Connection: keep-alive */
    KRT_CLOSE,           /* Connection: close */
};

/* The room that the functions below need at most, bodies of routes not counted. Only a
 * redirect needs more, if the target is longer than this: the target and 512 bytes. */
enum { KRT_REPLY_ROOM = KRT_RESPONSE_HEAD_MAX + 512 };

/* Appends the head of the answer that was chosen. */
void krt_reply_content(struct krt_buffer *output, const struct krt_content *content,
                       const struct krt_date *date, enum krt_persistence persistence);

/* Appends the head of a response made at run time, which has at most
 * KRT_RESPONSE_HEAD_MAX bytes of its own. */
void krt_reply_made(struct krt_buffer *output, const struct krt_made *made,
                    const struct krt_date *date, enum krt_persistence persistence);

/* Appends a whole response without body. `allow`, unless NULL, is the value of Allow
 * (RFC 9110 section 10.2.1). 204 carries no Content-Length (section 8.6). */
void krt_reply_status(struct krt_buffer *output, int status, const char *allow,
                      const struct krt_date *date, enum krt_persistence persistence);

/* Appends a 308 without body to the target of `head` with the slash at its path's end
 * removed or added: see krt_put_location(). */
void krt_reply_redirect(struct krt_buffer *output, const struct krt_head *head,
                        const struct krt_date *date, enum krt_persistence persistence);

/* A 404 or 405 that its body explains: see krt_put_problem(). */
struct krt_problem {
    const struct krt_program *program;
    const struct krt_verdict *verdict;
    bool is_body_sent; /* not to HEAD */
};

/* Appends such a response, body included. Returns the bytes of the body as sent. */
size_t krt_reply_problem(struct krt_buffer *output, const struct krt_problem *problem,
                         const struct krt_date *date, enum krt_persistence persistence);

/* Appends the interim response 100 (RFC 9110 section 15.2.1). */
void krt_reply_continue(struct krt_buffer *output);

/* The reason phrase of `status`, "Status" where the registry has none. */
const char *krt_reason(int status);

#endif
