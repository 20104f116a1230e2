#include "scan.h"

#include <stdarg.h>

char scan_char(const struct scan *s, size_t at)
{
    return at < s->source.text.len ? s->source.text.at[at] : '\0';
}

size_t scan_find(const struct scan *s, size_t at, char c)
{
    while (at < s->source.text.len && s->source.text.at[at] != c)
        at++;
    return at;
}

struct located scan_part(const struct scan *s, size_t start, size_t end)
{
    return located_part(s->source, start, end);
}

struct diagnostic *scan_fail(struct scan *s, enum check check, size_t start, size_t end,
                             const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, s->reader->arena);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    return diag_error(s->reader->diag, check, scan_part(s, start, end).span, "%.*s",
                      STR_ARG(buf_str(&text)));
}
