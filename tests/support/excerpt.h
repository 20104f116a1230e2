/* A text that is a part of a spec, for tests of what reads such parts. */
#ifndef KRGEN_TESTS_EXCERPT_H
#define KRGEN_TESTS_EXCERPT_H

#include "arena.h"
#include "diag.h"
#include "fields.h"
#include "source.h"
#include "str.h"

struct excerpt {
    struct arena arena;
    struct source source;
    struct diag diag;
    struct reader reader;
    struct located text; /* all of it, with its exact span */
};

/* Makes a reading of `text`, which is borrowed. */
void excerpt_init(struct excerpt *excerpt, struct str text);
void excerpt_deinit(struct excerpt *excerpt);

/* The diagnostics without the source lines, "COLUMN: error: MESSAGE [CHECK] ^~~ HINT"
 * one after another. Lives as long as the excerpt. */
const char *excerpt_faults(struct excerpt *excerpt);

#endif
