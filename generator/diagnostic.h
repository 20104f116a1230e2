/* An error or a warning as diag.c keeps it: for those who render them. */
#ifndef KRGEN_DIAGNOSTIC_H
#define KRGEN_DIAGNOSTIC_H

#include "diag.h"

struct note {
    struct note *next;
    struct span span;
    struct str text;
};

struct diagnostic {
    enum check check;
    bool is_warning;
    bool is_dropped; /* it stands for all that is not shown */
    struct span span;
    struct str text;
    struct str hint; /* empty for none */
    struct note *notes;
};

/* All that are kept, by position: the first errors and the first warnings. */
struct diagnostic **diagnostics_kept(const struct diag *diag, size_t *n);

/* "error" or "warning". */
const char *diagnostic_severity(const struct diagnostic *diagnostic);

/* Appends "FILE: N more errors FATE" if there are more than `n_shown`, and the same of
 * warnings. */
void diagnostics_put_rest(const struct diag *diag, size_t n_shown, const char *fate,
                          struct buf *out);

#endif
