/* Slices and growable buffers; nothing here knows the locale. */
#include "str.h"
#include "ascii.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct str str_from(const char *text)
{
    return (struct str){text, strlen(text)};
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool str_equal_fold(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (to_lower(a.at[i]) != to_lower(b.at[i]))
            return false;
    return true;
}

static bool is_token_char(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

size_t token_len(struct str text)
{
    size_t len = 0;
    while (len < text.len && is_token_char(text.at[len]))
        len++;
    return len;
}

bool str_has_prefix(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal(str_slice(s, 0, prefix.len), prefix);
}

int str_compare(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.at, b.at, len) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

int str_compare_fold(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int order = (unsigned char)to_lower(a.at[i]) - (unsigned char)to_lower(b.at[i]);
        if (order != 0)
            return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

struct str str_slice(struct str s, size_t start, size_t end)
{
    return (struct str){start > 0 ? s.at + start : s.at, end - start}; /* of NULL too */
}

struct str str_after_last(struct str s, char c)
{
    size_t start = s.len;
    while (start > 0 && s.at[start - 1] != c)
        start--;
    return str_slice(s, start, s.len);
}

const char *str_z(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len > 0)
        memcpy(copy, s.at, s.len);
    return copy;
}

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){.arena = arena};
}

void buf_reserve(struct buf *buf, size_t len)
{
    if (len <= buf->cap - buf->len)
        return;
    if (len > SIZE_MAX / 2 - buf->len)
        arena_exhausted();
    size_t cap = buf->cap > 0 ? buf->cap : 64;
    while (cap < buf->len + len)
        cap *= 2;
    char *grown = arena_alloc(buf->arena, cap);
    if (buf->len > 0)
        memcpy(grown, buf->at, buf->len);
    buf->at = grown;
    buf->cap = cap;
}

void buf_put(struct buf *buf, struct str s)
{
    if (s.len == 0)
        return;
    buf_reserve(buf, s.len);
    memcpy(buf->at + buf->len, s.at, s.len);
    buf->len += s.len;
}

void buf_putc(struct buf *buf, char c)
{
    buf_reserve(buf, 1);
    buf->at[buf->len++] = c;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list measured;
    va_copy(measured, args);
    int len = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (len <= 0)
        return;
    buf_reserve(buf, (size_t)len + 1);
    vsnprintf(buf->at + buf->len, (size_t)len + 1, format, args);
    buf->len += (size_t)len;
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->at, buf->len};
}
