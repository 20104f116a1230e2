/* Model -> what is emitted: identifiers, ordered rules, response heads. No C text here.
 *
 * Every method of the spec gets a matcher over the path. A small one decides the whole
 * rest of the path in one automaton, most specific rule first. A large one decides one
 * segment and leaves the rest to further matchers; where a literal leads nowhere, the
 * parameter beside it is tried, which is precedence segment by segment. */
#ifndef KRGEN_PLAN_H
#define KRGEN_PLAN_H

#include "arena.h"
#include "model.h"
#include "str.h"

#include <stddef.h>

enum {
    PLAN_RULES_PER_MATCHER = 24, /* more are divided by their next segment */
    PLAN_RULES_PER_FILE = 250,   /* then the next matcher opens another file */
};

struct matcher;

/* One alternative of a matcher. Exactly one of route and next is set. */
struct rule {
    const struct route_plan *route; /* matched by the rest of its template */
    const struct segment *segment;  /* or: this segment, NULL for any parameter, */
    struct matcher *next;           /* then the rest by this matcher */
};

/* One generated function. */
struct matcher {
    const char *ident;
    size_t first; /* the segment at which its paths start */
    struct rule *rules;
    size_t n_rules;
    struct matcher *otherwise; /* tried where a segment's `next` finds nothing */
    size_t file;               /* number of the file it is emitted to, from 0 */
};

struct route_plan {
    const struct route *route;
    const char *ident; /* of its enumerator */
    size_t line;
    struct str name; /* "GET,POST /users/{id}" */
    struct str head; /* status line and fields of the response */
};

struct method_plan {
    struct str name;
    const struct matcher *matcher; /* HEAD without routes of its own shares GET's */
};

struct plan {
    const struct spec *spec;
    const char *spec_name;     /* file name without folders */
    const char *ident;         /* prefix of functions */
    const char *macro;         /* prefix of enumerators and guards */
    struct route_plan *routes; /* in the order of the spec */
    size_t n_routes;
    struct method_plan *methods; /* alphabetical */
    size_t n_methods;
    struct matcher **matchers;
    size_t n_matchers;
    size_t n_files;
};

/* Plans `spec`, which has passed all checks. */
void plan_build(const struct spec *spec, struct plan *plan, struct arena *arena);

#endif
