/* Bytes that are too many for a string literal. Each sequence of them stands once, in
 * an array of rows, in files of their own that compile side by side. */
#ifndef KRGEN_DATA_H
#define KRGEN_DATA_H

#include "arena.h"
#include "str.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DATA_LITERAL_MAX =
        4000,                         /* C11 section 5.2.4.1 promises literals of 4095
                                         characters,          so this is the length of a row, too */
    DATA_FILE_SIZE = 4 * 1024 * 1024, /* more go to another file */
};

struct datum {
    struct str bytes;
    struct str origin; /* for a comment: where they come from */
    const char *ident; /* of the array */
    size_t file;       /* number of the file that has it, from 0 */
};

/* A zeroed struct with an arena and a prefix is empty. */
struct data {
    struct arena *arena;
    const char *prefix; /* of the arrays' names */
    struct datum **items;
    size_t n;
    size_t n_files;
    size_t file_size; /* bytes in the last file */
    struct table by_bytes;
};

/* Adds `bytes`, which are borrowed, unless a literal can hold them or they are there.
 */
void data_add(struct data *data, struct str bytes, struct str origin);

/* The array of `bytes`, NULL where a literal can hold them. */
const struct datum *data_find(const struct data *data, struct str bytes);

#endif
