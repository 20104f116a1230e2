#include "tmpl.h"

#include <string.h>

/* Where a template is being read. */
struct reader {
    const struct tmpl *tmpl;
    size_t line;
    struct buf *problem;
};

static bool defect(const struct reader *reader, const char *what, struct str name)
{
    buf_printf(reader->problem, "%s:%lu: %s '%.*s'", reader->tmpl->name,
               (unsigned long)reader->line, what, STR_ARG(name));
    return false;
}

static bool put_value(const struct reader *reader, struct str name, struct buf *out)
{
    const struct tmpl *tmpl = reader->tmpl;
    for (size_t i = 0; i < tmpl->n_values; i++) {
        if (str_equal(name, str_from(tmpl->values[i].name))) {
            buf_put(out, tmpl->values[i].text);
            return true;
        }
    }
    return defect(reader, "unknown value", name);
}

static bool put_section(const struct reader *reader, struct str name, struct buf *out)
{
    const struct tmpl *tmpl = reader->tmpl;
    for (size_t i = 0; i < tmpl->n_sections; i++) {
        if (str_equal(name, str_from(tmpl->sections[i].name))) {
            tmpl->sections[i].emit(tmpl->context, out);
            return true;
        }
    }
    return defect(reader, "unknown section", name);
}

/* The first place of `mark` in `text`, or its end. */
static size_t find(struct str text, struct str mark)
{
    for (size_t i = 0; i + mark.len <= text.len; i++)
        if (memcmp(text.at + i, mark.at, mark.len) == 0)
            return i;
    return text.len;
}

static bool put_line(const struct reader *reader, struct str line, struct buf *out)
{
    for (;;) {
        size_t start = find(line, STR("%{"));
        buf_put(out, str_slice(line, 0, start));
        if (start == line.len)
            return true;
        line = str_slice(line, start + 2, line.len);
        size_t end = find(line, STR("}"));
        if (end == line.len)
            return defect(reader, "no '}' after", line);
        if (!put_value(reader, str_slice(line, 0, end), out))
            return false;
        line = str_slice(line, end + 1, line.len);
    }
}

/* `line` has no line break. */
static bool render_line(const struct reader *reader, struct str line, struct buf *out)
{
    if (str_has_prefix(line, STR("%# ")))
        return true;
    if (str_has_prefix(line, STR("%% ")))
        return put_section(reader, str_slice(line, 3, line.len), out);
    if (!put_line(reader, line, out))
        return false;
    buf_putc(out, '\n');
    return true;
}

bool tmpl_render(const struct tmpl *tmpl, struct buf *out, struct buf *problem)
{
    struct reader reader = {tmpl, 1, problem};
    struct str rest = tmpl->text;
    while (rest.len > 0) {
        size_t end = find(rest, STR("\n"));
        if (!render_line(&reader, str_slice(rest, 0, end), out))
            return false;
        rest = str_slice(rest, end < rest.len ? end + 1 : end, rest.len);
        reader.line++;
    }
    return true;
}
