/* The notation of regular expressions in regex(...). */
#ifndef KRGEN_REGEX_READ_H
#define KRGEN_REGEX_READ_H

#include "fields.h"
#include "regex.h"

enum { REGEX_COUNT_MAX = 255 }; /* in {n,m} */

/* Reads `source`, the text between the parentheses of regex(...). It matches whole
 * values: '^' at its start and '$' at its end say so once more. Braces may be doubled,
 * as ASP.NET wants them. Known: literals, '.', classes with ranges and negation, \d \D
 * \w \W \s \S, \t \n \r \xHH \uHHHH, '\' before any other character that is no letter
 * or digit, groups (...) and (?:...), '|', and '*' '+' '?' '{n}' '{n,}' '{n,m}'.
 * Classes are those of ASCII. Reports the first fault, with its exact place, as
 * CHECK_REGEX; what no automaton or no ASCII class can do (look-around,
 * back-references, lazy and possessive repetition, \b, anchors inside, \p) says so.
 * NULL after an error. */
const struct regex *regex_read(struct reader *r, struct located source);

#endif
