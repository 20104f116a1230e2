#include "explain.h"
#include "checks.h"
#include "diag.h"
#include "embed.h"
#include "suggest.h"

#include <string.h>

/* The line of `text` that starts at `at`, with its line break. */
static struct str line_at(struct str text, size_t at)
{
    const char *end = memchr(text.at + at, '\n', text.len - at);
    size_t len = end ? (size_t)(end - text.at) + 1 - at : text.len - at;
    return str_slice(text, at, at + len);
}

/* The name in a heading "## NAME", empty in other lines. */
static struct str section_name(struct str line)
{
    struct str mark = STR("## ");
    if (!str_has_prefix(line, mark))
        return (struct str){line.at, 0};
    size_t end = line.len;
    while (end > mark.len && line.at[end - 1] == '\n')
        end--;
    return str_slice(line, mark.len, end);
}

/* The offset of the section `name`, or of the text's end. */
static size_t find_section(struct str text, struct str name)
{
    size_t at = 0;
    while (at < text.len && !str_equal(section_name(line_at(text, at)), name))
        at += line_at(text, at).len;
    return at;
}

bool explain_check(struct str name, struct buf *out)
{
    struct str text = embedded_text(embedded_find("checks.md"));
    size_t start = name.len > 0 ? find_section(text, name) : text.len;
    if (start == text.len)
        return false;
    size_t end = start + line_at(text, start).len;
    while (end < text.len && text.at[end] != '#')
        end += line_at(text, end).len;
    struct str section = str_slice(text, start + strlen("## "), end);
    while (section.len > 0 && section.at[section.len - 1] == '\n')
        section.len--;
    buf_put(out, section);
    buf_putc(out, '\n');
    return true;
}

void explain_list(struct buf *out)
{
    for (int i = 0; i < N_CHECKS; i++)
        buf_printf(out, "%-20s %s\n", check_name((enum check)i),
                   check_meaning((enum check)i));
}

const char *explain_suggest(struct str name)
{
    struct suggestion suggestion = {.word = name};
    for (int i = 0; i < N_CHECKS; i++)
        suggest_offer(&suggestion, check_name((enum check)i));
    return suggest_result(&suggestion);
}
