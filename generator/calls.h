/* The calls of the user's functions that are emitted: one for all routes that call the
 * same one in the same way. */
#ifndef KRGEN_CALLS_H
#define KRGEN_CALLS_H

#include "arena.h"
#include "ident.h"
#include "member.h"
#include "model.h"

#include <stddef.h>

struct plan;
struct route_plan;

/* A handler of the user's. */
struct function_plan {
    const struct route_plan **routes; /* that it answers */
    size_t n_routes;
    bool is_streamed; /* one of them at least is */
};

struct call_plan {
    const struct handler *handler; /* of the first route */
    const struct function_plan *function;
    bool is_first; /* of those of its function */
    struct members members;
    /* Identifiers: of the function that makes the parameters, of those that call the
     * handler and its taker of pieces, of the struct krt_handler. */
    const char *params;
    const char *call;
    const char *take;
    const char *table;
};

/* Plans the calls of plan->routes. No function of the user's has a name that is given
 * out here or by `functions` later. */
void calls_plan(struct plan *plan, struct idents *functions, struct arena *arena);

/* Whether some handler gets a double. */
bool calls_have_double(const struct plan *plan);

#endif
