/* The checks of a run as a JUnit file: what servers of continuous integration read. Its
 * form is that of tests/integration/junit.xsd. */
#ifndef KRT_JUNIT_H
#define KRT_JUNIT_H

#include "document.h"
#include "journal.h"
#include "verification.h"

/* The most entries of the journal that the file ends with. */
enum { KRT_JUNIT_ENTRIES_MAX = 100 };

/* Puts the file: a test case for each expectation, one for all requests of a strict
 * run, and what the journal, if it is not NULL, has last. Well-formed XML 1.0 in UTF-8,
 * whatever the texts are. */
void krt_put_junit(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_journal *journal, const struct krt_tally *tally);

#endif
