/* Diagnostics for programs. */
#include "diagnostic.h"
#include "utf8.h"

static const struct str replacement = {"\xEF\xBF\xBD", 3}; /* U+FFFD */

static void put_string(struct buf *out, struct str text)
{
    buf_putc(out, '"');
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, at, &code);
        if (len == 0)
            buf_put(out, replacement);
        else if (code < 0x20 || code == 0x7F)
            buf_printf(out, "\\u%04X", (unsigned)code);
        else if (code == '"' || code == '\\')
            buf_printf(out, "\\%c", (int)code);
        else
            buf_put(out, str_slice(text, at, at + len));
        at += len > 0 ? len : 1;
    }
    buf_putc(out, '"');
}

static void put_place(struct buf *out, struct span span)
{
    struct place start = source_place(span.source, span.start);
    struct place end = source_place(span.source, span.end);
    buf_put(out, STR("\"file\":"));
    put_string(out, str_from(span.source->path));
    buf_printf(out, ",\"line\":%zu,\"column\":%zu,\"endLine\":%zu,\"endColumn\":%zu",
               start.line, start.column, end.line, end.column);
}

static void put_message(struct buf *out, struct str text)
{
    buf_put(out, STR(",\"message\":"));
    put_string(out, text);
}

static void put_notes(struct buf *out, const struct note *notes)
{
    buf_put(out, STR(",\"notes\":["));
    for (const struct note *note = notes; note; note = note->next) {
        buf_put(out, note == notes ? STR("{") : STR(",{"));
        put_place(out, note->span);
        put_message(out, note->text);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void put_diagnostic(struct buf *out, const struct diagnostic *diagnostic)
{
    buf_putc(out, '{');
    put_place(out, diagnostic->span);
    buf_printf(out, ",\"severity\":\"%s\",\"check\":\"%s\"",
               diagnostic_severity(diagnostic), check_name(diagnostic->check));
    put_message(out, diagnostic->text);
    buf_put(out, STR(",\"hint\":"));
    if (diagnostic->hint.len > 0)
        put_string(out, diagnostic->hint);
    else
        buf_put(out, STR("null"));
    put_notes(out, diagnostic->notes);
    buf_putc(out, '}');
}

void diag_render_json(const struct diag *diag, struct buf *out)
{
    size_t n;
    struct diagnostic **all = diagnostics_kept(diag, &n);
    for (size_t i = 0; i < n; i++) {
        if (out->len > 0)
            buf_put(out, STR(",\n"));
        put_diagnostic(out, all[i]);
    }
}
