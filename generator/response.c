/* One table of the keys of a route and its response. */
#include "response.h"
#include "draft.h"
#include "expectation.h"
#include "expression.h"
#include "files.h"
#include "handler.h"
#include "json.h"
#include "media_type.h"
#include "method.h"
#include "payload.h"
#include "route_query.h"
#include "route_template.h"

#include <string.h>

enum {
    STATUS_MIN = 200, /* 1xx are the server's own */
    STATUS_MAX = 599,
    DELAY_MAX = 24 * 60 * 60 * 1000, /* milliseconds */
    HEADERS_MAX = 1000,              /* of one response; none so many fit into 8 KiB */
};

static const char text_type[] = "text/plain; charset=utf-8";
static const char html_type[] = "text/html; charset=utf-8";
static const char xml_type[] = "application/xml; charset=utf-8";
static const char json_type[] = "application/json";

/* ---- What the keys hold ---- */

static void read_item_method(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    read_method(r, pair->value, draft->route);
}

static void read_path(struct reader *r, const struct pair *pair, void *out)
{
    struct route *route = ((struct draft *)out)->route;
    struct located path = scalar_located(pair->value);
    route->span = path.span;
    if (spend(r, path.span, path.text.len))
        read_template(r, path, &route->template);
}

static void read_route_query(struct reader *r, const struct pair *pair, void *out)
{
    read_query(r, pair, ((struct draft *)out)->route);
}

static void read_status(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    (void)r;
    draft->status_key = pair->key;
    response->status = integer_of(pair->value);
    response->status_span = pair->value->span;
}

static const struct type header_value = {
    .kind = TYPE_TEXT,
    .meaning = "Value of the header; {{...}} are expressions",
    .example = "write '' for an empty value",
    .pattern = "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$",
};

static void read_header(struct reader *r, const struct pair *pair,
                        const struct draft *draft)
{
    struct response *response = &draft->route->response;
    if (!expect_type(r, pair, &header_value))
        return;
    struct header header = {
        .name = scalar_located(pair->key),
        .value = scalar_located(pair->value),
    };
    if (!draft->is_literal)
        header.value.text = expression_read(r, header.value, &header.inserts);
    add_header(r, response, header);
}

static const struct type delay_duration = {
    .kind = TYPE_DURATION,
    .takes_range = true,
    .max = DELAY_MAX,
    .check = CHECK_LIMIT,
};

static void read_delay(struct reader *r, const struct pair *pair, void *out)
{
    struct response *response = &((struct draft *)out)->route->response;
    struct range delay = range_of(pair->value->text, &delay_duration);
    (void)r;
    response->has_delay = true;
    response->delay_min_ms = delay.min;
    response->delay_max_ms = delay.max;
}

static void read_headers(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    const struct node *headers = pair->value;
    if (headers->n > HEADERS_MAX) {
        diag_error(r->diag, CHECK_HEADERS_SIZE, pair->key->span,
                   "a response has at most %d headers", HEADERS_MAX);
        return;
    }
    for (size_t i = 0; i < headers->n; i++)
        read_header(r, &headers->pairs[i], draft);
}

/* Sets the body to a text, of media type `type`. */
static void set_text(struct reader *r, const struct node *node, struct span span,
                     const struct draft *draft, const char *type)
{
    struct response *response = &draft->route->response;
    set_body(r, response, span, node->text);
    set_type(response, type, span);
    if (response->has_body && !draft->is_literal)
        response->body = expression_read(r, scalar_located(node), &response->inserts);
}

static void read_body_text(struct reader *r, const struct pair *pair,
                           const struct draft *draft, const char *type)
{
    if (pair->key == draft->body_key)
        set_text(r, pair->value, pair->key->span, draft, type);
}

static void read_plain(struct reader *r, const struct pair *pair, void *out)
{
    read_body_text(r, pair, out, text_type);
}

static void read_html(struct reader *r, const struct pair *pair, void *out)
{
    read_body_text(r, pair, out, html_type);
}

static void read_xml(struct reader *r, const struct pair *pair, void *out)
{
    read_body_text(r, pair, out, xml_type);
}

static void read_json(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    if (pair->key != draft->body_key || !spend(r, pair->key->span, DRAFT_FIXED_COST))
        return;
    struct buf text;
    buf_init(&text, r->arena);
    response->escaping = ESCAPING_JSON;
    bool is_written = json_write(r, pair->value, &text,
                                 draft->is_literal ? NULL : &response->inserts);
    set_body(r, response, pair->key->span, buf_str(&text));
    if (is_written)
        set_type(response, json_type, pair->key->span);
}

static void read_handler(struct reader *r, const struct pair *pair, void *out)
{
    const struct draft *draft = out;
    if (pair->key == draft->body_key && spend(r, pair->key->span, DRAFT_FIXED_COST))
        read_function(r, pair, &draft->route->response.handler.name);
}

static void read_blocking(struct reader *r, const struct pair *pair, void *out)
{
    const struct draft *draft = out;
    (void)r;
    draft->route->response.handler.is_blocking = boolean_of(pair->value);
}

static void read_streamed(struct reader *r, const struct pair *pair, void *out)
{
    const struct draft *draft = out;
    (void)r;
    draft->route->response.handler.is_streamed = boolean_of(pair->value);
}

/* The body's own type must not come behind it. */
static void read_type(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    (void)r;
    draft->type = pair;
}

/* ---- The keys ---- */

static const struct type body_text = {
    .kind = TYPE_TEXT,
    .example = "write '' for an empty body",
};
static const struct type path_text = {
    .kind = TYPE_TEXT,
    .example = "write a path such as /users/{id}",
    .is_string = true,
    .pattern = "^" TEMPLATE_PATTERN "$",
};
static const struct type status_number = {
    .kind = TYPE_INTEGER,
    .min = STATUS_MIN,
    .max = STATUS_MAX,
    .check = CHECK_STATUS,
};
static const struct type header_map = {
    .kind = TYPE_MAP,
    .description = "a mapping of names to values",
    .pattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
    .max = HEADERS_MAX,
    .element = &header_value,
};
static const struct type json_value = {.kind = TYPE_ANY};
static const struct type media_type = {
    .kind = TYPE_TEXT,
    .example = "write a media type such as text/csv",
    .is_string = true,
    .pattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+([; ].*)?$",
};

static const char *const file_keys[] = {"file", "dir", NULL};

static const struct field item_fields[] = {
    {.name = "method",
     .meaning = "Methods that the route answers: GET, or GET,POST, or a list of them",
     .is_required = true,
     .type = &method_type,
     .read = read_item_method},
    {.name = "path",
     .meaning = "Template of the paths that the route answers, such as /users/{id:int}",
     .is_required = true,
     .type = &path_text,
     .read = read_path},
    {.name = "status",
     .meaning = "Status of the response; 200 without it",
     .type = &status_number,
     .read = read_status},
    {.name = "headers",
     .meaning = "Headers of the response",
     .type = &header_map,
     .read = read_headers},
    {.name = "delay",
     .meaning = "How long the server waits before it sends the response; a range such "
                "as 100ms..300ms for times that vary",
     .type = &delay_duration,
     .read = read_delay},
    {.name = "text",
     .meaning = "Body of the type text/plain; charset=utf-8",
     .is_exclusive = true,
     .type = &body_text,
     .read = read_plain},
    {.name = "html",
     .meaning = "Body of the type text/html; charset=utf-8",
     .is_exclusive = true,
     .type = &body_text,
     .read = read_html},
    {.name = "json",
     .meaning = "Body of the type application/json, written as YAML",
     .is_exclusive = true,
     .type = &json_value,
     .read = read_json},
    {.name = "body",
     .meaning = "Body of the media type that 'type' names",
     .is_exclusive = true,
     .type = &body_text,
     .read = read_plain},
    {.name = "xml",
     .meaning = "Body of the type application/xml; charset=utf-8",
     .is_exclusive = true,
     .type = &body_text,
     .read = read_xml},
    {.name = "base64",
     .meaning = "Body of any bytes, written in base64; application/octet-stream unless "
                "'type' says otherwise",
     .is_exclusive = true,
     .type = &base64_text,
     .read = read_base64},
    {.name = "redirect",
     .meaning = "URL or path that the client is sent to, with status 302 unless "
                "'status' says otherwise",
     .is_exclusive = true,
     .type = &target_text,
     .read = read_redirect},
    {.name = "file",
     .meaning = "Body that a file has when the server is made: its path, from the "
                "folder of the spec on",
     .is_exclusive = true,
     .type = &file_path,
     .read = read_file},
    {.name = "dir",
     .meaning = "Folder whose files the server has, chosen by the route's catch-all: "
                "its path, from the folder of the spec on",
     .is_exclusive = true,
     .type = &folder_path,
     .read = read_dir},
    {.name = "index",
     .meaning = "File that stands for its folder; false for none",
     .fallback = "index.html",
     .needs = (const char *const[]){"dir", NULL},
     .type = &index_type,
     .read = read_index},
    {.name = "cache",
     .meaning = "How long clients may keep it: a duration, or no-store, no-cache or "
                "immutable",
     .needs = file_keys,
     .type = &cache_type,
     .read = read_cache},
    {.name = "etag",
     .meaning = "Whether it has an ETag, and with it conditions and ranges",
     .fallback = "true",
     .needs = file_keys,
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_etag},
    {.name = "gzip",
     .meaning = "Whether it is compressed for clients that ask for that",
     .fallback = "true",
     .needs = file_keys,
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_gzip},
    {.name = "download",
     .meaning = "Whether clients save it instead of showing it, or the name to save a "
                "file under",
     .fallback = "false",
     .needs = file_keys,
     .type = &download_type,
     .read = read_download},
    {.name = "type",
     .meaning = "Media type of the body, such as text/csv",
     .needs = (const char *const[]){"body", "base64", "file", NULL},
     .type = &media_type,
     .read = read_type},
    {.name = "query",
     .meaning =
         "Parameters that the route takes from the query, and their constraints; "
         "a request that fails one is answered with 400",
     .type = &query_type,
     .read = read_route_query},
    {.name = "handler",
     .meaning = "C function that answers, in one of the files that 'handlers' names",
     .is_exclusive = true,
     .type = &handler_name,
     .read = read_handler},
    {.name = "blocking",
     .meaning = "Whether the handler may wait: it then runs on a thread for such "
                "handlers",
     .needs = (const char *const[]){"handler", NULL},
     .fallback = "false",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_blocking},
    {.name = "streamed",
     .meaning = "Whether another function, HANDLER_take, gets the request's body in "
                "pieces, as they come",
     .needs = (const char *const[]){"handler", NULL},
     .fallback = "false",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_streamed},
    {.name = "request"},
    {.name = "cases"},
    {.name = "sequence"},
    {.name = "after"},
    {.name = "expect",
     .meaning = "How many calls of the route a run is to see: a number, or a range "
                "such as 1..3, 2.. or ..4; any other number fails the run",
     .type = &expectation_calls,
     .read = read_expectation},
    {.name = "summary"},
    {.name = "set"},
    {.name = "chunks"},
    {.name = "every"},
    {.name = "sse"},
    {.name = "fault"},
    {.name = "template",
     .meaning = "Whether {{...}} in this response are expressions",
     .fallback = "true",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = pass_over}, /* is_literal() was first */
    {.name = NULL},
};

/* In a mapping of routes the key has said what `method` and `path` say in a list. */
static const struct field *const fields = item_fields + 2;

const struct type item_type = {
    .kind = TYPE_FIELDS,
    .description = "a mapping with 'method' and 'path'",
    .meaning = "A route and its response",
    .fields = item_fields,
};

const struct type response_type = {
    .kind = TYPE_EITHER,
    .meaning = "Response of the route: the text of its body, or its parts",
    .alternatives =
        (const struct type *const[]){
            &body_text,
            &(const struct type){.kind = TYPE_FIELDS, .fields = item_fields + 2},
            NULL,
        },
};

static const struct field default_fields[] = {
    {.name = "headers",
     .meaning = "Headers of all responses that do not set them themselves",
     .type = &header_map,
     .read = read_headers},
    {.name = "delay",
     .meaning = "Delay of all responses that do not set one themselves",
     .type = &delay_duration,
     .read = read_delay},
    {.name = NULL},
};

const struct type defaults_type = {.kind = TYPE_FIELDS, .fields = default_fields};

/* ---- Defaults ---- */

void read_defaults(struct reader *r, const struct pair *pair, struct response *defaults)
{
    struct route route = {.response = *defaults};
    struct draft draft = {.route = &route};
    read_fields(r, pair->value, default_fields, &draft);
    *defaults = route.response;
}

static bool has_header(const struct response *response, struct str name)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (!response->headers[i].is_default &&
            str_equal_fold(response->headers[i].name.text, name))
            return true;
    return false;
}

void apply_defaults(struct reader *r, const struct response *defaults,
                    struct response *response)
{
    for (size_t i = 0; i < defaults->n_headers; i++) {
        struct header header = defaults->headers[i];
        header.is_default = true;
        if (!has_header(response, header.name.text))
            add_header(r, response, header);
    }
    if (response->has_delay)
        return;
    response->delay_min_ms = defaults->delay_min_ms;
    response->delay_max_ms = defaults->delay_max_ms;
}

/* ---- The response as a whole ---- */

/* Finds the key of the body, and reports those that name another one. */
static void find_body(struct reader *r, const struct node *node, struct draft *draft)
{
    for (size_t i = 0; i < node->n; i++) {
        const struct node *key = node->pairs[i].key;
        const struct field *field = find_field(fields, key->text);
        if (!field || !field->is_exclusive)
            continue;
        if (!draft->body_key) {
            draft->body_key = key;
            continue;
        }
        struct diagnostic *error = diag_error(
            r->diag, CHECK_BODY_CONFLICT, key->span,
            "a response has one body; '%.*s' is a second one", STR_ARG(key->text));
        diag_note(r->diag, error, draft->body_key->span, "the first body is here");
    }
}

static const struct header *find_content_type(const struct response *response)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (str_equal_fold(response->headers[i].name.text, STR("Content-Type")))
            return &response->headers[i];
    return NULL;
}

/* Whether one of `keys` is there, perhaps misspelt. */
static bool has_any(const struct node *node, const char *const *keys)
{
    for (; *keys; keys++)
        if (yaml_find(node, *keys) || is_misspelt(node, fields, *keys))
            return true;
    return false;
}

static void fail_needs(struct reader *r, const struct node *node,
                       const struct node *key, const char *const *needs)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_MISSING_KEY, key->span, "'%.*s' goes with %s",
                   STR_ARG(key->text), list_words(r, needs));
    if (str_equal(key->text, STR("type")) && yaml_find(node, "text"))
        diag_hint(r->diag, error, "write 'body' instead of 'text'");
}

/* Reports the keys that say nothing without another. */
static void check_needs(struct reader *r, const struct node *node)
{
    for (size_t i = 0; i < node->n; i++) {
        const struct node *key = node->pairs[i].key;
        const struct field *field = find_field(fields, key->text);
        if (field && field->read && field->needs && !has_any(node, field->needs))
            fail_needs(r, node, key, field->needs);
    }
}

/* Settles which of `type`, a header and the body's own default names the media type. */
static void settle_type(struct reader *r, const struct draft *draft)
{
    struct response *response = &draft->route->response;
    const struct header *header = find_content_type(response);
    if (draft->type && header) {
        struct diagnostic *error = diag_error(
            r->diag, CHECK_DUPLICATE_HEADER, header->name.span,
            "'%.*s' is what 'type' sets already", STR_ARG(header->name.text));
        diag_note(r->diag, error, draft->type->key->span, "'type' is here");
    } else if (draft->type) {
        response->media_type = scalar_located(draft->type->value);
    } else if (header) {
        response->media_type = (struct located){0};
    }
}

/* How values are escaped in a body that is not made of YAML. */
static void settle_escaping(struct response *response)
{
    const struct header *header = find_content_type(response);
    struct str type = header ? header->value.text : response->media_type.text;
    if (response->escaping == ESCAPING_JSON)
        return;
    if (media_type_is_markup(type))
        response->escaping = ESCAPING_MARKUP;
    else if (media_type_is_json(type))
        response->escaping = ESCAPING_JSON_TEXT;
}

/* Reports keys beside a handler that would say nothing. */
static void check_handler(struct reader *r, const struct node *node)
{
    static const char *const own[] = {"status", "headers"};
    const struct pair *handler = yaml_find(node, "handler");
    for (size_t i = 0; i < sizeof own / sizeof *own && handler; i++) {
        const struct pair *pair = yaml_find(node, own[i]);
        if (!pair)
            continue;
        struct diagnostic *error =
            diag_error(r->diag, CHECK_HANDLER_RESPONSE, pair->key->span,
                       "'%s' is for the handler to set", own[i]);
        diag_note(r->diag, error, handler->key->span, "the handler is here");
    }
}

/* Other keys may come before the one that says so. */
static bool is_literal(const struct node *node)
{
    const struct pair *pair = yaml_find(node, "template");
    return pair && pair->value->kind == NODE_SCALAR &&
           yaml_scalar_type(pair->value) == SCALAR_BOOL && !boolean_of(pair->value);
}

static void read_scalar(struct reader *r, const struct node *node,
                        const struct draft *draft)
{
    if (yaml_scalar_type(node) == SCALAR_NULL) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_TYPE, node->span, "the route has no response");
        diag_hint(r->diag, error, "write '' for an empty body, or { status: 204 }");
        return;
    }
    set_text(r, node, node->span, draft, text_type);
}

void read_response(struct reader *r, const struct node *node, bool is_item,
                   struct route *route)
{
    struct response *response = &route->response;
    struct draft draft = {.route = route};
    response->status = 200;
    response->status_span = node->span;
    if (!spend(r, node->span, DRAFT_FIXED_COST * (node->n + 1)))
        return;
    if (node->kind == NODE_SCALAR) {
        read_scalar(r, node, &draft);
        return;
    }
    if (node->kind == NODE_SEQUENCE) {
        diag_error(r->diag, CHECK_TYPE, node->span,
                   "a response must be a text or a mapping, not %s",
                   yaml_describe(node));
        return;
    }
    find_body(r, node, &draft);
    draft.is_literal = is_literal(node);
    read_fields(r, node, is_item ? item_fields : fields, &draft);
    check_needs(r, node);
    settle_type(r, &draft);
    settle_redirect(r, &draft);
    settle_files(r, &draft);
    settle_escaping(response);
    check_handler(r, node);
}
