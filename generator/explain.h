/* What a diagnostic means: the sections of checks.md. */
#ifndef KRGEN_EXPLAIN_H
#define KRGEN_EXPLAIN_H

#include "str.h"

#include <stdbool.h>

/* Appends the section about the check called `name`; false if there is none. */
bool explain_check(struct str name, struct buf *out);

/* Appends a line for each check: its name and what it asks for. */
void explain_list(struct buf *out);

/* The check whose name `name` is a misspelling of, or NULL. */
const char *explain_suggest(struct str name);

#endif
