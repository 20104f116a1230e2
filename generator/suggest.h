/* "Did you mean ...?", only where it is certain. */
#ifndef KRGEN_SUGGEST_H
#define KRGEN_SUGGEST_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* The search for the name that `word` is a misspelling of. A struct with only `word`
 * set has been offered nothing. */
struct suggestion {
    struct str word;
    const char *best;
    size_t distance;
    bool is_tied;
};

/* Considers `name`, which is borrowed. */
void suggest_offer(struct suggestion *suggestion, const char *name);

/* The one name that is clearly closest and at most two slips away (one where the name
 * has five letters or less), or NULL. */
const char *suggest_result(const struct suggestion *suggestion);

#endif
