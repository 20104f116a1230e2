#include "github.h"

#include "wording.h"

#include <string.h>

/* ---- Annotations ---- */

static void put_escape(struct krt_document *document, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escape[] = {'%', digits[c >> 4], digits[c & 15], '\0'};
    krt_document_put(document, escape);
}

/* What the runner takes back; in a property, ':' and ',' are marks, too. */
static void put_command_text(struct krt_document *document, const char *text,
                             bool is_property)
{
    const char *marks = is_property ? "%\r\n:," : "%\r\n";
    while (*text) {
        size_t len = strcspn(text, marks);
        krt_put(krt_document_room(document, len), text, len);
        text += len;
        if (*text)
            put_escape(document, (unsigned char)*text++);
    }
}

static void put_annotation(struct krt_document *document,
                           const struct krt_verification *verification,
                           const struct krt_check *check)
{
    struct krt_document text = {0};
    int line = krt_check_line(check);
    krt_put_check(&text, check);
    krt_put_notes(&text, verification, check);
    krt_document_put(document, "::error file=");
    put_command_text(document, verification->program->spec, true);
    if (line > 0) {
        krt_document_put(document, ",line=");
        krt_document_number(document, (uint64_t)line);
    }
    krt_document_put(document, ",title=krgen::");
    put_command_text(document, krt_document_end(&text), false);
    krt_document_put(document, "\n");
    krt_document_free(&text);
}

void krt_put_annotations(struct krt_document *document,
                         const struct krt_verification *verification,
                         const struct krt_tally *tally)
{
    bool are_too_many = tally->n_failures > KRT_ANNOTATIONS_MAX;
    uint64_t n = are_too_many ? KRT_ANNOTATIONS_MAX - 1 : tally->n_failures;
    struct krt_check check;
    size_t at = 0;
    for (uint64_t i = 0; i < n; i++)
        if (krt_verification_next_failure(verification, &at, &check))
            put_annotation(document, verification, &check);
    if (!are_too_many)
        return;
    krt_document_put(document, "::error file=");
    put_command_text(document, verification->program->spec, true);
    krt_document_put(document, ",title=krgen::and ");
    krt_document_number(document, tally->n_failures - n);
    krt_document_put(document, " more, which the log tells\n");
}

/* ---- The summary ---- */

/* As itself, whatever Markdown makes of its characters; in one line. */
static void put_cell(struct krt_document *document, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n&<>|`*_[]\\~#@:!");
        krt_put(krt_document_room(document, len), text, len);
        text += len;
        if (*text == '\n') {
            krt_document_put(document, "<br>");
        } else if (*text) {
            krt_document_put(document, "&#");
            krt_document_number(document, (unsigned char)*text);
            krt_document_put(document, ";");
        }
        text += *text != '\0';
    }
}

/* What was to be, which for a request is what it was. */
static void put_wanted(struct krt_document *text,
                       const struct krt_verification *verification,
                       const struct krt_check *check)
{
    if (check->miss) {
        krt_put_check(text, check);
        return;
    }
    krt_document_put(text, check->route->name);
    krt_document_put(text, ": ");
    krt_put_expected(text, check->route->expected);
    krt_put_notes(text, verification, check);
}

static void put_row(struct krt_document *document,
                    const struct krt_verification *verification,
                    const struct krt_check *check)
{
    struct krt_document text = {0};
    struct krt_document place = {0};
    put_wanted(&text, verification, check);
    krt_put_place(&place, verification->program, check);
    krt_document_put(document,
                     check->has_passed ? "| :white_check_mark: | " : "| :x: | ");
    put_cell(document, krt_document_end(&text));
    krt_document_put(document, " | ");
    krt_document_number(document, check->calls);
    krt_document_put(document, " | ");
    put_cell(document, krt_document_end(&place));
    krt_document_put(document, " |\n");
    krt_document_free(&text);
    krt_document_free(&place);
}

static size_t put_rows(struct krt_document *document,
                       const struct krt_verification *verification, bool has_passed,
                       size_t max)
{
    struct krt_check check;
    size_t at = 0;
    size_t n = 0;
    while (n < max && krt_verification_next(verification, &at, &check)) {
        if (check.has_passed != has_passed)
            continue;
        put_row(document, verification, &check);
        n++;
    }
    return n;
}

void krt_put_summary_table(struct krt_document *document,
                           const struct krt_verification *verification,
                           const struct krt_tally *tally)
{
    size_t n_passed = tally->n_expectations - tally->n_unmet;
    krt_document_put(document, "### ");
    put_cell(document, verification->program->name);
    krt_document_put(document, "\n\n");
    krt_put_tally(document, verification, tally);
    krt_document_put(document, "\n\n| | expected | calls | place |\n"
                               "| --- | --- | ---: | --- |\n");
    size_t n = put_rows(document, verification, false, KRT_ROWS_MAX);
    n += put_rows(document, verification, true, KRT_ROWS_MAX - n);
    uint64_t n_rest = tally->n_failures + n_passed - n;
    if (n_rest > 0) {
        krt_document_put(document, "\nand ");
        krt_document_number(document, n_rest);
        krt_document_put(document, " more\n");
    }
    krt_document_put(document, "\n");
}
