#include "expression.h"

#include "ascii.h"
#include "json.h"
#include "scan.h"
#include "suggest.h"

#include <string.h>

enum { EXPRESSION_COST = 256, OPERAND_COST = 128 }; /* taken from the budget */

static const char *const filters[] = {
    [FILTER_URL] = "url",
    [FILTER_HTML] = "html",
    [FILTER_JSON] = "json",
    NULL,
};

static bool is_pair(const struct scan *s, size_t at, char c)
{
    return scan_char(s, at) == c && scan_char(s, at + 1) == c;
}

/* The offset of the next two `c` from `at` on, or that of the text's end. */
static size_t find_pair(const struct scan *s, size_t at, char c)
{
    while (at < s->source.text.len && !is_pair(s, at, c))
        at++;
    return at;
}

static bool is_white(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static void skip_white(struct scan *s)
{
    while (is_white(scan_char(s, s->at)))
        s->at++;
}

static bool is_word_end(char c)
{
    return c == '\0' || is_white(c) || strchr("|?{}'\"", c);
}

static struct located read_word(struct scan *s)
{
    size_t start = s->at;
    while (!is_word_end(scan_char(s, s->at)))
        s->at++;
    return scan_part(s, start, s->at);
}

/* ---- Operands ---- */

/* Reads 'text' or "text". */
static bool read_quoted(struct scan *s, struct operand *operand)
{
    size_t open = s->at;
    size_t close = scan_find(s, open + 1, scan_char(s, open));
    if (close == s->source.text.len) {
        scan_fail(s, CHECK_EXPRESSION, open, open + 1, "this quote is never closed");
        return false;
    }
    operand->is_literal = true;
    operand->type = VALUE_TEXT;
    operand->value = scan_part(s, open + 1, close).text;
    s->at = close + 1;
    operand->source = scan_part(s, open, s->at);
    return true;
}

static bool is_integer(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.at[i]) && text.at[i] != '-')
            return false;
    return true;
}

/* Sets what a word means if it is no name. */
static bool read_literal(struct scan *s, struct operand *operand)
{
    struct str word = operand->source.text;
    bool is_boolean = str_equal(word, STR("true")) || str_equal(word, STR("false"));
    bool is_number = is_digit(word.at[0]) || word.at[0] == '-';
    operand->is_literal = is_boolean || is_number;
    operand->value = word;
    operand->type = is_boolean         ? VALUE_BOOLEAN
                    : is_integer(word) ? VALUE_INTEGER
                                       : VALUE_NUMBER;
    if (!is_number || json_is_number(word))
        return true;
    struct diagnostic *error =
        diag_error(s->reader->diag, CHECK_EXPRESSION, operand->source.span,
                   "'%.*s' is not a number that JSON can write", STR_ARG(word));
    diag_hint(s->reader->diag, error, "write '%.*s' for a text", STR_ARG(word));
    return false;
}

/* What stands at scan->at where `what` should. */
static struct diagnostic *fail_missing(struct scan *s, const char *what)
{
    size_t end = s->at < s->source.text.len ? s->at + 1 : s->at;
    return scan_fail(s, CHECK_EXPRESSION, s->at, end, "%s is missing here", what);
}

static bool read_operand(struct scan *s, struct operand *operand)
{
    char c = scan_char(s, s->at);
    if (c == '\'' || c == '"')
        return read_quoted(s, operand);
    operand->source = read_word(s);
    if (operand->source.text.len > 0)
        return read_literal(s, operand);
    fail_missing(s, "a variable");
    return false;
}

static bool read_operands(struct scan *s, struct expression *expression)
{
    bool goes_on;
    do {
        struct operand operand = {.is_literal = false};
        skip_white(s);
        if (!spend(s->reader, s->source.span, OPERAND_COST) ||
            !read_operand(s, &operand))
            return false;
        expression->operands =
            arena_grow(s->reader->arena, expression->operands, expression->n_operands,
                       sizeof *expression->operands);
        expression->operands[expression->n_operands++] = operand;
        skip_white(s);
        goes_on = is_pair(s, s->at, '?');
        s->at += goes_on ? 2 : 0;
    } while (goes_on);
    return true;
}

/* ---- Filters ---- */

static void fail_filter(struct scan *s, struct located name)
{
    struct diagnostic *error = diag_error(s->reader->diag, CHECK_EXPRESSION, name.span,
                                          "unknown filter '%.*s'", STR_ARG(name.text));
    struct suggestion suggestion = {.word = name.text};
    for (size_t i = 0; filters[i]; i++)
        suggest_offer(&suggestion, filters[i]);
    const char *meant = suggest_result(&suggestion);
    if (meant)
        diag_hint(s->reader->diag, error, "did you mean '%s'?", meant);
    else
        diag_hint(s->reader->diag, error, "known: url, html, json");
}

/* Reads the name of a filter; an unknown one is no reason not to read on. */
static bool read_filter(struct scan *s, struct expression *expression)
{
    skip_white(s);
    struct located name = read_word(s);
    size_t filter = 0;
    if (name.text.len == 0) {
        fail_missing(s, "a filter");
        return false;
    }
    while (filters[filter] && !str_equal(name.text, str_from(filters[filter])))
        filter++;
    if (!filters[filter])
        fail_filter(s, name);
    expression->filters = arena_grow(s->reader->arena, expression->filters,
                                     expression->n_filters, sizeof(enum filter));
    expression->filters[expression->n_filters++] = (enum filter)filter;
    return spend(s->reader, name.span, OPERAND_COST);
}

static bool read_filters(struct scan *s, struct expression *expression)
{
    while (scan_char(s, s->at) == '|') {
        s->at++;
        if (!read_filter(s, expression))
            return false;
        skip_white(s);
    }
    return true;
}

/* ---- Expressions ---- */

static void fail_open(struct scan *s, size_t open)
{
    struct diagnostic *error =
        scan_fail(s, CHECK_EXPRESSION, open, open + 2, "this '{{' is never closed");
    diag_hint(s->reader->diag, error,
              "write {{'{{'}} for the characters themselves, or template: false");
}

/* What stands at scan->at where the braces should close. */
static void fail_end(struct scan *s)
{
    struct diagnostic *error = fail_missing(s, "'}}'");
    struct str word = read_word(s).text;
    if (str_equal(word, STR("or")) || str_equal(word, STR("default")))
        diag_hint(s->reader->diag, error, "write ?? before what stands in for it");
}

/* Reads the expression whose braces open at scan->at; NULL after an error. */
static struct expression *read_expression(struct scan *s)
{
    struct expression *expression = arena_alloc(s->reader->arena, sizeof *expression);
    size_t open = s->at;
    s->at += 2;
    bool is_closed = find_pair(s, s->at, '}') < s->source.text.len;
    if (!is_closed) {
        fail_open(s, open);
        s->at = s->source.text.len;
        return NULL;
    }
    bool is_read = read_operands(s, expression) && read_filters(s, expression);
    bool is_fine = is_read && is_pair(s, s->at, '}');
    if (is_read && !is_fine)
        fail_end(s);
    s->at = is_fine ? s->at : find_pair(s, s->at, '}');
    s->at += s->at < s->source.text.len ? 2 : 0;
    expression->span = scan_part(s, open, s->at).span;
    return is_fine ? expression : NULL;
}

static void add_piece(struct scan *s, struct pieces *pieces, struct piece piece)
{
    pieces->list =
        arena_grow(s->reader->arena, pieces->list, pieces->n, sizeof *pieces->list);
    pieces->list[pieces->n++] = piece;
}

bool expression_is_in(struct str text)
{
    struct scan s = {.source = {.text = text}};
    return find_pair(&s, 0, '{') < text.len;
}

struct pieces expression_split(struct reader *r, struct located text)
{
    struct scan s = {.reader = r, .source = text};
    struct pieces pieces = {0};
    for (;;) {
        struct piece piece = {.expression = NULL};
        size_t start = s.at;
        s.at = find_pair(&s, start, '{');
        piece.literal = scan_part(&s, start, s.at).text;
        bool is_end = s.at == text.text.len;
        if (!is_end && spend(r, text.span, EXPRESSION_COST))
            piece.expression = read_expression(&s);
        if (is_end || r->budget == 0) {
            add_piece(&s, &pieces, piece);
            return pieces;
        }
        add_piece(&s, &pieces, piece);
    }
}

bool expression_is_literal(const struct expression *expression)
{
    return expression->n_operands == 1 && expression->n_filters == 0 &&
           expression->operands[0].is_literal;
}

void expression_insert(struct reader *r, struct inserts *inserts, size_t at,
                       struct expression *expression)
{
    inserts->list =
        arena_grow(r->arena, inserts->list, inserts->n, sizeof *inserts->list);
    inserts->list[inserts->n++] = (struct insert){at, expression};
}

struct str expression_read(struct reader *r, struct located text,
                           struct inserts *inserts)
{
    struct buf out;
    if (!expression_is_in(text.text))
        return text.text;
    struct pieces pieces = expression_split(r, text);
    buf_init(&out, r->arena);
    for (size_t i = 0; i < pieces.n; i++) {
        struct expression *expression = pieces.list[i].expression;
        buf_put(&out, pieces.list[i].literal);
        if (expression && expression_is_literal(expression))
            buf_put(&out, expression->operands[0].value);
        else if (expression)
            expression_insert(r, inserts, out.len, expression);
    }
    return buf_str(&out);
}

void expression_refuse(struct reader *r, struct located text, const char *what)
{
    struct scan s = {.reader = r, .source = text};
    size_t start = find_pair(&s, 0, '{');
    if (start == text.text.len)
        return;
    size_t end = find_pair(&s, start, '}');
    end = end == text.text.len ? start + 2 : end + 2;
    diag_error(r->diag, CHECK_EXPRESSION, scan_part(&s, start, end).span,
               "%s cannot hold expressions", what);
}
