/* What a request carries beside its path: field lines, cookies and parameters of the
 * query, found by their names. Slices point into the request. Sans-I/O. */
#ifndef KRT_REQUEST_H
#define KRT_REQUEST_H

#include "head.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>

/* The bytes from `at` to `end` without the blanks around them (RFC 9110 section 5.5).
 */
struct krt_slice krt_trim(const unsigned char *at, const unsigned char *end);

/* The value of the first field line called `name`, in any case, without the blanks
 * around it. `head` is complete, and its input is where it was read. False where there
 * is none, and *value is as it was. */
bool krt_head_find(const struct krt_head *head, const char *name,
                   struct krt_slice *value);

/* The same for the first cookie called `name`, in just that case (RFC 6265 section
 * 5.4). Its value is as written, with its quotes if it has some. */
bool krt_cookie_find(const struct krt_head *head, const char *name,
                     struct krt_slice *value);

/* The query of the target, without its '?'; `at` is NULL without one. */
struct krt_slice krt_query_of(const struct krt_head *head);

/* A parameter of a query as it is written, still encoded. */
struct krt_query_pair {
    struct krt_slice name;
    struct krt_slice value; /* empty where there is no '=' */
};

/* Takes the first parameter off `query`, which loses what is up to the next '&'; false
 * at its end. Empty ones are passed over. */
bool krt_query_next(struct krt_slice *query, struct krt_query_pair *pair);

/* Decodes `text` to `out`, which has room for text.len + 1 bytes: '+' is a space, and
 * escapes are bytes of UTF-8. A NUL follows what is decoded. False for an escape that
 * is malformed or stands for NUL, and for what is not UTF-8. */
bool krt_query_decode(struct krt_slice text, unsigned char *out, size_t *len);

/* Whether `text`, decoded, is `name`. */
bool krt_query_is(struct krt_slice text, const char *name);

#endif
