/* Diagnostics: collected while the phases run, ordered and rendered at the end. */
#ifndef KRGEN_DIAG_H
#define KRGEN_DIAG_H

#include "arena.h"
#include "checks.h"
#include "source.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIAG_MAX = 20,         /* errors shown per run, and warnings */
    DIAG_ANNOTATIONS = 10, /* as many annotations GitHub shows per step */
};

/* What a diagnostic is about: the spec as a whole, or route number i as DIAG_ROUTE(i).
 */
enum { DIAG_SPEC = 0 };
#define DIAG_ROUTE(i) ((i) + 1)

enum diag_format { DIAG_TEXT, DIAG_JSON, DIAG_GITHUB };

struct diagnostic;
struct silence;

/* A zeroed struct with an arena is an empty collection. */
struct diag {
    struct arena *arena;
    bool warnings_are_errors;
    struct diagnostic **errors;
    size_t n_errors;
    struct diagnostic **warnings;
    size_t n_warnings;
    size_t subject;   /* of what comes; DIAG_SPEC at first */
    uint64_t *failed; /* by subject, the checks that failed there */
    size_t n_failed;  /* elements of `failed` */
    struct silence *silences;
    size_t n_silences;
};

/* The stable name of a check. */
const char *check_name(enum check check);

/* What `check` asks for, in one line. */
const char *check_meaning(enum check check);

/* Whether `check` can tell something of its own about `subject`: none of its
 * prerequisites has failed there. */
bool diag_may_check(const struct diag *diag, size_t subject, enum check check);

/* Silences what is said of `checks`, a set of BIT()s, that come within `span`: what
 * stands there has been told to be wrong, they would be consequences. A spec that is
 * hopeless is given up on: more than a thousand calls, and those behind DIAG_MAX
 * errors, do nothing. */
void diag_silence(struct diag *diag, struct span span, uint64_t checks);

/* Adds an error about diag->subject at `span`; silently none where diag_may_check()
 * says no and where diag_silence() forbids. Wording: lower case, no full stop, names
 * quoted with '' as written. The result takes notes and a hint. */
struct diagnostic *diag_error(struct diag *diag, enum check check, struct span span,
                              const char *format, ...) KRGEN_PRINTF(4, 5);

/* The same for what is no fault, but should be known: specs with warnings are good,
 * unless warnings are errors. */
struct diagnostic *diag_warning(struct diag *diag, enum check check, struct span span,
                                const char *format, ...) KRGEN_PRINTF(4, 5);

/* Adds a second place to an error or a warning: "note: ..." with its own source line.
 */
void diag_note(struct diag *diag, struct diagnostic *error, struct span span,
               const char *format, ...) KRGEN_PRINTF(4, 5);

/* Sets the text that follows the caret, for what is certain: "did you mean 'int'?". */
void diag_hint(struct diag *diag, struct diagnostic *error, const char *format, ...)
    KRGEN_PRINTF(3, 4);

/* Appends all errors and warnings to `out`, by position, at most DIAG_MAX of each, then
 * how many were left out:
 *
 *   specs/shop.yaml:17:18: error: unknown route constraint 'itn' [unknown-constraint]
 *      17 |   GET /users/{id:itn}:
 *         |                  ^~~ did you mean 'int'?
 *
 * Tabs count as one blank; lines over 160 columns are cut around the span. */
void diag_render(const struct diag *diag, struct buf *out);

/* Appends the same as JSON, an object in each line, joined by ',' to each other
 * and to what `out` holds already: see checks.md for their members. */
void diag_render_json(const struct diag *diag, struct buf *out);

/* Appends the same as workflow commands of GitHub Actions, at most DIAG_ANNOTATIONS of
 * each kind, then how many were left out. */
void diag_render_github(const struct diag *diag, struct buf *out);

#endif
