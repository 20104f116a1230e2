#include "table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is being read. */
struct scan {
    struct table *table;
    struct test_case *current; /* NULL before the first */
    struct step *step;
    struct expectation *answer;
    bool is_ended; /* keep or close was said */
    const char *file;
    int line;
};

static char *copy_text(const char *text, size_t len)
{
    struct bytes copy = {0};
    bytes_append(&copy, text, len);
    return copy.data;
}

static const char *read_bytes(const struct scan *scan, struct bytes *bytes,
                              const char *text, size_t len)
{
    return escape_read(bytes, text, len, scan->table->word, scan->table->word_context);
}

static const char *end_case(const struct scan *scan)
{
    const struct test_case *current = scan->current;
    if (!current)
        return NULL;
    if (!current->rfc)
        return "the case before has no RFC";
    if (current->n_steps == 0 || !scan->is_ended)
        return "the case before does not end with keep or close";
    return NULL;
}

static const char *begin_case(struct scan *scan, const char *name, size_t len)
{
    const char *problem = end_case(scan);
    struct table *table = scan->table;
    struct test_case *grown =
        realloc(table->cases, (table->n_cases + 1) * sizeof *table->cases);
    if (problem || !grown)
        return problem ? problem : "out of memory";
    table->cases = grown;
    scan->current = &grown[table->n_cases++];
    *scan->current = (struct test_case){.file = scan->file, .line = scan->line};
    scan->current->name = copy_text(name, len);
    scan->step = NULL;
    scan->answer = NULL;
    scan->is_ended = false;
    return NULL;
}

static const char *read_sent(struct scan *scan, const char *text, size_t len)
{
    struct test_case *current = scan->current;
    if (scan->is_ended)
        return "something to send behind the last answer";
    if (!scan->step || scan->step->n_answers > 0) {
        if (current->n_steps == STEPS_MAX)
            return "too many steps";
        scan->step = &current->steps[current->n_steps++];
        scan->answer = NULL;
    }
    bool has_end = *text != '>';
    size_t start = has_end ? 0 : 1;
    start += start < len && text[start] == ' ';
    const char *problem =
        read_bytes(scan, &scan->step->sent, text + start, len - start);
    if (has_end)
        bytes_append(&scan->step->sent, "\r\n", 2);
    return problem;
}

static const char *read_statuses(struct expectation *answer, const char **at)
{
    char *end;
    do {
        if (answer->n_statuses == STATUSES_MAX)
            return "too many statuses";
        answer->statuses[answer->n_statuses++] = (int)strtol(*at, &end, 10);
        if (end != *at + 3)
            return "no status";
        *at = end + 1;
    } while (*end == '|');
    answer->is_optional = *end == '?';
    *at = end + answer->is_optional;
    return NULL;
}

/* Reads a quoted text at *at, which ends before `end`. */
static const char *read_quoted(const struct scan *scan, struct bytes *bytes,
                               const char **at, const char *end)
{
    const char *start = *at + 1;
    const char *close = start;
    while (close < end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= end)
        return "a text without its end";
    *at = close + 1;
    bytes_append(bytes, "", 0);
    return read_bytes(scan, bytes, start, (size_t)(close - start));
}

static bool take_word(const char **at, const char *end, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

static const char *read_answer(struct scan *scan, const char *at, const char *end)
{
    if (!scan->step || scan->is_ended)
        return "an answer to nothing";
    if (scan->step->n_answers == ANSWERS_MAX)
        return "too many answers";
    scan->answer = &scan->step->answers[scan->step->n_answers++];
    const char *problem = read_statuses(scan->answer, &at);
    while (!problem && at < end) {
        if (take_word(&at, end, " ")) {
            continue;
        } else if (*at == '"') {
            scan->answer->has_body = true;
            problem = read_quoted(scan, &scan->answer->body, &at, end);
        } else if (take_word(&at, end, "head")) {
            scan->answer->is_to_head = true;
        } else if (take_word(&at, end, "keep")) {
            scan->is_ended = true;
        } else if (take_word(&at, end, "close")) {
            scan->is_ended = scan->current->closes = true;
        } else {
            problem = "an unknown word";
        }
    }
    return problem;
}

static const char *read_check(struct scan *scan, const char *at, const char *end)
{
    struct expectation *answer = scan->answer;
    if (!answer || answer->n_checks == CHECKS_MAX)
        return "a check that belongs to no answer, or one too many";
    struct check *check = &answer->checks[answer->n_checks++];
    if (take_word(&at, end, "no ")) {
        check->kind = CHECK_NO_FIELD;
        check->name = copy_text(at, (size_t)(end - at));
        return NULL;
    }
    if (take_word(&at, end, "has ")) {
        check->kind = CHECK_HAS;
        return *at == '"' ? read_quoted(scan, &check->value, &at, end)
                          : "no text behind 'has'";
    }
    const char *colon = strchr(at, ':');
    if (!colon || colon + 2 > end)
        return "a check without a colon";
    check->kind = CHECK_FIELD;
    check->name = copy_text(at, (size_t)(colon - at));
    return read_bytes(scan, &check->value, colon + 2, (size_t)(end - colon - 2));
}

static const char *read_line(struct scan *scan, const char *line, size_t len)
{
    const char *end = line + len;
    if (len == 0 || *line == '#')
        return NULL;
    if (take_word(&line, end, "== "))
        return begin_case(scan, line, (size_t)(end - line));
    if (!scan->current)
        return "no case has begun";
    if (take_word(&line, end, ">"))
        return read_sent(scan, line, (size_t)(end - line));
    if (take_word(&line, end, "< "))
        return read_answer(scan, line, end);
    if (take_word(&line, end, "    "))
        return read_check(scan, line, end);
    if (strncmp(line, "RFC ", 4) != 0 || scan->current->rfc)
        return "a line of no known form";
    scan->current->rfc = copy_text(line, len);
    return NULL;
}

static bool read_file(struct bytes *text, const char *file)
{
    char piece[4096];
    size_t n;
    FILE *stream = fopen(file, "rb");
    if (!stream) {
        fprintf(stderr, "cannot open %s\n", file);
        return false;
    }
    while ((n = fread(piece, 1, sizeof piece, stream)) > 0)
        bytes_append(text, piece, n);
    fclose(stream);
    return text->len > 0;
}

bool table_read(struct table *table, const char *file)
{
    struct scan scan = {.table = table, .file = file};
    struct bytes text = {0};
    const char *problem = NULL;
    if (!read_file(&text, file))
        return false;
    for (char *line = text.data, *end; !problem && *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            break;
        *end = '\0';
        scan.line++;
        problem = read_line(&scan, line, (size_t)(end - line));
    }
    if (!problem)
        problem = end_case(&scan);
    if (problem)
        fprintf(stderr, "%s:%d: %s\n", file, scan.line, problem);
    bytes_free(&text);
    return !problem;
}

static void free_step(struct step *step)
{
    bytes_free(&step->sent);
    for (size_t i = 0; i < step->n_answers; i++) {
        struct expectation *answer = &step->answers[i];
        bytes_free(&answer->body);
        for (size_t c = 0; c < answer->n_checks; c++) {
            free(answer->checks[c].name);
            bytes_free(&answer->checks[c].value);
        }
    }
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->n_cases; i++) {
        struct test_case *test = &table->cases[i];
        free(test->name);
        free(test->rfc);
        for (size_t s = 0; s < test->n_steps; s++)
            free_step(&test->steps[s]);
    }
    free(table->cases);
    *table = (struct table){0};
}
