/* Regular expressions tried in the plainest way, to compare others with. */
#ifndef KRGEN_TESTS_REGEX_MATCH_H
#define KRGEN_TESTS_REGEX_MATCH_H

#include "regex.h"
#include "str.h"

#include <stdbool.h>

/* Whether `regex` matches the whole of `text`, which is UTF-8 of less than 300
 * characters. */
bool regex_matches(const struct regex *regex, struct str text);

#endif
