/* Diagnostics for people: place and message, the source line, a caret. */
#include "diagnostic.h"
#include "utf8.h"
#include "visible.h"

enum {
    LINE_MAX = 160,   /* columns of a source line that are shown whole */
    LINE_BEFORE = 60, /* columns before the span where a line is cut */
};

/* A line of the source and the part of it that a caret underlines. */
struct excerpt {
    size_t line;
    struct str text;
    size_t shown_start;
    size_t shown_end;
    size_t mark_start;
    size_t mark_end;
};

static struct excerpt find_excerpt(struct span span)
{
    struct excerpt e = {.line = source_place(span.source, span.start).line};
    e.text = source_line(span.source, e.line);
    size_t line_start = span.source->line_starts[e.line - 1];
    e.mark_start = span.start - line_start;
    e.mark_end = span.end - line_start;
    if (e.mark_start > e.text.len)
        e.mark_start = e.text.len;
    if (e.mark_end > e.text.len)
        e.mark_end = e.text.len;
    e.shown_end = visible_fit(e.text, 0, LINE_MAX);
    if (e.shown_end == e.text.len)
        return e;
    e.shown_start = e.mark_start;
    for (size_t n = 0; n < LINE_BEFORE && e.shown_start > 0; n++)
        do
            e.shown_start--;
        while (e.shown_start > 0 && !utf8_is_start(e.text.at[e.shown_start]));
    e.shown_end = visible_fit(e.text, e.shown_start, LINE_MAX);
    if (e.mark_end > e.shown_end)
        e.mark_end = e.shown_end;
    return e;
}

static void put_repeated(struct buf *out, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_putc(out, c);
}

static void render_line(struct buf *out, const struct excerpt *e)
{
    buf_printf(out, "%5zu |", e->line);
    if (e->text.len > 0)
        buf_putc(out, ' ');
    if (e->shown_start > 0)
        buf_put(out, STR("..."));
    visible_put(out, str_slice(e->text, e->shown_start, e->shown_end));
    if (e->shown_end < e->text.len)
        buf_put(out, STR("..."));
    buf_putc(out, '\n');
}

static void render_caret(struct buf *out, const struct excerpt *e, struct str hint)
{
    size_t before = visible_width(str_slice(e->text, e->shown_start, e->mark_start));
    size_t marked = visible_width(str_slice(e->text, e->mark_start, e->mark_end));
    buf_put(out, STR("      | "));
    put_repeated(out, ' ', before + (e->shown_start > 0 ? 3 : 0));
    buf_putc(out, '^');
    put_repeated(out, '~', marked > 0 ? marked - 1 : 0);
    if (hint.len > 0) {
        buf_putc(out, ' ');
        visible_put(out, hint);
    }
    buf_putc(out, '\n');
}

static void render_place(struct buf *out, struct span span, const char *severity)
{
    struct place place = source_place(span.source, span.start);
    visible_put(out, str_from(span.source->path));
    buf_printf(out, ":%zu:%zu: %s: ", place.line, place.column, severity);
}

static void render_excerpt(struct buf *out, struct span span, struct str hint)
{
    struct excerpt e = find_excerpt(span);
    render_line(out, &e);
    render_caret(out, &e, hint);
}

static void render(struct buf *out, const struct diagnostic *diagnostic)
{
    render_place(out, diagnostic->span, diagnostic_severity(diagnostic));
    visible_put(out, diagnostic->text);
    buf_printf(out, " [%s]\n", check_name(diagnostic->check));
    render_excerpt(out, diagnostic->span, diagnostic->hint);
    for (const struct note *note = diagnostic->notes; note; note = note->next) {
        render_place(out, note->span, "note");
        visible_put(out, note->text);
        buf_putc(out, '\n');
        render_excerpt(out, note->span, (struct str){0});
    }
}

void diag_render(const struct diag *diag, struct buf *out)
{
    size_t n;
    struct diagnostic **all = diagnostics_kept(diag, &n);
    for (size_t i = 0; i < n; i++)
        render(out, all[i]);
    diagnostics_put_rest(diag, DIAG_MAX, "not shown", out);
}
