/* The table walk and the scalars that every mapping holds. */
#include "fields.h"
#include "suggest.h"

#include <string.h>

static bool is_ignored(struct str key)
{
    return str_equal(key, STR("$schema")) || str_has_prefix(key, STR("x-"));
}

static const struct field *find_field(const struct field *fields, struct str name)
{
    for (; fields->name; fields++)
        if (str_equal(name, str_from(fields->name)))
            return fields;
    return NULL;
}

static const char *known_keys(struct reader *r, const struct field *fields)
{
    struct buf names;
    buf_init(&names, r->arena);
    for (; fields->name; fields++)
        if (fields->read)
            buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", fields->name);
    return str_z(r->arena, buf_str(&names));
}

static void fail_unknown(struct reader *r, const struct node *key,
                         const struct field *fields)
{
    if (key->text.len == 0) {
        diag_error(r->diag, CHECK_UNKNOWN_KEY, key->span, "a key is empty");
        return;
    }
    struct diagnostic *error = diag_error(r->diag, CHECK_UNKNOWN_KEY, key->span,
                                          "unknown key '%.*s'", STR_ARG(key->text));
    struct suggestion suggestion = {.word = key->text};
    for (const struct field *field = fields; field->name; field++)
        suggest_offer(&suggestion, field->name);
    const char *name = suggest_result(&suggestion);
    if (name)
        diag_hint(r->diag, error, "did you mean '%s'?", name);
    else if (r->diag->n_errors <= DIAG_MAX)
        diag_hint(r->diag, error, "known here: %s", known_keys(r, fields));
}

struct diagnostic *fail_missing(struct reader *r, const struct node *mapping,
                                const char *name)
{
    struct span start = span_part(mapping->span, 0, 0);
    return diag_error(r->diag, CHECK_MISSING_KEY, start, "key '%s' is missing", name);
}

void read_fields(struct reader *r, const struct node *mapping,
                 const struct field *fields, void *out)
{
    for (const struct field *field = fields; field->name; field++)
        if (field->is_required && !yaml_find(mapping, field->name))
            fail_missing(r, mapping, field->name);
    for (size_t i = 0; i < mapping->n; i++) {
        const struct pair *pair = &mapping->pairs[i];
        if (is_ignored(pair->key->text))
            continue;
        const struct field *field = find_field(fields, pair->key->text);
        if (!field)
            fail_unknown(r, pair->key, fields);
        else if (!field->read)
            diag_error(r->diag, CHECK_UNSUPPORTED, pair->key->span,
                       "'%s' is not supported yet", field->name);
        else
            field->read(r, pair, out);
    }
}

bool spend(struct reader *r, struct span span, size_t cost)
{
    bool was_enough = r->budget > 0;
    if (cost < r->budget) {
        r->budget -= cost;
        return true;
    }
    r->budget = 0;
    if (was_enough)
        diag_error(r->diag, CHECK_SIZE, span,
                   "with this, the responses of the spec exceed %d MiB",
                   RESPONSES_MAX / (1024 * 1024));
    return false;
}

struct located scalar_located(const struct node *node)
{
    struct span span = node->span;
    if (node->text.len > 0)
        span = yaml_text_span(node, 0, node->text.len);
    return (struct located){node->text, span};
}

struct located located_part(struct located whole, size_t start, size_t end)
{
    struct located part = {str_slice(whole.text, start, end), whole.span};
    if (whole.span.end - whole.span.start == whole.text.len)
        part.span = span_part(whole.span, start, end - start);
    return part;
}

bool read_text(struct reader *r, const struct pair *pair, const char *example,
               struct located *text)
{
    const struct node *value = pair->value;
    struct str key = pair->key->text;
    if (value->kind != NODE_SCALAR) {
        diag_error(r->diag, CHECK_TYPE, value->span, "'%.*s' must be a text, not %s",
                   STR_ARG(key), yaml_describe(value));
        return false;
    }
    if (yaml_scalar_type(value) == SCALAR_NULL) {
        struct diagnostic *error = diag_error(r->diag, CHECK_TYPE, value->span,
                                              "'%.*s' has no value", STR_ARG(key));
        diag_hint(r->diag, error, "%s", example);
        return false;
    }
    *text = scalar_located(value);
    return true;
}

/* The offset of `what` in `text` from `at`, or the text's length. */
static size_t find(struct str text, size_t at, const char *what)
{
    size_t len = strlen(what);
    for (; at + len <= text.len; at++)
        if (memcmp(text.at + at, what, len) == 0)
            return at;
    return text.len;
}

void refuse_expressions(struct reader *r, struct located text)
{
    size_t start = find(text.text, 0, "{{");
    if (start == text.text.len)
        return;
    size_t end = find(text.text, start, "}}");
    end = end == text.text.len ? start + 2 : end + 2;
    diag_error(r->diag, CHECK_UNSUPPORTED, located_part(text, start, end).span,
               "template expressions are not supported yet");
}
