/* What is told of a run when it has ended: to people, to whoever reads the log, and in
 * files. */
#ifndef KRT_REPORT_H
#define KRT_REPORT_H

#include "error.h"
#include "journal.h"
#include "log.h"
#include "verification.h"

/* The most failures that are told one by one. */
enum { KRT_FAILURES_MAX = 100 };

struct krt_report {
    const struct krt_verification *verification;
    const struct krt_journal *journal; /* or NULL */
    struct krt_log *log;               /* closed */
    const char *junit;                 /* a path, or NULL */
};

/* Tells on standard error, at any level of the log, which checks have failed, each in
 * the form "specs/shop.yaml:41: GET /retry: expected 3 calls, got 2", as lines of the
 * log if that is JSON; in a line of the log what they come to; and where GITHUB_ACTIONS
 * is "true", all of it as github.h has it. Then writes the JUnit file. 0, or the
 * failure in `error` if that could not be written. */
int krt_report(const struct krt_report *report, struct krt_error *error);

#endif
