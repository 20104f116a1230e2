/* An error as diag.c keeps it: for those who render errors. */
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
    bool is_dropped; /* it stands for all that is not shown */
    struct span span;
    struct str text;
    struct str hint; /* empty for none */
    struct note *notes;
};

/* How many of diag->errors are kept: the first by position. */
size_t diagnostics_kept(const struct diag *diag);

/* Appends "FILE: N more errors FATE" if there are more than `n_shown`. */
void diagnostics_put_rest(const struct diag *diag, size_t n_shown, const char *fate,
                          struct buf *out);

#endif
