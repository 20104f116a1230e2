/* The routes that answer one method, and which of them contend for the same paths. */
#ifndef KRGEN_RIVALS_H
#define KRGEN_RIVALS_H

#include "arena.h"
#include "model.h"
#include "paths.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

struct rivals_node;

/* An index of the routes of a method. */
struct rivals {
    const struct spec *spec;
    struct arena *arena;
    const struct matching *matching;
    size_t *budget; /* see paths.h */
    struct str method;
    struct rivals_node *root;
};

/* Whether `route` names `method` among its own. */
bool rivals_has_method(const struct route *route, struct str method);

/* Whether `route` answers `method`: HEAD is answered wherever GET is (RFC 9110 section
 * 9.3.2). */
bool rivals_answers(const struct route *route, struct str method);

/* Makes an empty index of routes that answer `method`, whose searches take their steps
 * from `budget`. */
void rivals_init(struct rivals *rivals, const struct spec *spec, struct str method,
                 size_t *budget, struct arena *arena);

/* Adds `route` of the spec, whose template values_build() has completed. */
void rivals_add(struct rivals *rivals, const struct route *route);

/* Whether `a` goes before `b` where both match: it is more specific, or of equal rank
 * and written for the method itself instead of answering it as GET answers HEAD. */
bool rivals_goes_before(const struct rivals *rivals, const struct route *a,
                        const struct route *b);

/* Appends a best path (see paths.h) to `path` for which `route` is the best of the
 * index, percent-encoded. */
enum paths_result rivals_alone(const struct rivals *rivals, const struct route *route,
                               struct buf *path);

/* Finds routes of the index that go before `route` and together match all its paths;
 * none where rivals_alone() has another result than PATHS_NONE. They are in the order
 * of the spec, in `arena`; some may share no path with `route`. */
const struct route **rivals_cover(const struct rivals *rivals,
                                  const struct route *route, struct arena *arena,
                                  size_t *n);

#endif
