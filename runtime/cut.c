#include "cut.h"

#include <stdbool.h>

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

static bool is_between(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

static bool is_tail(unsigned char c)
{
    return is_between(c, 0x80, 0xbf);
}

/* Whether `second` may follow `first` of a sequence of three bytes: neither what fits
 * two nor a surrogate. */
static bool is_second_of_3(unsigned char first, unsigned char second)
{
    return is_between(second, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
}

/* The same for four bytes: neither what fits three nor beyond U+10FFFF. */
static bool is_second_of_4(unsigned char first, unsigned char second)
{
    return is_between(second, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
}

size_t krt_character_len(const unsigned char *at, size_t len)
{
    if (*at < 0x80)
        return 1;
    if (len >= 2 && is_between(*at, 0xc2, 0xdf))
        return is_tail(at[1]) ? 2 : 0;
    if (len >= 3 && is_between(*at, 0xe0, 0xef))
        return is_second_of_3(*at, at[1]) && is_tail(at[2]) ? 3 : 0;
    if (len >= 4 && is_between(*at, 0xf0, 0xf4))
        return is_second_of_4(*at, at[1]) && is_tail(at[2]) && is_tail(at[3]) ? 4 : 0;
    return 0;
}

/* The bytes before `end` that are cut off together, if they are. */
static size_t piece_len(const unsigned char *at, const unsigned char *end)
{
    size_t len = krt_character_len(at, (size_t)(end - at));
    return len > 0 ? len : 1;
}

void krt_put_cut(struct krt_buffer *buffer, const void *text, size_t len, size_t max)
{
    const unsigned char *at = text;
    const unsigned char *end = text_end(at, len);
    struct cutter cutter = start_cutter(buffer, max);
    while (at < end && put_piece(&cutter, at, piece_len(at, end)))
        at += piece_len(at, end);
}

static char hex_digit(unsigned value)
{
    return "0123456789ABCDEF"[value & 15];
}

/* One character, or a byte that is none. Of the control characters those of two bytes
 * are escaped as well: terminals obey them. */
static bool put_json_piece(struct cutter *cutter, const unsigned char *at,
                           const unsigned char *end)
{
    unsigned char c = *at;
    size_t len = krt_character_len(at, (size_t)(end - at));
    if (len == 0)
        return put_piece(cutter, "\xef\xbf\xbd", 3); /* U+FFFD */
    if (c == 0xc2 && at[1] < 0xa0)
        c = at[1];
    char escape[] = {'\\', (char)c, '0', '0', hex_digit(c >> 4), hex_digit(c)};
    if (c == '"' || c == '\\')
        return put_piece(cutter, escape, 2);
    if (c >= ' ' && !is_between(c, 0x7f, 0x9f))
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
    while (at < end && put_json_piece(&cutter, at, end))
        at += piece_len(at, end);
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
