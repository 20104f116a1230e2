/* libyaml's syntax errors in words for people who write specs. */
#ifndef KRGEN_SYNTAX_H
#define KRGEN_SYNTAX_H

#include "diag.h"
#include "source.h"

#include <stddef.h>

/* What libyaml says: the problem and, unless NULL, what it was doing then. */
struct syntax_fault {
    const struct source *source;
    const char *problem;
    size_t at;
    const char *context;
    size_t context_at;
};

void syntax_report(const struct syntax_fault *fault, struct diag *diag);

#endif
