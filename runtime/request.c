#include "request.h"

#include "path.h"
#include "text.h"

#include <string.h>

static const unsigned char *find_byte(const unsigned char *at, const unsigned char *end,
                                      unsigned char byte)
{
    const unsigned char *found = at < end ? memchr(at, byte, (size_t)(end - at)) : NULL;
    return found ? found : end;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

struct krt_slice krt_trim(const unsigned char *at, const unsigned char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return (struct krt_slice){at, (size_t)(end - at)};
}

/* ---- Field lines ---- */

/* Whether a field line starts with `name` and a colon. No line has a NUL, so the end of
 * the name differs from what is there. */
static bool is_called(const unsigned char *line, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (krt_to_lower(line[i]) != krt_to_lower((unsigned char)name[i]))
            return false;
    return line[len] == ':';
}

/* The line behind the one at `line`. The head ends in an empty one, so there is one. */
static const unsigned char *next_line(const unsigned char *line)
{
    return (const unsigned char *)strchr((const char *)line, '\n') + 1;
}

/* Goes on behind *line, which is a line of the head, to one called `name`. */
static bool find_line(const unsigned char **line, const char *name,
                      struct krt_slice *value)
{
    size_t len = strlen(name);
    const unsigned char *at = next_line(*line);
    for (; *at != '\r'; at = next_line(at)) {
        if (!is_called(at, name, len))
            continue;
        *line = at;
        *value = krt_trim(at + len + 1, next_line(at) - 2);
        return true;
    }
    return false;
}

bool krt_head_find(const struct krt_head *head, const char *name,
                   struct krt_slice *value)
{
    const unsigned char *line = head->method.at;
    return find_line(&line, name, value);
}

/* ---- Cookies ---- */

static bool find_in_cookies(struct krt_slice cookies, const char *name,
                            struct krt_slice *value)
{
    const unsigned char *end = cookies.at + cookies.len;
    size_t len = strlen(name);
    for (const unsigned char *at = cookies.at, *stop; at < end; at = stop + 1) {
        stop = find_byte(at, end, ';');
        struct krt_slice pair = krt_trim(at, stop);
        if (pair.len <= len || pair.at[len] != '=' || memcmp(pair.at, name, len) != 0)
            continue;
        *value = (struct krt_slice){pair.at + len + 1, pair.len - len - 1};
        return true;
    }
    return false;
}

bool krt_cookie_find(const struct krt_head *head, const char *name,
                     struct krt_slice *value)
{
    const unsigned char *line = head->method.at;
    struct krt_slice cookies;
    while (find_line(&line, "Cookie", &cookies))
        if (find_in_cookies(cookies, name, value))
            return true;
    return false;
}

/* ---- Queries ---- */

struct krt_slice krt_query_of(const struct krt_head *head)
{
    const unsigned char *end = head->target.at + head->target.len;
    const unsigned char *at = find_byte(head->target.at, end, '?');
    if (at == end)
        return (struct krt_slice){NULL, 0};
    return (struct krt_slice){at + 1, (size_t)(end - at - 1)};
}

bool krt_query_next(struct krt_slice *query, struct krt_query_pair *pair)
{
    while (query->len > 0) {
        const unsigned char *start = query->at;
        const unsigned char *end = start + query->len;
        const unsigned char *stop = find_byte(start, end, '&');
        const unsigned char *equals = find_byte(start, stop, '=');
        query->at = stop < end ? stop + 1 : end;
        query->len = (size_t)(end - query->at);
        if (stop == start)
            continue;
        const unsigned char *value = equals < stop ? equals + 1 : stop;
        pair->name = (struct krt_slice){start, (size_t)(equals - start)};
        pair->value = (struct krt_slice){value, (size_t)(stop - value)};
        return true;
    }
    return false;
}

/* The byte at `at`, decoded, of *len bytes as written; -1 where there is none. */
static int read_byte(const unsigned char *at, const unsigned char *end, size_t *len)
{
    *len = *at == '%' ? 3 : 1;
    if (*at == '%')
        return krt_path_escape(at, end);
    return *at == '+' ? ' ' : *at;
}

bool krt_query_decode(struct krt_slice text, unsigned char *out, size_t *len)
{
    unsigned char *start = out;
    const unsigned char *end = text.at + text.len;
    for (const unsigned char *at = text.at; at < end;) {
        size_t taken;
        int byte = read_byte(at, end, &taken);
        if (byte <= 0)
            return false;
        *out++ = (unsigned char)byte;
        at += taken;
    }
    *out = '\0';
    *len = (size_t)(out - start);
    return krt_path_is_utf8(start);
}

bool krt_query_is(struct krt_slice text, const char *name)
{
    const unsigned char *end = text.at + text.len;
    for (const unsigned char *at = text.at; at < end; name++) {
        size_t taken;
        int byte = read_byte(at, end, &taken);
        if (byte <= 0 || byte != (unsigned char)*name)
            return false;
        at += taken;
    }
    return *name == '\0';
}
