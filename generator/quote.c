#include "quote.h"

#include <string.h>

enum {
    LITERAL_WIDTH = 72,    /* source characters of one string literal, about */
    BYTES_PER_LINE = 1000, /* of rows; each may take four characters */
};

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static void put_octal(struct buf *out, unsigned char c)
{
    buf_putc(out, '\\');
    for (int shift = 6; shift >= 0; shift -= 3)
        buf_putc(out, (char)('0' + (c >> shift & 7)));
}

/* Octal escapes end after three digits, so they cannot swallow what follows. "??" would
 * start a trigraph. */
static void put_c_char(struct buf *out, char c, char before)
{
    if (c == '\n')
        buf_put(out, STR("\\n"));
    else if (c == '\r')
        buf_put(out, STR("\\r"));
    else if (c == '\t')
        buf_put(out, STR("\\t"));
    else if (c == '"' || c == '\\' || (c == '?' && before == '?'))
        buf_printf(out, "\\%c", c);
    else if (is_printable(c))
        buf_putc(out, c);
    else
        put_octal(out, (unsigned char)c);
}

void quote_c_string(struct buf *out, struct str text, size_t indent)
{
    size_t start = out->len;
    buf_putc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        put_c_char(out, text.at[i], i > 0 ? text.at[i - 1] : '\0');
        bool is_full = out->len - start >= LITERAL_WIDTH || text.at[i] == '\n';
        if (is_full && i + 1 < text.len) {
            buf_printf(out, "\"\n%*s\"", (int)indent, "");
            start = out->len;
        }
    }
    buf_putc(out, '"');
}

/* C11 section 5.2.4.1 promises lines of 4095 characters, and clang wonders about a row
 * of several literals only where it is the only one. */
static void put_row(struct buf *out, struct str row)
{
    buf_put(out, STR("    \""));
    for (size_t i = 0; i < row.len; i++) {
        if (i > 0 && i % BYTES_PER_LINE == 0)
            buf_put(out, STR("\"\n    \""));
        put_c_char(out, row.at[i], i > 0 ? row.at[i - 1] : '\0');
    }
    buf_put(out, STR("\",\n"));
}

void quote_rows(struct buf *out, struct str text, size_t row_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        len += is_printable(text.at[i]) ? 1 : 4;
    buf_reserve(out, len + len / 16);
    for (size_t at = 0; at < text.len; at += row_len) {
        size_t end = text.len - at < row_len ? text.len : at + row_len;
        put_row(out, str_slice(text, at, end));
    }
}

void quote_comment(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '/' && i > 0 && text.at[i - 1] == '*')
            buf_putc(out, ' ');
        if (c == '*' && i > 0 && text.at[i - 1] == '/')
            buf_putc(out, ' ');
        buf_putc(out, is_printable(c) && c != '\\' ? c : '?');
    }
}

void quote_re2c(struct buf *out, struct str text, char mark)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == mark || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (is_printable(c))
            buf_putc(out, c);
        else
            buf_printf(out, "\\x%02x", (unsigned char)c);
    }
}

void quote_json(struct buf *out, struct str text)
{
    buf_putc(out, '"');
    quote_json_part(out, text);
    buf_putc(out, '"');
}

void quote_json_part(struct buf *out, struct str text)
{
    static const char shorts[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *found = c != '\0' ? strchr(shorts, c) : NULL;
        if (found)
            buf_printf(out, "\\%c", letters[found - shorts]);
        else if ((unsigned char)c < 0x20)
            buf_printf(out, "\\u%04x", (unsigned char)c);
        else
            buf_putc(out, c);
    }
}
