/* Segment by segment; after a fault reading goes on with the next segment. */
#include "route_template.h"
#include "ascii.h"
#include "parameter.h"
#include "scan.h"
#include "tables.h"
#include "utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_segment_end(char c)
{
    return c == '/' || c == '\0';
}

/* ---- Literals ---- */

/* The pchar of RFC 3986 that need no encoding. */
static bool is_pchar(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@", c));
}

static bool is_brace_pair(const struct scan *s, size_t at)
{
    char c = scan_char(s, at);
    return (c == '{' || c == '}') && scan_char(s, at + 1) == c;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of the escape at `at`, or -1. */
static int escaped_byte(const struct scan *s, size_t at)
{
    int high = hex_value(scan_char(s, at + 1));
    int low = high < 0 ? -1 : hex_value(scan_char(s, at + 2));
    return low < 0 ? -1 : high * 16 + low;
}

/* Says why the character at `at` cannot stand in a literal. */
static void fail_character(struct scan *s, size_t at)
{
    uint32_t code = 0;
    char c = scan_char(s, at);
    size_t len = utf8_decode(s->source.text, at, &code);
    size_t end = at + (len > 0 ? len : 1);
    if (c == '?')
        scan_fail(s, CHECK_TEMPLATE, at, end,
                  "'?' starts a query, which is no part of a route");
    else if (c == '#')
        scan_fail(s, CHECK_TEMPLATE, at, end,
                  "'#' starts a fragment, which never reaches a server");
    else if (is_blank(c))
        diag_hint(s->reader->diag,
                  scan_fail(s, CHECK_TEMPLATE, at, end, "a path cannot hold blanks"),
                  "write %s, which matches the blank that a client sends encoded",
                  c == ' ' ? "%20" : "%09");
    else if (c == '}')
        diag_hint(s->reader->diag,
                  scan_fail(s, CHECK_TEMPLATE, at, end, "this '}' closes no '{'"),
                  "write '}}' for the character itself");
    else if (c == '%' && escaped_byte(s, at) < 0)
        scan_fail(s, CHECK_TEMPLATE, at, end,
                  "'%%' is followed by no two hexadecimal digits");
    else if (c == '%' || utf8_is_control(code))
        scan_fail(s, CHECK_TEMPLATE, at, end, "a path cannot hold control characters");
    else
        scan_fail(s, CHECK_TEMPLATE, at, end,
                  "'%.*s' cannot stand in a path; write %%%02X",
                  STR_ARG(scan_part(s, at, end).text), (unsigned)(unsigned char)c);
}

/* Decodes the escape at scan->at as a request's is: %2F stays as it is written. */
static bool read_escape(struct scan *s, struct buf *literal)
{
    int byte = escaped_byte(s, s->at);
    bool is_control = byte >= 0 && (byte < 0x20 || byte == 0x7F) && byte != '\t';
    if (byte < 0 || is_control)
        return false;
    if (byte == '/')
        buf_put(literal, scan_part(s, s->at, s->at + 3).text);
    else
        buf_putc(literal, (char)byte);
    s->at += 3;
    return true;
}

static bool is_printable(const struct scan *s, size_t at, size_t *len)
{
    uint32_t code = 0;
    *len = utf8_decode(s->source.text, at, &code);
    return *len > 1 && !utf8_is_control(code);
}

/* Takes the next character of a literal; false at one that cannot stand there. */
static bool read_character(struct scan *s, struct buf *literal)
{
    char c = scan_char(s, s->at);
    size_t len = 0;
    if (c == '%')
        return read_escape(s, literal);
    if (is_brace_pair(s, s->at)) {
        buf_putc(literal, c);
        s->at += 2;
        return true;
    }
    if (!is_pchar(c) && !is_printable(s, s->at, &len))
        return false;
    len = len > 0 ? len : 1;
    buf_put(literal, scan_part(s, s->at, s->at + len).text);
    s->at += len;
    return true;
}

static bool is_utf8(struct str text)
{
    uint32_t code = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t len = utf8_decode(text, at, &code);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

/* Reads up to a parameter or the segment's end; false after an error. */
static bool read_literal(struct scan *s, struct str *literal)
{
    size_t start = s->at;
    struct buf text;
    buf_init(&text, s->reader->arena);
    while (!is_segment_end(scan_char(s, s->at))) {
        if (scan_char(s, s->at) == '{' && !is_brace_pair(s, s->at))
            break;
        if (!read_character(s, &text)) {
            fail_character(s, s->at);
            return false;
        }
    }
    *literal = buf_str(&text);
    if (is_utf8(*literal))
        return true;
    scan_fail(s, CHECK_TEMPLATE, start, s->at,
              "this is not UTF-8 when it is decoded, as every request is");
    return false;
}

/* ---- Segments ---- */

static void add_part(struct scan *s, struct segment *segment, struct part part)
{
    segment->parts = arena_grow(s->reader->arena, segment->parts, segment->n_parts,
                                sizeof *segment->parts);
    segment->parts[segment->n_parts++] = part;
}

static bool follows_parameter(const struct segment *segment)
{
    return segment->n_parts > 0 && segment->parts[segment->n_parts - 1].parameter;
}

static void add_parameter(struct scan *s, struct template *template,
                          struct segment *segment, struct parameter *parameter)
{
    template->parameters =
        arena_grow(s->reader->arena, template->parameters, template->n_parameters,
                   sizeof *template->parameters);
    template->parameters[template->n_parameters++] = parameter;
    add_part(s, segment, (struct part){.parameter = parameter});
}

/* Reads a parameter or a literal; false after an error. */
static bool read_part(struct scan *s, struct template *template,
                      struct segment *segment)
{
    size_t start = s->at;
    bool is_parameter = scan_char(s, start) == '{' && !is_brace_pair(s, start);
    struct part part = {0};
    if (!is_parameter) {
        bool is_fine = read_literal(s, &part.literal);
        add_part(s, segment, part);
        return is_fine;
    }
    if (follows_parameter(segment))
        scan_fail(s, CHECK_TEMPLATE, start, start + 1,
                  "two parameters need a text between them");
    struct parameter *parameter = parameter_read(s);
    if (parameter)
        add_parameter(s, template, segment, parameter);
    return parameter;
}

static enum segment_rank rank_of(const struct segment *segment)
{
    const struct parameter *parameter =
        segment->n_parts > 0 ? segment->parts[0].parameter : NULL;
    if (segment->n_parts > 1)
        return RANK_CONSTRAINED;
    if (!parameter)
        return RANK_LITERAL;
    bool is_constrained = parameter->constraints.text.len > 0;
    if (parameter->is_catch_all)
        return is_constrained ? RANK_CONSTRAINED_CATCH_ALL : RANK_CATCH_ALL;
    return is_constrained ? RANK_CONSTRAINED : RANK_PARAMETER;
}

static struct segment *add_segment(struct scan *s, struct template *template)
{
    template->segments = arena_grow(s->reader->arena, template->segments,
                                    template->n_segments, sizeof *template->segments);
    struct segment *segment = &template->segments[template->n_segments++];
    *segment = (struct segment){.rank = RANK_LITERAL};
    return segment;
}

static void check_literal(struct scan *s, const struct segment *segment, size_t start)
{
    struct str text = segment->n_parts > 0 ? segment->parts[0].literal : STR("");
    if (str_equal(text, STR(".")) || str_equal(text, STR("..")))
        scan_fail(s, CHECK_TEMPLATE, start, s->at,
                  "a dot segment never matches; requests lose theirs first");
    else if (text.len == 0 && scan_char(s, s->at) == '/')
        scan_fail(s, CHECK_TEMPLATE, start - 1, start + 1, "a segment is empty");
}

static void read_segment(struct scan *s, struct template *template)
{
    size_t start = s->at;
    struct segment *segment = add_segment(s, template);
    while (!is_segment_end(scan_char(s, s->at))) {
        if (!read_part(s, template, segment)) {
            s->at = scan_find(s, s->at, '/');
            return;
        }
    }
    segment->span = scan_part(s, start, s->at).span;
    segment->rank = rank_of(segment);
    if (segment->rank == RANK_LITERAL)
        check_literal(s, segment, start);
}

/* ---- What the whole template must keep ---- */

static void fail_parameter(struct reader *r, enum check check,
                           const struct parameter *parameter, const char *text)
{
    diag_error(r->diag, check, parameter->name.span, "parameter '%.*s' %s",
               STR_ARG(parameter->name.text), text);
}

/* In a mixed segment only ".{x?}" at its end may be absent. */
static void check_mixed(struct reader *r, struct segment *segment)
{
    for (size_t i = 0; i < segment->n_parts; i++) {
        const struct parameter *parameter = segment->parts[i].parameter;
        bool is_last = i + 1 == segment->n_parts;
        if (!parameter || !parameter->may_be_absent)
            continue;
        if (parameter->is_catch_all)
            fail_parameter(r, CHECK_CATCH_ALL, parameter,
                           "takes whole segments, so nothing can share its own");
        else if (parameter->has_default)
            fail_parameter(r, CHECK_OPTIONAL, parameter,
                           "has a default, but shares its segment with other parts");
        else if (!is_last || i < 2 ||
                 !str_equal(segment->parts[i - 1].literal, STR(".")))
            fail_parameter(r, CHECK_OPTIONAL, parameter,
                           "may be absent only at the end of its segment, after a "
                           "single '.' behind another parameter");
        else
            segment->has_optional_end = true;
    }
}

static const struct parameter *sole_parameter(const struct segment *segment)
{
    return segment->n_parts == 1 ? segment->parts[0].parameter : NULL;
}

static bool may_be_absent(const struct segment *segment)
{
    const struct parameter *parameter = sole_parameter(segment);
    return parameter && parameter->may_be_absent;
}

/* Whether segment `i` is what follows a slash at the end. */
static bool is_final_slash(const struct template *template, size_t i)
{
    return i > 0 && i + 1 == template->n_segments &&
           template->segments[i].rank == RANK_LITERAL &&
           template->segments[i].n_parts == 0;
}

/* What may be absent is followed by nothing else. Whether a slash at the end counts is
 * known to values_build() only. */
static void check_order(struct reader *r, const struct template *template)
{
    for (size_t i = 0; i + 1 < template->n_segments; i++) {
        const struct parameter *parameter = sole_parameter(&template->segments[i]);
        if (!may_be_absent(&template->segments[i]))
            continue;
        if (parameter->is_catch_all)
            fail_parameter(r, CHECK_CATCH_ALL, parameter,
                           "takes the rest of the path, so nothing can follow it");
        else if (!may_be_absent(&template->segments[i + 1]) &&
                 !is_final_slash(template, i + 1))
            fail_parameter(r, CHECK_OPTIONAL, parameter,
                           "may be absent only at the end, but a segment follows that "
                           "may not");
        else
            continue;
        return;
    }
}

/* By name without regard to case, then by place. */
static int compare_parameters(const void *a, const void *b)
{
    const struct parameter *const *p = a;
    const struct parameter *const *q = b;
    int order = str_compare_fold((*p)->name.text, (*q)->name.text);
    return order != 0 ? order
                      : ((*p)->name.text.at > (*q)->name.text.at) -
                            ((*p)->name.text.at < (*q)->name.text.at);
}

static void refuse_duplicates(struct reader *r, const struct template *template)
{
    size_t n = template->n_parameters;
    if (n < 2)
        return;
    const struct parameter **sorted = arena_array(r->arena, n, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = template->parameters[i];
    qsort(sorted, n, sizeof *sorted, compare_parameters);
    for (size_t i = 1; i < n; i++)
        if (sorted[i]->name.text.len > 0 &&
            str_equal_fold(sorted[i]->name.text, sorted[i - 1]->name.text))
            fail_parameter(r, CHECK_DUPLICATE_PARAMETER, sorted[i],
                           "stands here a second time");
}

static void check_template(struct reader *r, const struct template *template)
{
    for (size_t i = 0; i < template->n_segments; i++)
        if (template->segments[i].n_parts > 1)
            check_mixed(r, &template->segments[i]);
    check_order(r, template);
    refuse_duplicates(r, template);
    if (template->n_parameters > KRT_PARAMETERS_MAX)
        diag_error(r->diag, CHECK_TEMPLATE,
                   template->parameters[KRT_PARAMETERS_MAX]->name.span,
                   "a template has at most %d parameters", KRT_PARAMETERS_MAX);
}

static bool check_start(struct reader *r, struct located source)
{
    if (source.text.len > TEMPLATE_MAX) {
        diag_error(r->diag, CHECK_TEMPLATE, source.span,
                   "a path of more than %d bytes fits no request", TEMPLATE_MAX);
        return false;
    }
    if (source.text.len > 0 && source.text.at[0] == '/')
        return true;
    struct diagnostic *error = diag_error(r->diag, CHECK_TEMPLATE, source.span,
                                          "a route's path must start with '/'");
    if (source.text.len > 0 &&
        (is_pchar(source.text.at[0]) || source.text.at[0] == '{'))
        diag_hint(r->diag, error, "write '/%.*s'", STR_ARG(source.text));
    return false;
}

void read_template(struct reader *r, struct located source, struct template *template)
{
    template->source = source;
    if (!check_start(r, source))
        return;
    struct scan scan = {.reader = r, .source = source};
    while (scan.at < source.text.len) {
        scan.at++; /* the '/' */
        read_segment(&scan, template);
    }
    check_template(r, template);
}
