/* Decimal numbers as regular languages. */
#ifndef KRGEN_NUMBER_H
#define KRGEN_NUMBER_H

#include "arena.h"
#include "regex.h"

#include <stdint.h>

/* Zeros that may stand before a number: more would only make it look like a GUID. */
enum { NUMBER_ZEROS_MAX = 9 };

/* The decimal integers from `least` to `most`, which is not below it: digits with up to
 * NUMBER_ZEROS_MAX zeros before them and an optional sign, which zero may have, too. */
const struct regex *number_language(struct arena *arena, int64_t least, int64_t most);

#endif
