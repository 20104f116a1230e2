/* Segment by segment; after a fault reading goes on with the next segment. */
#include "route_template.h"
#include "ascii.h"
#include "utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A template while it is read. */
struct scan {
    struct reader *reader;
    struct located source;
    size_t at;
};

static struct diagnostic *fail(struct scan *s, enum check check, size_t start,
                               size_t end, const char *text)
{
    return diag_error(s->reader->diag, check, located_part(s->source, start, end).span,
                      "%s", text);
}

static char char_at(const struct scan *s, size_t at)
{
    return at < s->source.text.len ? s->source.text.at[at] : '/';
}

static size_t skip_to(const struct scan *s, size_t at, char c)
{
    while (at < s->source.text.len && s->source.text.at[at] != c)
        at++;
    return at;
}

/* The pchar of RFC 3986 that need no encoding. */
static bool is_literal(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@", c));
}

static size_t char_len(const struct scan *s, size_t at)
{
    uint32_t code = 0;
    size_t len = utf8_decode(s->source.text, at, &code);
    return len > 0 ? len : 1;
}

/* Says why the character at `at` cannot stand in a literal. */
static void fail_character(struct scan *s, size_t at)
{
    char c = char_at(s, at);
    size_t end = at + char_len(s, at);
    if (c == '?')
        fail(s, CHECK_TEMPLATE, at, end,
             "'?' starts a query, which is no part of a route");
    else if (c == '#')
        fail(s, CHECK_TEMPLATE, at, end,
             "'#' starts a fragment, which never reaches a server");
    else if (c == ' ' || c == '\t')
        fail(s, CHECK_TEMPLATE, at, end, "a path cannot hold blanks");
    else if ((c == '{' || c == '}') && char_at(s, at + 1) == c)
        fail(s, CHECK_UNSUPPORTED, at, at + 2, "escaped braces are not supported yet");
    else if (c == '}')
        fail(s, CHECK_TEMPLATE, at, end, "this '}' closes no '{'");
    else if (c == '{' && skip_to(s, at, '}') == s->source.text.len)
        fail(s, CHECK_TEMPLATE, at, end, "this '{' is never closed");
    else if (c == '{')
        fail(s, CHECK_UNSUPPORTED, at, skip_to(s, at, '}') + 1,
             "parameters that share a segment with text are not supported yet");
    else
        fail(s, CHECK_UNSUPPORTED, at, end,
             "characters that need percent-encoding are not supported yet");
}

static void add_segment(struct scan *s, struct template *template,
                        enum segment_kind kind, struct located text)
{
    template->segments = arena_grow(s->reader->arena, template->segments,
                                    template->n_segments, sizeof *template->segments);
    template->segments[template->n_segments++] =
        (struct segment){kind, text.text, text.span};
}

static void read_literal(struct scan *s, struct template *template)
{
    size_t start = s->at;
    while (is_literal(char_at(s, s->at)))
        s->at++;
    if (char_at(s, s->at) != '/') {
        fail_character(s, s->at);
        size_t at = s->at;
        s->at = skip_to(s, char_at(s, at) == '{' ? skip_to(s, at, '}') : at, '/');
        return;
    }
    struct located text = located_part(s->source, start, s->at);
    bool is_last = s->at == s->source.text.len;
    if (str_equal(text.text, STR(".")) || str_equal(text.text, STR("..")))
        fail(s, CHECK_TEMPLATE, start, s->at,
             "a dot segment never matches; requests lose theirs first");
    else if (text.text.len == 0 && !is_last)
        fail(s, CHECK_TEMPLATE, start - 1, start + 1, "a segment is empty");
    else
        add_segment(s, template, SEGMENT_LITERAL, text);
}

/* What the parameter [start, end) uses of the language beyond a name, or NULL. */
static const char *find_unsupported(const struct scan *s, size_t start, size_t end)
{
    if (char_at(s, start) == '*')
        return "catch-all parameters are not supported yet";
    for (size_t at = start; at < end; at++) {
        switch (char_at(s, at)) {
        case ':':
            return "route constraints are not supported yet";
        case '?':
            return "optional parameters are not supported yet";
        case '=':
            return "default values of parameters are not supported yet";
        }
    }
    return NULL;
}

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.at[i]) && text.at[i] != '_' &&
            (i == 0 || !is_digit(text.at[i])))
            return false;
    return true;
}

static void read_parameter(struct scan *s, struct template *template)
{
    size_t open = s->at;
    size_t close = skip_to(s, open, '}');
    struct located name = located_part(s->source, open + 1, close);
    const char *unsupported = find_unsupported(s, open + 1, close);
    s->at = close + 1;
    if (unsupported)
        fail(s, CHECK_UNSUPPORTED, open, close + 1, unsupported);
    else if (name.text.len == 0)
        fail(s, CHECK_TEMPLATE, open, close + 1, "a parameter has no name");
    else if (!is_name(name.text))
        diag_error(s->reader->diag, CHECK_TEMPLATE, name.span,
                   "parameter name '%.*s' is not made of letters, digits and '_'",
                   STR_ARG(name.text));
    else if (char_at(s, s->at) != '/')
        fail_character(s, char_at(s, s->at) == '}' ? s->at : open);
    else
        add_segment(s, template, SEGMENT_PARAMETER, name);
    s->at = skip_to(s, s->at, '/');
}

static void read_segment(struct scan *s, struct template *template)
{
    size_t open = s->at;
    if (char_at(s, open) != '{' || char_at(s, open + 1) == '{') {
        read_literal(s, template);
        return;
    }
    size_t close = skip_to(s, open, '}');
    size_t nested = skip_to(s, open + 1, '{');
    if (nested >= close && close < s->source.text.len) {
        read_parameter(s, template);
        return;
    }
    const char *unsupported =
        nested < close ? find_unsupported(s, open + 1, nested) : NULL;
    if (unsupported) {
        s->at = s->source.text.len; /* regex(a{2}): the end is anywhere */
        fail(s, CHECK_UNSUPPORTED, open, s->at, unsupported);
        return;
    }
    fail(s, CHECK_TEMPLATE, open, open + 1, "this '{' is never closed");
    s->at = skip_to(s, open, '/');
}

/* By name without regard to case, then by place. */
static int compare_parameters(const void *a, const void *b)
{
    const struct segment *const *p = a;
    const struct segment *const *q = b;
    int order = str_compare_fold((*p)->text, (*q)->text);
    return order != 0 ? order : (*p > *q) - (*p < *q);
}

static void refuse_duplicates(struct reader *r, const struct template *template)
{
    const struct segment **parameters =
        arena_array(r->arena, template->n_segments, sizeof *parameters);
    size_t n = 0;
    for (size_t i = 0; i < template->n_segments; i++)
        if (template->segments[i].kind == SEGMENT_PARAMETER)
            parameters[n++] = &template->segments[i];
    if (n < 2)
        return;
    qsort(parameters, n, sizeof *parameters, compare_parameters);
    for (size_t i = 1; i < n; i++)
        if (str_equal_fold(parameters[i]->text, parameters[i - 1]->text))
            diag_error(r->diag, CHECK_TEMPLATE, parameters[i]->span,
                       "parameter '%.*s' stands here a second time",
                       STR_ARG(parameters[i]->text));
}

void read_template(struct reader *r, struct located source, struct template *template)
{
    template->source = source;
    if (source.text.len == 0 || source.text.at[0] != '/') {
        struct diagnostic *error = diag_error(r->diag, CHECK_TEMPLATE, source.span,
                                              "a route's path must start with '/'");
        if (source.text.len > 0 && is_literal(source.text.at[0]))
            diag_hint(r->diag, error, "write '/%.*s'", STR_ARG(source.text));
        return;
    }
    if (source.text.len > TEMPLATE_MAX) {
        diag_error(r->diag, CHECK_TEMPLATE, source.span,
                   "a path of more than %d bytes fits no request", TEMPLATE_MAX);
        return;
    }
    struct scan scan = {.reader = r, .source = source};
    while (scan.at < source.text.len) {
        scan.at++; /* the '/' */
        read_segment(&scan, template);
    }
    refuse_duplicates(r, template);
}
