/* Paths of request targets, in the form that matchers take. Sans-I/O. */
#ifndef KRT_PATH_H
#define KRT_PATH_H

#include "head.h"
#include "tables.h"
#include "text.h"

#include <stdbool.h>

/* Room for every path of a request line within `limits`, a '/' and a NUL: the line
 * holds more. */
static inline size_t krt_path_size(const struct krt_limits *limits)
{
    return limits->request_line + 1;
}

/* Writes the normal form of `path`, which starts with '/', and a NUL to `normal`, which
 * has room for path.len + 1 bytes and may be where the path lies: percent-decoded once
 * (RFC 3986 section 2.1) as UTF-8 (RFC 3629 section 4), then without dot segments (RFC
 * 3986 section 5.2.4), so that it starts with '/'. "%2F" and "%2f" are left as written:
 * decoded they would divide segments. Returns 0, or 400 for an escape that is malformed
 * or stands for NUL, and for what is not UTF-8; then `normal` holds nothing of use. */
int krt_path_normalise(struct krt_slice path, unsigned char *normal);

/* The byte that the escape at `at` ("%41") stands for; -1 when there is none before
 * `end`. */
int krt_path_escape(const unsigned char *at, const unsigned char *end);

/* Whether `text`, which a NUL ends, is UTF-8. */
bool krt_path_is_utf8(const unsigned char *text);

/* Removes the '/' at the end of `path`, which is `len` bytes long, or adds one where
 * there is none, for which there is room. A second call with the same length undoes
 * that. False for "/", which stays. */
bool krt_path_toggle_slash(unsigned char *path, size_t len);

/* Whether the route ends in a catch-all, to whose value a '/' at the end belongs. */
bool krt_path_is_kept_whole(const struct krt_route *route);

/* The target of `head` in origin-form, without dot segments and with the slash at its
 * path's end removed or added, as the value of Location (RFC 9110 section 10.2.2).
 * Never two slashes first, which would name another host (RFC 3986 section 4.2). The
 * path's normal form is not "/". Puts at most 3 bytes more than the target has, for
 * which the buffer must have room. */
void krt_put_location(struct krt_buffer *buffer, const struct krt_head *head);

#endif
