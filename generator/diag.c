/* Collecting and rendering. Only the first DIAG_MAX errors by position are kept, so
 * that a hopeless spec costs no more than a hopeful one. */
#include "diag.h"
#include "utf8.h"

#include <stdarg.h>
#include <string.h>

enum {
    TEXT_MAX = 400,   /* bytes of a message; longer ones lose their middle */
    LINE_MAX = 160,   /* columns of a source line that are shown whole */
    LINE_BEFORE = 60, /* columns before the span where a line is cut */
};

struct note {
    struct note *next;
    struct span span;
    struct str text;
};

struct diagnostic {
    enum check check;
    bool is_dropped;
    struct span span;
    struct str text;
    struct str hint;
    struct note *notes;
};

static const char *const check_names[] = {
#define CHECK_NAME_OF(id, name, meaning) name,
    CHECKS(CHECK_NAME_OF)
#undef CHECK_NAME_OF
};

const char *check_name(enum check check)
{
    return check_names[check];
}

/* The text without its middle, if it is long: messages may quote a value of any size.
 */
static struct str shorten(struct arena *arena, struct str text)
{
    if (text.len <= TEXT_MAX)
        return text;
    size_t head = TEXT_MAX / 2;
    size_t tail = text.len - TEXT_MAX / 2;
    while (!utf8_is_start(text.at[head]))
        head--;
    while (tail < text.len && !utf8_is_start(text.at[tail]))
        tail++;
    struct buf buf;
    buf_init(&buf, arena);
    buf_put(&buf, str_slice(text, 0, head));
    buf_put(&buf, STR("..."));
    buf_put(&buf, str_slice(text, tail, text.len));
    return buf_str(&buf);
}

static KRGEN_PRINTF(2, 0) struct str
    format_text(struct arena *arena, const char *format, va_list args)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_vprintf(&buf, format, args);
    return shorten(arena, buf_str(&buf));
}

static size_t n_kept(const struct diag *diag)
{
    return diag->n_errors < DIAG_MAX ? diag->n_errors : DIAG_MAX;
}

static bool is_too_late(const struct diag *diag, struct span span)
{
    return diag->n_errors >= DIAG_MAX &&
           span.start >= diag->errors[DIAG_MAX - 1]->span.start;
}

/* An aliased node is read once for each of its places, but it is wrong only once. */
static bool is_repeated(const struct diag *diag, const struct diagnostic *error)
{
    for (size_t i = 0; i < n_kept(diag); i++) {
        const struct diagnostic *other = diag->errors[i];
        if (other->span.start == error->span.start && other->check == error->check &&
            str_equal(other->text, error->text))
            return true;
    }
    return false;
}

static void insert(struct diag *diag, struct diagnostic *error)
{
    size_t i = n_kept(diag);
    if (i == DIAG_MAX)
        i--;
    for (; i > 0 && diag->errors[i - 1]->span.start > error->span.start; i--)
        diag->errors[i] = diag->errors[i - 1];
    diag->errors[i] = error;
    diag->n_errors++;
}

/* Stands for every error that is not shown. */
static struct diagnostic *dropped(struct diag *diag)
{
    struct diagnostic *error = arena_alloc(diag->arena, sizeof *error);
    error->is_dropped = true;
    return error;
}

struct diagnostic *diag_error(struct diag *diag, enum check check, struct span span,
                              const char *format, ...)
{
    if (is_too_late(diag, span)) {
        diag->n_errors++;
        return dropped(diag);
    }
    if (!diag->errors)
        diag->errors = arena_array(diag->arena, DIAG_MAX, sizeof *diag->errors);
    struct diagnostic *error = arena_alloc(diag->arena, sizeof *error);
    error->check = check;
    error->span = span;
    va_list args;
    va_start(args, format);
    error->text = format_text(diag->arena, format, args);
    va_end(args);
    if (is_repeated(diag, error))
        return dropped(diag);
    insert(diag, error);
    return error;
}

void diag_note(struct diag *diag, struct diagnostic *error, struct span span,
               const char *format, ...)
{
    if (error->is_dropped)
        return;
    struct note *note = arena_alloc(diag->arena, sizeof *note);
    note->span = span;
    va_list args;
    va_start(args, format);
    note->text = format_text(diag->arena, format, args);
    va_end(args);
    struct note **last = &error->notes;
    while (*last)
        last = &(*last)->next;
    *last = note;
}

void diag_hint(struct diag *diag, struct diagnostic *error, const char *format, ...)
{
    if (error->is_dropped)
        return;
    va_list args;
    va_start(args, format);
    error->hint = format_text(diag->arena, format, args);
    va_end(args);
}

/* One character of a text as it is shown: what would steer the terminal is a '?'. */
struct glyph {
    struct str bytes;
    size_t width;
};

static struct glyph glyph_at(struct str text, size_t at)
{
    uint32_t code = 0;
    size_t len = utf8_decode(text, at, &code);
    struct str bytes = str_slice(text, at, at + (len > 0 ? len : 1));
    if (len == 1 && bytes.at[0] == '\t')
        return (struct glyph){STR(" "), 1};
    if (len == 0 || utf8_is_control(code))
        return (struct glyph){STR("?"), 1};
    return (struct glyph){bytes, utf8_width(code)};
}

/* The offset behind the character at `at`. */
static size_t skip_glyph(struct str text, size_t at)
{
    uint32_t code = 0;
    size_t len = utf8_decode(text, at, &code);
    return at + (len > 0 ? len : 1);
}

static void put_visible(struct buf *out, struct str text)
{
    for (size_t at = 0; at < text.len; at = skip_glyph(text, at))
        buf_put(out, glyph_at(text, at).bytes);
}

static size_t width_of(struct str text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len; at = skip_glyph(text, at))
        width += glyph_at(text, at).width;
    return width;
}

/* The offset up to which `text` from `at` fits into `columns`. */
static size_t fit(struct str text, size_t at, size_t columns)
{
    for (size_t width = 0; at < text.len; at = skip_glyph(text, at)) {
        width += glyph_at(text, at).width;
        if (width > columns)
            break;
    }
    return at;
}

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
    e.shown_end = fit(e.text, 0, LINE_MAX);
    if (e.shown_end == e.text.len)
        return e;
    e.shown_start = e.mark_start;
    for (size_t n = 0; n < LINE_BEFORE && e.shown_start > 0; n++)
        do
            e.shown_start--;
        while (e.shown_start > 0 && !utf8_is_start(e.text.at[e.shown_start]));
    e.shown_end = fit(e.text, e.shown_start, LINE_MAX);
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
    put_visible(out, str_slice(e->text, e->shown_start, e->shown_end));
    if (e->shown_end < e->text.len)
        buf_put(out, STR("..."));
    buf_putc(out, '\n');
}

static void render_caret(struct buf *out, const struct excerpt *e, struct str hint)
{
    size_t before = width_of(str_slice(e->text, e->shown_start, e->mark_start));
    size_t marked = width_of(str_slice(e->text, e->mark_start, e->mark_end));
    buf_put(out, STR("      | "));
    put_repeated(out, ' ', before + (e->shown_start > 0 ? 3 : 0));
    buf_putc(out, '^');
    put_repeated(out, '~', marked > 0 ? marked - 1 : 0);
    if (hint.len > 0) {
        buf_putc(out, ' ');
        put_visible(out, hint);
    }
    buf_putc(out, '\n');
}

static void render_place(struct buf *out, struct span span, const char *severity)
{
    struct place place = source_place(span.source, span.start);
    put_visible(out, str_from(span.source->path));
    buf_printf(out, ":%zu:%zu: %s: ", place.line, place.column, severity);
}

static void render_excerpt(struct buf *out, struct span span, struct str hint)
{
    struct excerpt e = find_excerpt(span);
    render_line(out, &e);
    render_caret(out, &e, hint);
}

static void render_error(struct buf *out, const struct diagnostic *error)
{
    render_place(out, error->span, "error");
    put_visible(out, error->text);
    buf_printf(out, " [%s]\n", check_name(error->check));
    render_excerpt(out, error->span, error->hint);
    for (const struct note *note = error->notes; note; note = note->next) {
        render_place(out, note->span, "note");
        put_visible(out, note->text);
        buf_putc(out, '\n');
        render_excerpt(out, note->span, (struct str){0});
    }
}

void diag_render(const struct diag *diag, struct buf *out)
{
    for (size_t i = 0; i < n_kept(diag); i++)
        render_error(out, diag->errors[i]);
    if (diag->n_errors <= DIAG_MAX)
        return;
    size_t n = diag->n_errors - DIAG_MAX;
    put_visible(out, str_from(diag->errors[0]->span.source->path));
    buf_printf(out, ": %zu more error%s not shown\n", n, n == 1 ? "" : "s");
}
