/* Diagnostics: collected while the phases run, ordered and rendered at the end. */
#ifndef KRGEN_DIAG_H
#define KRGEN_DIAG_H

#include "arena.h"
#include "checks.h"
#include "source.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum { DIAG_MAX = 20 }; /* errors shown per run */

struct diagnostic;

/* A zeroed struct with an arena is an empty collection. */
struct diag {
    struct arena *arena;
    struct diagnostic **errors;
    size_t n_errors;
};

/* The stable name of a check. */
const char *check_name(enum check check);

/* Adds an error at `span`. Wording: lower case, no full stop, names quoted with '' as
 * written. The result takes notes and a hint. */
struct diagnostic *diag_error(struct diag *diag, enum check check, struct span span,
                              const char *format, ...) KRGEN_PRINTF(4, 5);

/* Adds a second place to an error: "note: ..." with its own source line. */
void diag_note(struct diag *diag, struct diagnostic *error, struct span span,
               const char *format, ...) KRGEN_PRINTF(4, 5);

/* Sets the text that follows the caret, for what is certain: "did you mean 'int'?". */
void diag_hint(struct diag *diag, struct diagnostic *error, const char *format, ...)
    KRGEN_PRINTF(3, 4);

/* Appends all errors to `out`, by position, at most DIAG_MAX of them, then how many
 * were left out:
 *
 *   specs/shop.yaml:17:18: error: unknown route constraint 'itn' [unknown-constraint]
 *      17 |   GET /users/{id:itn}:
 *         |                  ^~~ did you mean 'int'?
 *
 * Tabs count as one blank; lines over 160 columns are cut around the span. */
void diag_render(const struct diag *diag, struct buf *out);

#endif
