/* What a request gets of a static response: which of its forms, all or ranges of it, or
 * none of it because a condition decides so (RFC 9110 sections 12.5.3, 13 and 14).
 * Sans-I/O. */
#ifndef KRT_CONTENT_H
#define KRT_CONTENT_H

#include "head.h"
#include "range.h"
#include "tables.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct krt_content {
    const struct krt_response *response;
    const struct krt_representation *form; /* the response's plain or gzip one */
    int status;   /* the response's own, or 206, 304, 412 or 416 */
    int n_ranges; /* of the form's body; 0 for HEAD, an empty body, and 304, 412, 416 */
    int n_given;  /* by krt_content_next() */
    /* All of the body, or what a 206 has of it: more than one are sent as
     * multipart/byteranges (section 14.6). */
    struct krt_range ranges[KRT_RANGES_MAX];
};

/* Chooses what to answer a request with. `now`, in Unix seconds, is for dates with a
 * year of two digits. Nothing is looked for in a request that has none of the fields
 * that matter. The result is valid as long as `response`. */
void krt_content_choose(struct krt_content *content,
                        const struct krt_response *response,
                        const struct krt_head *head, int64_t now);

/* The bytes that krt_content_next() gives in all. */
size_t krt_content_len(const struct krt_content *content);

/* Appends the field Content-Range for range number `i` (section 14.4). */
void krt_content_put_range(struct krt_buffer *output, const struct krt_content *content,
                           int i);

/* Whether krt_content_next() has given all of the body. */
static inline bool krt_content_is_given(const struct krt_content *content)
{
    return content->n_given == content->n_ranges + (content->n_ranges > 1);
}

/* Gives the body, which is not given yet, piece by piece: appends to `output` what
 * comes before the next range, if anything, and returns the range, which is empty at
 * the end of a multipart. Each call needs at most the KRT_REPLY_ROOM of reply.h. */
struct krt_bytes krt_content_next(struct krt_content *content,
                                  struct krt_buffer *output);

#endif
