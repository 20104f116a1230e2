/* Bytes as the tables write them. In a text
 *   \r \n \t \0 \s (a space) \\ \{ \" \xHH   stand for one byte each,
 *   {TEXT*N}                                 stands for TEXT N times,
 *   {etag PATH}                              stands for what the caller puts there.
 * Every other character is itself. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes in memory of their own. */
struct bytes {
    char *data; /* with a NUL behind */
    size_t len;
    size_t cap; /* of data */
};

/* The value of `word` for `argument`, as in {etag /doc}, appended to `bytes`; false
 * when there is none. */
typedef bool (*escape_fn)(void *context, const char *word, const char *argument,
                          struct bytes *bytes);

void bytes_append(struct bytes *bytes, const void *data, size_t len);
void bytes_free(struct bytes *bytes);

/* Appends what `len` characters at `text` stand for. NULL, or what is wrong. */
const char *escape_read(struct bytes *bytes, const char *text, size_t len,
                        escape_fn word, void *context);

#endif
