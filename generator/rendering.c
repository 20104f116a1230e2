#include "rendering.h"

#include "reply.h"
#include "representation.h"
#include "scope.h"

/* A rendering while it grows. */
struct renderer {
    struct arena *arena;
    const struct route *route;
    struct variables *environment;
    struct rendering *rendering;
    struct table sources; /* their indices by what they are */
    struct ops_plan *ops; /* that are added to, */
    struct buf literal;   /* and the text that comes before the next one's value */
};

/* ---- Sources ---- */

static size_t *new_index(struct arena *arena, size_t value)
{
    size_t *index = arena_alloc(arena, sizeof *index);
    *index = value;
    return index;
}

/* The index of `source`, which is asked once however often its value is used. */
static size_t add_source(struct renderer *r, struct source_plan source)
{
    struct rendering *rendering = r->rendering;
    struct buf key;
    buf_init(&key, r->arena);
    buf_printf(&key, "%s %lu %lu %lu %s %d", source.get, (unsigned long)source.index,
               (unsigned long)source.first, (unsigned long)source.second,
               source.escape ? source.escape : "", (int)source.has_text);
    buf_put(&key, source.text);
    const size_t *known = table_find(&r->sources, buf_str(&key));
    if (known)
        return *known;
    rendering->sources = arena_grow(r->arena, rendering->sources, rendering->n_sources,
                                    sizeof *rendering->sources);
    rendering->sources[rendering->n_sources] = source;
    table_put(&r->sources, buf_str(&key), new_index(r->arena, rendering->n_sources));
    return rendering->n_sources++;
}

static size_t variable_index(struct renderer *r, struct str name)
{
    struct variables *environment = r->environment;
    const size_t *known = table_find(&environment->indices, name);
    if (known)
        return *known;
    environment->names = arena_grow(r->arena, environment->names, environment->n,
                                    sizeof *environment->names);
    environment->names[environment->n] = name;
    table_put(&environment->indices, name, new_index(r->arena, environment->n));
    return environment->n++;
}

static size_t add_variable(struct renderer *r, const struct variable *variable)
{
    static const char *const functions[] = {
        [VARIABLE_PATH_VALUE] = "krt_get_path_value",
        [VARIABLE_QUERY_VALUE] = "krt_get_query_value",
        [VARIABLE_QUERY] = "krt_get_query",
        [VARIABLE_HEADER] = "krt_get_header",
        [VARIABLE_COOKIE] = "krt_get_cookie",
        [VARIABLE_ENVIRONMENT] = "krt_get_environment",
        [VARIABLE_BODY] = "krt_get_body",
        [VARIABLE_METHOD] = "krt_get_method",
        [VARIABLE_PATH] = "krt_get_path",
        [VARIABLE_SEQ] = "krt_get_seq",
        [VARIABLE_UUID] = "krt_get_uuid",
        [VARIABLE_NOW] = "krt_get_now",
        [VARIABLE_NOW_MS] = "krt_get_now_ms",
    };
    struct source_plan source = {.get = functions[variable->kind]};
    if (variable->parameter)
        source.index = variable->index;
    else
        source.text = variable->name;
    source.has_text = source.text.len > 0;
    if (variable->kind == VARIABLE_PATH_VALUE && variable->parameter->has_default) {
        source.has_text = true;
        source.text = variable->parameter->default_value.text;
    }
    if (variable->kind == VARIABLE_ENVIRONMENT)
        source = (struct source_plan){.get = source.get,
                                      .index = variable_index(r, variable->name)};
    if (variable->kind == VARIABLE_BODY)
        r->rendering->keeps_body = true;
    return add_source(r, source);
}

static size_t add_operand(struct renderer *r, const struct operand *operand)
{
    if (operand->is_literal)
        return add_source(r, (struct source_plan){.get = "krt_get_text",
                                                  .has_text = true,
                                                  .text = operand->value});
    struct variable variable = scope_find(r->route, operand->source.text);
    return add_variable(r, &variable);
}

/* The source of the first operand that is there. */
static size_t add_operands(struct renderer *r, const struct expression *expression)
{
    size_t n = expression->n_operands;
    size_t source = add_operand(r, &expression->operands[n - 1]);
    for (size_t i = n - 1; i-- > 0;)
        source = add_source(
            r, (struct source_plan){.get = "krt_get_either",
                                    .first = add_operand(r, &expression->operands[i]),
                                    .second = source});
    return source;
}

/* ---- Escapes ---- */

/* Where an expression lands, and what its value is there. */
struct landing {
    enum escaping escaping;
    bool is_header;
    bool is_url;        /* a header that holds one */
    bool keeps_slashes; /* the value is several segments of a path, */
    bool is_whole;      /* or all of it */
    bool is_value;      /* it takes the place of a whole value of JSON */
    enum value_type type;
};

static const char *json_function(enum value_type type)
{
    switch (type) {
    case VALUE_INTEGER:
    case VALUE_NUMBER:
        return "krt_json_number";
    case VALUE_BOOLEAN:
        return "krt_json_boolean";
    default:
        return "krt_json_string";
    }
}

static const char *filter_function(enum filter filter, enum value_type type)
{
    switch (filter) {
    case FILTER_URL:
        return "krt_escape_url";
    case FILTER_HTML:
        return "krt_escape_markup";
    default:
        return json_function(type);
    }
}

static const char *header_function(const struct landing *landing)
{
    if (!landing->is_url)
        return "krt_escape_header";
    if (landing->is_whole)
        return "krt_escape_path";
    return landing->keeps_slashes ? "krt_escape_rest" : "krt_escape_url";
}

static const char *landing_function(const struct landing *landing)
{
    if (landing->is_header)
        return header_function(landing);
    if (landing->is_value)
        return json_function(landing->type);
    switch (landing->escaping) {
    case ESCAPING_JSON:
    case ESCAPING_JSON_TEXT:
        return "krt_escape_json";
    case ESCAPING_MARKUP:
        return "krt_escape_markup";
    default:
        return "krt_escape_none";
    }
}

/* Whether the place does by itself what the filter does: once is enough. */
static bool is_done_by_place(enum filter filter, const struct landing *landing)
{
    switch (filter) {
    case FILTER_URL:
        return landing->is_url;
    case FILTER_HTML:
        return !landing->is_header && landing->escaping == ESCAPING_MARKUP;
    default:
        return landing->is_value;
    }
}

static void describe_variable(struct renderer *r, const struct operand *operand,
                              struct landing *landing)
{
    struct variable variable = scope_find(r->route, operand->source.text);
    landing->type = operand->is_literal ? operand->type : variable.type;
    if (operand->is_literal)
        return;
    landing->is_whole = variable.kind == VARIABLE_PATH;
    landing->keeps_slashes =
        variable.kind == VARIABLE_PATH_VALUE && variable.parameter->is_catch_all;
}

/* ---- Operations ---- */

/* Adds the text so far and, unless `escape` is NULL, the value of a source behind it.
 */
static void flush(struct renderer *r, size_t source, const char *escape)
{
    struct ops_plan *ops = r->ops;
    if (r->literal.len == 0 && !escape)
        return;
    ops->list = arena_grow(r->arena, ops->list, ops->n, sizeof *ops->list);
    ops->list[ops->n++] = (struct op_plan){buf_str(&r->literal), source, escape};
    buf_init(&r->literal, r->arena);
}

static void add_expression(struct renderer *r, const struct expression *expression,
                           struct landing landing)
{
    size_t n = expression->n_filters;
    bool is_json_last = n > 0 && expression->filters[n - 1] == FILTER_JSON;
    size_t source = add_operands(r, expression);
    describe_variable(r, &expression->operands[0], &landing);
    landing.is_value = !landing.is_header &&
                       (expression->is_value ||
                        (landing.escaping == ESCAPING_JSON_TEXT && is_json_last));
    if (n > 0 && is_done_by_place(expression->filters[n - 1], &landing))
        n--;
    for (size_t i = 0; i < n; i++) {
        source = add_source(
            r, (struct source_plan){
                   .get = "krt_get_filtered",
                   .first = source,
                   .escape = filter_function(expression->filters[i], landing.type)});
        landing.type = VALUE_TEXT;
    }
    flush(r, source, landing_function(&landing));
}

/* Adds a text with its expressions. */
static void add_text(struct renderer *r, struct str text, const struct inserts *inserts,
                     struct landing landing)
{
    size_t at = 0;
    for (size_t i = 0; i < inserts->n; i++) {
        const struct insert *insert = &inserts->list[i];
        buf_put(&r->literal, str_slice(text, at, insert->at));
        add_expression(r, insert->expression, landing);
        at = insert->at;
    }
    buf_put(&r->literal, str_slice(text, at, text.len));
}

/* ---- Responses ---- */

/* RFC 9110 sections 8.7 and 10.2.2. */
static bool is_url(struct str name)
{
    return str_equal_fold(name, STR("Location")) ||
           str_equal_fold(name, STR("Content-Location"));
}

static struct str plan_head(const struct response *response, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "HTTP/1.1 %d %s\r\n", response->status,
               krt_reason(response->status));
    for (size_t i = 0; i < response->n_headers; i++)
        if (response->headers[i].inserts.n == 0)
            representation_put_field(&out, response->headers[i].name.text,
                                     response->headers[i].value.text);
    if (response->media_type.text.len > 0)
        representation_put_field(&out, STR("Content-Type"), response->media_type.text);
    return buf_str(&out);
}

static void plan_fields(struct renderer *r)
{
    const struct response *response = &r->route->response;
    r->ops = &r->rendering->fields;
    for (size_t i = 0; i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        struct landing landing = {.is_header = true,
                                  .is_url = is_url(header->name.text)};
        if (header->inserts.n == 0)
            continue;
        buf_put(&r->literal, header->name.text);
        buf_put(&r->literal, STR(": "));
        add_text(r, header->value.text, &header->inserts, landing);
        buf_put(&r->literal, STR("\r\n"));
    }
    flush(r, 0, NULL);
}

static void plan_body(struct renderer *r)
{
    const struct response *response = &r->route->response;
    r->ops = &r->rendering->body;
    add_text(r, response->body, &response->inserts,
             (struct landing){.escaping = response->escaping});
    flush(r, 0, NULL);
}

static bool has_expressions(const struct response *response)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (response->headers[i].inserts.n > 0)
            return true;
    return response->inserts.n > 0;
}

const struct rendering *rendering_plan(const struct route *route,
                                       struct variables *environment,
                                       struct arena *arena)
{
    if (!has_expressions(&route->response))
        return NULL;
    struct rendering *rendering = arena_alloc(arena, sizeof *rendering);
    struct renderer r = {
        .arena = arena,
        .route = route,
        .environment = environment,
        .rendering = rendering,
        .sources = {.arena = arena},
    };
    buf_init(&r.literal, arena);
    rendering->head = plan_head(&route->response, arena);
    plan_fields(&r);
    plan_body(&r);
    return rendering;
}
