#include "disposition.h"

#include "ascii.h"
#include "utf8.h"

#include <string.h>

/* attr-char of RFC 8187 section 3.2.1 */
static bool is_attr_char(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$&+-.^_`|~", c));
}

/* Whether clients agree on the name between plain quotes: RFC 6266 appendix D tells of
 * those that decode '%', and some keep the '\' of an escape. */
static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] < ' ' || name.at[i] > '~' || strchr("%\"\\", name.at[i]))
            return false;
    return true;
}

static void put_quoted(struct buf *out, struct str name)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_ascii = c >= ' ' && c <= '~';
        if (c == '"' || c == '\\')
            buf_putc(out, '\\');
        if (is_ascii || utf8_is_start(c))
            buf_putc(out, is_ascii ? c : '_');
    }
    buf_putc(out, '"');
}

static void put_encoded(struct buf *out, struct str name)
{
    buf_put(out, STR("; filename*=UTF-8''"));
    for (size_t i = 0; i < name.len; i++)
        if (is_attr_char(name.at[i]))
            buf_putc(out, name.at[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)name.at[i]);
}

struct str disposition_of(struct str name, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    buf_put(&out, STR("attachment; filename="));
    put_quoted(&out, name);
    if (!is_plain(name))
        put_encoded(&out, name);
    return buf_str(&out);
}
