/* Texts of others, put where people and programs read them: cut to a length, without
 * dividing a character, and escaped. */
#ifndef KRT_CUT_H
#define KRT_CUT_H

#include "text.h"

#include <stddef.h>

/* The length of the character of UTF-8 at `at`, 0 if there is none (RFC 3629 section
 * 4). Bytes are looked at one by one as long as they fit, and at most `len`, which is
 * not 0. */
size_t krt_character_len(const unsigned char *at, size_t len);

/* `text`, cut to at most `max` bytes: what is left out shows as "...". Characters of
 * UTF-8 are not divided. */
void krt_put_cut(struct krt_buffer *buffer, const void *text, size_t len, size_t max);

/* `text` as a JSON string (RFC 8259 section 7), cut to at most `max` bytes between the
 * quotes. Valid whatever the text is, if the buffer has room: control characters are
 * escaped, and bytes that are not UTF-8 become U+FFFD. */
void krt_put_json(struct krt_buffer *buffer, const void *text, size_t len, size_t max);

/* `text`, decoded part of a path, percent-encoded: as visible ASCII that decodes to the
 * same text, "%2F" being left alone both ways. Cut to at most `max` bytes. */
void krt_put_encoded(struct krt_buffer *buffer, const void *text, size_t len,
                     size_t max);

#endif
