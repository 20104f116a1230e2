/* Model -> what is emitted: identifiers, ordered rules, responses. No C text here.
 *
 * Every method of the spec gets a matcher over the path. A small one decides the whole
 * rest of the path in one automaton, most specific rule first. A large one is divided:
 * its routes are taken in order of precedence as far as their next segments exclude
 * each other, these lead to further matchers, and where none of them finds a route, the
 * matcher of the routes behind them goes on.
 *
 * The rests of many paths are alike: "/{id:int}" behind each of many literals. They
 * have one function, which keeps the code of large specs small enough for a processor's
 * caches and quick to compile.
 *
 * A large constraint is no part of a rule that nothing in the same matcher could stand
 * in for: it is tested where the rule has matched, by one function for all rules. Rules
 * whose automata would multiply to a huge one come into matchers of their own. */
#ifndef KRGEN_PLAN_H
#define KRGEN_PLAN_H

#include "arena.h"
#include "calls.h"
#include "data.h"
#include "directory.h"
#include "ident.h"
#include "model.h"
#include "rendering.h"
#include "representation.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PLAN_RULES_PER_MATCHER = 12, /* more are divided by their next segment */
    PLAN_RULES_PER_FILE = 250,   /* then the next matcher opens another file */
    PLAN_STATES_INLINE = 8, /* constraints of more states stand once, if possible */
};

struct matcher;

/* One alternative of a matcher. Exactly one of route and next is set. */
struct rule {
    const struct route_plan *route; /* matched by the rest of its template, */
    const struct template *prefix;  /* or: this template's segments up to `end`, */
    size_t end;
    struct matcher *next; /* then the rest by this matcher */
    bool tests_values;    /* functions test what weight_is_left_out() names */
};

/* One generated function, or a place from which that of another matcher is called. */
struct matcher {
    const char *ident; /* of the function */
    size_t first;      /* the segment at which its paths start */
    struct rule *rules;
    size_t n_rules;
    struct matcher *otherwise; /* tried where the rules find nothing, or NULL */
    bool is_rest;              /* some rule leads to it */
    /* The first of the matchers that differ in nothing but their routes: its function
     * is theirs too, and takes them from its caller. NULL without any others. */
    const struct matcher *twin;
    size_t file; /* number of the file its function is emitted to, from 0 */
};

/* The constraints of one or more parameters. */
struct value_plan {
    const struct parameter *parameter; /* one of them */
    const char *definition;            /* the name of their language in the rules */
    const char *function;              /* tells whether a value satisfies them */
    bool is_table;                     /* no rule holds them, and no lexer of re2c */
};

/* The mixed segments of one shape that a function divides. */
struct division_plan {
    const struct segment *segment; /* one of them */
    const char *function;
};

/* The parameters of one or more routes. */
struct parameters_plan {
    const struct template *template; /* one of theirs */
    const char *ident;               /* of their array */
};

struct route_plan {
    const struct route *route;
    const char *ident; /* of its enumerator */
    size_t line;
    struct str name; /* "GET,POST /users/{id}" */
    struct response_plan response;
    const struct directory_plan *directory;   /* answers in its place; or NULL, */
    const struct rendering *rendering;        /* or this does; or NULL */
    const struct parameters_plan *parameters; /* NULL without any */
    const struct call_plan *call; /* of the handler; NULL: `response` answers */
};

struct method_plan {
    struct str name;
    const struct matcher *matcher; /* HEAD without routes of its own shares GET's */
};

struct plan {
    const struct spec *spec;
    const char *spec_name;     /* file name without folders */
    const char *spec_path;     /* for people who look for the file: see spec_path() */
    const char *ident;         /* prefix of functions */
    const char *macro;         /* prefix of enumerators and guards */
    struct route_plan *routes; /* in the order of the spec, and behind them what */
    size_t n_routes;  /* answers where none of them does, if the spec has that, */
    size_t n_answers; /* which is counted here only */
    struct method_plan *methods; /* alphabetical */
    size_t n_methods;
    struct value_plan *values; /* in the order of their first use */
    size_t n_values;
    struct division_plan *divisions; /* likewise */
    size_t n_divisions;
    struct parameters_plan **parameters; /* likewise */
    size_t n_parameters;
    struct variables environment;
    struct call_plan **calls; /* in the order of their first route */
    size_t n_calls;
    struct matcher **matchers;
    size_t n_matchers;
    size_t n_files;
    size_t n_directories;
    struct data data; /* all of what heads and bodies are too long for literals */
};

/* The constraints of `parameter`, or NULL without any. */
const struct value_plan *plan_value(const struct plan *plan,
                                    const struct parameter *parameter);

/* The function that divides `segment`. */
const char *plan_division(const struct plan *plan, const struct segment *segment);

/* The routes of the spec that answer `method`, most specific first; those that answer
 * it as GET answers HEAD only where they are ever best. */
const struct route **plan_routes_of(const struct spec *spec, struct str method,
                                    struct arena *arena, size_t *n);

/* Whether the matcher has a function of its own. */
bool plan_has_function(const struct matcher *matcher);

/* Appends `segment` as part of an identifier. */
void plan_put_ident(struct buf *out, const struct segment *segment,
                    enum ident_case letters);

/* Plans `spec`, which has passed all checks. */
void plan_build(const struct spec *spec, struct plan *plan, struct arena *arena);

#endif
