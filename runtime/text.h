/* Text and bytes put together in storage of fixed size, without the C library's
 * formatted output, whose code and tables would double a small server's memory. */
#ifndef KRT_TEXT_H
#define KRT_TEXT_H

#include <stddef.h>
#include <stdint.h>

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

/* The small letter of a capital one, both of ASCII; else `c`. */
static inline unsigned char krt_to_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

void krt_put(struct krt_buffer *buffer, const void *data, size_t len);
void krt_put_text(struct krt_buffer *buffer, const char *text);

/* A decimal number with at least `width` digits. */
void krt_put_number(struct krt_buffer *buffer, uint64_t number, int width);

/* Ends the buffer with a NUL, in place of its last byte if need be. Returns its text.
 */
const char *krt_end_text(struct krt_buffer *buffer);

#endif
