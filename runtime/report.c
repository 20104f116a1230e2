#include "report.h"

#include "cut.h"
#include "github.h"
#include "junit.h"
#include "os.h"
#include "wording.h"

#include <string.h>

/* The most bytes of a text in a line of the log, as it is there. */
enum { MESSAGE_LEN = 1200, SPEC_LEN = 240 };

/* Standard error, unless nobody reads it any more. */
static void print(struct krt_log *log, struct krt_document *document)
{
    if (!log->is_open)
        krt_os_print(KRT_STDERR, document->text.data, document->text.len);
}

/* ---- As text ---- */

static void put_rest(struct krt_document *document, uint64_t n)
{
    if (n == 0)
        return;
    krt_document_put(document, "and ");
    krt_document_number(document, n);
    krt_document_put(document, " more\n");
}

static void print_failures(const struct krt_report *report,
                           const struct krt_tally *tally)
{
    const struct krt_verification *verification = report->verification;
    struct krt_document document = {0};
    struct krt_check check;
    size_t at = 0;
    uint64_t n = 0;
    while (n < KRT_FAILURES_MAX &&
           krt_verification_next_failure(verification, &at, &check)) {
        krt_put_place(&document, verification->program, &check);
        krt_document_put(&document, ": ");
        krt_put_check(&document, &check);
        krt_put_notes(&document, verification, &check);
        krt_document_put(&document, "\n");
        n++;
    }
    put_rest(&document, tally->n_failures - n);
    print(report->log, &document);
    krt_document_free(&document);
}

/* ---- As lines of the log ---- */

static void put_json_text(struct krt_buffer *line, const char *before, const char *text,
                          size_t max)
{
    krt_put_text(line, before);
    krt_put_json(line, text, strlen(text), max);
}

static void put_json_number(struct krt_buffer *line, const char *before,
                            uint64_t number)
{
    krt_put_text(line, before);
    krt_put_number(line, number, 1);
}

/* `text` is the check and its notes, each in a line. */
static void log_check(const struct krt_report *report, const struct krt_check *check,
                      const char *text)
{
    char storage[KRT_LOG_LINE_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_log_begin(report->log, &line, KRT_LOG_ERROR);
    put_json_text(&line, ",\"file\":", report->verification->program->spec, SPEC_LEN);
    if (check->route)
        put_json_number(&line, ",\"line\":", (uint64_t)krt_check_line(check));
    put_json_number(&line, ",\"calls\":", check->calls);
    put_json_text(&line, ",\"message\":", text, MESSAGE_LEN);
    krt_log_end(report->log, &line);
}

static void log_failures(const struct krt_report *report)
{
    struct krt_check check;
    size_t at = 0;
    for (int n = 0; n < KRT_FAILURES_MAX; n++) {
        struct krt_document document = {0};
        if (!krt_verification_next_failure(report->verification, &at, &check))
            return;
        krt_put_check(&document, &check);
        krt_put_notes(&document, report->verification, &check);
        log_check(report, &check, krt_document_end(&document));
        krt_document_free(&document);
    }
}

/* ---- All of it ---- */

static void log_tally(const struct krt_report *report, const struct krt_tally *tally)
{
    struct krt_document document = {0};
    krt_put_tally(&document, report->verification, tally);
    krt_log(report->log, tally->n_failures > 0 ? KRT_LOG_ERROR : KRT_LOG_INFO,
            krt_document_end(&document));
    krt_document_free(&document);
}

static void tell(const struct krt_report *report, const struct krt_tally *tally)
{
    if (tally->n_failures > 0 && report->log->format == KRT_LOG_JSON)
        log_failures(report);
    else if (tally->n_failures > 0)
        print_failures(report, tally);
    log_tally(report, tally);
}

static bool is_variable(const char *name, const char *wanted)
{
    const char *value = krt_os_variable(name);
    return value && strcmp(value, wanted) == 0;
}

static int append(const char *path, const struct krt_document *document,
                  struct krt_error *error)
{
    struct krt_os_output file;
    int result = krt_os_output_open(&file, path, true, error);
    if (result != KRT_OK)
        return result;
    result = krt_os_output_write(&file, document->text.data, document->text.len, error);
    int closed = krt_os_output_close(&file, error);
    return result == KRT_OK ? closed : result;
}

static void tell_github(const struct krt_report *report, const struct krt_tally *tally)
{
    const char *summary = krt_os_variable("GITHUB_STEP_SUMMARY");
    struct krt_document document = {0};
    struct krt_error error;
    krt_put_annotations(&document, report->verification, tally);
    print(report->log, &document);
    krt_document_free(&document);
    if (!summary || !*summary)
        return;
    krt_put_summary_table(&document, report->verification, tally);
    if (append(summary, &document, &error) != KRT_OK)
        krt_log(report->log, KRT_LOG_ERROR, error.text);
    krt_document_free(&document);
}

static int write_junit(const struct krt_report *report, const struct krt_tally *tally,
                       struct krt_error *error)
{
    struct krt_document document = {0};
    krt_put_junit(&document, report->verification, report->journal, tally);
    int result =
        krt_os_write_file(report->junit, document.text.data, document.text.len, error);
    krt_document_free(&document);
    return result;
}

int krt_report(const struct krt_report *report, struct krt_error *error)
{
    struct krt_tally tally = krt_verification_tally(report->verification);
    bool has_checks = tally.n_expectations > 0 || report->verification->is_strict;
    if (has_checks)
        tell(report, &tally);
    if (has_checks && is_variable("GITHUB_ACTIONS", "true"))
        tell_github(report, &tally);
    return report->junit ? write_junit(report, &tally, error) : KRT_OK;
}
