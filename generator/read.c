/* The top of a spec and its routes. */
#include "read.h"
#include "audience.h"
#include "expectation.h"
#include "fields.h"
#include "handler.h"
#include "journal.h"
#include "limit.h"
#include "method.h"
#include "response.h"
#include "route_template.h"
#include "trap.h"

#include <string.h>

enum { LANGUAGE_VERSION = 1, WORKERS_MAX = 64 };

static void read_name(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct spec *)out)->name = scalar_located(pair->value);
}

static void read_pipe(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct spec *)out)->pipe = scalar_located(pair->value);
}

/* ---- Who is served, and by how many ---- */

static void read_who(struct reader *r, const struct pair *pair, void *out)
{
    read_access(r, pair, &((struct spec *)out)->access);
}

static const struct type workers_number = {
    .kind = TYPE_INTEGER,
    .description = "auto or a number",
    .min = 1,
    .max = WORKERS_MAX,
    .check = CHECK_LIMIT,
};
static const struct type workers_type = {
    .kind = TYPE_EITHER,
    .alternatives =
        (const struct type *const[]){
            &(const struct type){.kind = TYPE_WORD,
                                 .words = (const char *const[]){"auto", NULL}},
            &workers_number,
            NULL,
        },
};

static void read_workers(struct reader *r, const struct pair *pair, void *out)
{
    const struct node *value = pair->value;
    if (value->kind == NODE_SCALAR && str_equal(value->text, STR("auto")))
        return;
    if (expect_type(r, pair, &workers_number))
        ((struct spec *)out)->workers = integer_of(value);
}

static void read_functions(struct reader *r, const struct pair *pair, void *out)
{
    read_handlers(r, pair, &((struct spec *)out)->handlers);
}

/* ---- How paths are matched ---- */

static const char *const trailing_slashes[] = {
    [TRAILING_SLASH_STRICT] = "strict",
    [TRAILING_SLASH_IGNORE] = "ignore",
    [TRAILING_SLASH_REDIRECT] = "redirect",
    NULL,
};

static void read_ignore_case(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct matching *)out)->ignore_case = boolean_of(pair->value);
}

static void read_trailing_slash(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct matching *)out)->trailing_slash =
        (enum trailing_slash)word_of(pair->value, trailing_slashes);
}

static const struct field match_fields[] = {
    {.name = "ignore-case",
     .meaning = "Whether the ASCII letters of a path match in either case",
     .fallback = "false",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_ignore_case},
    {.name = "trailing-slash",
     .meaning = "Paths that differ from a route in a '/' at the end: strict finds no "
                "route, ignore passes over the '/', redirect answers 308 with the "
                "route's form",
     .fallback = "strict",
     .type = &(const struct type){.kind = TYPE_WORD, .words = trailing_slashes},
     .read = read_trailing_slash},
    {.name = NULL},
};

static void read_match(struct reader *r, const struct pair *pair, void *out)
{
    read_fields(r, pair->value, match_fields, &((struct spec *)out)->matching);
}

/* ---- What all responses and requests have in common ---- */

static void read_all_limits(struct reader *r, const struct pair *pair, void *out)
{
    read_limits(r, pair, ((struct spec *)out)->limits);
}

static void read_what_is_kept(struct reader *r, const struct pair *pair, void *out)
{
    read_journal(r, pair, &((struct spec *)out)->journal);
}

static void read_date(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct spec *)out)->has_date = boolean_of(pair->value);
}

static void read_all_defaults(struct reader *r, const struct pair *pair, void *out)
{
    read_defaults(r, pair, &((struct spec *)out)->defaults);
}

/* ---- Routes ---- */

/* Adds the route that errors are about from now on. */
static struct route *add_route(struct reader *r, struct spec *spec, struct span span)
{
    r->diag->subject = DIAG_ROUTE(spec->n_routes);
    spec->routes =
        arena_grow(r->arena, spec->routes, spec->n_routes, sizeof *spec->routes);
    struct route *route = &spec->routes[spec->n_routes++];
    *route = (struct route){
        .span = span,
        .response = {.status = 200, .status_span = span},
    };
    return route;
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

static void read_key(struct reader *r, struct located key, struct route *route)
{
    size_t methods_end = 0;
    if (split_key(r, key, &methods_end))
        read_methods(r, located_part(key, 0, methods_end), route);
    else if (key.text.len == 0 || key.text.at[0] != '/')
        return;
    else
        methods_end = 0;
    read_template(r, located_part(key, methods_end, key.text.len), &route->template);
}

static void read_pair(struct reader *r, const struct pair *pair, struct spec *spec)
{
    struct located key = scalar_located(pair->key);
    struct route *route = add_route(r, spec, key.span);
    if (!spend(r, key.span, key.text.len))
        return;
    read_key(r, key, route);
    read_response(r, pair->value, false, route);
}

/* Whether `item` starts with a route's key, as in a mapping of routes. */
static bool has_route_key(const struct node *item)
{
    if (item->n == 0)
        return false;
    struct str key = item->pairs[0].key->text;
    return memchr(key.at, '/', key.len);
}

static void read_item(struct reader *r, const struct node *item, struct spec *spec)
{
    struct route *route = add_route(r, spec, item->span);
    if (item->kind != NODE_MAPPING) {
        diag_error(r->diag, CHECK_TYPE, item->span,
                   "a route in a list must be %s, not %s", item_type.description,
                   yaml_describe(item));
    } else if (has_route_key(item)) {
        struct diagnostic *error = diag_error(
            r->diag, CHECK_ROUTE_KEY, item->pairs[0].key->span,
            "a route in a list has its method and path as keys of their own");
        diag_hint(r->diag, error,
                  "drop the '-' before it, or write 'method:' and 'path:'");
    } else {
        read_response(r, item, true, route);
    }
}

/* Reports a key that is no route but the rest of the response before it. */
static bool report_rest(struct reader *r, const struct node *routes,
                        const struct pair *pair)
{
    struct str key = pair->key->text;
    return !memchr(key.at, '/', key.len) && trap_report_rest(routes, pair, r->diag);
}

static void read_routes(struct reader *r, const struct pair *pair, void *out)
{
    struct spec *spec = out;
    const struct node *routes = pair->value;
    if (routes->kind == NODE_SCALAR && yaml_scalar_type(routes) != SCALAR_NULL) {
        diag_error(r->diag, CHECK_TYPE, routes->span,
                   "'routes' must be a mapping of routes to responses, not %s",
                   yaml_describe(routes));
        return;
    }
    spec->routes_span = pair->key->span;
    for (size_t i = 0; i < routes->n && r->budget > 0; i++) {
        if (routes->kind != NODE_MAPPING)
            read_item(r, routes->items[i], spec);
        else if (!report_rest(r, routes, &routes->pairs[i]))
            read_pair(r, &routes->pairs[i], spec);
    }
    r->diag->subject = DIAG_SPEC;
}

/* ---- Unmatched ---- */

enum { UNMATCHED_STATUS = 404 };

static bool has_status(const struct node *response)
{
    return response->kind == NODE_MAPPING && yaml_find(response, "status");
}

/* What only a route can have. */
static void refuse_route_keys(struct reader *r, const struct node *response)
{
    static const char *const keys[] = {"handler", "query"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct pair *pair =
            response->kind == NODE_MAPPING ? yaml_find(response, keys[i]) : NULL;
        if (pair)
            diag_error(r->diag, CHECK_UNSUPPORTED, pair->key->span,
                       "'%s' of 'unmatched' is not supported yet", keys[i]);
    }
    refuse_expectation(r, response);
}

static void read_unmatched(struct reader *r, const struct pair *pair, void *out)
{
    struct route *route = arena_alloc(r->arena, sizeof *route);
    route->span = pair->key->span;
    read_response(r, pair->value, false, route);
    if (route->response.status == 200 && !has_status(pair->value))
        route->response.status = UNMATCHED_STATUS;
    refuse_route_keys(r, pair->value);
    ((struct spec *)out)->unmatched = route;
}

/* ---- The spec ---- */

static const struct type version_number = {
    .kind = TYPE_INTEGER,
    .example = "start with the line 'krgen: 1'",
    .min = LANGUAGE_VERSION,
    .max = LANGUAGE_VERSION,
    .check = CHECK_VERSION,
};
static const struct type name_text = {
    .kind = TYPE_TEXT,
    .example = "leave the key out to take the name of the file",
    .pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
};
static const struct type pipe_text = {
    .kind = TYPE_TEXT,
    .example = "write a name such as kestrun.demo.pipe",
    .pattern = "^(?!anonymous$)[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9_-])?$",
};
static const struct type routes_type = {
    .kind = TYPE_EITHER,
    .alternatives =
        (const struct type *const[]){
            &(const struct type){.kind = TYPE_MAP,
                                 .pattern =
                                     "^" METHODS_PATTERN "[ \\t]+" TEMPLATE_PATTERN "$",
                                 .min = 1,
                                 .element = &response_type},
            &(const struct type){.kind = TYPE_LIST, .min = 1, .element = &item_type},
            NULL,
        },
};

static const struct field fields[] = {
    {.name = "krgen",
     .meaning = "Version of the spec language",
     .is_required = true,
     .type = &version_number,
     .read = pass_over}, /* check_version() was first */
    {.name = "name",
     .meaning = "Name of the executable; without it that of the spec's file",
     .type = &name_text,
     .read = read_name},
    {.name = "pipe",
     .meaning = "Short name of the pipe, without a prefix",
     .is_required = true,
     .type = &pipe_text,
     .read = read_pipe},
    {.name = "access",
     .meaning = "Who may connect: the user who runs the server, administrators as "
                "well, all users of this machine, or whom a mapping names",
     .fallback = "user",
     .type = &access_type,
     .read = read_who},
    {.name = "workers",
     .meaning = "Threads that serve; auto: half of the processors",
     .fallback = "auto",
     .type = &workers_type,
     .read = read_workers},
    {.name = "match",
     .meaning = "How exactly paths are matched",
     .type = &(const struct type){.kind = TYPE_FIELDS, .fields = match_fields},
     .read = read_match},
    {.name = "limits",
     .meaning = "How much clients may send, how long they may take, how many they are",
     .type = &limits_type,
     .read = read_all_limits},
    {.name = "journal",
     .meaning =
         "What a run keeps of its requests, for --journal, --strict and 'expect'",
     .type = &journal_type,
     .read = read_what_is_kept},
    {.name = "date",
     .meaning = "Whether responses carry the field Date",
     .fallback = "true",
     .type = &(const struct type){.kind = TYPE_BOOLEAN},
     .read = read_date},
    {.name = "defaults",
     .meaning = "What all responses of the spec have unless they say otherwise",
     .type = &defaults_type,
     .read = read_all_defaults},
    {.name = "handlers",
     .meaning = "C or C++ files of yours with the functions that routes name as their "
                "'handler'",
     .type = &handlers_type,
     .read = read_functions},
    {.name = "unmatched",
     .meaning = "Response to paths that no route has; its status is 404 unless it says "
                "otherwise",
     .type = &response_type,
     .read = read_unmatched},
    {.name = "routes",
     .meaning =
         "The routes, in any order: METHOD /template and the response, or a list",
     .is_required = true,
     .type = &routes_type,
     .read = read_routes},
    {.name = "states"},
    {.name = "include"},
    {.name = NULL},
};

const struct type spec_type = {
    .kind = TYPE_FIELDS,
    .meaning = "A pipe and the HTTP routes that a server answers on it",
    .fields = fields,
};

/* False when the spec is of another version, whose other keys mean nothing here. */
static bool check_version(struct reader *r, const struct node *root)
{
    const struct pair *pair = yaml_find(root, "krgen");
    if (!pair)
        return true;
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

/* Where the spec names its program itself, even wrongly, the file's name is no fault.
 */
static void set_default_name(struct spec *spec, const struct node *root)
{
    if (!yaml_find(root, "name") && !is_misspelt(root, fields, "name"))
        spec->name =
            (struct located){stem_of(spec->source->path), {spec->source, 0, 0}};
}

bool read_spec(const struct node *root, struct spec *spec, struct arena *arena,
               struct diag *diag)
{
    struct reader r = {root->span.source, arena, diag, RESPONSES_MAX, {0}};
    size_t n_before = diag->n_errors;
    *spec = (struct spec){.source = r.source, .has_date = true};
    limits_init(spec->limits);
    journal_init(&spec->journal);
    disk_init(&r.disk, spec->source->path, arena);
    if (root->kind != NODE_MAPPING) {
        fail_root(&r, root);
    } else if (check_version(&r, root)) {
        set_default_name(spec, root);
        spec->handlers.is_given =
            yaml_find(root, "handlers") || is_misspelt(root, fields, "handlers");
        read_fields(&r, root, fields, spec);
        for (size_t i = 0; i < spec->n_routes; i++)
            apply_defaults(&r, &spec->defaults, &spec->routes[i].response);
        if (spec->unmatched)
            apply_defaults(&r, &spec->defaults, &spec->unmatched->response);
    }
    spec->paths = r.disk.paths;
    spec->n_paths = r.disk.n_paths;
    return diag->n_errors == n_before;
}
