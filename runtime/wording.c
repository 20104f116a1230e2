#include "wording.h"

#include <string.h>

/* A number and its noun, which has its plural with an 's'. */
static void put_count(struct krt_document *document, uint64_t n, const char *noun)
{
    krt_document_number(document, n);
    krt_document_put(document, " ");
    krt_document_put(document, noun);
    krt_document_put(document, n == 1 ? "" : "s");
}

void krt_put_expected(struct krt_document *document,
                      const struct krt_expectation *expected)
{
    bool has_max = expected->max != KRT_CALLS_ANY;
    if (has_max && expected->max == 0) {
        krt_document_put(document, "no calls");
    } else if (has_max && expected->min == expected->max) {
        put_count(document, expected->max, "call");
    } else if (has_max && expected->min == 0) {
        krt_document_put(document, "at most ");
        put_count(document, expected->max, "call");
    } else if (has_max) {
        krt_document_number(document, expected->min);
        krt_document_put(document, " to ");
        put_count(document, expected->max, "call");
    } else {
        krt_document_number(document, expected->min);
        krt_document_put(document, " or more calls");
    }
}

int krt_check_line(const struct krt_check *check)
{
    if (!check->route)
        return 0;
    return check->miss ? check->route->line : check->route->expected->line;
}

void krt_put_place(struct krt_document *document, const struct krt_program *program,
                   const struct krt_check *check)
{
    int line = krt_check_line(check);
    krt_document_put(document, program->spec);
    if (line == 0)
        return;
    krt_document_put(document, ":");
    krt_document_number(document, (uint64_t)line);
}

static void put_times(struct krt_document *document, uint64_t n)
{
    if (n == 1)
        return;
    krt_document_put(document, " (");
    put_count(document, n, "time");
    krt_document_put(document, ")");
}

void krt_put_check(struct krt_document *document, const struct krt_check *check)
{
    if (check->miss) {
        krt_document_put(document, "unexpected request ");
        krt_document_put(document, check->miss->summary);
        put_times(document, check->miss->n);
        return;
    }
    krt_document_put(document, check->route->name);
    krt_document_put(document, ": expected ");
    krt_put_expected(document, check->route->expected);
    krt_document_put(document, ", got ");
    krt_document_number(document, check->calls);
}

/* A summary is the request, a colon and a blank, which no request has, and the answer.
 */
static void put_note(struct krt_document *document, const struct krt_miss *miss)
{
    const char *answer = strstr(miss->summary, ": ");
    size_t len = answer ? (size_t)(answer - miss->summary) : strlen(miss->summary);
    krt_document_put(document, "\n  note: ");
    krt_put(krt_document_room(document, len), miss->summary, len);
    krt_document_put(document, " came near it");
    krt_document_put(document, answer ? answer : "");
    put_times(document, miss->n);
}

void krt_put_notes(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_check *check)
{
    size_t n = 0;
    if (check->miss || check->calls >= check->route->expected->min)
        return;
    for (size_t i = 0; i < verification->n_misses; i++) {
        const struct krt_miss *miss = &verification->misses[i];
        if (miss->route != check->route - verification->program->routes)
            continue;
        if (n++ < KRT_NOTES_MAX)
            put_note(document, miss);
    }
    if (n <= KRT_NOTES_MAX)
        return;
    krt_document_put(document, "\n  note: ");
    krt_document_number(document, n - KRT_NOTES_MAX);
    krt_document_put(document, " more came near it");
}

static void put_expectations(struct krt_document *document,
                             const struct krt_tally *tally)
{
    if (tally->n_unmet > 0) {
        krt_document_number(document, tally->n_unmet);
        krt_document_put(document, " of ");
    }
    put_count(document, tally->n_expectations, "expectation");
    krt_document_put(document, tally->n_unmet == 1 || (tally->n_unmet == 0 &&
                                                       tally->n_expectations == 1)
                                   ? " is"
                                   : " are");
    krt_document_put(document, tally->n_unmet > 0 ? " not met" : " met");
}

void krt_put_tally(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_tally *tally)
{
    if (tally->n_expectations > 0)
        put_expectations(document, tally);
    if (!verification->is_strict)
        return;
    krt_document_put(document, tally->n_expectations > 0 ? ", " : "");
    if (tally->n_unexpected > 0)
        put_count(document, tally->n_unexpected, "request");
    else
        krt_document_put(document, "no request");
    krt_document_put(document,
                     tally->n_unexpected > 1 ? " were unexpected" : " was unexpected");
}
