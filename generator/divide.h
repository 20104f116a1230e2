/* The routes of a method, divided among matchers. */
#ifndef KRGEN_DIVIDE_H
#define KRGEN_DIVIDE_H

#include "arena.h"
#include "ident.h"
#include "plan.h"
#include "str.h"

#include <stddef.h>

/* The routes of one matcher before they are divided. */
struct route_set {
    const struct route **routes; /* most specific first; their order may change */
    size_t n;
    size_t first; /* segment that the matcher starts at */
};

/* Adds the matcher `ident` and those it leads to to the plan, whose routes and values
 * are complete, and returns it. Their idents are taken from `functions`. */
struct matcher *divide_routes(struct arena *arena, struct plan *plan,
                              struct idents *functions, struct route_set set,
                              struct str ident);

#endif
