/* Text made safe for the place where it lands. What goes into generated files is ASCII.
 */
#ifndef KRGEN_QUOTE_H
#define KRGEN_QUOTE_H

#include "str.h"

/* Appends `text` as C string literals: one where it is short and has no line break
 * inside, else one a line, each after the first indented by `indent` blanks. */
void quote_c_string(struct buf *out, struct str text, size_t indent);

/* Appends `text` as the initialisers of an array of arrays of `row_len` characters,
 * each a string of just that length, except for the last. */
void quote_rows(struct buf *out, struct str text, size_t row_len);

/* Appends `text` for a comment: it cannot end the comment or continue its line. */
void quote_comment(struct buf *out, struct str text);

/* Appends `text` for a string of a re2c rule between two `mark`s, which are not part of
 * what is appended. */
void quote_re2c(struct buf *out, struct str text, char mark);

/* Appends `text`, which is UTF-8, as a string of JSON with its quotes. */
void quote_json(struct buf *out, struct str text);

/* The same without the quotes. */
void quote_json_part(struct buf *out, struct str text);

#endif
