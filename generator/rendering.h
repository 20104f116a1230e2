/* Responses with expressions as they will be made: where their values come from, and
 * the literal texts between them. */
#ifndef KRGEN_RENDERING_H
#define KRGEN_RENDERING_H

#include "arena.h"
#include "model.h"
#include "str.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>

/* See struct krt_source. */
struct source_plan {
    const char *get; /* the runtime's function */
    bool has_text;
    struct str text;
    size_t index;
    size_t first;
    size_t second;
    const char *escape; /* likewise, or NULL */
};

/* See struct krt_op. */
struct op_plan {
    struct str literal;
    size_t source;
    const char *escape; /* the runtime's function, or NULL */
};

struct ops_plan {
    struct op_plan *list;
    size_t n;
};

/* See struct krt_template. */
struct rendering {
    struct str head;
    struct source_plan *sources;
    size_t n_sources;
    struct ops_plan fields;
    struct ops_plan body;
    bool keeps_body; /* some value is the request's body */
};

/* The environment variables of all responses of a spec. A zeroed struct with a table
 * over an arena has none. */
struct variables {
    struct str *names; /* in the order of their first use */
    size_t n;
    struct table indices;
};

/* Plans the response of `route`, which has passed all checks; NULL where it has no
 * expressions. */
const struct rendering *rendering_plan(const struct route *route,
                                       struct variables *environment,
                                       struct arena *arena);

#endif
