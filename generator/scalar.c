/* What nodes mean and how they are called: YAML 1.2.2 section 10.3, the core schema. */
#include "yaml.h"

#include <string.h>

const struct pair *yaml_find(const struct node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->n; i++)
        if (str_equal(mapping->pairs[i].key->text, str_from(key)))
            return &mapping->pairs[i];
    return NULL;
}

static bool is_one_of(struct str text, const char *const *words)
{
    for (; *words; words++)
        if (str_equal(text, str_from(*words)))
            return true;
    return false;
}

static size_t skip_sign(struct str text, size_t at)
{
    return at < text.len && (text.at[at] == '+' || text.at[at] == '-') ? at + 1 : at;
}

static bool is_digit(char c, int base)
{
    if (base == 16)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
               (c >= 'A' && c <= 'F');
    return c >= '0' && c < '0' + base;
}

static size_t skip_digits(struct str text, size_t at, int base)
{
    while (at < text.len && is_digit(text.at[at], base))
        at++;
    return at;
}

static bool is_int(struct str text)
{
    size_t start = skip_sign(text, 0);
    int base = 10;
    if (str_has_prefix(text, STR("0x")) || str_has_prefix(text, STR("0o"))) {
        base = text.at[1] == 'x' ? 16 : 8;
        start = 2;
    }
    return start < text.len && skip_digits(text, start, base) == text.len;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_finite(struct str text)
{
    size_t start = skip_sign(text, 0);
    size_t at = skip_digits(text, start, 10);
    size_t n_digits = at - start;
    if (at < text.len && text.at[at] == '.') {
        size_t end = skip_digits(text, at + 1, 10);
        n_digits += end - at - 1;
        at = end;
    }
    if (n_digits == 0)
        return false;
    if (at < text.len && (text.at[at] == 'e' || text.at[at] == 'E')) {
        size_t exponent = skip_sign(text, at + 1);
        at = skip_digits(text, exponent, 10);
        return at > exponent && at == text.len;
    }
    return at == text.len;
}

static bool is_float(struct str text)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const not_numbers[] = {".nan", ".NaN", ".NAN", NULL};
    if (is_finite(text) || is_one_of(text, not_numbers))
        return true;
    return is_one_of(str_slice(text, skip_sign(text, 0), text.len), infinities);
}

enum scalar_type yaml_scalar_type(const struct node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const bools[] = {"true",  "True",  "TRUE", "false",
                                        "False", "FALSE", NULL};
    if (!node->is_plain)
        return SCALAR_STRING;
    if (is_one_of(node->text, nulls))
        return SCALAR_NULL;
    if (is_one_of(node->text, bools))
        return SCALAR_BOOL;
    if (is_int(node->text))
        return SCALAR_INT;
    return is_float(node->text) ? SCALAR_FLOAT : SCALAR_STRING;
}

const char *yaml_describe(const struct node *node)
{
    static const char *const types[] = {
        [SCALAR_STRING] = "a string", [SCALAR_NULL] = "null",
        [SCALAR_BOOL] = "a boolean",  [SCALAR_INT] = "an integer",
        [SCALAR_FLOAT] = "a number",
    };
    if (node->kind == NODE_MAPPING)
        return "a mapping";
    if (node->kind == NODE_SEQUENCE)
        return "a list";
    return types[yaml_scalar_type(node)];
}

struct span yaml_text_span(const struct node *node, size_t start, size_t len)
{
    struct str raw = span_text(node->span);
    if (str_equal(raw, node->text))
        return span_part(node->span, start, len);
    bool is_quoted = raw.len >= 2 && (raw.at[0] == '"' || raw.at[0] == '\'');
    if (is_quoted && str_equal(str_slice(raw, 1, raw.len - 1), node->text))
        return span_part(node->span, 1 + start, len);
    return node->span;
}
