/* One table of the keys of a route and its response. */
#include "response.h"
#include "handler.h"
#include "json.h"
#include "method.h"
#include "route_template.h"

enum {
    STATUS_MIN = 200, /* 1xx are the server's own */
    STATUS_MAX = 599,
    HEADERS_MAX = 1000, /* of one response; none so many fit into 8 KiB */
    FIXED_COST = 128,   /* what a response or header takes from the budget */
};

/* A route while its keys are read. */
struct draft {
    struct route *route;
    const struct node *body_key; /* the first that names a body */
    const struct pair *type;
};

static const char text_type[] = "text/plain; charset=utf-8";
static const char html_type[] = "text/html; charset=utf-8";
static const char json_type[] = "application/json";

static void set_body(struct reader *r, struct response *response, struct span span,
                     struct str body)
{
    if (!spend(r, span, body.len))
        return;
    response->has_body = true;
    response->body_span = span;
    response->body = body;
}

static void set_type(struct response *response, const char *type, struct span span)
{
    response->media_type = (struct located){str_from(type), span};
}

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

static void read_status(struct reader *r, const struct pair *pair, void *out)
{
    struct response *response = &((struct draft *)out)->route->response;
    (void)r;
    response->status = integer_of(pair->value);
    response->status_span = pair->value->span;
}

static const struct type header_value = {
    .kind = TYPE_TEXT,
    .meaning = "Value of the header, taken as written",
    .example = "write '' for an empty value",
    .pattern = "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$",
};

static void read_header(struct reader *r, const struct pair *pair,
                        struct response *response)
{
    if (!expect_type(r, pair, &header_value))
        return;
    struct header header = {scalar_located(pair->key), scalar_located(pair->value)};
    if (!spend(r, pair->key->span,
               FIXED_COST + header.name.text.len + header.value.text.len))
        return;
    refuse_expressions(r, header.value);
    response->headers = arena_grow(r->arena, response->headers, response->n_headers,
                                   sizeof *response->headers);
    response->headers[response->n_headers++] = header;
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
        read_header(r, &headers->pairs[i], &draft->route->response);
}

/* Reads a body that is a text, of media type `type`. */
static void read_body_text(struct reader *r, const struct pair *pair,
                           const struct draft *draft, const char *type)
{
    struct response *response = &draft->route->response;
    if (pair->key != draft->body_key)
        return;
    set_body(r, response, pair->key->span, pair->value->text);
    set_type(response, type, pair->key->span);
    if (response->has_body)
        refuse_expressions(r, scalar_located(pair->value));
}

static void read_plain(struct reader *r, const struct pair *pair, void *out)
{
    read_body_text(r, pair, out, text_type);
}

static void read_html(struct reader *r, const struct pair *pair, void *out)
{
    read_body_text(r, pair, out, html_type);
}

static void read_json(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    if (pair->key != draft->body_key || !spend(r, pair->key->span, FIXED_COST))
        return;
    struct buf text;
    buf_init(&text, r->arena);
    bool is_written = json_write(r, pair->value, &text);
    set_body(r, response, pair->key->span, buf_str(&text));
    if (is_written)
        set_type(response, json_type, pair->key->span);
}

static void read_handler(struct reader *r, const struct pair *pair, void *out)
{
    const struct draft *draft = out;
    if (pair->key == draft->body_key && spend(r, pair->key->span, FIXED_COST))
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
     .meaning = "Headers of the response; their values are taken as written",
     .type = &header_map,
     .read = read_headers},
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
    {.name = "type",
     .meaning = "Media type of 'body', such as text/csv",
     .needs = "body",
     .type = &media_type,
     .read = read_type},
    {.name = "handler",
     .meaning = "C function that answers, in one of the files that 'handlers' names",
     .is_exclusive = true,
     .type = &handler_name,
     .read = read_handler},
    {.name = "blocking",
     .meaning = "Whether the handler may wait: it then runs on a thread for such "
                "handlers",
     .needs = "handler",
     .fallback = "false",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_blocking},
    {.name = "streamed",
     .meaning = "Whether another function, HANDLER_take, gets the request's body in "
                "pieces, as they come",
     .needs = "handler",
     .fallback = "false",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_streamed},
    {.name = "query"},
    {.name = "request"},
    {.name = "cases"},
    {.name = "sequence"},
    {.name = "after"},
    {.name = "expect"},
    {.name = "summary"},
    {.name = "delay"},
    {.name = "set"},
    {.name = "xml"},
    {.name = "base64"},
    {.name = "file"},
    {.name = "dir"},
    {.name = "redirect"},
    {.name = "chunks"},
    {.name = "every"},
    {.name = "sse"},
    {.name = "fault"},
    {.name = "template"},
    {.name = "index"},
    {.name = "cache"},
    {.name = "gzip"},
    {.name = "etag"},
    {.name = "download"},
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

static void fail_type(struct reader *r, const struct node *node,
                      const struct node *type)
{
    if (is_misspelt(node, fields, "body"))
        return;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_MISSING_KEY, type->span,
                   "'type' says what a 'body' is, and there is none");
    if (yaml_find(node, "text"))
        diag_hint(r->diag, error, "write 'body' instead of 'text'");
}

/* Settles which of `type`, a header and the body's own default names the media type. */
static void settle_type(struct reader *r, const struct node *node,
                        const struct draft *draft)
{
    struct response *response = &draft->route->response;
    const struct header *header = find_content_type(response);
    if (draft->type && !yaml_find(node, "body")) {
        fail_type(r, node, draft->type->key);
    } else if (draft->type && header) {
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

/* Reports keys beside a handler that would say nothing, and those of a handler without
 * one. */
static void check_handler(struct reader *r, const struct node *node)
{
    static const char *const own[] = {"status", "headers"};
    static const char *const marks[] = {"blocking", "streamed"};
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
    if (handler || is_misspelt(node, fields, "handler"))
        return;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const struct pair *pair = yaml_find(node, marks[i]);
        if (pair)
            diag_error(r->diag, CHECK_MISSING_KEY, pair->key->span,
                       "'%s' says how a 'handler' works, and there is none", marks[i]);
    }
}

static void read_scalar(struct reader *r, const struct node *node,
                        struct response *response)
{
    if (yaml_scalar_type(node) == SCALAR_NULL) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_TYPE, node->span, "the route has no response");
        diag_hint(r->diag, error, "write '' for an empty body, or { status: 204 }");
        return;
    }
    set_body(r, response, node->span, node->text);
    set_type(response, text_type, node->span);
    if (response->has_body)
        refuse_expressions(r, scalar_located(node));
}

void read_response(struct reader *r, const struct node *node, bool is_item,
                   struct route *route)
{
    struct response *response = &route->response;
    struct draft draft = {.route = route};
    response->status = 200;
    response->status_span = node->span;
    if (!spend(r, node->span, FIXED_COST * (node->n + 1)))
        return;
    if (node->kind == NODE_SCALAR) {
        read_scalar(r, node, response);
        return;
    }
    if (node->kind == NODE_SEQUENCE) {
        diag_error(r->diag, CHECK_TYPE, node->span,
                   "a response must be a text or a mapping, not %s",
                   yaml_describe(node));
        return;
    }
    find_body(r, node, &draft);
    read_fields(r, node, is_item ? item_fields : fields, &draft);
    settle_type(r, node, &draft);
    check_handler(r, node);
}
