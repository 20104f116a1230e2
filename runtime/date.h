/* Dates as HTTP writes them (RFC 9110 section 5.6.7), and as logs do. Sans-I/O. */
#ifndef KRT_DATE_H
#define KRT_DATE_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of an IMF-fixdate, the only form that is still written:
 * "Sun, 06 Nov 1994 08:49:37 GMT". */
enum { KRT_DATE_LEN = 29 };

/* Reads an IMF-fixdate or one of the two obsolete forms. `now`, in Unix seconds,
 * decides which century a year of two digits is meant in. False, without a result, for
 * what is no date; whether the day of the week is the date's is not looked at. */
bool krt_date_read(const void *text, size_t len, int64_t now, int64_t *unix_seconds);

/* An IMF-fixdate, of a time that is not before 1970, as is: */
void krt_put_date(struct krt_buffer *out, int64_t unix_seconds);

/* "2026-11-24T10:00:00.123Z" (RFC 3339 section 5.6). */
void krt_put_timestamp(struct krt_buffer *out, int64_t unix_ms);

#endif
