/* Bytes that are too many for a string literal where they are used, or for the file
 * that would hold it. Each sequence of them stands once, in an array of its own, in
 * files that compile side by side. */
#ifndef KRGEN_DATA_H
#define KRGEN_DATA_H

#include "arena.h"
#include "str.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>

/* C11 section 5.2.4.1 promises literals of 4095 characters. */
enum {
    DATA_LITERAL_MAX = 4000, /* bytes of a literal, and of a row of an array */
    DATA_MANY = 500,         /* more get arrays where there may be many of them */
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

/* Adds `bytes`, which are borrowed, unless they are there or are at most `min`. */
void data_add(struct data *data, struct str bytes, size_t min, struct str origin);

/* The array of `bytes`, NULL where there is none. */
const struct datum *data_find(const struct data *data, struct str bytes);

/* Whether the array has rows, as no literal can hold what it has. */
bool data_has_rows(const struct datum *datum);

#endif
