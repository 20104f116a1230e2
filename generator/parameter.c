/* name, constraints, then what stands in for an absent value. */
#include "parameter.h"
#include "ascii.h"
#include "constraint.h"

#include <stdbool.h>

/* Where reading goes on after a fault: the '/' behind the parameter's '}'. */
static void resume(struct scan *s)
{
    s->at = scan_find(s, scan_find(s, s->at, '}'), '/');
}

static bool is_name_end(char c)
{
    return c == '\0' || c == ':' || c == '=' || c == '?' || c == '}' || c == '{' ||
           c == '/';
}

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.at[i]) && text.at[i] != '_' &&
            (i == 0 || !is_digit(text.at[i])))
            return false;
    return text.len > 0;
}

/* A faulty name is no reason not to read what follows it. */
static void read_name(struct scan *s, struct parameter *parameter)
{
    size_t start = s->at;
    while (!is_name_end(scan_char(s, s->at)))
        s->at++;
    parameter->name = scan_part(s, start, s->at);
    if (s->at == start)
        scan_fail(s, CHECK_PARAMETER_NAME, start - 1, start + 1,
                  "a parameter has no name");
    else if (!is_name(parameter->name.text))
        scan_fail(s, CHECK_PARAMETER_NAME, start, s->at,
                  "parameter name '%.*s' is not made of letters, digits and '_', or "
                  "starts with a digit",
                  STR_ARG(parameter->name.text));
}

/* The offset behind the class that starts at `at`; a ']' that comes first is in it. */
static size_t skip_class(const struct scan *s, size_t at)
{
    at++;
    if (scan_char(s, at) == '^')
        at++;
    if (scan_char(s, at) == ']')
        at++;
    while (scan_char(s, at) != ']' && scan_char(s, at) != '\0')
        at += scan_char(s, at) == '\\' && scan_char(s, at + 1) != '\0' ? 2 : 1;
    return scan_char(s, at) == ']' ? at + 1 : at;
}

/* The offset of the ')' that closes the '(' at `open` in a regex, where escapes and
 * classes hide some, or of the template's end. */
static size_t find_close_of_regex(const struct scan *s, size_t open)
{
    size_t depth = 0;
    size_t at = open;
    for (; scan_char(s, at) != '\0'; at++) {
        char c = scan_char(s, at);
        if (c == '\\' && scan_char(s, at + 1) != '\0')
            at++;
        else if (c == '[')
            at = skip_class(s, at) - 1;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            break;
    }
    return at;
}

/* The same for other arguments. None has parentheses inside, but where they are in
 * pairs all of them are meant. */
static size_t find_close(const struct scan *s, size_t open)
{
    size_t first = scan_find(s, open, ')');
    size_t depth = 0;
    for (size_t at = open; scan_char(s, at) != '\0' && scan_char(s, at) != '}'; at++) {
        char c = scan_char(s, at);
        if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return at;
    }
    return first;
}

/* What has the name of no constraint is likely meant as a regex. */
static size_t find_end_of_argument(const struct scan *s, struct str name, size_t open)
{
    if (str_equal(name, STR("regex")))
        return find_close_of_regex(s, open);
    size_t close = s->source.text.len;
    if (!constraint_is_known(name))
        close = find_close_of_regex(s, open);
    return close < s->source.text.len ? close : find_close(s, open);
}

/* Moves behind a constraint, with its argument if it has one; false after an error. */
static bool skip_constraint(struct scan *s)
{
    size_t start = s->at;
    while (!is_name_end(scan_char(s, s->at)) && scan_char(s, s->at) != '(')
        s->at++;
    if (scan_char(s, s->at) != '(')
        return true;
    size_t close = find_end_of_argument(s, scan_part(s, start, s->at).text, s->at);
    if (scan_char(s, close) == '\0') {
        scan_fail(s, CHECK_TEMPLATE, s->at, s->at + 1, "this '(' is never closed");
        s->at = close;
        return false;
    }
    s->at = close + 1;
    return true;
}

static void add_constraint(struct scan *s, struct parameter *parameter,
                           struct constraint **list, struct located source)
{
    struct constraint constraint = {0};
    if (!constraint_read(s->reader, source, &constraint))
        return;
    *list =
        arena_grow(s->reader->arena, *list, parameter->n_constraints, sizeof **list);
    (*list)[parameter->n_constraints++] = constraint;
}

/* What is missing before scan->at: behind a ':', or where a query's text starts. */
static void fail_missing(struct scan *s)
{
    if (s->at > 0)
        scan_fail(s, CHECK_TEMPLATE, s->at - 1, s->at,
                  "a constraint is missing behind ':'");
    else
        diag_hint(s->reader->diag,
                  scan_fail(s, CHECK_TEMPLATE, 0, 1, "a constraint is missing"),
                  "write string for any text");
}

/* Reads "int:range(1,99)"; false after an error that hides the parameter's end. */
static bool read_constraints(struct scan *s, struct parameter *parameter)
{
    struct constraint *list = NULL;
    size_t first = s->at;
    for (bool goes_on = true; goes_on;) {
        size_t start = s->at;
        if (!skip_constraint(s))
            return false;
        struct located source = scan_part(s, start, s->at);
        if (s->at == start)
            fail_missing(s);
        else if (start > 0 || !str_equal(source.text, STR("string")))
            add_constraint(s, parameter, &list, source);
        goes_on = scan_char(s, s->at) == ':';
        s->at += goes_on;
    }
    if (parameter->n_constraints > 0)
        parameter->constraints = scan_part(s, first, s->at);
    parameter->constraint_list = list;
    return true;
}

static bool has_control(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7F)
            return true;
    return false;
}

/* Reads "=v" up to `end`. */
static void read_default(struct scan *s, size_t end, struct parameter *parameter)
{
    size_t equals = s->at;
    struct located value = scan_part(s, equals + 1, end);
    s->at = end;
    if (value.text.len == 0)
        diag_hint(s->reader->diag,
                  scan_fail(s, CHECK_OPTIONAL, equals, end,
                            "a default value is missing behind '='"),
                  "write '?' for a parameter that may be absent");
    else if (value.text.at[value.text.len - 1] == '?')
        scan_fail(s, CHECK_OPTIONAL, end - 1, end,
                  "a parameter with a default may always be absent; drop the '?'");
    else if (has_control(value.text))
        scan_fail(s, CHECK_TEMPLATE, equals + 1, end,
                  "a default value cannot hold control characters");
    parameter->may_be_absent = true;
    parameter->has_default = true;
    parameter->default_value = value;
}

static void read_absence(struct scan *s, struct parameter *parameter)
{
    if (scan_char(s, s->at) == '=')
        read_default(s, scan_find(s, s->at, '}'), parameter);
    if (scan_char(s, s->at) != '?')
        return;
    if (parameter->is_catch_all)
        scan_fail(s, CHECK_OPTIONAL, s->at, s->at + 1,
                  "a catch-all may always be absent; drop the '?'");
    parameter->may_be_absent = true;
    s->at++;
}

/* What is wrong where the '}' should be. */
static void fail_close(struct scan *s, size_t open)
{
    if (scan_find(s, s->at, '}') == s->source.text.len)
        scan_fail(s, CHECK_TEMPLATE, open, open + 1, "this '{' is never closed");
    else
        scan_fail(s, CHECK_TEMPLATE, s->at, s->at + 1, "a '}' is missing before this");
}

struct parameter *parameter_read(struct scan *s)
{
    struct parameter *parameter = arena_alloc(s->reader->arena, sizeof *parameter);
    size_t open = s->at++;
    while (scan_char(s, s->at) == '*' && s->at < open + 3)
        s->at++;
    parameter->is_catch_all = s->at > open + 1;
    parameter->may_be_absent = parameter->is_catch_all;
    read_name(s, parameter);
    bool is_constrained = scan_char(s, s->at) == ':';
    s->at += is_constrained;
    if (is_constrained && !read_constraints(s, parameter))
        return NULL;
    read_absence(s, parameter);
    if (scan_char(s, s->at) == '}') {
        s->at++;
        return parameter;
    }
    fail_close(s, open);
    resume(s);
    return NULL;
}

/* What may stand behind the constraints in a query, where a text has no '}'. */
static void read_query_end(struct scan *s, struct parameter *parameter)
{
    size_t end = s->source.text.len;
    if (scan_char(s, s->at) == '=')
        read_default(s, end, parameter);
    if (scan_char(s, s->at) == '?') {
        parameter->may_be_absent = true;
        s->at++;
    }
    bool is_told = s->at == 0 || scan_char(s, s->at - 1) == ':'; /* by fail_missing() */
    if (s->at < end && !is_told)
        scan_fail(s, CHECK_TEMPLATE, s->at, end,
                  "'%.*s' can be no part of a constraint",
                  STR_ARG(scan_part(s, s->at, end).text));
}

struct parameter *parameter_read_query(struct scan *s, struct located name)
{
    struct parameter *parameter = arena_alloc(s->reader->arena, sizeof *parameter);
    parameter->name = name;
    parameter->is_catch_all = true;
    if (read_constraints(s, parameter))
        read_query_end(s, parameter);
    return parameter;
}
