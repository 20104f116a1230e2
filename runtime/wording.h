/* What a check of a run says, in words. */
#ifndef KRT_WORDING_H
#define KRT_WORDING_H

#include "document.h"
#include "tables.h"
#include "verification.h"

/* The most notes that follow an expectation. */
enum { KRT_NOTES_MAX = 5 };

/* "3 calls", "1 or more calls", "2 to 4 calls", "at most 2 calls", "no calls". */
void krt_put_expected(struct krt_document *document,
                      const struct krt_expectation *expected);

/* "specs/shop.yaml:41", or the path alone where no route is near. */
void krt_put_place(struct krt_document *document, const struct krt_program *program,
                   const struct krt_check *check);

/* The line in the spec that the check is about; 0 for none. */
int krt_check_line(const struct krt_check *check);

/* "GET /retry: expected 3 calls, got 2", or "unexpected request GET /rety: 404, did you
 * mean ... (2 times)". Without a line feed. */
void krt_put_check(struct krt_document *document, const struct krt_check *check);

/* What came near to a route that had too few calls, each note with a line feed and two
 * blanks before it: "note: GET /rety came near it: 404, did you mean ... (2 times)". */
void krt_put_notes(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_check *check);

/* "2 of 3 expectations are not met, 1 request was unexpected". */
void krt_put_tally(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_tally *tally);

#endif
