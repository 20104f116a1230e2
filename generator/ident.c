#include "ident.h"
#include "ascii.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { SIGNIFICANT = 63, SUFFIX = 11 }; /* "_4294967295" */

static char in_case(char c, enum ident_case letters)
{
    return letters == IDENT_UPPER ? to_upper(c) : to_lower(c);
}

void ident_put(struct buf *out, struct str word, enum ident_case letters)
{
    for (size_t i = 0; i < word.len; i++) {
        bool is_break = !is_letter(word.at[i]) && !is_digit(word.at[i]);
        if (!is_break)
            buf_putc(out, in_case(word.at[i], letters));
        else if (out->len == 0 || out->at[out->len - 1] != '_')
            buf_putc(out, '_');
    }
}

static const char *give(struct idents *idents, struct str text)
{
    struct arena *arena = idents->given.arena;
    const char *given = str_z(arena, text);
    unsigned *next = arena_alloc(arena, sizeof *next);
    *next = 2;
    table_put(&idents->given, str_from(given), next);
    return given;
}

const char *ident_unique(struct idents *idents, struct str wanted)
{
    char numbered[SIGNIFICANT + 1];
    size_t len = wanted.len < SIGNIFICANT ? wanted.len : SIGNIFICANT;
    size_t kept = len < SIGNIFICANT - SUFFIX ? len : SIGNIFICANT - SUFFIX;
    struct str text = str_slice(wanted, 0, len);
    unsigned *next = table_find(&idents->given, text);
    while (table_find(&idents->given, text)) {
        int n = snprintf(numbered, sizeof numbered, "%.*s_%u", (int)kept, wanted.at,
                         (*next)++);
        text = (struct str){numbered, (size_t)n};
    }
    return give(idents, text);
}
