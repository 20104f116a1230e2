#include "scope.h"

#include "constraint.h"
#include "media_type.h"
#include "place.h"
#include "suggest.h"

#include <string.h>

/* ---- Names ---- */

/* The type that the constraints give the values of a parameter. */
static enum value_type type_of(const struct parameter *parameter)
{
    enum value_type type = VALUE_TEXT;
    for (size_t i = 0; i < parameter->n_constraints; i++) {
        const struct constraint *constraint = &parameter->constraint_list[i];
        struct str name = constraint->source.text;
        if (constraint->is_number)
            return VALUE_INTEGER;
        if (str_equal(name, STR("bool")))
            return VALUE_BOOLEAN;
        if (str_equal(name, STR("double")) || str_equal(name, STR("decimal")))
            type = VALUE_NUMBER;
    }
    return type;
}

static struct variable find_parameter(struct parameter *const *parameters, size_t n,
                                      enum variable_kind kind, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        const struct parameter *parameter = parameters[i];
        if (str_equal(parameter->name.text, name))
            return (struct variable){
                .kind = kind,
                .type = type_of(parameter),
                .may_be_absent = parameter->may_be_absent && !parameter->has_default,
                .name = name,
                .parameter = parameter,
                .index = i,
            };
    }
    return (struct variable){.kind = VARIABLE_UNKNOWN};
}

/* Variables without a part of the user's choice. */
static const struct {
    const char *name;
    struct variable meaning;
} fixed[] = {
    {"body", {.kind = VARIABLE_BODY, .may_be_absent = true}},
    {"method", {.kind = VARIABLE_METHOD}},
    {"path", {.kind = VARIABLE_PATH}},
    {"seq", {.kind = VARIABLE_SEQ, .type = VALUE_INTEGER}},
    {"uuid", {.kind = VARIABLE_UUID}},
    {"now", {.kind = VARIABLE_NOW}},
    {"now.ms", {.kind = VARIABLE_NOW_MS, .type = VALUE_INTEGER}},
};

/* Those with one. */
static const struct {
    const char *start;
    enum variable_kind kind;
} families[] = {
    {"header.", VARIABLE_HEADER},    {"cookie.", VARIABLE_COOKIE},
    {"env.", VARIABLE_ENVIRONMENT},  {"query.", VARIABLE_QUERY},
    {"json.", VARIABLE_UNSUPPORTED}, {"state.", VARIABLE_UNSUPPORTED},
};

enum {
    N_FIXED = sizeof fixed / sizeof *fixed,
    N_FAMILIES = sizeof families / sizeof *families,
};

/* The part of `name` behind `start`; empty where it has no such start. */
static struct str part_behind(struct str name, const char *start)
{
    size_t len = strlen(start);
    return str_has_prefix(name, str_from(start)) ? str_slice(name, len, name.len)
                                                 : (struct str){0};
}

struct variable scope_find(const struct route *route, struct str name)
{
    const struct template *template = &route->template;
    for (size_t i = 0; i < N_FIXED; i++)
        if (str_equal(name, str_from(fixed[i].name)))
            return fixed[i].meaning;
    struct str part = part_behind(name, "path.");
    if (part.len > 0)
        return find_parameter(template->parameters, template->n_parameters,
                              VARIABLE_PATH_VALUE, part);
    part = part_behind(name, "query.");
    if (part.len > 0 && route->has_query)
        return find_parameter(route->query, route->n_query, VARIABLE_QUERY_VALUE, part);
    for (size_t i = 0; i < N_FAMILIES; i++) {
        part = part_behind(name, families[i].start);
        if (part.len > 0)
            return (struct variable){
                .kind = families[i].kind, .may_be_absent = true, .name = part};
    }
    return (struct variable){.kind = VARIABLE_UNKNOWN};
}

/* ---- Unknown variables ---- */

/* What is told each name in scope. */
struct listener {
    struct arena *arena;
    struct suggestion suggestion;
    const char *same; /* one of another family that ends as the unknown one; or NULL */
    struct buf list;
};

static void tell(struct listener *listener, const char *start, struct str name)
{
    struct buf whole;
    buf_init(&whole, listener->arena);
    buf_printf(&whole, "%s%.*s", start, STR_ARG(name));
    const char *text = str_z(listener->arena, buf_str(&whole));
    suggest_offer(&listener->suggestion, text);
    if (!listener->same &&
        str_equal(name, str_after_last(listener->suggestion.word, '.')))
        listener->same = text;
    buf_printf(&listener->list, "%s%s", listener->list.len > 0 ? ", " : "", text);
}

static void tell_all(struct listener *listener, const struct route *route)
{
    const struct template *template = &route->template;
    for (size_t i = 0; i < template->n_parameters; i++)
        tell(listener, "path.", template->parameters[i]->name.text);
    for (size_t i = 0; i < route->n_query; i++)
        tell(listener, "query.", route->query[i]->name.text);
    for (size_t i = 0; i < N_FAMILIES; i++)
        if (families[i].kind != VARIABLE_UNSUPPORTED &&
            !(families[i].kind == VARIABLE_QUERY && route->has_query))
            tell(listener, families[i].start, STR("NAME"));
    for (size_t i = 0; i < N_FIXED; i++)
        tell(listener, "", str_from(fixed[i].name));
}

static void fail_unknown(struct diag *diag, const struct route *route,
                         const struct located *name)
{
    struct listener listener = {.arena = diag->arena,
                                .suggestion = {.word = name->text}};
    struct diagnostic *error =
        diag_error(diag, CHECK_VARIABLE, name->span, "unknown variable '%.*s'",
                   STR_ARG(name->text));
    if (diag->n_errors > DIAG_MAX)
        return;
    buf_init(&listener.list, diag->arena);
    tell_all(&listener, route);
    const char *meant =
        listener.same ? listener.same : suggest_result(&listener.suggestion);
    if (meant)
        diag_hint(diag, error, "did you mean '%s'? in scope: %.*s", meant,
                  STR_ARG(buf_str(&listener.list)));
    else
        diag_hint(diag, error, "in scope: %.*s", STR_ARG(buf_str(&listener.list)));
}

/* ---- Expressions ---- */

static struct variable meaning_of(const struct route *route,
                                  const struct operand *operand)
{
    if (operand->is_literal)
        return (struct variable){.type = operand->type};
    return scope_find(route, operand->source.text);
}

/* Whether the operand can be any value. */
static bool check_operand(struct diag *diag, const struct route *route,
                          const struct operand *operand)
{
    struct variable variable = meaning_of(route, operand);
    if (operand->is_literal)
        return true;
    if (variable.kind == VARIABLE_UNKNOWN)
        fail_unknown(diag, route, &operand->source);
    if (variable.kind == VARIABLE_UNSUPPORTED)
        diag_error(diag, CHECK_UNSUPPORTED, operand->source.span,
                   "'%.*s' is not supported yet", STR_ARG(operand->source.text));
    return variable.kind > VARIABLE_UNSUPPORTED;
}

static const char *describe(enum value_type type)
{
    switch (type) {
    case VALUE_INTEGER:
    case VALUE_NUMBER:
        return "a number";
    case VALUE_BOOLEAN:
        return "true or false";
    default:
        return "a text";
    }
}

/* The literal, written as one of the other type, perhaps. */
static void hint_literal(struct diag *diag, struct diagnostic *error,
                         const struct operand *literal, enum value_type type)
{
    if (literal->is_literal && type == VALUE_TEXT)
        diag_hint(diag, error, "write '%.*s'", STR_ARG(literal->value));
    else if (literal->is_literal && type != VALUE_BOOLEAN)
        diag_hint(diag, error, "write a number without quotes");
    else if (literal->is_literal)
        diag_hint(diag, error, "write true or false without quotes");
}

/* Whether the types of the values matter. */
static bool is_typed(const struct expression *expression)
{
    return expression->n_filters > 0 ? expression->filters[0] == FILTER_JSON
                                     : expression->is_value;
}

/* A value of JSON has the type of its variable, whichever of them is there. */
static void check_types(struct diag *diag, const struct route *route,
                        const struct expression *expression)
{
    const struct operand *first = &expression->operands[0];
    enum value_type type = meaning_of(route, first).type;
    for (size_t i = 1; i < expression->n_operands; i++) {
        const struct operand *other = &expression->operands[i];
        enum value_type other_type = meaning_of(route, other).type;
        if (strcmp(describe(other_type), describe(type)) == 0)
            continue;
        struct diagnostic *error = diag_error(
            diag, CHECK_EXPRESSION_TYPE, other->source.span,
            "%.*s is %s, but %.*s is %s", STR_ARG(other->source.text),
            describe(other_type), STR_ARG(first->source.text), describe(type));
        hint_literal(diag, error, other, type);
        return;
    }
}

/* What follows an operand that is always there. */
static void check_defaults(struct diag *diag, const struct route *route,
                           const struct expression *expression)
{
    for (size_t i = 0; i + 1 < expression->n_operands; i++) {
        const struct operand *operand = &expression->operands[i];
        if (meaning_of(route, operand).may_be_absent)
            continue;
        diag_error(diag, CHECK_EXPRESSION, expression->operands[i + 1].source.span,
                   "this is never used, as %.*s is never absent",
                   STR_ARG(operand->source.text));
        return;
    }
}

static void check_expression(struct diag *diag, const struct route *route,
                             const struct expression *expression)
{
    bool is_fine = true;
    for (size_t i = 0; i < expression->n_operands; i++)
        is_fine = check_operand(diag, route, &expression->operands[i]) && is_fine;
    if (!is_fine)
        return;
    check_defaults(diag, route, expression);
    if (is_typed(expression))
        check_types(diag, route, expression);
}

static void check_inserts(struct diag *diag, const struct route *route,
                          const struct inserts *inserts)
{
    for (size_t i = 0; i < inserts->n; i++)
        check_expression(diag, route, inserts->list[i].expression);
}

/* The type decides how values in the body are escaped, the others are what clients and
 * caches take the body for. */
static void check_fixed_header(struct diag *diag, const struct header *header)
{
    static const char *const names[] = {"Content-Type", "Content-Encoding", "ETag",
                                        "Last-Modified", "Vary"};
    for (size_t i = 0; i < sizeof names / sizeof *names && header->inserts.n > 0; i++)
        if (str_equal_fold(header->name.text, str_from(names[i])))
            diag_error(diag, CHECK_EXPRESSION, header->inserts.list[0].expression->span,
                       "'%.*s' cannot hold expressions", STR_ARG(header->name.text));
}

/* ---- Their places ---- */

static bool ends_in_json(const struct expression *expression)
{
    size_t n = expression->n_filters;
    return n > 0 && expression->filters[n - 1] == FILTER_JSON;
}

/* Whether the expression can be written without quotes as it is. */
static bool is_bare(const struct route *route, const struct expression *expression)
{
    return expression->n_filters == 0 &&
           meaning_of(route, &expression->operands[0]).type != VALUE_TEXT;
}

static void check_json_place(struct diag *diag, const struct route *route,
                             const struct json_place *place,
                             const struct expression *expression)
{
    struct diagnostic *error;
    bool has_quotes = ends_in_json(expression);
    if (place->is_in_string && has_quotes) {
        error = diag_error(diag, CHECK_EXPRESSION_PLACE, expression->span,
                           "'json' adds quotes, but this stands in a string already");
        diag_hint(diag, error, "leave '| json' out, or the quotes around");
    } else if (!place->is_in_string && !has_quotes && !is_bare(route, expression)) {
        error = diag_error(diag, CHECK_EXPRESSION_PLACE, expression->span,
                           "this text stands outside of a string of JSON");
        diag_hint(diag, error, "write quotes around it, or '| json' at its end");
    }
}

static void check_markup_place(struct diag *diag, const struct markup_place *place,
                               const struct expression *expression)
{
    if (place->raw.len > 0)
        diag_warning(diag, CHECK_EXPRESSION_PLACE, expression->span,
                     "nothing keeps this value from becoming code in <%.*s>",
                     STR_ARG(place->raw));
    else if (place->is_in_tag && place->quote == 0)
        diag_warning(diag, CHECK_EXPRESSION_PLACE, expression->span,
                     "in a tag a value is safe in quotes only");
}

static void check_places(struct diag *diag, const struct route *route)
{
    const struct response *response = &route->response;
    struct json_place json = {0};
    struct markup_place markup = {0};
    size_t at = 0;
    for (size_t i = 0; i < response->inserts.n; i++) {
        const struct insert *insert = &response->inserts.list[i];
        struct str before = str_slice(response->body, at, insert->at);
        at = insert->at;
        if (response->escaping == ESCAPING_JSON_TEXT) {
            json_place_pass(&json, before);
            check_json_place(diag, route, &json, insert->expression);
        } else if (response->escaping == ESCAPING_MARKUP) {
            markup_place_pass(&markup, before);
            check_markup_place(diag, &markup, insert->expression);
        }
    }
}

/* What is escaped for JSON is not what another type asks for. */
static void check_json_type(struct diag *diag, const struct response *response)
{
    if (response->escaping != ESCAPING_JSON || response->inserts.n == 0)
        return;
    for (size_t i = 0; i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        if (str_equal_fold(header->name.text, STR("Content-Type")) &&
            media_type_is_markup(header->value.text))
            diag_error(diag, CHECK_EXPRESSION_PLACE, header->value.span,
                       "values in 'json' are not escaped for '%.*s'",
                       STR_ARG(header->value.text));
    }
}

void scope_check(const struct route *route, struct diag *diag)
{
    const struct response *response = &route->response;
    for (size_t i = 0; i < response->n_headers; i++) {
        if (response->headers[i].is_default)
            continue;
        check_inserts(diag, route, &response->headers[i].inserts);
        check_fixed_header(diag, &response->headers[i]);
    }
    check_inserts(diag, route, &response->inserts);
    check_json_type(diag, response);
    check_places(diag, route);
}

/* Whether `route` has got the default header called `name`. */
static bool has_default(const struct route *route, struct str name)
{
    for (size_t i = 0; i < route->response.n_headers; i++)
        if (route->response.headers[i].is_default &&
            str_equal_fold(route->response.headers[i].name.text, name))
            return true;
    return false;
}

/* What is wrong for several routes is told for the first. */
void scope_check_defaults(const struct spec *spec, struct diag *diag)
{
    for (size_t i = 0; i < spec->defaults.n_headers; i++) {
        const struct header *header = &spec->defaults.headers[i];
        size_t n_before = diag->n_errors;
        for (size_t j = 0; j < spec->n_routes && diag->n_errors == n_before; j++) {
            diag->subject = DIAG_ROUTE(j);
            if (has_default(&spec->routes[j], header->name.text))
                check_inserts(diag, &spec->routes[j], &header->inserts);
        }
    }
    diag->subject = DIAG_SPEC;
}
