/* Reading a whole spec, and from offsets to lines and back. Lines end where libyaml
 * ends them: at LF, CRLF or CR. */
#include "source.h"
#include "utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool fail(struct buf *problem, const char *path, const char *reason)
{
    buf_printf(problem, "cannot read %s: %s", path, reason);
    return false;
}

/* Appends all of `file`, but at most one byte more than a spec may have. 0 or errno. */
static int read_all(FILE *file, struct buf *text)
{
    char chunk[8192];
    errno = 0;
    while (text->len <= SOURCE_MAX) {
        size_t len = fread(chunk, 1, sizeof chunk, file);
        buf_put(text, (struct str){chunk, len});
        if (len < sizeof chunk)
            return ferror(file) ? (errno != 0 ? errno : EIO) : 0;
    }
    return 0;
}

bool source_read(struct source *source, const char *path, struct arena *arena,
                 struct buf *problem)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *shown = is_stdin ? SOURCE_STDIN : path;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (!file)
        return fail(problem, shown, strerror(errno));
    struct buf text;
    buf_init(&text, arena);
    int error = read_all(file, &text);
    if (!is_stdin)
        fclose(file);
    if (error != 0)
        return fail(problem, shown, strerror(error));
    if (text.len > SOURCE_MAX)
        return fail(problem, shown, "a spec has at most 16 MiB");
    source_init(source, shown, buf_str(&text), arena);
    return true;
}

/* The offset behind the line break at `at`, or `at` when there is none. */
static size_t skip_break(struct str text, size_t at)
{
    if (at < text.len && text.at[at] == '\n')
        return at + 1;
    if (at < text.len && text.at[at] == '\r')
        return at + 1 < text.len && text.at[at + 1] == '\n' ? at + 2 : at + 1;
    return at;
}

static size_t find_break(struct str text, size_t at)
{
    while (at < text.len && text.at[at] != '\n' && text.at[at] != '\r')
        at++;
    return at;
}

static size_t count_lines(struct str text)
{
    size_t n = 1;
    for (size_t at = find_break(text, 0); at < text.len; at = find_break(text, at)) {
        at = skip_break(text, at);
        n++;
    }
    return n;
}

void source_init(struct source *source, const char *path, struct str text,
                 struct arena *arena)
{
    struct str bom = STR("\xEF\xBB\xBF");
    if (str_has_prefix(text, bom))
        text = str_slice(text, bom.len, text.len);
    if (text.len == 0)
        text = STR("");
    *source = (struct source){path, text, NULL, count_lines(text)};
    source->line_starts = arena_array(arena, source->n_lines, sizeof(size_t));
    for (size_t i = 1, at = 0; i < source->n_lines; i++) {
        at = skip_break(text, find_break(text, at));
        source->line_starts[i] = at;
    }
}

size_t source_offset(const struct source *source, size_t line, size_t column)
{
    if (line >= source->n_lines)
        return source->text.len;
    return source_advance(source, source->line_starts[line], column);
}

size_t source_advance(const struct source *source, size_t offset, size_t n)
{
    struct str text = source->text;
    for (; n > 0 && offset < text.len; n--) {
        offset++;
        while (offset < text.len && !utf8_is_start(text.at[offset]))
            offset++;
    }
    return offset;
}

struct place source_place(const struct source *source, size_t offset)
{
    size_t low = 0;
    size_t high = source->n_lines;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    size_t column = 1;
    for (size_t at = source->line_starts[low]; at < offset; at++)
        column += at < source->text.len && utf8_is_start(source->text.at[at]);
    return (struct place){low + 1, column};
}

struct str source_line(const struct source *source, size_t line)
{
    size_t start = source->line_starts[line - 1];
    return str_slice(source->text, start, find_break(source->text, start));
}

struct str span_text(struct span span)
{
    return str_slice(span.source->text, span.start, span.end);
}

struct span span_part(struct span span, size_t start, size_t len)
{
    size_t all = span.end - span.start;
    if (start > all)
        start = all;
    if (len > all - start)
        len = all - start;
    return (struct span){span.source, span.start + start, span.start + start + len};
}
