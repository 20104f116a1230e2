/* What the names in expressions mean for a route, and whether its expressions can mean
 * anything. */
#ifndef KRGEN_SCOPE_H
#define KRGEN_SCOPE_H

#include "diag.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>

enum variable_kind {
    VARIABLE_UNKNOWN,
    VARIABLE_UNSUPPORTED,
    VARIABLE_PATH_VALUE,
    VARIABLE_QUERY_VALUE, /* a parameter that the route declares */
    VARIABLE_QUERY,       /* any, of a route that declares none */
    VARIABLE_HEADER,
    VARIABLE_COOKIE,
    VARIABLE_ENVIRONMENT,
    VARIABLE_BODY,
    VARIABLE_METHOD,
    VARIABLE_PATH,
    VARIABLE_SEQ,
    VARIABLE_UUID,
    VARIABLE_NOW,
    VARIABLE_NOW_MS,
};

struct variable {
    enum variable_kind kind;
    enum value_type type;
    bool may_be_absent;
    struct str name; /* behind the first '.', where the kind has one */
    const struct parameter *parameter; /* of the path, or one that is declared */
    size_t index;                      /* its number */
};

/* What `name` means for `route`. */
struct variable scope_find(const struct route *route, struct str name);

/* Reports what is wrong with the expressions that the response of `route` has itself,
 * and with those of the defaults. */
void scope_check_defaults(const struct spec *spec, struct diag *diag);
void scope_check(const struct route *route, struct diag *diag);

#endif
