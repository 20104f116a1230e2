/* The checks of a run as GitHub Actions shows them. */
#ifndef KRT_GITHUB_H
#define KRT_GITHUB_H

#include "document.h"
#include "verification.h"

enum {
    KRT_ANNOTATIONS_MAX = 10, /* of a step are shown */
    KRT_ROWS_MAX = 200,       /* of a table are put */
};

/* Workflow commands that annotate the spec's lines with what has failed there, a line
 * each. If there are too many, the last one tells how many more. */
void krt_put_annotations(struct krt_document *document,
                         const struct krt_verification *verification,
                         const struct krt_tally *tally);

/* A heading and a table in Markdown: what has failed, then what has passed. */
void krt_put_summary_table(struct krt_document *document,
                           const struct krt_verification *verification,
                           const struct krt_tally *tally);

#endif
