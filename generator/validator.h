/* The values of ETag and Last-Modified, by which a client asks whether what it has is
 * still good (RFC 9110 section 8.8). */
#ifndef KRGEN_VALIDATOR_H
#define KRGEN_VALIDATOR_H

#include "str.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether `text` is an entity tag: "v1" or W/"v1". */
bool validator_is_etag(struct str text);

/* Reads a date in the only form that may be sent, "Sun, 06 Nov 1994 08:49:37 GMT", into
 * Unix seconds; false if `text` is none. */
bool validator_read_date(struct str text, int64_t *unix_seconds);

#endif
