/* Of the keywords only those that draft 7 had too, which is what older editors know. */
#include "schema.h"
#include "fields.h"
#include "quote.h"
#include "read.h"

#include <stdbool.h>
#include <stddef.h>

/* JSON while it is written, an entry a line. */
struct writer {
    struct buf *out;
    int depth;
    bool is_empty; /* nothing is in the innermost object yet */
};

static void write_type(struct writer *w, const struct type *type);

/* ---- JSON ---- */

static void start_entry(struct writer *w)
{
    if (!w->is_empty)
        buf_putc(w->out, ',');
    buf_printf(w->out, "\n%*s", 2 * w->depth, "");
    w->is_empty = false;
}

static void put_key(struct writer *w, const char *key)
{
    start_entry(w);
    quote_json(w->out, str_from(key));
    buf_put(w->out, STR(": "));
}

static void open_value(struct writer *w, char bracket)
{
    buf_putc(w->out, bracket);
    w->depth++;
    w->is_empty = true;
}

static void close_value(struct writer *w, char bracket)
{
    w->depth--;
    if (!w->is_empty)
        buf_printf(w->out, "\n%*s", 2 * w->depth, "");
    buf_putc(w->out, bracket);
    w->is_empty = false;
}

static void open_object(struct writer *w, const char *key)
{
    put_key(w, key);
    open_value(w, '{');
}

static void close_object(struct writer *w)
{
    close_value(w, '}');
}

static void put_text(struct writer *w, const char *key, const char *text)
{
    put_key(w, key);
    quote_json(w->out, str_from(text));
}

static void put_number(struct writer *w, const char *key, int number)
{
    put_key(w, key);
    buf_printf(w->out, "%d", number);
}

/* A value as a user writes it. */
static void put_value(struct writer *w, const char *key, const struct type *type,
                      const char *value)
{
    put_key(w, key);
    if (type->kind == TYPE_INTEGER || type->kind == TYPE_BOOLEAN)
        buf_put(w->out, str_from(value));
    else
        quote_json(w->out, str_from(value));
}

static void put_false(struct writer *w, const char *key)
{
    put_key(w, key);
    buf_put(w->out, STR("false"));
}

static void put_words(struct writer *w, const char *key, const char *const *words)
{
    put_key(w, key);
    buf_putc(w->out, '[');
    for (size_t i = 0; words[i]; i++) {
        buf_put(w->out, i > 0 ? STR(", ") : STR(""));
        quote_json(w->out, str_from(words[i]));
    }
    buf_putc(w->out, ']');
}

static void put_word(struct writer *w, const char *key, const char *word)
{
    put_words(w, key, (const char *const[]){word, NULL});
}

/* ---- Mappings with fixed keys ---- */

static void write_properties(struct writer *w, const struct field *fields)
{
    open_object(w, "properties");
    open_object(w, "$schema");
    put_text(w, "description", "Where an editor finds this schema");
    close_object(w);
    for (const struct field *field = fields; field->name; field++) {
        if (!field->read)
            continue;
        open_object(w, field->name);
        put_text(w, "description", field->meaning);
        if (field->fallback)
            put_value(w, "default", field->type, field->fallback);
        write_type(w, field->type);
        close_object(w);
    }
    close_object(w);
}

static void write_ignored(struct writer *w)
{
    open_object(w, "patternProperties");
    open_object(w, "^x-");
    put_text(w, "description", "For purposes of your own");
    close_object(w);
    close_object(w);
}

static void write_required(struct writer *w, const struct field *fields)
{
    bool has_any = false;
    for (const struct field *field = fields; field->name; field++)
        has_any = has_any || field->is_required;
    if (!has_any)
        return;
    put_key(w, "required");
    open_value(w, '[');
    for (const struct field *field = fields; field->name; field++) {
        if (!field->is_required)
            continue;
        start_entry(w);
        quote_json(w->out, str_from(field->name));
    }
    close_value(w, ']');
}

static const struct field *find_exclusive(const struct field *fields)
{
    for (; fields->name; fields++)
        if (fields->is_exclusive && fields->read)
            return fields;
    return NULL;
}

static void open_rule(struct writer *w, const char *key)
{
    start_entry(w);
    open_value(w, '{');
    open_object(w, "if");
    put_word(w, "required", key);
    close_object(w);
    open_object(w, "then");
}

static void close_rule(struct writer *w)
{
    close_object(w);
    close_object(w);
}

/* Each exclusive key forbids those behind it in the table. */
static void write_exclusions(struct writer *w, const struct field *fields)
{
    const struct field *first = find_exclusive(fields);
    while (first) {
        const struct field *other = find_exclusive(first + 1);
        if (!other)
            return;
        open_rule(w, first->name);
        open_object(w, "properties");
        for (; other; other = find_exclusive(other + 1))
            put_false(w, other->name);
        close_object(w);
        close_rule(w);
        first = find_exclusive(first + 1);
    }
}

/* One of `keys` is there. */
static void write_any_required(struct writer *w, const char *const *keys)
{
    if (!keys[1]) {
        put_word(w, "required", keys[0]);
        return;
    }
    put_key(w, "anyOf");
    open_value(w, '[');
    for (; *keys; keys++) {
        start_entry(w);
        open_value(w, '{');
        put_word(w, "required", *keys);
        close_value(w, '}');
    }
    close_value(w, ']');
}

static void write_needs(struct writer *w, const struct field *fields)
{
    for (const struct field *field = fields; field->name; field++) {
        if (!field->needs || !field->read)
            continue;
        open_rule(w, field->name);
        write_any_required(w, field->needs);
        close_rule(w);
    }
}

static bool has_rules(const struct field *fields)
{
    for (; fields->name; fields++)
        if (fields->read && (fields->needs || fields->is_exclusive))
            return true;
    return false;
}

static void write_fields(struct writer *w, const struct field *fields)
{
    write_properties(w, fields);
    write_ignored(w);
    put_false(w, "additionalProperties");
    write_required(w, fields);
    if (!has_rules(fields))
        return;
    put_key(w, "allOf");
    open_value(w, '[');
    write_exclusions(w, fields);
    write_needs(w, fields);
    close_value(w, ']');
}

/* ---- Types ---- */

static void write_element(struct writer *w, const char *key, const struct type *type)
{
    open_object(w, key);
    if (type->meaning)
        put_text(w, "description", type->meaning);
    write_type(w, type);
    close_object(w);
}

static void write_limits(struct writer *w, const struct type *type, const char *min,
                         const char *max)
{
    if (type->min > 0)
        put_number(w, min, type->min);
    if (type->max > 0)
        put_number(w, max, type->max);
}

static void write_map(struct writer *w, const struct type *type)
{
    write_limits(w, type, "minProperties", "maxProperties");
    open_object(w, "patternProperties");
    write_element(w, type->pattern, type->element);
    close_object(w);
    put_false(w, "additionalProperties");
}

static void write_list(struct writer *w, const struct type *type)
{
    write_limits(w, type, "minItems", "maxItems");
    write_element(w, "items", type->element);
}

static void write_integer(struct writer *w, const struct type *type)
{
    if (type->min == type->max)
        put_number(w, "const", type->min);
    else
        write_limits(w, type, "minimum", "maximum");
}

/* Whether a size or a duration may do without its unit. */
static bool takes_number(const struct type *type)
{
    bool is_time = type->kind == TYPE_DURATION || type->kind == TYPE_AGE;
    return type->kind == TYPE_SIZE || type->kind == TYPE_COUNT ||
           (is_time && type->min == 0);
}

/* The regular expression of a number and its unit. */
static void put_quantity(struct writer *w, const struct type *type)
{
    const struct scale *scale = scale_of(type);
    buf_put(w->out, type->min == 0 ? STR("(0|[1-9][0-9]*)(") : STR("[1-9][0-9]*("));
    units_put_names(scale, "|", "|", w->out);
    buf_put(w->out, scale->needs_unit ? STR(")") : STR(")?"));
}

/* Bounds are told of numbers without unit only: a pattern that says as much of the
 * others would explain nothing to a user. */
static void write_quantity(struct writer *w, const struct type *type)
{
    const struct scale *scale = scale_of(type);
    bool has_zero = type->min == 0;
    put_key(w, "pattern");
    buf_put(w->out, has_zero && scale->needs_unit ? STR("\"^0$|^") : STR("\"^"));
    put_quantity(w, type);
    if (type->takes_range) {
        buf_put(w->out, STR("(\\\\.\\\\."));
        put_quantity(w, type);
        buf_put(w->out, STR(")?"));
    }
    buf_put(w->out, STR("$\""));
    if (!takes_number(type))
        return;
    put_number(w, "minimum", type->min);
    put_number(w, "maximum", scale->needs_unit ? 0 : type->max);
}

static void write_count(struct writer *w, const struct type *type)
{
    put_text(w, "pattern",
             "^(0|[1-9][0-9]*)(\\.\\.(0|[1-9][0-9]*)?)?$|"
             "^\\.\\.(0|[1-9][0-9]*)$");
    put_number(w, "minimum", type->min);
    put_number(w, "maximum", type->max);
}

/* What is asked of values that have the type's kind. */
static void write_demands(struct writer *w, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ANY:
    case TYPE_BOOLEAN:
        return;
    case TYPE_TEXT:
        if (type->pattern)
            put_text(w, "pattern", type->pattern);
        return;
    case TYPE_INTEGER:
        write_integer(w, type);
        return;
    case TYPE_COUNT:
        write_count(w, type);
        return;
    case TYPE_SIZE:
    case TYPE_DURATION:
    case TYPE_AGE:
        write_quantity(w, type);
        return;
    case TYPE_WORD:
        put_words(w, "enum", type->words);
        return;
    case TYPE_FIELDS:
        write_fields(w, type->fields);
        return;
    case TYPE_MAP:
        write_map(w, type);
        return;
    case TYPE_LIST:
        write_list(w, type);
        return;
    case TYPE_EITHER:
        for (const struct type *const *one = type->alternatives; *one; one++)
            write_demands(w, *one);
        return;
    }
}

/* The names of JSON's types; enough for all of them and a NULL. */
struct kinds {
    const char *names[8];
    size_t n;
};

static void add_kinds(struct kinds *kinds, const struct type *type)
{
    static const char *const names[] = {
        [TYPE_TEXT] = "string",     [TYPE_WORD] = "string",
        [TYPE_INTEGER] = "integer", [TYPE_BOOLEAN] = "boolean",
        [TYPE_FIELDS] = "object",   [TYPE_MAP] = "object",
        [TYPE_LIST] = "array",      [TYPE_EITHER] = NULL,
        [TYPE_SIZE] = "string",     [TYPE_DURATION] = "string",
        [TYPE_AGE] = "string",      [TYPE_COUNT] = "string",
    };
    if (type->kind == TYPE_EITHER)
        for (const struct type *const *one = type->alternatives; *one; one++)
            add_kinds(kinds, *one);
    else if (type->kind != TYPE_ANY)
        kinds->names[kinds->n++] = names[type->kind];
    if (takes_number(type))
        kinds->names[kinds->n++] = "integer";
    if (type->kind == TYPE_TEXT && !type->is_string) {
        kinds->names[kinds->n++] = "number";
        kinds->names[kinds->n++] = "boolean";
    }
}

/* Words are demanded of values of any kind. */
static bool has_words(const struct type *type)
{
    if (type->kind != TYPE_EITHER)
        return false;
    for (const struct type *const *one = type->alternatives; *one; one++)
        if ((*one)->kind == TYPE_WORD)
            return true;
    return false;
}

static void write_alternatives(struct writer *w, const struct type *type)
{
    put_key(w, "anyOf");
    open_value(w, '[');
    for (const struct type *const *one = type->alternatives; *one; one++) {
        start_entry(w);
        open_value(w, '{');
        write_type(w, *one);
        close_value(w, '}');
    }
    close_value(w, ']');
}

/* Alternatives differ in kind, so the demands of each pass over the values of the
 * others, and an editor can say which of them a value fails. */
static void write_type(struct writer *w, const struct type *type)
{
    struct kinds kinds = {0};
    if (has_words(type)) {
        write_alternatives(w, type);
        return;
    }
    add_kinds(&kinds, type);
    if (kinds.n == 1)
        put_text(w, "type", kinds.names[0]);
    else if (kinds.n > 1)
        put_words(w, "type", kinds.names);
    write_demands(w, type);
}

void schema_print(struct buf *out)
{
    struct writer w = {.out = out};
    open_value(&w, '{');
    put_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put_text(&w, "title", "krgen spec");
    put_text(&w, "description", spec_type.meaning);
    write_type(&w, &spec_type);
    close_value(&w, '}');
    buf_putc(out, '\n');
}
