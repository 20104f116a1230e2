/* The table walk, and the kinds of values that every mapping holds. */
#include "fields.h"
#include "ascii.h"
#include "suggest.h"
#include "trap.h"

#include <limits.h>
#include <string.h>

bool is_ignored(struct str key)
{
    return str_equal(key, STR("$schema")) || str_has_prefix(key, STR("x-"));
}

const struct field *find_field(const struct field *fields, struct str name)
{
    for (; fields->name; fields++)
        if (str_equal(name, str_from(fields->name)))
            return fields;
    return NULL;
}

/* ---- Unknown and missing keys ---- */

static const char *find_meant(const struct field *fields, struct str key)
{
    struct suggestion suggestion = {.word = key};
    for (; fields->name; fields++)
        suggest_offer(&suggestion, fields->name);
    return suggest_result(&suggestion);
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
    const char *name = find_meant(fields, key->text);
    if (name)
        diag_hint(r->diag, error, "did you mean '%s'?", name);
    else if (r->diag->n_errors <= DIAG_MAX)
        diag_hint(r->diag, error, "known here: %s", known_keys(r, fields));
}

/* Whether `key` may be a misspelling of `name`, before the other names are asked. */
static bool is_near(struct str key, const char *name)
{
    struct suggestion suggestion = {.word = key};
    suggest_offer(&suggestion, name);
    return suggest_result(&suggestion);
}

bool is_misspelt(const struct node *mapping, const struct field *fields,
                 const char *name)
{
    for (size_t i = 0; i < mapping->n; i++) {
        struct str key = mapping->pairs[i].key->text;
        if (is_ignored(key) || find_field(fields, key) || !is_near(key, name))
            continue;
        const char *meant = find_meant(fields, key);
        if (meant && strcmp(meant, name) == 0)
            return true;
    }
    return false;
}

/* A key that is misspelt has been told about already. */
static void fail_missing(struct reader *r, const struct node *mapping,
                         const struct field *fields, const struct field *field)
{
    struct span start = span_part(mapping->span, 0, 0);
    if (is_misspelt(mapping, fields, field->name))
        return;
    struct diagnostic *error = diag_error(r->diag, CHECK_MISSING_KEY, start,
                                          "key '%s' is missing", field->name);
    if (field->type->example)
        diag_hint(r->diag, error, "%s", field->type->example);
}

/* ---- Values ---- */

const struct scale *scale_of(const struct type *type)
{
    switch (type->kind) {
    case TYPE_INTEGER:
        return &numbers;
    case TYPE_COUNT:
        return &counts;
    case TYPE_SIZE:
        return &sizes;
    case TYPE_DURATION:
        return &durations;
    case TYPE_AGE:
        return &ages;
    default:
        return NULL;
    }
}

static const char *describe(const struct type *type)
{
    switch (type->kind) {
    case TYPE_INTEGER:
    case TYPE_COUNT:
    case TYPE_SIZE:
    case TYPE_DURATION:
    case TYPE_AGE:
        return scale_of(type)->description;
    case TYPE_BOOLEAN:
        return "true or false";
    case TYPE_FIELDS:
    case TYPE_MAP:
        return "a mapping";
    case TYPE_LIST:
        return "a list";
    case TYPE_ANY:
    case TYPE_TEXT:
    case TYPE_WORD:
    case TYPE_EITHER:
        break;
    }
    return "a text";
}

static bool has_kind(const struct node *node, const struct type *type)
{
    bool is_scalar = node->kind == NODE_SCALAR;
    switch (type->kind) {
    case TYPE_TEXT:
    case TYPE_WORD:
    case TYPE_COUNT:
    case TYPE_SIZE:
    case TYPE_DURATION:
    case TYPE_AGE:
        return is_scalar;
    case TYPE_INTEGER:
        return is_scalar && yaml_scalar_type(node) == SCALAR_INT;
    case TYPE_BOOLEAN:
        return is_scalar && yaml_scalar_type(node) == SCALAR_BOOL;
    case TYPE_FIELDS:
    case TYPE_MAP:
        return node->kind == NODE_MAPPING;
    case TYPE_LIST:
        return node->kind == NODE_SEQUENCE;
    case TYPE_ANY:
    case TYPE_EITHER:
        break;
    }
    return true;
}

const char *list_words(struct reader *r, const char *const *words)
{
    struct buf list;
    buf_init(&list, r->arena);
    for (size_t i = 0; words[i]; i++) {
        const char *joint = words[i + 1] ? ", " : " or ";
        buf_printf(&list, "%s%s", i > 0 ? joint : "", words[i]);
    }
    return str_z(r->arena, buf_str(&list));
}

/* YAML 1.1 had more booleans. */
static const char *find_boolean(const struct node *node)
{
    static const char *const words[] = {"no", "off", "n", "yes", "on", "y"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (node->kind == NODE_SCALAR && str_equal_fold(node->text, str_from(words[i])))
            return i < 3 ? "false" : "true";
    return NULL;
}

static bool fail_kind(struct reader *r, const struct pair *pair,
                      const struct type *type)
{
    const struct node *value = pair->value;
    struct diagnostic *error = diag_error(
        r->diag, CHECK_TYPE, value->span, "'%.*s' must be %s, not %s",
        STR_ARG(pair->key->text),
        type->description ? type->description : describe(type), yaml_describe(value));
    const char *boolean = type->kind == TYPE_BOOLEAN ? find_boolean(value) : NULL;
    if (boolean)
        diag_hint(r->diag, error, "write %s", boolean);
    return false;
}

static bool fail_empty(struct reader *r, const struct pair *pair,
                       const struct type *type)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_TYPE, pair->value->span, "'%.*s' has no value",
                   STR_ARG(pair->key->text));
    if (type->words)
        diag_hint(r->diag, error, "write %s", list_words(r, type->words));
    else if (type->example)
        diag_hint(r->diag, error, "%s", type->example);
    else if (scale_of(type))
        diag_hint(r->diag, error, "write %s", scale_of(type)->description);
    return false;
}

int quantity_of(struct str text, const struct type *type)
{
    int value = 0;
    units_read(scale_of(type), text, &value);
    return value;
}

int integer_of(const struct node *node)
{
    return quantity_of(node->text, &(const struct type){.kind = TYPE_INTEGER});
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

/* Where the ".." of a range stands; the text's length where it is none. */
static size_t range_mark(struct str text, const struct type *type)
{
    return type->takes_range ? find(text, 0, "..") : text.len;
}

struct range range_of(struct str text, const struct type *type)
{
    size_t mark = range_mark(text, type);
    struct range range = {type->min, INT_MAX};
    if (mark > 0)
        range.min = quantity_of(str_slice(text, 0, mark), type);
    if (mark == text.len)
        range.max = range.min;
    else if (mark + 2 < text.len)
        range.max = quantity_of(str_slice(text, mark + 2, text.len), type);
    return range;
}

static bool fail_quantity(struct reader *r, const struct pair *pair,
                          struct located text, const struct type *type)
{
    const struct scale *scale = scale_of(type);
    bool is_count = type->kind == TYPE_COUNT;
    struct diagnostic *error =
        diag_error(r->diag, is_count ? type->check : CHECK_UNIT, text.span,
                   "'%.*s' must be %s, not '%.*s'", STR_ARG(pair->key->text),
                   scale->description, STR_ARG(text.text));
    struct buf advice;
    buf_init(&advice, r->arena);
    buf_put(&advice, STR("write "));
    units_put_advice(scale, text.text, &advice);
    diag_hint(r->diag, error, "%.*s",
              STR_ARG(is_count ? str_from(type->example) : buf_str(&advice)));
    return false;
}

static bool fail_bounds(struct reader *r, const struct pair *pair, struct located text,
                        const struct type *type)
{
    const struct scale *scale = scale_of(type);
    struct buf bounds;
    buf_init(&bounds, r->arena);
    units_put(scale, type->min, &bounds);
    buf_put(&bounds, STR(" to "));
    units_put(scale, type->max, &bounds);
    diag_error(r->diag, type->check, text.span, "%.*s %.*s is not %s from %.*s",
               STR_ARG(pair->key->text), STR_ARG(text.text), scale->noun,
               STR_ARG(buf_str(&bounds)));
    return false;
}

/* Whether `text`, the value of a pair or an end of a range, is a quantity. */
static bool expect_one(struct reader *r, const struct pair *pair, struct located text,
                       const struct type *type)
{
    int value = -1;
    if (!units_read(scale_of(type), text.text, &value) && type->kind != TYPE_INTEGER)
        return fail_quantity(r, pair, text, type);
    if (value < type->min || value > type->max)
        return fail_bounds(r, pair, text, type);
    return true;
}

/* An end of the range `whole`. */
static bool expect_end(struct reader *r, const struct pair *pair, struct located whole,
                       struct located end, const struct type *type)
{
    if (type->kind != TYPE_COUNT || end.text.len > 0)
        return expect_one(r, pair, end, type);
    return whole.text.len > strlen("..") || fail_quantity(r, pair, whole, type);
}

static bool expect_order(struct reader *r, struct located text, size_t mark,
                         const struct type *type)
{
    struct range range = range_of(text.text, type);
    if (range.min <= range.max)
        return true;
    struct diagnostic *error =
        diag_error(r->diag, type->check, text.span,
                   "the range %.*s ends below its start", STR_ARG(text.text));
    diag_hint(r->diag, error, "write %.*s..%.*s",
              STR_ARG(str_slice(text.text, mark + 2, text.text.len)),
              STR_ARG(str_slice(text.text, 0, mark)));
    return false;
}

static bool expect_quantity(struct reader *r, const struct pair *pair,
                            const struct type *type)
{
    struct located text = scalar_located(pair->value);
    size_t mark = range_mark(text.text, type);
    if (mark == text.text.len)
        return expect_one(r, pair, (struct located){text.text, pair->value->span},
                          type);
    struct located start = located_part(text, 0, mark);
    struct located end = located_part(text, mark + 2, text.text.len);
    return expect_end(r, pair, text, start, type) &&
           expect_end(r, pair, text, end, type) && expect_order(r, text, mark, type);
}

bool boolean_of(const struct node *node)
{
    return node->text.len == strlen("true");
}

size_t word_of(const struct node *node, const char *const *words)
{
    size_t i = 0;
    while (words[i] && !str_equal(node->text, str_from(words[i])))
        i++;
    return i;
}

static bool expect_word(struct reader *r, const struct pair *pair,
                        const struct type *type)
{
    const struct node *value = pair->value;
    if (type->words[word_of(value, type->words)])
        return true;
    struct diagnostic *error = diag_error(
        r->diag, CHECK_VALUE, value->span, "'%.*s' is %s, not '%.*s'",
        STR_ARG(pair->key->text), list_words(r, type->words), STR_ARG(value->text));
    struct suggestion suggestion = {.word = value->text};
    for (size_t i = 0; type->words[i]; i++)
        suggest_offer(&suggestion, type->words[i]);
    const char *meant = suggest_result(&suggestion);
    if (meant)
        diag_hint(r->diag, error, "did you mean '%s'?", meant);
    return false;
}

bool expect_type(struct reader *r, const struct pair *pair, const struct type *type)
{
    const struct node *value = pair->value;
    if (!has_kind(value, type))
        return fail_kind(r, pair, type);
    if (type->kind == TYPE_ANY || type->kind == TYPE_EITHER)
        return true;
    if (value->kind == NODE_SCALAR && yaml_scalar_type(value) == SCALAR_NULL)
        return fail_empty(r, pair, type);
    if (scale_of(type))
        return expect_quantity(r, pair, type);
    return type->kind != TYPE_WORD || expect_word(r, pair, type);
}

/* ---- Mappings ---- */

void pass_over(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    (void)pair;
    (void)out;
}

static void read_pair(struct reader *r, const struct pair *pair,
                      const struct field *field, void *out)
{
    if (!field->read)
        diag_error(r->diag, CHECK_UNSUPPORTED, pair->key->span,
                   "'%s' is not supported yet", field->name);
    else if (expect_type(r, pair, field->type))
        field->read(r, pair, out);
}

void read_fields(struct reader *r, const struct node *mapping,
                 const struct field *fields, void *out)
{
    for (const struct field *field = fields; field->name; field++)
        if (field->is_required && !yaml_find(mapping, field->name))
            fail_missing(r, mapping, fields, field);
    for (size_t i = 0; i < mapping->n; i++) {
        const struct pair *pair = &mapping->pairs[i];
        const struct field *field = find_field(fields, pair->key->text);
        if (field)
            read_pair(r, pair, field, out);
        else if (!is_ignored(pair->key->text) &&
                 !trap_report_rest(mapping, pair, r->diag))
            fail_unknown(r, pair->key, fields);
    }
}

/* ---- Scalars ---- */

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
