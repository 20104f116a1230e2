#include "text.h"

#include <string.h>

void krt_put(struct krt_buffer *buffer, const void *data, size_t len)
{
    size_t room = buffer->cap - buffer->len;
    size_t part = len < room ? len : room;
    if (part == 0)
        return; /* a slice of nothing may point nowhere, which memcpy() does not take */
    memcpy(buffer->data + buffer->len, data, part);
    buffer->len += part;
}

void krt_put_text(struct krt_buffer *buffer, const char *text)
{
    krt_put(buffer, text, strlen(text));
}

void krt_put_number(struct krt_buffer *buffer, uint64_t number, int width)
{
    char digits[24];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
        width--;
    } while (number > 0 || width > 0);
    krt_put(buffer, digits + start, sizeof digits - start);
}

const char *krt_end_text(struct krt_buffer *buffer)
{
    if (buffer->len == buffer->cap)
        buffer->len--;
    buffer->data[buffer->len] = '\0';
    return buffer->data;
}
