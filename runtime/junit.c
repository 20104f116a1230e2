#include "junit.h"

#include "date.h"
#include "escape.h"
#include "os.h"
#include "wording.h"

#include <string.h>

/* ---- XML ---- */

static void put_xml(struct krt_document *document, const char *text)
{
    const struct krt_slice value = {(const unsigned char *)text, strlen(text)};
    size_t len = krt_escape_markup(value, NULL);
    struct krt_buffer *room = krt_document_room(document, len);
    if (len <= room->cap - room->len)
        room->len += krt_escape_markup(value, room->data + room->len);
}

/* `before` comes with the '=' of the attribute. */
static void put_attribute(struct krt_document *document, const char *before,
                          const char *text)
{
    krt_document_put(document, before);
    krt_document_put(document, "\"");
    put_xml(document, text);
    krt_document_put(document, "\"");
}

static void put_number(struct krt_document *document, const char *before,
                       uint64_t number)
{
    krt_document_put(document, before);
    krt_document_put(document, "\"");
    krt_document_number(document, number);
    krt_document_put(document, "\"");
}

/* ---- Test cases ---- */

static void put_case_start(struct krt_document *document,
                           const struct krt_program *program, const char *name)
{
    put_attribute(document, "    <testcase name=", name);
    put_attribute(document, " classname=", program->name);
    put_attribute(document, " file=", program->spec);
}

static void put_case_end(struct krt_document *document, const char *type,
                         struct krt_document *message, struct krt_document *text)
{
    put_attribute(document, ">\n      <failure type=", type);
    put_attribute(document, " message=", krt_document_end(message));
    krt_document_put(document, ">");
    put_xml(document, krt_document_end(text));
    krt_document_put(document, "</failure>\n    </testcase>\n");
    krt_document_free(message);
    krt_document_free(text);
}

static void put_expectation(struct krt_document *document,
                            const struct krt_verification *verification,
                            const struct krt_check *check)
{
    struct krt_document message = {0};
    struct krt_document text = {0};
    put_case_start(document, verification->program, check->route->name);
    put_number(document, " line=", (uint64_t)krt_check_line(check));
    krt_document_put(document, " time=\"0\"");
    if (check->has_passed) {
        krt_document_put(document, "/>\n");
        return;
    }
    krt_put_check(&message, check);
    krt_put_place(&text, verification->program, check);
    krt_document_put(&text, ": ");
    krt_put_check(&text, check);
    krt_put_notes(&text, verification, check);
    put_case_end(document, "expectation", &message, &text);
}

static void put_requests(struct krt_document *text,
                         const struct krt_verification *verification)
{
    struct krt_check check;
    size_t at = 0;
    while (krt_verification_next_failure(verification, &at, &check)) {
        if (!check.miss)
            continue;
        krt_put_place(text, verification->program, &check);
        krt_document_put(text, ": ");
        krt_put_check(text, &check);
        krt_document_put(text, "\n");
    }
    if (verification->n_untold == 0)
        return;
    krt_document_put(text, "and ");
    krt_document_number(text, verification->n_untold);
    krt_document_put(text, " more\n");
}

static void put_strictness(struct krt_document *document,
                           const struct krt_verification *verification,
                           const struct krt_tally *tally)
{
    struct krt_document message = {0};
    struct krt_document text = {0};
    put_case_start(document, verification->program, "no unexpected requests");
    krt_document_put(document, " time=\"0\"");
    if (tally->n_unexpected == 0) {
        krt_document_put(document, "/>\n");
        return;
    }
    krt_document_number(&message, tally->n_unexpected);
    krt_document_put(&message, tally->n_unexpected == 1 ? " unexpected request"
                                                        : " unexpected requests");
    put_requests(&text, verification);
    put_case_end(document, "unexpected-request", &message, &text);
}

static void put_cases(struct krt_document *document,
                      const struct krt_verification *verification,
                      const struct krt_tally *tally)
{
    struct krt_check check;
    size_t at = 0;
    while (krt_verification_next(verification, &at, &check))
        if (!check.miss)
            put_expectation(document, verification, &check);
    if (verification->is_strict)
        put_strictness(document, verification, tally);
}

/* ---- The file ---- */

static void put_time(struct krt_document *document,
                     const struct krt_verification *verification)
{
    uint64_t ms = (uint64_t)(krt_os_now_us() - verification->began_us) / 1000;
    put_number(document, " time=", ms / 1000);
    document->text.len--; /* the quote */
    krt_document_put(document, ".");
    krt_put_number(krt_document_room(document, 3), ms % 1000, 3);
    krt_document_put(document, "\"");
}

/* In UTC, without the fraction and the zone, as readers have it. */
static void put_start(struct krt_document *document,
                      const struct krt_verification *verification)
{
    char storage[40];
    struct krt_buffer time = KRT_BUFFER(storage);
    krt_put_timestamp(&time, verification->began_at_ms);
    krt_end_text(&time);
    storage[strcspn(storage, ".Z")] = '\0';
    put_attribute(document, " timestamp=", storage);
}

static void put_totals(struct krt_document *document,
                       const struct krt_verification *verification,
                       const struct krt_tally *tally)
{
    put_attribute(document, " name=", verification->program->name);
    put_number(document,
               " tests=", tally->n_expectations + (verification->is_strict ? 1 : 0));
    put_number(document,
               " failures=", tally->n_unmet + (tally->n_unexpected > 0 ? 1 : 0));
    put_number(document, " errors=", 0);
    put_time(document, verification);
}

static void put_entries(struct krt_document *document,
                        const struct krt_journal *journal)
{
    size_t n = krt_journal_count(journal);
    krt_document_put(document, "    <system-out>");
    for (size_t i = n > KRT_JUNIT_ENTRIES_MAX ? n - KRT_JUNIT_ENTRIES_MAX : 0; i < n;
         i++) {
        const struct krt_journal_entry *entry = krt_journal_entry(journal, i);
        krt_document_number(document, entry->number);
        krt_document_put(document, " ");
        put_xml(document, entry->summary);
        krt_document_put(document, "\n");
    }
    krt_document_put(document, "</system-out>\n");
}

void krt_put_junit(struct krt_document *document,
                   const struct krt_verification *verification,
                   const struct krt_journal *journal, const struct krt_tally *tally)
{
    krt_document_put(document, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<testsuites");
    put_totals(document, verification, tally);
    krt_document_put(document, ">\n  <testsuite");
    put_totals(document, verification, tally);
    put_number(document, " skipped=", 0);
    put_start(document, verification);
    krt_document_put(document, ">\n");
    put_cases(document, verification, tally);
    if (journal && krt_journal_count(journal) > 0)
        put_entries(document, journal);
    krt_document_put(document, "  </testsuite>\n</testsuites>\n");
}
