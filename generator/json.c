/* The JSON of RFC 8259. Every node adds at least one byte, so the bound of the text
 * also bounds the walk through a tree that aliases have folded. */
#include "json.h"
#include "expression.h"
#include "quote.h"

#include <stdint.h>
#include <string.h>

struct writer {
    struct reader *reader;
    struct buf *out;
    struct inserts *inserts; /* NULL: texts are as they are written */
};

static void write_node(struct writer *w, const struct node *node);

static bool is_full(const struct writer *w)
{
    return w->out->len > JSON_MAX;
}

static size_t skip_digits(struct str text, size_t at)
{
    while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at;
}

static bool is_at(struct str text, size_t at, const char *set)
{
    return at < text.len && strchr(set, text.at[at]);
}

/* -? ( 0 | [1-9][0-9]* ) ( \. [0-9]+ )? ( [eE] [-+]? [0-9]+ )? */
bool json_is_number(struct str text)
{
    size_t start = is_at(text, 0, "-") ? 1 : 0;
    size_t at = skip_digits(text, start);
    if (at == start || (text.at[start] == '0' && at > start + 1))
        return false;
    if (is_at(text, at, ".")) {
        start = at + 1;
        at = skip_digits(text, start);
        if (at == start)
            return false;
    }
    if (is_at(text, at, "eE")) {
        start = is_at(text, at + 1, "+-") ? at + 2 : at + 1;
        at = skip_digits(text, start);
        if (at == start)
            return false;
    }
    return at == text.len;
}

/* The value of 0x and 0o numbers; false when it exceeds 64 bits. */
static bool parse_based(struct str text, uint64_t *value)
{
    uint64_t base = text.at[1] == 'x' ? 16 : 8;
    *value = 0;
    for (size_t i = 2; i < text.len; i++) {
        char c = text.at[i];
        unsigned digit = c <= '9'   ? (unsigned)(c - '0')
                         : c <= 'F' ? (unsigned)(c - 'A') + 10
                                    : (unsigned)(c - 'a') + 10;
        if (*value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

/* The same number in JSON's grammar: no '+', no leading zeros, digits around the '.'.
 */
static struct str as_decimal(struct arena *arena, struct str text)
{
    struct buf buf;
    buf_init(&buf, arena);
    size_t at = 0;
    if (is_at(text, 0, "+-") && text.at[at++] == '-')
        buf_putc(&buf, '-');
    size_t end = skip_digits(text, at);
    while (at + 1 < end && text.at[at] == '0')
        at++;
    buf_put(&buf, at == end ? STR("0") : str_slice(text, at, end));
    if (is_at(text, end, ".")) {
        at = end + 1;
        end = skip_digits(text, at);
        buf_putc(&buf, '.');
        buf_put(&buf, at == end ? STR("0") : str_slice(text, at, end));
    }
    buf_put(&buf, str_slice(text, end, text.len));
    return buf_str(&buf);
}

static void fail_number(struct writer *w, const struct node *node)
{
    struct diag *diag = w->reader->diag;
    struct str text = node->text;
    struct diagnostic *error =
        diag_error(diag, CHECK_JSON_NUMBER, node->span,
                   "JSON cannot write the number %.*s", STR_ARG(text));
    uint64_t value = 0;
    bool is_based = text.len > 2 && (text.at[1] == 'x' || text.at[1] == 'o');
    struct str decimal =
        is_based ? (struct str){0} : as_decimal(w->reader->arena, text);
    if (is_based && parse_based(text, &value))
        diag_hint(diag, error, "write %llu, or quote it to make it a string",
                  (unsigned long long)value);
    else if (!is_based && json_is_number(decimal))
        diag_hint(diag, error, "write %.*s, or quote it to make it a string",
                  STR_ARG(decimal));
    else
        diag_hint(diag, error, "quote it to make it a string");
}

/* A string that is one expression and nothing else becomes its value. */
static bool write_value(struct writer *w, const struct pieces *pieces)
{
    struct expression *expression = pieces->list[0].expression;
    bool is_whole = pieces->n == 2 && expression && pieces->list[0].literal.len == 0 &&
                    pieces->list[1].literal.len == 0;
    if (!is_whole)
        return false;
    const struct operand *operand = &expression->operands[0];
    expression->is_value = true;
    if (!expression_is_literal(expression))
        expression_insert(w->reader, w->inserts, w->out->len, expression);
    else if (operand->type == VALUE_TEXT)
        quote_json(w->out, operand->value);
    else
        buf_put(w->out, operand->value);
    return true;
}

static void write_pieces(struct writer *w, const struct pieces *pieces)
{
    buf_putc(w->out, '"');
    for (size_t i = 0; i < pieces->n; i++) {
        struct expression *expression = pieces->list[i].expression;
        quote_json_part(w->out, pieces->list[i].literal);
        if (expression && expression_is_literal(expression))
            quote_json_part(w->out, expression->operands[0].value);
        else if (expression)
            expression_insert(w->reader, w->inserts, w->out->len, expression);
    }
    buf_putc(w->out, '"');
}

static void write_string(struct writer *w, const struct node *node)
{
    if (!w->inserts || !expression_is_in(node->text) || w->reader->budget == 0) {
        quote_json(w->out, node->text);
        return;
    }
    struct pieces pieces = expression_split(w->reader, scalar_located(node));
    if (!write_value(w, &pieces))
        write_pieces(w, &pieces);
}

static void write_scalar(struct writer *w, const struct node *node)
{
    enum scalar_type type = yaml_scalar_type(node);
    switch (type) {
    case SCALAR_NULL:
        buf_put(w->out, STR("null"));
        return;
    case SCALAR_BOOL:
        buf_put(w->out, node->text.len == 4 ? STR("true") : STR("false"));
        return;
    case SCALAR_STRING:
        write_string(w, node);
        return;
    case SCALAR_INT:
    case SCALAR_FLOAT:
        buf_put(w->out, node->text);
        if (!json_is_number(node->text))
            fail_number(w, node);
        return;
    }
}

static void write_key(struct writer *w, const struct node *key)
{
    struct diag *diag = w->reader->diag;
    if (yaml_scalar_type(key) != SCALAR_STRING) {
        struct diagnostic *error =
            diag_error(diag, CHECK_JSON_KEY, key->span,
                       "a key in JSON must be a string, not %s", yaml_describe(key));
        diag_hint(diag, error, "write \"%.*s\"", STR_ARG(key->text));
    }
    if (w->inserts)
        expression_refuse(w->reader, scalar_located(key), "a key in JSON");
    quote_json(w->out, key->text);
    buf_putc(w->out, ':');
}

static void write_mapping(struct writer *w, const struct node *node)
{
    buf_putc(w->out, '{');
    for (size_t i = 0; i < node->n && !is_full(w); i++) {
        if (i > 0)
            buf_putc(w->out, ',');
        write_key(w, node->pairs[i].key);
        write_node(w, node->pairs[i].value);
    }
    buf_putc(w->out, '}');
}

static void write_sequence(struct writer *w, const struct node *node)
{
    buf_putc(w->out, '[');
    for (size_t i = 0; i < node->n && !is_full(w); i++) {
        if (i > 0)
            buf_putc(w->out, ',');
        write_node(w, node->items[i]);
    }
    buf_putc(w->out, ']');
}

static void write_node(struct writer *w, const struct node *node)
{
    switch (node->kind) {
    case NODE_SCALAR:
        write_scalar(w, node);
        return;
    case NODE_SEQUENCE:
        write_sequence(w, node);
        return;
    case NODE_MAPPING:
        write_mapping(w, node);
        return;
    }
}

bool json_write(struct reader *r, const struct node *node, struct buf *out,
                struct inserts *inserts)
{
    size_t n_before = r->diag->n_errors;
    struct writer w = {r, out, inserts};
    write_node(&w, node);
    if (is_full(&w))
        diag_error(r->diag, CHECK_JSON_SIZE, node->span,
                   "as JSON this has more than %d MiB", JSON_MAX / (1024 * 1024));
    return r->diag->n_errors == n_before;
}
