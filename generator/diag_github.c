/* Errors for GitHub Actions: workflow commands, which the runner takes from the output
 * of a step and shows beside the source. */
#include "diagnostic.h"
#include "visible.h"

/* The escapes that the runner takes back; in a property, ',' and ':' are marks too. */
static void put_escaped(struct buf *out, struct str text, bool is_property)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool is_mark = c == '%' || (is_property && (c == ',' || c == ':'));
        if (is_mark || c == '\n' || c == '\r')
            buf_printf(out, "%%%02X", c);
        else
            buf_putc(out, (char)c);
    }
}

static void put_text(struct buf *out, const struct diag *diag, struct str text)
{
    struct buf shown;
    buf_init(&shown, diag->arena);
    visible_put(&shown, text);
    put_escaped(out, buf_str(&shown), false);
}

static void put_properties(struct buf *out, const struct diagnostic *error)
{
    struct span span = error->span;
    struct place start = source_place(span.source, span.start);
    struct place end = source_place(span.source, span.end);
    buf_put(out, STR("file="));
    put_escaped(out, str_from(span.source->path), true);
    buf_printf(out, ",line=%zu", start.line);
    if (end.line == start.line)
        buf_printf(out, ",col=%zu,endColumn=%zu", start.column, end.column);
    else
        buf_printf(out, ",endLine=%zu", end.line);
    buf_printf(out, ",title=%s", check_name(error->check));
}

static void put_note(struct buf *out, const struct diag *diag, const struct note *note)
{
    struct place place = source_place(note->span.source, note->span.start);
    buf_printf(out, "%%0Aline %zu: ", place.line);
    put_text(out, diag, note->text);
}

static void put_command(struct buf *out, const struct diag *diag,
                        const struct diagnostic *error)
{
    buf_put(out, STR("::error "));
    put_properties(out, error);
    buf_put(out, STR("::"));
    put_text(out, diag, error->text);
    if (error->hint.len > 0) {
        buf_put(out, STR("%0A"));
        put_text(out, diag, error->hint);
    }
    for (const struct note *note = error->notes; note; note = note->next)
        put_note(out, diag, note);
    buf_putc(out, '\n');
}

void diag_render_github(const struct diag *diag, struct buf *out)
{
    for (size_t i = 0; i < diagnostics_kept(diag) && i < DIAG_ANNOTATIONS; i++)
        put_command(out, diag, diag->errors[i]);
    diagnostics_put_rest(diag, DIAG_ANNOTATIONS, "without an annotation", out);
}
