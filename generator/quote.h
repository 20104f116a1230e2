/* Text made safe for the place in a generated file where it lands. All output is ASCII.
 */
#ifndef KRGEN_QUOTE_H
#define KRGEN_QUOTE_H

#include "str.h"

/* Appends `text` as C string literals: one where it is short and has no line break
 * inside, else one a line, each after the first indented by `indent` blanks. */
void quote_c_string(struct buf *out, struct str text, size_t indent);

/* Appends `text` as a C initialiser list of bytes, without its braces, indented lines.
 */
void quote_bytes(struct buf *out, struct str text);

/* Appends `text` for a comment: it cannot end the comment or continue its line. */
void quote_comment(struct buf *out, struct str text);

/* Appends `text` as a string of a re2c rule. */
void quote_re2c(struct buf *out, struct str text);

#endif
