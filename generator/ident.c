#include "ident.h"

#include <stdbool.h>
#include <stddef.h>

enum { SIGNIFICANT = 63, SUFFIX = 8 };

static char in_case(char c, enum ident_case letters)
{
    if (letters == IDENT_UPPER && c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    if (letters == IDENT_LOWER && c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

static bool is_ident_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void ident_put(struct buf *out, struct str word, enum ident_case letters)
{
    for (size_t i = 0; i < word.len; i++) {
        bool is_break = !is_ident_char(word.at[i]);
        if (!is_break)
            buf_putc(out, in_case(word.at[i], letters));
        else if (out->len == 0 || out->at[out->len - 1] != '_')
            buf_putc(out, '_');
    }
}

const char *ident_unique(struct idents *idents, struct str wanted)
{
    struct arena *arena = idents->given.arena;
    size_t len = wanted.len < SIGNIFICANT ? wanted.len : SIGNIFICANT;
    struct str text = str_slice(wanted, 0, len);
    for (unsigned number = 2; table_find(&idents->given, text); number++) {
        struct buf numbered;
        size_t kept = len < SIGNIFICANT - SUFFIX ? len : SIGNIFICANT - SUFFIX;
        buf_init(&numbered, arena);
        buf_printf(&numbered, "%.*s_%u", (int)kept, wanted.at, number);
        text = buf_str(&numbered);
    }
    const char *given = str_z(arena, text);
    table_put(&idents->given, str_from(given), idents);
    return given;
}
