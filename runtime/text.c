#include "text.h"

#include <stdbool.h>
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

void krt_put_number(struct krt_buffer *buffer, unsigned long number, int width)
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

/* ---- Text that is cut ---- */

static const char ellipsis[] = "...";

enum { ELLIPSIS_LEN = sizeof ellipsis - 1 };

/* A text that is being put. */
struct cutter {
    struct krt_buffer *buffer;
    size_t end;  /* of the room for it */
    size_t safe; /* the last place from which the ellipsis fits */
};

static struct cutter start_cutter(struct krt_buffer *buffer, size_t max)
{
    size_t room = buffer->cap - buffer->len;
    return (struct cutter){buffer, buffer->len + (max < room ? max : room),
                           buffer->len};
}

/* Puts the next piece of the text; false when that ended in the ellipsis. */
static bool put_piece(struct cutter *cutter, const void *piece, size_t len)
{
    struct krt_buffer *buffer = cutter->buffer;
    if (len > cutter->end - buffer->len) {
        buffer->len = cutter->safe;
        krt_put(buffer, ellipsis, ELLIPSIS_LEN);
        return false;
    }
    krt_put(buffer, piece, len);
    if (cutter->end - buffer->len >= ELLIPSIS_LEN)
        cutter->safe = buffer->len;
    return true;
}

/* A slice of nothing may point nowhere. */
static const unsigned char *text_end(const unsigned char *text, size_t len)
{
    return len > 0 ? text + len : text;
}

/* The bytes of the character of UTF-8 at `at`, before `end`. */
static size_t character_len(const unsigned char *at, const unsigned char *end)
{
    size_t len = 1;
    while (at + len < end && (at[len] & 0xc0) == 0x80)
        len++;
    return len;
}

void krt_put_cut(struct krt_buffer *buffer, const void *text, size_t len, size_t max)
{
    const unsigned char *at = text;
    const unsigned char *end = text_end(at, len);
    struct cutter cutter = start_cutter(buffer, max);
    while (at < end && put_piece(&cutter, at, character_len(at, end)))
        at += character_len(at, end);
}

static char hex_digit(unsigned value)
{
    return "0123456789ABCDEF"[value & 15];
}

static bool put_json_piece(struct cutter *cutter, const unsigned char *at, size_t len)
{
    unsigned char c = *at;
    char escape[] = {'\\', (char)c, '0', '0', hex_digit(c >> 4), hex_digit(c)};
    if (c == '"' || c == '\\')
        return put_piece(cutter, escape, 2);
    if (c >= ' ')
        return put_piece(cutter, at, len);
    escape[1] = 'u';
    return put_piece(cutter, escape, sizeof escape);
}

void krt_put_json(struct krt_buffer *buffer, const void *text, size_t len, size_t max)
{
    const unsigned char *at = text;
    const unsigned char *end = text_end(at, len);
    krt_put_text(buffer, "\"");
    struct cutter cutter = start_cutter(buffer, max);
    while (at < end && put_json_piece(&cutter, at, character_len(at, end)))
        at += character_len(at, end);
    krt_put_text(buffer, "\"");
}

/* Whether the '%' at `at` starts what a path keeps as an escaped '/'. */
static bool is_escaped_slash(const unsigned char *at, const unsigned char *end)
{
    return end - at >= 3 && at[1] == '2' && (at[2] | 0x20) == 'f';
}

static bool is_encoded(const unsigned char *at, const unsigned char *end)
{
    if (*at == '%')
        return !is_escaped_slash(at, end);
    return *at <= ' ' || *at >= 0x7f || *at == '?' || *at == '#';
}

void krt_put_encoded(struct krt_buffer *buffer, const void *text, size_t len,
                     size_t max)
{
    const unsigned char *at = text;
    const unsigned char *end = text_end(at, len);
    struct cutter cutter = start_cutter(buffer, max);
    bool fits = true;
    for (; at < end && fits; at++) {
        char escape[] = {'%', hex_digit(*at >> 4), hex_digit(*at)};
        fits = is_encoded(at, end) ? put_piece(&cutter, escape, sizeof escape)
                                   : put_piece(&cutter, at, 1);
    }
}
