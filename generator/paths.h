/* Paths by which templates are compared: what several match, what one matches alone.
 *
 * Paths are decoded. One is better than another if it has no empty segments ("//"),
 * then if it is shorter; paths with dot segments are none. Every search takes its steps
 * from the budget of the spec whose templates it compares. */
#ifndef KRGEN_PATHS_H
#define KRGEN_PATHS_H

#include "model.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum paths_result {
    PATHS_FOUND,
    PATHS_NONE,
    PATHS_TOO_COMPLEX, /* given up after PATHS_STEPS_MAX steps, or without budget */
};

enum {
    PATHS_STEPS_MAX = 40 * 1000 * 1000, /* of one search, unless among very many */
    PATHS_BUDGET = 400 * 1000 * 1000,   /* the steps of all searches for a spec */
};

/* What a template shares with those before it. */
struct paths_overlap {
    enum paths_result result;
    size_t other;    /* the first of those that match `path`, if one was found */
    struct str path; /* that both match */
};

/* Takes `n` steps from `budget`, or what is left of it. */
void paths_spend(size_t *budget, size_t n);

/* Appends to `path` a best path that both `a` and `b` match. */
enum paths_result paths_shared(const struct template *a, const struct template *b,
                               const struct matching *matching, size_t *budget,
                               struct buf *path);

/* Finds for each of the `n` templates a path that it and one before it match: a best
 * one, unless many automata together are so large that only pairs can be compared.
 * Returns an array of `n` in `arena`. */
struct paths_overlap *paths_overlaps(const struct template *const *templates, size_t n,
                                     const struct matching *matching, size_t *budget,
                                     struct arena *arena);

/* Appends to `path` a best path that `template` matches and none of the `n` rivals
 * does. */
enum paths_result paths_alone(const struct template *template,
                              const struct template *const *rivals, size_t n,
                              const struct matching *matching, size_t *budget,
                              struct buf *path);

/* Appends `path` percent-encoded, as a request target carries it. */
void paths_put_encoded(struct buf *out, struct str path);

#endif
