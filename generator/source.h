/* A spec's text, whole in memory, and places in it. */
#ifndef KRGEN_SOURCE_H
#define KRGEN_SOURCE_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum { SOURCE_MAX = 16 * 1024 * 1024 }; /* bytes of a spec */

#define SOURCE_STDIN "<stdin>" /* the path of standard input */

struct source {
    const char *path;    /* as the user wrote it; SOURCE_STDIN for "-" */
    struct str text;     /* without a byte order mark */
    size_t *line_starts; /* offset of each line's first byte */
    size_t n_lines;
};

/* Bytes [start, end) of a source. */
struct span {
    const struct source *source;
    size_t start;
    size_t end;
};

/* A place for people: both count from 1, columns in characters (code points). */
struct place {
    size_t line;
    size_t column;
};

/* Reads the file at `path`, "-" for standard input. On failure writes one message with
 * the system's reason to `problem` and returns false. */
bool source_read(struct source *source, const char *path, struct arena *arena,
                 struct buf *problem);

/* Makes a source of `text`, which is borrowed. */
void source_init(struct source *source, const char *path, struct str text,
                 struct arena *arena);

/* The offset of a zero-based line and column, the latter in code points, as libyaml's
 * marks count them; clamped to the text. */
size_t source_offset(const struct source *source, size_t line, size_t column);

/* The offset `n` code points behind `offset`, clamped to the text. */
size_t source_advance(const struct source *source, size_t offset, size_t n);

struct place source_place(const struct source *source, size_t offset);

/* The line with this number, counted from 1, without its line break. */
struct str source_line(const struct source *source, size_t line);

/* The text of a span. */
struct str span_text(struct span span);

/* The part of `span` from `start`, `len` bytes long, both clamped to it. */
struct span span_part(struct span span, size_t start, size_t len);

#endif
