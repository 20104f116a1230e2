/* Text as a terminal shows it: what would steer the terminal is a '?', a tab one blank.
 */
#ifndef KRGEN_VISIBLE_H
#define KRGEN_VISIBLE_H

#include "str.h"

#include <stddef.h>

void visible_put(struct buf *out, struct str text);

/* The columns that `text` takes. */
size_t visible_width(struct str text);

/* The offset up to which `text` from `at` fits into `columns`. */
size_t visible_fit(struct str text, size_t at, size_t columns);

#endif
