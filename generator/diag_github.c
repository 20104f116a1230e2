/* Diagnostics for GitHub Actions: workflow commands, which the runner takes from the
 * output of a step and shows beside the source. */
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

static void put_properties(struct buf *out, const struct diagnostic *diagnostic)
{
    struct span span = diagnostic->span;
    struct place start = source_place(span.source, span.start);
    struct place end = source_place(span.source, span.end);
    buf_put(out, STR("file="));
    put_escaped(out, str_from(span.source->path), true);
    buf_printf(out, ",line=%zu", start.line);
    if (end.line == start.line)
        buf_printf(out, ",col=%zu,endColumn=%zu", start.column, end.column);
    else
        buf_printf(out, ",endLine=%zu", end.line);
    buf_printf(out, ",title=%s", check_name(diagnostic->check));
}

static void put_note(struct buf *out, const struct diag *diag, const struct note *note)
{
    struct place place = source_place(note->span.source, note->span.start);
    buf_printf(out, "%%0Aline %zu: ", place.line);
    put_text(out, diag, note->text);
}

static void put_command(struct buf *out, const struct diag *diag,
                        const struct diagnostic *diagnostic)
{
    buf_printf(out, "::%s ", diagnostic_severity(diagnostic));
    put_properties(out, diagnostic);
    buf_put(out, STR("::"));
    put_text(out, diag, diagnostic->text);
    if (diagnostic->hint.len > 0) {
        buf_put(out, STR("%0A"));
        put_text(out, diag, diagnostic->hint);
    }
    for (const struct note *note = diagnostic->notes; note; note = note->next)
        put_note(out, diag, note);
    buf_putc(out, '\n');
}

void diag_render_github(const struct diag *diag, struct buf *out)
{
    size_t n;
    size_t n_shown[2] = {0, 0}; /* errors and warnings */
    struct diagnostic **all = diagnostics_kept(diag, &n);
    for (size_t i = 0; i < n; i++)
        if (n_shown[all[i]->is_warning]++ < DIAG_ANNOTATIONS)
            put_command(out, diag, all[i]);
    diagnostics_put_rest(diag, DIAG_ANNOTATIONS, "without an annotation", out);
}
