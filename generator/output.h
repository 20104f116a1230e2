/* The files of a run: complete in memory first, then written where they differ. */
#ifndef KRGEN_OUTPUT_H
#define KRGEN_OUTPUT_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

struct output_file {
    const char *path; /* relative to the output folder, with '/' */
    struct str text;
};

/* A zeroed struct with an arena is empty. */
struct output {
    struct arena *arena;
    struct output_file *files;
    size_t n_files;
};

/* Adds a file. */
void output_add(struct output *output, const char *path, struct str text);

/* Writes every file below `folder`, making folders as needed. A file that already has
 * its text is not touched; others are replaced as a whole. On failure `problem` gets
 * one message and the result is false. */
bool output_write(const struct output *output, const char *folder, struct buf *problem);

/* Whether every file below `folder` is as output_write() would leave it; `stale` gets a
 * line for each that is not. */
bool output_check(const struct output *output, const char *folder, struct buf *stale);

#endif
