/* The errors and warnings of a run, in the format that the command line asks for: text
 * goes to standard error, what is made for programs to standard output. */
#ifndef KRGEN_REPORT_H
#define KRGEN_REPORT_H

#include "arena.h"
#include "diag.h"
#include "str.h"

#include <stdbool.h>

struct report {
    enum diag_format format;
    bool has_annotations; /* text: annotations follow, since this is a workflow */
    struct buf json;      /* of all specs so far */
};

void report_init(struct report *report, enum diag_format format, struct arena *arena);

/* Reports the errors and warnings of one spec, if there are any. */
void report_add(struct report *report, const struct diag *diag);

/* Ends the report, which is for the last spec; the exit code says whether it could be
 * written. */
int report_finish(struct report *report);

#endif
