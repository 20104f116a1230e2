/* UTF-8, strictly. */
#ifndef KRGEN_UTF8_H
#define KRGEN_UTF8_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of bytes of the character at `at`, which lies inside `s`, and the
 * character at *code; 0 when the bytes there are not UTF-8. */
size_t utf8_decode(struct str s, size_t at, uint32_t *code);

/* Whether `byte` starts a character, so that counting these counts characters. */
bool utf8_is_start(char byte);

/* The columns that a terminal gives to a character: 0, 1 or 2. */
size_t utf8_width(uint32_t code);

/* Whether a character steers a terminal instead of being seen on it. */
bool utf8_is_control(uint32_t code);

#endif
