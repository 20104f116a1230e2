#include "route_query.h"

#include "ascii.h"
#include "parameter.h"
#include "scan.h"
#include "tables.h"

#include <stdbool.h>
#include <string.h>

enum { PARAMETER_COST = 128 }; /* what a parameter takes from the budget */

static const struct type constraints_text = {
    .kind = TYPE_TEXT,
    .meaning =
        "Constraints as in a route template, or string for any text; '?' behind "
        "them where it may be absent, '=' and a default for one that then has it",
    .example = "write string for any text",
    .is_string = true,
};

const struct type query_type = {
    .kind = TYPE_MAP,
    .description = "a mapping of names to constraints",
    .pattern = "^[A-Za-z0-9_.$\\[\\]-]+$",
    .max = KRT_PARAMETERS_MAX,
    .element = &constraints_text,
};

static bool is_name_char(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("_.$[]-", c));
}

static void check_parameter_name(struct reader *r, struct located name)
{
    size_t len = 0;
    while (len < name.text.len && is_name_char(name.text.at[len]))
        len++;
    if (name.text.len == 0)
        diag_error(r->diag, CHECK_PARAMETER_NAME, name.span, "a parameter has no name");
    else if (len < name.text.len)
        diag_error(r->diag, CHECK_PARAMETER_NAME, name.span,
                   "parameter name '%.*s' is not made of letters, digits and _.$[]-",
                   STR_ARG(name.text));
}

static void read_parameter(struct reader *r, const struct pair *pair,
                           struct route *route)
{
    struct scan scan = {.reader = r, .source = scalar_located(pair->value)};
    if (!expect_type(r, pair, &constraints_text))
        return;
    if (!spend(r, pair->key->span,
               PARAMETER_COST + pair->key->text.len + scan.source.text.len))
        return;
    struct located name = scalar_located(pair->key);
    check_parameter_name(r, name);
    route->query =
        arena_grow(r->arena, route->query, route->n_query, sizeof *route->query);
    route->query[route->n_query++] = parameter_read_query(&scan, name);
}

void read_query(struct reader *r, const struct pair *pair, struct route *route)
{
    const struct node *query = pair->value;
    route->has_query = true;
    if (query->n > KRT_PARAMETERS_MAX) {
        diag_error(r->diag, CHECK_TEMPLATE, pair->key->span,
                   "a query has at most %d parameters", KRT_PARAMETERS_MAX);
        return;
    }
    for (size_t i = 0; i < query->n; i++)
        read_parameter(r, &query->pairs[i], route);
}
