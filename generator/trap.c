/* All is decided by the source around a place; a text is looked at as far as its line
 * goes. What is not certain stays a syntax error or an unknown key. */
#include "trap.h"
#include "ascii.h"

#include <string.h>

enum {
    KEY_MAX = 60,   /* bytes of a key that is worth repeating in a hint */
    RESTS_MAX = 50, /* of one value that are looked at from each of them */
};

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_white(char c)
{
    return is_blank(c) || is_break(c);
}

static bool is_opener(char c)
{
    return c == '{' || c == '[';
}

static bool is_closer(char c)
{
    return c == '}' || c == ']';
}

/* The character at `at`, or a line break behind the end. */
static char char_at(struct str text, size_t at)
{
    return at < text.len ? text.at[at] : '\n';
}

/* Whether a ':' at `at` ends a key. */
static bool is_key_end(struct str text, size_t at)
{
    return char_at(text, at) == ':' && is_white(char_at(text, at + 1));
}

static bool holds(struct str text, char c)
{
    return text.len > 0 && memchr(text.at, c, text.len);
}

/* ---- The extent of a text ---- */

static size_t line_start(struct str text, size_t at)
{
    while (at > 0 && !is_break(text.at[at - 1]))
        at--;
    return at;
}

/* Whether a '{' or '[' before `at` in its line is still open there. */
static bool is_in_flow(struct str text, size_t at)
{
    size_t n_closed = 0;
    for (size_t i = at, start = line_start(text, at); i > start; i--) {
        char c = text.at[i - 1];
        if (is_opener(c) && n_closed-- == 0)
            return true;
        n_closed += is_closer(c);
    }
    return false;
}

/* Whether a text starts behind the character before `at`. */
static bool is_text_start(struct str text, size_t at, bool is_flow)
{
    char c = text.at[at - 1];
    if (is_flow && (c == ',' || is_opener(c)))
        return true;
    bool is_item =
        at >= 2 && text.at[at - 2] == '-' && (at == 2 || is_white(text.at[at - 3]));
    return is_blank(c) && at >= 2 && (text.at[at - 2] == ':' || is_item);
}

/* The start of the text that `at` stands in or behind. Braces in it are in pairs. */
static size_t find_start(struct str text, size_t at, bool is_flow)
{
    size_t first = line_start(text, at);
    size_t n_closed = 0;
    size_t i = at;
    while (i > first && (n_closed > 0 || !is_text_start(text, i, is_flow))) {
        i--;
        if (is_opener(text.at[i]) && n_closed > 0)
            n_closed--;
        n_closed += is_closer(text.at[i]);
    }
    while (i < at && is_blank(text.at[i]))
        i++;
    return i;
}

/* Brackets that are open at a place. */
struct nesting {
    size_t n_braces;
    size_t n_parentheses;
};

static bool is_text_end(struct str text, size_t at, const struct nesting *nesting,
                        bool is_flow)
{
    char c = char_at(text, at);
    if (is_break(c))
        return true;
    if (nesting->n_braces > 0)
        return false;
    if (is_flow && is_closer(c))
        return true;
    if (is_flow)
        return is_key_end(text, at) || (c == ',' && nesting->n_parentheses == 0);
    return is_key_end(text, at) || (c == '#' && at > 0 && is_blank(text.at[at - 1]));
}

/* The end of the text from `start`, or `start` when a brace in it is not closed. */
static size_t find_end(struct str text, size_t start, bool is_flow)
{
    struct nesting nesting = {0, 0};
    size_t i = start;
    for (; !is_text_end(text, i, &nesting, is_flow); i++) {
        char c = text.at[i];
        nesting.n_braces += is_opener(c);
        nesting.n_braces -= is_closer(c) && nesting.n_braces > 0;
        nesting.n_parentheses += c == '(';
        nesting.n_parentheses -= c == ')' && nesting.n_parentheses > 0;
    }
    if (nesting.n_braces > 0)
        return start;
    while (i > start && is_blank(text.at[i - 1]))
        i--;
    return i;
}

/* ---- Telling ---- */

static void put_quoted(struct buf *out, struct str text)
{
    if (!holds(text, '"') && !holds(text, '\\')) {
        buf_printf(out, "\"%.*s\"", STR_ARG(text));
        return;
    }
    buf_putc(out, '\'');
    for (size_t i = 0; i < text.len; i++)
        buf_printf(out, text.at[i] == '\'' ? "''" : "%c", text.at[i]);
    buf_putc(out, '\'');
}

/* Appends "KEY: " for the value at `start`, if it is one. */
static void put_key(struct buf *out, struct str text, size_t start)
{
    size_t colon = start;
    while (colon > 0 && is_blank(text.at[colon - 1]))
        colon--;
    if (colon == 0 || colon == start || text.at[colon - 1] != ':')
        return;
    colon--;
    size_t key = find_start(text, colon, is_in_flow(text, colon));
    if (colon - key <= KEY_MAX)
        buf_printf(out, "%.*s: ", STR_ARG(str_slice(text, key, colon)));
}

/* Shows the text at `span` quoted; with many errors the work would be for nothing. */
static void put_hint(struct diag *diag, struct diagnostic *error, struct span span,
                     const char *alternative)
{
    if (diag->n_errors > DIAG_MAX)
        return;
    struct buf hint;
    struct str text = span.source->text;
    buf_init(&hint, diag->arena);
    put_key(&hint, text, span.start);
    put_quoted(&hint, span_text(span));
    if (is_key_end(text, span.end))
        buf_putc(&hint, ':');
    diag_hint(diag, error, "write %.*s%s", STR_ARG(buf_str(&hint)), alternative);
}

static void report_start(struct diag *diag, struct span span)
{
    struct diagnostic *error =
        diag_error(diag, CHECK_TRAP, span, "an unquoted text cannot start with '%c'",
                   span_text(span).at[0]);
    put_hint(diag, error, span, "");
}

static void report_inside(struct diag *diag, struct span span, char c, bool is_list)
{
    struct diagnostic *error =
        diag_error(diag, CHECK_TRAP, span, "an unquoted text in a %s cannot hold '%c'",
                   is_list ? "'[ ]' list" : "'{ }' mapping", c);
    put_hint(diag, error, span, "");
}

static void report_comma(struct diag *diag, struct span span)
{
    struct diagnostic *error =
        diag_error(diag, CHECK_TRAP, span,
                   "an unquoted text in a '{ }' mapping ends at the first ','");
    put_hint(diag, error, span, "");
}

/* ---- Syntax faults ---- */

/* Whether quotes around the text are sure to be meant: without them it starts like a
 * text and holds nothing that looks like a pair. */
static bool is_plain_text(struct str text)
{
    if (text.len == 0 || strchr("\"'&*!|>%@`#", text.at[0]))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (is_key_end(text, i) && i + 1 < text.len)
            return false;
    return true;
}

/* A text that starts with a brace and goes on behind the closing one, where reading has
 * stopped: {id}/x. */
static bool report_leading_brace(const struct syntax_fault *fault, struct span span,
                                 struct diag *diag)
{
    struct str text = span_text(span);
    size_t stop = fault->at - span.start;
    bool is_tight = stop > 0 && stop < text.len && is_closer(text.at[stop - 1]);
    if (!is_opener(text.at[0]) || stop >= text.len || is_closer(text.at[stop]))
        return false;
    if (!is_tight && !str_has_prefix(text, STR("{{")))
        return false;
    report_start(diag, span);
    return true;
}

static bool report_braces(const struct syntax_fault *fault, bool is_flow,
                          struct diag *diag)
{
    struct str all = fault->source->text;
    size_t start = find_start(all, fault->at, is_flow);
    struct span span = {fault->source, start, find_end(all, start, is_flow)};
    struct str text = span_text(span);
    if (!is_plain_text(text))
        return false;
    char c = char_at(all, fault->at);
    if (is_flow && fault->at > start && (is_opener(c) || c == '?')) {
        report_inside(diag, span, c, strchr(fault->problem, ']'));
        return true;
    }
    return report_leading_brace(fault, span, diag);
}

/* The offset of the first comment between `from` and `to`, or `to`. A quote opens a
 * quoted text only where a text starts. */
static size_t find_comment(struct str text, size_t from, size_t to)
{
    char quote = '\0';
    for (size_t i = from; i < to; i++) {
        char c = text.at[i];
        bool is_first = i > 0 && (is_white(text.at[i - 1]) ||
                                  is_opener(text.at[i - 1]) || text.at[i - 1] == ',');
        if (quote == '"' && c == '\\')
            i++;
        else if (quote != '\0' && c == quote)
            quote = '\0';
        else if (quote == '\0' && is_first && (c == '"' || c == '\''))
            quote = c;
        else if (quote == '\0' && c == '#' && i > 0 && is_white(text.at[i - 1]))
            return i;
    }
    return to;
}

/* The first closing brace from `at` in its line that none there opens, or the line's
 * end. */
static size_t find_closer(struct str text, size_t at)
{
    size_t n_open = 0;
    for (; !is_break(char_at(text, at)); at++) {
        char c = text.at[at];
        if (is_closer(c) && n_open-- == 0)
            break;
        n_open += is_opener(c);
    }
    return at;
}

/* A comment that hides the end of its mapping or list. */
static bool report_comment(const struct syntax_fault *fault, struct diag *diag)
{
    struct str all = fault->source->text;
    size_t hash = find_comment(all, fault->context_at, fault->at);
    char hidden = char_at(all, find_closer(all, hash));
    if (hash == fault->at || is_break(hidden))
        return false;
    struct diagnostic *error =
        diag_error(diag, CHECK_TRAP, (struct span){fault->source, hash, hash + 1},
                   "'#' behind a blank starts a comment, which hides the '%c'", hidden);
    size_t start = find_start(all, hash, true);
    struct span span = {fault->source, start, find_end(all, start, true)};
    if (start < hash && span.end > hash && is_plain_text(span_text(span)) &&
        !is_opener(all.at[start]))
        put_hint(diag, error, span, ", or the comment further down");
    return true;
}

/* A '?' where a value is to start asks YAML for a key. */
static bool report_question(const struct syntax_fault *fault, struct diag *diag)
{
    struct str all = fault->source->text;
    size_t end = find_end(all, fault->at, true);
    if (char_at(all, fault->at) != '?' || !is_in_flow(all, fault->at))
        return false;
    report_start(diag, (struct span){fault->source, fault->at, end});
    return true;
}

bool trap_report_fault(const struct syntax_fault *fault, struct diag *diag)
{
    if (strstr(fault->problem, "did not find expected ',' or"))
        return report_braces(fault, true, diag) || report_comment(fault, diag);
    if (strcmp(fault->problem, "did not find expected node content") == 0)
        return report_question(fault, diag);
    if (strcmp(fault->problem, "did not find expected key") == 0 ||
        strcmp(fault->problem, "did not find expected '-' indicator") == 0)
        return report_braces(fault, false, diag);
    return false;
}

/* ---- What YAML can read ---- */

void trap_report_expression(struct span span, bool is_flow, struct diag *diag)
{
    size_t end = find_end(span.source->text, span.start, is_flow);
    if (end > span.end)
        span.end = end;
    report_start(diag, span);
}

/* A key without ':' and value. */
static bool is_bare(const struct pair *pair)
{
    const struct node *key = pair->key;
    const struct node *value = pair->value;
    if (!key->is_plain || key->text.len == 0 || !value->is_plain || value->text.len > 0)
        return false;
    struct str text = key->span.source->text;
    size_t at = key->span.end;
    while (at < text.len && is_white(text.at[at]))
        at++;
    return char_at(text, at) == ',' || char_at(text, at) == '}';
}

/* Whether only a ',' and blanks stand between a plain text and the key behind it. */
static bool is_rest(const struct node *text, const struct pair *pair)
{
    struct str all = text->span.source->text;
    size_t at = text->span.end;
    size_t end = pair->key->span.start;
    if (!is_bare(pair) || text->kind != NODE_SCALAR || !text->is_plain ||
        text->text.len == 0 || at >= end || all.at[at] != ',')
        return false;
    for (at++; at < end; at++)
        if (!is_blank(all.at[at]))
            return false;
    return true;
}

static size_t count_open(size_t n_open, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        n_open += text.at[i] == '(';
        n_open -= text.at[i] == ')' && n_open > 0;
    }
    return n_open;
}

/* The last of the pairs behind `first` that belong to its value, which has open
 * parentheses, or `first` when they are not closed. */
static size_t find_joined(const struct node *mapping, size_t first)
{
    const struct node *text = mapping->pairs[first].value;
    size_t n_open = count_open(0, text->text);
    for (size_t i = first + 1; n_open > 0 && i < mapping->n; i++) {
        if (!is_rest(text, &mapping->pairs[i]))
            return first;
        text = mapping->pairs[i].key;
        n_open = count_open(n_open, text->text);
        if (n_open == 0)
            return i;
    }
    return first;
}

void trap_join_values(struct node *mapping, struct arena *arena, struct diag *diag)
{
    size_t n = 0;
    for (size_t i = 0; i < mapping->n; i++) {
        struct pair pair = mapping->pairs[i];
        bool is_text = pair.value->kind == NODE_SCALAR && pair.value->is_plain;
        size_t last = is_text ? find_joined(mapping, i) : i;
        if (last > i) {
            struct node *whole = arena_alloc(arena, sizeof *whole);
            *whole = *pair.value;
            whole->span.end = mapping->pairs[last].key->span.end;
            whole->text = span_text(whole->span);
            pair.value = whole;
            report_comma(diag, whole->span);
        }
        mapping->pairs[n++] = pair;
        i = last;
    }
    mapping->n = n;
}

/* The pair whose value the rest `pair` belongs to, or NULL. */
static const struct pair *find_whole(const struct node *mapping,
                                     const struct pair *pair)
{
    for (int i = 0; i < RESTS_MAX && pair > mapping->pairs; i++, pair--) {
        if (is_rest(pair[-1].value, pair))
            return pair - 1;
        if (!is_rest(pair[-1].key, pair))
            return NULL;
    }
    return NULL;
}

bool trap_report_rest(const struct node *mapping, const struct pair *pair,
                      struct diag *diag)
{
    const struct pair *whole = find_whole(mapping, pair);
    if (!whole)
        return false;
    const struct pair *end = mapping->pairs + mapping->n;
    for (int i = 0; i < RESTS_MAX && pair + 1 < end && is_rest(pair->key, pair + 1);
         i++)
        pair++;
    struct span span = whole->value->span;
    span.end = pair->key->span.end;
    report_comma(diag, span);
    return true;
}
