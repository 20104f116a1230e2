/* Values made safe for the place where they land in a response. Sans-I/O. */
#ifndef KRT_ESCAPE_H
#define KRT_ESCAPE_H

#include "tables.h"

#include <stddef.h>

/* Writes `value` as it lands to `out`, which has room for that, or nowhere where that
 * is NULL. Returns how many bytes that is. A value that is absent (`at` is NULL) is an
 * empty text, except as a JSON value. */
typedef size_t (*krt_escape_fn)(struct krt_slice value, char *out);

/* As it is. */
size_t krt_escape_none(struct krt_slice value, char *out);

/* What stands between the quotes of a JSON string (RFC 8259 section 7). Bytes that are
 * no UTF-8 become U+FFFD. */
size_t krt_escape_json(struct krt_slice value, char *out);

/* Text or a quoted attribute of HTML or XML: '&', '<', '>', '"' and '\'' become
 * entities, what neither can hold and bytes that are no UTF-8 become U+FFFD. */
size_t krt_escape_markup(struct krt_slice value, char *out);

/* A component of a URL: all but the unreserved characters of RFC 3986 section 2.3 is
 * percent-encoded. */
size_t krt_escape_url(struct krt_slice value, char *out);

/* The same for a value that is several segments of a path: each '/' is left alone that
 * no other one stands before, and in krt_escape_rest() that is not the first character.
 * So a value never names another host. */
size_t krt_escape_path(struct krt_slice value, char *out);
size_t krt_escape_rest(struct krt_slice value, char *out);

/* The value of a header: control characters other than tabs are percent-encoded, so
 * that none ends it. */
size_t krt_escape_header(struct krt_slice value, char *out);

/* A whole JSON value; null where there is none. A string with its quotes; a number of
 * digits, a sign, a '.' and an exponent, which JSON wants without '+' and zeros in
 * front and with digits around the '.'; true or false, which `value` has in any case.
 */
size_t krt_json_string(struct krt_slice value, char *out);
size_t krt_json_number(struct krt_slice value, char *out);
size_t krt_json_boolean(struct krt_slice value, char *out);

#endif
