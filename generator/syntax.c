/* One table from libyaml's problems to ours. A problem that it lacks is told in
 * libyaml's own words. */
#include "syntax.h"
#include "ascii.h"
#include "trap.h"

#include <stdbool.h>
#include <string.h>

/* The line of `at`, whole and as far as `at`. */
static struct str line_of(const struct syntax_fault *fault, size_t at)
{
    return source_line(fault->source, source_place(fault->source, at).line);
}

static struct str line_before(const struct syntax_fault *fault, size_t at)
{
    size_t line = source_place(fault->source, at).line;
    return str_slice(fault->source->text, fault->source->line_starts[line - 1], at);
}

static bool is_all_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_blank(text.at[i]))
            return false;
    return true;
}

static bool has_key(struct str line)
{
    for (size_t i = 0; i + 1 < line.len; i++)
        if (line.at[i] == ':' && is_blank(line.at[i + 1]))
            return true;
    return false;
}

static bool is_word_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '$';
}

static struct span span_at(const struct syntax_fault *fault, size_t at)
{
    size_t end = source_advance(fault->source, at, 1);
    return (struct span){fault->source, at, end};
}

static struct diagnostic *fail_at(const struct syntax_fault *fault, size_t at,
                                  struct diag *diag, const char *text)
{
    return diag_error(diag, CHECK_SYNTAX, span_at(fault, at), "%s", text);
}

static bool is_at_end(const struct syntax_fault *fault)
{
    struct str text = fault->source->text;
    for (size_t i = fault->at; i < text.len; i++)
        if (!strchr(" \t\r\n", text.at[i]))
            return false;
    return true;
}

/* The ':' in the line of `at` that should end a key and lacks the blank to do so: it is
 * behind the line's first word. The line's length when there is none. */
static size_t find_tight_colon(struct str line)
{
    size_t at = 0;
    while (at < line.len && is_blank(line.at[at]))
        at++;
    size_t start = at;
    while (at < line.len && is_word_char(line.at[at]))
        at++;
    bool is_key = at > start && at + 1 < line.len && line.at[at] == ':';
    return is_key && !is_blank(line.at[at + 1]) && line.at[at + 1] != '/' ? at
                                                                          : line.len;
}

/* Reports a key without a blank behind its ':' in the line that starts at `start`. */
static bool report_tight_colon(const struct syntax_fault *fault, size_t start,
                               struct diag *diag)
{
    struct str line = line_of(fault, start);
    size_t colon = find_tight_colon(line);
    if (colon == line.len)
        return false;
    struct diagnostic *error = fail_at(fault, start + colon, diag,
                                       "a ':' ends a key only with a blank behind it");
    diag_hint(diag, error, "put a blank behind the ':'");
    return true;
}

static size_t line_start(const struct syntax_fault *fault, size_t at)
{
    return fault->source->line_starts[source_place(fault->source, at).line - 1];
}

static void report_second_colon(const struct syntax_fault *fault, struct diag *diag)
{
    struct diagnostic *error =
        fail_at(fault, fault->at, diag, "a second ': ' stands in this line");
    diag_hint(diag, error, "quote the text that it belongs to");
}

static void report_value(const struct syntax_fault *fault, struct diag *diag)
{
    struct str before = line_before(fault, fault->at);
    size_t start = line_start(fault, fault->at);
    if (has_key(before)) {
        report_second_colon(fault, diag);
        return;
    }
    if (start > 0 && report_tight_colon(fault, line_start(fault, start - 1), diag))
        return;
    fail_at(fault, fault->at, diag,
            "no key is possible here; check the indentation of this line and the one "
            "before");
}

static void report_no_colon(const struct syntax_fault *fault, struct diag *diag)
{
    size_t at = fault->context ? fault->context_at : fault->at;
    if (!report_tight_colon(fault, line_start(fault, at), diag))
        fail_at(fault, at, diag, "this line is no 'key: value' pair");
}

static void report_character(const struct syntax_fault *fault, struct diag *diag)
{
    struct span span = span_at(fault, fault->at);
    struct str c = span_text(span);
    if (str_equal(c, STR("\t"))) {
        diag_error(diag, CHECK_SYNTAX, span, "a tab cannot indent in YAML; use blanks");
        return;
    }
    struct diagnostic *error =
        diag_error(diag, CHECK_SYNTAX, span,
                   "an unquoted text cannot start with '%.*s'", STR_ARG(c));
    diag_hint(diag, error, "quote the text");
}

static void report_unclosed(const struct syntax_fault *fault, struct diag *diag)
{
    fail_at(fault, fault->context_at, diag, "this quote is never closed");
}

static void report_flow(const struct syntax_fault *fault, struct diag *diag)
{
    bool is_list = strchr(fault->problem, ']');
    if (str_equal(span_text(span_at(fault, fault->at)), STR(":"))) {
        report_second_colon(fault, diag);
        return;
    }
    if (is_at_end(fault)) {
        fail_at(fault, fault->context_at, diag,
                is_list ? "this '[' is never closed" : "this '{' is never closed");
        return;
    }
    struct diagnostic *error = fail_at(fault, fault->at, diag,
                                       is_list ? "',' or ']' is missing before this"
                                               : "',' or '}' is missing before this");
    diag_note(diag, error, span_at(fault, fault->context_at), "%s starts here",
              is_list ? "the list" : "the mapping");
}

static void report_no_key(const struct syntax_fault *fault, struct diag *diag)
{
    bool is_line_start = is_all_blank(line_before(fault, fault->at));
    fail_at(fault, fault->at, diag,
            is_line_start ? "this line's indentation fits no mapping above"
                          : "the value ends before this; a key belongs on a new line");
}

static void report_escape(const struct syntax_fault *fault, struct diag *diag)
{
    struct span span = span_at(fault, fault->at);
    span.end = source_advance(fault->source, span.end, 1);
    struct diagnostic *error =
        diag_error(diag, CHECK_SYNTAX, span, "'%.*s' is no escape sequence",
                   STR_ARG(span_text(span)));
    diag_hint(diag, error, "write \\\\ for a backslash, or use single quotes");
}

static void report_name(const struct syntax_fault *fault, struct diag *diag)
{
    bool is_alias = fault->context && strstr(fault->context, "alias");
    struct diagnostic *error =
        fail_at(fault, fault->context_at, diag,
                is_alias ? "'*' is followed by no alias name of letters and digits"
                         : "'&' is followed by no anchor name of letters and digits");
    diag_hint(diag, error, "quote the text if it starts with '%s'",
              is_alias ? "*" : "&");
}

static void report_no_value(const struct syntax_fault *fault, struct diag *diag)
{
    fail_at(fault, fault->at, diag,
            is_at_end(fault) ? "the spec ends inside a '{' or '['"
                             : "a value is missing before this");
}

#define TAB_TEXT "a tab cannot indent in YAML; use blanks"

static const struct rule {
    const char *problem;
    const char *text; /* NULL: report() finds it */
    void (*report)(const struct syntax_fault *fault, struct diag *diag);
} rules[] = {
    {"mapping values are not allowed in this context", NULL, report_value},
    {"could not find expected ':'", NULL, report_no_colon},
    {"found character that cannot start any token", NULL, report_character},
    {"found unexpected end of stream", NULL, report_unclosed},
    {"found unexpected document indicator", NULL, report_unclosed},
    {"did not find expected ',' or ']'", NULL, report_flow},
    {"did not find expected ',' or '}'", NULL, report_flow},
    {"did not find expected key", NULL, report_no_key},
    {"found unknown escape character", NULL, report_escape},
    {"did not find expected alphabetic or numeric character", NULL, report_name},
    {"did not find expected hexdecimal number",
     "an escape sequence ends before its hexadecimal digits do", NULL},
    {"found invalid Unicode character escape code",
     "this escape sequence names no character", NULL},
    {"did not find expected '-' indicator",
     "this line's indentation fits no list above; a '-' is missing", NULL},
    {"did not find expected node content", NULL, report_no_value},
    {"block sequence entries are not allowed in this context",
     "a list starts on a line of its own, below its key", NULL},
    {"did not find expected <document start>",
     "this line stands outside the mapping above; check the indentation", NULL},
    {"did not find expected comment or line break",
     "the text of a block scalar starts on the next line", NULL},
    {"found a tab character that violates indentation", TAB_TEXT, NULL},
    {"found a tab character where an indentation space is expected", TAB_TEXT, NULL},
};

static const struct rule *find_rule(const char *problem)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].problem, problem) == 0)
            return &rules[i];
    return NULL;
}

void syntax_report(const struct syntax_fault *fault, struct diag *diag)
{
    const struct rule *rule = find_rule(fault->problem);
    if (trap_report_fault(fault, diag))
        return;
    if (rule && rule->report) {
        rule->report(fault, diag);
        return;
    }
    struct diagnostic *error =
        fail_at(fault, fault->at, diag, rule ? rule->text : fault->problem);
    if (!rule && fault->context)
        diag_note(diag, error, span_at(fault, fault->context_at), "%s", fault->context);
}
