/* The top of a spec and its routes. */
#include "read.h"
#include "fields.h"
#include "method.h"
#include "response.h"
#include "route_template.h"

#include <string.h>

static void read_version(struct reader *r, const struct pair *pair, void *out)
{
    (void)r; /* check_version() was first: another version has other keys */
    (void)pair;
    (void)out;
}

static void read_name(struct reader *r, const struct pair *pair, void *out)
{
    struct spec *spec = out;
    read_text(r, pair, "leave the key out to take the name of the file", &spec->name);
}

static void read_pipe(struct reader *r, const struct pair *pair, void *out)
{
    struct spec *spec = out;
    read_text(r, pair, "write a name such as kestrun.demo.pipe", &spec->pipe);
}

static struct route *add_route(struct reader *r, struct spec *spec)
{
    spec->routes =
        arena_grow(r->arena, spec->routes, spec->n_routes, sizeof *spec->routes);
    return &spec->routes[spec->n_routes++];
}

/* Whether what is behind the methods of a key is a path, perhaps without its '/'. */
static bool is_path_meant(struct str key, size_t methods_end)
{
    return key.at[methods_end] == '/' || (key.at[0] >= 'A' && key.at[0] <= 'Z');
}

/* Splits "GET,POST /path" into its parts; false after an error. */
static bool split_key(struct reader *r, struct located key, size_t *methods_end)
{
    const char *problem = NULL;
    *methods_end = methods_len(key.text);
    bool has_method = key.text.len > 0 && key.text.at[0] != '/';
    if (!has_method)
        problem = "has no method";
    else if (*methods_end == key.text.len || !is_path_meant(key.text, *methods_end))
        problem = "has no path";
    if (!problem)
        return true;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_ROUTE_KEY, key.span, "route '%.*s' %s",
                   STR_ARG(key.text), problem);
    if (has_method)
        diag_hint(r->diag, error, "write a method and a path, as in 'GET /path'");
    else
        diag_hint(r->diag, error, "write 'GET %.*s'",
                  STR_ARG(key.text.len > 0 ? key.text : STR("/path")));
    return false;
}

static void read_pair(struct reader *r, const struct pair *pair, struct spec *spec)
{
    struct located key = scalar_located(pair->key);
    if (!spend(r, key.span, key.text.len))
        return;
    struct route *route = add_route(r, spec);
    route->span = key.span;
    size_t methods_end = 0;
    if (split_key(r, key, &methods_end)) {
        read_methods(r, located_part(key, 0, methods_end), route);
        read_template(r, located_part(key, methods_end, key.text.len),
                      &route->template);
    }
    read_response(r, pair->value, false, &route->response);
}

static void read_method_scalar(struct reader *r, const struct node *node,
                               struct route *route)
{
    if (node->kind != NODE_SCALAR || yaml_scalar_type(node) == SCALAR_NULL) {
        diag_error(r->diag, CHECK_TYPE, node->span, "a method must be a text, not %s",
                   yaml_describe(node));
        return;
    }
    struct located list = scalar_located(node);
    if (!spend(r, list.span, list.text.len))
        return;
    size_t end = methods_len(list.text);
    if (end == list.text.len) {
        read_methods(r, list, route);
        return;
    }
    struct diagnostic *error = diag_error(r->diag, CHECK_METHOD, list.span,
                                          "'%.*s' is not a method", STR_ARG(list.text));
    diag_hint(r->diag, error,
              memchr(list.text.at + end, '/', list.text.len - end)
                  ? "the path has a key of its own, 'path'"
                  : "separate methods with a comma");
}

static void read_method(struct reader *r, const struct node *node, struct route *route)
{
    if (node->kind != NODE_SEQUENCE) {
        read_method_scalar(r, node, route);
        return;
    }
    if (node->n == 0)
        diag_error(r->diag, CHECK_METHOD, node->span, "the list of methods is empty");
    if (!spend(r, node->span, node->n))
        return;
    for (size_t i = 0; i < node->n; i++)
        read_method_scalar(r, node->items[i], route);
}

static void read_item(struct reader *r, const struct node *item, struct spec *spec)
{
    if (item->kind != NODE_MAPPING) {
        diag_error(
            r->diag, CHECK_TYPE, item->span,
            "a route in a list must be a mapping with 'method' and 'path', not %s",
            yaml_describe(item));
        return;
    }
    if (item->n > 0 &&
        memchr(item->pairs[0].key->text.at, '/', item->pairs[0].key->text.len)) {
        struct diagnostic *error = diag_error(
            r->diag, CHECK_ROUTE_KEY, item->pairs[0].key->span,
            "a route in a list has its method and path as keys of their own");
        diag_hint(r->diag, error,
                  "drop the '-' before it, or write 'method:' and 'path:'");
        return;
    }
    struct route *route = add_route(r, spec);
    route->span = item->span;
    const struct pair *method = yaml_find(item, "method");
    const struct pair *path = yaml_find(item, "path");
    if (method)
        read_method(r, method->value, route);
    else
        fail_missing(r, item, "method");
    struct located template = {0};
    if (!path)
        fail_missing(r, item, "path");
    else if (read_text(r, path, "write a path such as /users/{id}", &template) &&
             spend(r, template.span, template.text.len)) {
        route->span = template.span;
        read_template(r, template, &route->template);
    }
    read_response(r, item, true, &route->response);
}

static void read_routes(struct reader *r, const struct pair *pair, void *out)
{
    struct spec *spec = out;
    const struct node *routes = pair->value;
    spec->routes_span = pair->key->span;
    if (routes->kind == NODE_SCALAR && yaml_scalar_type(routes) != SCALAR_NULL) {
        diag_error(r->diag, CHECK_TYPE, routes->span,
                   "'routes' must be a mapping of routes to responses, not %s",
                   yaml_describe(routes));
        return;
    }
    for (size_t i = 0; i < routes->n; i++) {
        if (r->budget == 0)
            return;
        if (routes->kind == NODE_MAPPING)
            read_pair(r, &routes->pairs[i], spec);
        else
            read_item(r, routes->items[i], spec);
    }
}

static const struct field fields[] = {
    {.name = "krgen", .read = read_version},
    {.name = "name", .read = read_name},
    {.name = "pipe", .is_required = true, .read = read_pipe},
    {.name = "routes", .is_required = true, .read = read_routes},
    {.name = "access"},
    {.name = "limits"},
    {.name = "defaults"},
    {.name = "match"},
    {.name = "date"},
    {.name = "workers"},
    {.name = "handlers"},
    {.name = "unmatched"},
    {.name = "states"},
    {.name = "journal"},
    {.name = "include"},
    {.name = NULL},
};

/* False when the spec is of another version, whose other keys mean nothing here. */
static bool check_version(struct reader *r, const struct node *root)
{
    const struct pair *pair = yaml_find(root, "krgen");
    if (!pair) {
        struct diagnostic *missing = fail_missing(r, root, "krgen");
        diag_hint(r->diag, missing, "start with the line 'krgen: 1'");
        return true;
    }
    const struct node *value = pair->value;
    if (value->kind == NODE_SCALAR && yaml_scalar_type(value) == SCALAR_INT &&
        str_equal(value->text, STR("1")))
        return true;
    bool is_number =
        value->kind == NODE_SCALAR && value->is_plain && value->text.len > 0;
    struct diagnostic *error =
        is_number ? diag_error(r->diag, CHECK_VERSION, value->span,
                               "this krgen does not know language version %.*s",
                               STR_ARG(value->text))
                  : diag_error(r->diag, CHECK_VERSION, value->span,
                               "'krgen' must be the number of the language version");
    diag_hint(r->diag, error, "write krgen: 1");
    return false;
}

static void fail_root(struct reader *r, const struct node *root)
{
    struct diagnostic *error = diag_error(
        r->diag, CHECK_TYPE, root->span,
        "a spec must be a mapping of keys to values, not %s", yaml_describe(root));
    if (root->kind == NODE_SCALAR && str_has_prefix(root->text, STR("krgen:")))
        diag_hint(r->diag, error, "put a blank behind the ':'");
    else
        diag_hint(r->diag, error, "start with the line 'krgen: 1'");
}

/* The name of the file without folders and extension. */
static struct str stem_of(const char *path)
{
    size_t start = 0;
    size_t end = strlen(path);
    for (size_t i = 0; i < end; i++)
        if (path[i] == '/' || path[i] == '\\')
            start = i + 1;
    const char *dot = strrchr(path + start, '.');
    if (dot && dot > path + start)
        end = (size_t)(dot - path);
    return (struct str){path + start, end - start};
}

bool read_spec(const struct node *root, struct spec *spec, struct arena *arena,
               struct diag *diag)
{
    struct reader r = {root->span.source, arena, diag, RESPONSES_MAX};
    size_t n_before = diag->n_errors;
    *spec = (struct spec){.source = r.source};
    spec->name = (struct located){stem_of(r.source->path), {r.source, 0, 0}};
    if (root->kind != NODE_MAPPING)
        fail_root(&r, root);
    else if (check_version(&r, root))
        read_fields(&r, root, fields, spec);
    return diag->n_errors == n_before;
}
