/* One table of the keys of a route and its response. */
#include "response.h"
#include "json.h"

#include <string.h>

enum {
    STATUS_MIN = 200, /* 1xx are the server's own */
    STATUS_MAX = 599,
    HEADERS_MAX = 1000, /* of one response; none so many fit into 8 KiB */
    FIXED_COST = 128,   /* what a response or header takes from the budget */
};

/* A response while it is read. */
struct draft {
    struct response *response;
    const struct node *body_key;
    const struct node *type_key;
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

/* Claims the one body of a response for `key`. */
static bool claim_body(struct reader *r, struct draft *draft, const struct node *key)
{
    if (!draft->body_key) {
        draft->body_key = key;
        return true;
    }
    struct diagnostic *error = diag_error(
        r->diag, CHECK_BODY_CONFLICT, key->span,
        "a response has one body; '%.*s' is a second one", STR_ARG(key->text));
    diag_note(r->diag, error, draft->body_key->span, "the first body is here");
    return false;
}

/* Reads a body that is a text; false after an error. */
static bool read_body_text(struct reader *r, const struct pair *pair,
                           struct draft *draft)
{
    struct located text;
    if (!claim_body(r, draft, pair->key) ||
        !read_text(r, pair, "write '' for an empty body", &text))
        return false;
    set_body(r, draft->response, pair->key->span, text.text);
    if (draft->response->has_body)
        refuse_expressions(r, text);
    return true;
}

static void read_plain(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    if (read_body_text(r, pair, draft))
        set_type(draft->response, text_type, pair->key->span);
}

static void read_html(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    if (read_body_text(r, pair, draft))
        set_type(draft->response, html_type, pair->key->span);
}

/* A type of its own may stand before the body. */
static void read_body(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    if (read_body_text(r, pair, draft) && !draft->type_key)
        set_type(draft->response, text_type, pair->key->span);
}

static void read_type(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    draft->type_key = pair->key;
    struct located type;
    if (read_text(r, pair, "write a media type such as text/csv", &type))
        draft->response->media_type = type;
}

static void read_json(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    if (!claim_body(r, draft, pair->key) || !spend(r, pair->key->span, FIXED_COST))
        return;
    struct buf text;
    buf_init(&text, r->arena);
    bool is_written = json_write(r, pair->value, &text);
    set_body(r, draft->response, pair->key->span, buf_str(&text));
    if (is_written)
        set_type(draft->response, json_type, pair->key->span);
}

static void read_status(struct reader *r, const struct pair *pair, void *out)
{
    struct response *response = ((struct draft *)out)->response;
    const struct node *value = pair->value;
    response->status_span = value->span;
    if (value->kind != NODE_SCALAR || yaml_scalar_type(value) != SCALAR_INT) {
        diag_error(r->diag, CHECK_TYPE, value->span,
                   "'status' must be a number, not %s", yaml_describe(value));
        return;
    }
    int status = 0;
    for (size_t i = 0; i < value->text.len && status <= STATUS_MAX; i++) {
        char c = value->text.at[i];
        status = c >= '0' && c <= '9' ? 10 * status + (c - '0') : STATUS_MAX + 1;
    }
    if (status < STATUS_MIN || status > STATUS_MAX || value->text.len != 3)
        diag_error(r->diag, CHECK_STATUS, value->span,
                   "status %.*s is not a number from %d to %d", STR_ARG(value->text),
                   STATUS_MIN, STATUS_MAX);
    response->status = status;
}

static void read_header(struct reader *r, const struct pair *pair,
                        struct response *response)
{
    struct header header = {.name = scalar_located(pair->key)};
    if (!read_text(r, pair, "write '' for an empty value", &header.value) ||
        !spend(r, pair->key->span,
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
    if (headers->kind != NODE_MAPPING) {
        diag_error(r->diag, CHECK_TYPE, headers->span,
                   "'headers' must be a mapping of names to values, not %s",
                   yaml_describe(headers));
        return;
    }
    if (headers->n > HEADERS_MAX) {
        diag_error(r->diag, CHECK_HEADERS_SIZE, pair->key->span,
                   "a response has at most %d headers", HEADERS_MAX);
        return;
    }
    for (size_t i = 0; i < headers->n; i++)
        read_header(r, &headers->pairs[i], draft->response);
}

/* read.c has read `method` and `path`. */
static void pass_over(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    (void)pair;
    (void)out;
}

static const struct field item_fields[] = {
    {.name = "method", .read = pass_over},
    {.name = "path", .read = pass_over},
    {.name = "status", .read = read_status},
    {.name = "headers", .read = read_headers},
    {.name = "text", .read = read_plain},
    {.name = "html", .read = read_html},
    {.name = "json", .read = read_json},
    {.name = "body", .read = read_body},
    {.name = "type", .read = read_type},
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
    {.name = "handler"},
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

static const struct header *find_content_type(const struct response *response)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (str_equal_fold(response->headers[i].name.text, STR("Content-Type")))
            return &response->headers[i];
    return NULL;
}

/* Settles which of `type`, a header and the body's own default names the media type. */
static void settle_type(struct reader *r, const struct node *node,
                        const struct draft *draft)
{
    struct response *response = draft->response;
    const struct header *header = find_content_type(response);
    if (draft->type_key && !yaml_find(node, "body")) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_MISSING_KEY, draft->type_key->span,
                       "'type' says what a 'body' is, and there is none");
        if (yaml_find(node, "text"))
            diag_hint(r->diag, error, "write 'body' instead of 'text'");

    } else if (draft->type_key && header) {
        struct diagnostic *error = diag_error(
            r->diag, CHECK_DUPLICATE_HEADER, header->name.span,
            "'%.*s' is what 'type' sets already", STR_ARG(header->name.text));
        diag_note(r->diag, error, draft->type_key->span, "'type' is here");
    } else if (header) {
        response->media_type = (struct located){0};
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
                   struct response *response)
{
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
    struct draft draft = {.response = response};
    read_fields(r, node, is_item ? item_fields : fields, &draft);
    settle_type(r, node, &draft);
}
