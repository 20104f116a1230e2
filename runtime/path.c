#include "path.h"

#include "cut.h"

#include <string.h>

/* ---- Percent-encoding ---- */

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    unsigned char lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int krt_path_escape(const unsigned char *at, const unsigned char *end)
{
    if (end - at < 3)
        return -1;
    int high = hex_digit(at[1]);
    int low = hex_digit(at[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Writes no further than it has read. The escape of '/' is copied like other text. */
static bool decode(struct krt_slice path, unsigned char *out)
{
    const unsigned char *at = path.at;
    const unsigned char *end = path.at + path.len;
    while (at < end) {
        int byte = *at == '%' ? krt_path_escape(at, end) : *at;
        bool is_copied = *at != '%' || byte == '/';
        if (byte <= 0)
            return false;
        *out++ = is_copied ? *at : (unsigned char)byte;
        at += is_copied ? 1 : 3;
    }
    *out = '\0';
    return true;
}

/* ---- UTF-8 ---- */

/* A NUL fits no character, so none is looked at behind it. */
bool krt_path_is_utf8(const unsigned char *text)
{
    while (*text) {
        size_t len = krt_character_len(text, SIZE_MAX);
        if (len == 0)
            return false;
        text += len;
    }
    return true;
}

/* ---- Dot segments ---- */

static size_t segment_len(const unsigned char *segment)
{
    return strcspn((const char *)segment, "/");
}

/* The end of the path without its last segment and the '/' before that. */
static unsigned char *drop_segment(const unsigned char *path, unsigned char *end)
{
    while (end > path && *--end != '/') {
        /* A path starts with '/', so this stops there at the latest. */
    }
    return end;
}

/* RFC 3986 section 5.2.4, in place. */
static void remove_dot_segments(unsigned char *path)
{
    const unsigned char *at = path;
    unsigned char *out = path;
    while (*at == '/') {
        size_t len = segment_len(at + 1);
        bool is_dot = len == 1 && at[1] == '.';
        bool is_dots = len == 2 && at[1] == '.' && at[2] == '.';
        const unsigned char *next = at + 1 + len;
        if (is_dots)
            out = drop_segment(path, out);
        if (!is_dot && !is_dots) {
            memmove(out, at, 1 + len);
            out += 1 + len;
        } else if (!*next) {
            *out++ = '/';
        }
        at = next;
    }
    *out = '\0';
}

int krt_path_normalise(struct krt_slice path, unsigned char *normal)
{
    if (!decode(path, normal) || !krt_path_is_utf8(normal))
        return 400;
    remove_dot_segments(normal);
    return 0;
}

/* ---- The slash at the end ---- */

/* At its place a '/' and a NUL take turns. */
bool krt_path_toggle_slash(unsigned char *path, size_t len)
{
    unsigned char *last = path + len - 1;
    if (len <= 1)
        return false;
    if (*last == '/' || *last == '\0') {
        *last ^= '/';
    } else {
        last[1] ^= '/';
        last[2] = '\0';
    }
    return true;
}

/* Whether the segment is written as `n` dots, some of them perhaps encoded. */
static bool is_dots(const unsigned char *at, const unsigned char *end, int n)
{
    for (; n > 0 && at < end; n--) {
        if (*at != '.' && krt_path_escape(at, end) != '.')
            return false;
        at += *at == '.' ? 1 : 3;
    }
    return n == 0 && at == end;
}

/* Puts the path as it is written, but for its dot segments, which are resolved. */
static void put_resolved(struct krt_buffer *buffer, struct krt_slice path)
{
    const unsigned char *end = path.at + path.len;
    size_t start = buffer->len;
    for (const unsigned char *at = path.at, *next; at < end; at = next) {
        for (next = at + 1; next < end && *next != '/'; next++) {
            /* To the end of the segment. */
        }
        bool is_back = is_dots(at + 1, next, 2);
        while (is_back && buffer->len > start && buffer->data[--buffer->len] != '/') {
            /* To the start of the segment before. */
        }
        if (!is_back && !is_dots(at + 1, next, 1))
            krt_put(buffer, at, (size_t)(next - at));
        else if (next == end)
            krt_put_text(buffer, "/");
    }
}

/* Browsers read '\' as '/'. */
static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

void krt_put_location(struct krt_buffer *buffer, const struct krt_head *head)
{
    static const char same[] = "/."; /* a dot segment, which changes nothing */
    size_t start = buffer->len;
    put_resolved(buffer, head->path);
    if (buffer->data[buffer->len - 1] == '/')
        buffer->len--;
    else
        krt_put_text(buffer, "/");
    char *path = buffer->data + start;
    size_t len = buffer->len - start;
    if (len > 1 && is_slash(path[1])) {
        krt_put_text(buffer, same);
        memmove(path + strlen(same), path, len);
        memcpy(path, same, strlen(same));
    }
    const unsigned char *query = head->path.at + head->path.len;
    krt_put(buffer, query, (size_t)(head->target.at + head->target.len - query));
}

bool krt_path_is_kept_whole(const struct krt_route *route)
{
    size_t len = strlen(route->pattern);
    return route->pattern[len - 1] == KRT_PATTERN_REST;
}
