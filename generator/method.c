/* Which methods exist decides what a slip of the pen is: GTE is, LINT is not. */
#include "method.h"
#include "ascii.h"
#include "suggest.h"

#include <stdbool.h>
#include <string.h>

static const char *const standard_methods[] = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", NULL};

static const char *const other_methods[] = {"ACL",         "BASELINE-CONTROL",
                                            "BIND",        "CHECKIN",
                                            "CHECKOUT",    "COPY",
                                            "LABEL",       "LINK",
                                            "LIST",        "LOCK",
                                            "MERGE",       "MKACTIVITY",
                                            "MKCALENDAR",  "MKCOL",
                                            "MKWORKSPACE", "MOVE",
                                            "ORDERPATCH",  "PROPFIND",
                                            "PROPPATCH",   "PURGE",
                                            "QUERY",       "REBIND",
                                            "REPORT",      "SEARCH",
                                            "UNBIND",      "UNCHECKOUT",
                                            "UNLINK",      "UNLOCK",
                                            "UPDATE",      "VERSION-CONTROL",
                                            NULL};

static bool is_in(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_equal_fold(name, str_from(*names)))
            return true;
    return false;
}

static size_t skip_blanks(struct str text, size_t at)
{
    while (at < text.len && is_blank(text.at[at]))
        at++;
    return at;
}

static size_t skip_name(struct str text, size_t at)
{
    while (at < text.len && !is_blank(text.at[at]) && text.at[at] != ',')
        at++;
    return at;
}

size_t methods_len(struct str text)
{
    size_t at = 0;
    for (;;) {
        at = skip_blanks(text, skip_name(text, at));
        if (at == text.len || text.at[at] != ',')
            return at;
        at = skip_blanks(text, at + 1);
    }
}

static bool is_method_char(char c)
{
    return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '-';
}

static void fail_character(struct reader *r, struct located method, size_t at)
{
    struct located c = located_part(method, at, at + 1);
    struct diagnostic *error =
        diag_error(r->diag, CHECK_METHOD, c.span,
                   "method '%.*s' may hold only capital letters, digits and '-'",
                   STR_ARG(method.text));
    if (*c.text.at == '|' || *c.text.at == '/' || *c.text.at == '+')
        diag_hint(r->diag, error, "separate methods with a comma");
}

static void fail_case(struct reader *r, struct located method)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_METHOD, method.span,
                   "method '%.*s' is not in capital letters", STR_ARG(method.text));
    const char *const *tables[] = {standard_methods, other_methods};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const char *const *name = tables[i]; *name; name++)
            if (str_equal_fold(method.text, str_from(*name)))
                diag_hint(r->diag, error, "did you mean '%s'?", *name);
}

static const char *find_misspelt(struct str method)
{
    struct suggestion suggestion = {.word = method};
    for (const char *const *name = standard_methods; *name; name++)
        suggest_offer(&suggestion, *name);
    return suggest_result(&suggestion);
}

/* Whether `method` is a method that a route may have; if not, says why. */
static bool check_method(struct reader *r, struct located method)
{
    struct str text = method.text;
    bool has_lower = false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_method_char(text.at[i])) {
            fail_character(r, method, i);
            return false;
        }
        has_lower = has_lower || is_lower(text.at[i]);
    }
    if (text.len == 0) {
        diag_error(r->diag, CHECK_METHOD, method.span, "a method is missing here");
        return false;
    }
    if (!is_upper(text.at[0]) && !is_lower(text.at[0])) {
        diag_error(r->diag, CHECK_METHOD, method.span,
                   "method '%.*s' must start with a letter", STR_ARG(text));
        return false;
    }
    if (has_lower) {
        fail_case(r, method);
        return false;
    }
    if (str_equal(text, STR("CONNECT"))) {
        diag_error(r->diag, CHECK_METHOD, method.span,
                   "CONNECT requests have no path and no route");
        return false;
    }
    const char *meant = NULL;
    if (!is_in(text, standard_methods) && !is_in(text, other_methods))
        meant = find_misspelt(text);
    if (!meant)
        return true;
    struct diagnostic *error = diag_error(r->diag, CHECK_METHOD, method.span,
                                          "unknown method '%.*s'", STR_ARG(text));
    diag_hint(r->diag, error, "did you mean '%s'?", meant);
    return false;
}

static void add_method(struct reader *r, struct located method, struct route *route)
{
    if (!check_method(r, method))
        return;
    for (size_t i = 0; i < route->n_methods; i++)
        if (str_equal(route->methods[i].text, method.text)) {
            diag_error(r->diag, CHECK_METHOD, method.span,
                       "method '%.*s' stands here a second time", STR_ARG(method.text));
            return;
        }
    if (route->n_methods == ROUTE_METHODS_MAX) {
        diag_error(r->diag, CHECK_METHOD, method.span, "a route has at most %d methods",
                   ROUTE_METHODS_MAX);
        return;
    }
    route->methods =
        arena_grow(r->arena, route->methods, route->n_methods, sizeof *route->methods);
    route->methods[route->n_methods++] = method;
}

void read_methods(struct reader *r, struct located list, struct route *route)
{
    size_t at = 0;
    for (;;) {
        size_t end = skip_name(list.text, at);
        add_method(r, located_part(list, at, end), route);
        at = skip_blanks(list.text, end);
        if (at == list.text.len)
            return;
        at = skip_blanks(list.text, at + 1);
    }
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

void read_method(struct reader *r, const struct node *node, struct route *route)
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

static const struct type method_text = {
    .kind = TYPE_TEXT,
    .is_string = true,
    .pattern = "^" METHODS_PATTERN "[ \\t]*$",
};

const struct type method_type = {
    .kind = TYPE_EITHER,
    .example = "write a method such as GET",
    .alternatives =
        (const struct type *const[]){
            &method_text,
            &(const struct type){.kind = TYPE_LIST, .min = 1, .element = &method_text},
            NULL,
        },
};
