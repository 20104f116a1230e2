/* Text and bytes put together in storage of fixed size, without the C library's
 * formatted output, whose code and tables would double a small server's memory. */
#ifndef KRT_TEXT_H
#define KRT_TEXT_H

#include <stddef.h>

/* What was put so far. What does not fit any more is left out. */
struct krt_buffer {
    char *data;
    size_t len;
    size_t cap;
};

/* An empty buffer over an array. */
#define KRT_BUFFER(array)                                                              \
    {                                                                                  \
        (array), 0, sizeof(array)                                                      \
    }

void krt_put(struct krt_buffer *buffer, const void *data, size_t len);
void krt_put_text(struct krt_buffer *buffer, const char *text);

/* A decimal number with at least `width` digits. */
void krt_put_number(struct krt_buffer *buffer, unsigned long number, int width);

/* `text`, cut to at most `max` bytes: what is left out shows as "...". Characters of
 * UTF-8 are not divided. */
void krt_put_cut(struct krt_buffer *buffer, const void *text, size_t len, size_t max);

/* `text` as a JSON string (RFC 8259 section 7), cut to at most `max` bytes between the
 * quotes. */
void krt_put_json(struct krt_buffer *buffer, const void *text, size_t len, size_t max);

/* `text`, decoded part of a path, percent-encoded: as visible ASCII that decodes to the
 * same text, "%2F" being left alone both ways. Cut to at most `max` bytes. */
void krt_put_encoded(struct krt_buffer *buffer, const void *text, size_t len,
                     size_t max);

/* Ends the buffer with a NUL, in place of its last byte if need be. Returns its text.
 */
const char *krt_end_text(struct krt_buffer *buffer);

#endif
