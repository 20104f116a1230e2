/* A template as an automaton that walks along a decoded path, character by character.
 */
#ifndef KRGEN_WALKER_H
#define KRGEN_WALKER_H

#include "dfa.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where every walker stands behind the slash that starts a path. */
enum { WALKER_START = 0 };

/* No place: nothing that the path goes on with can match. */
#define WALKER_DEAD UINT32_MAX

struct walker {
    const struct template *template;
    size_t may_end; /* all segments from this one on may be absent */
    bool ends_in_catch_all;
    bool passes_slash; /* one behind what the template asks for */
};

/* Makes a walker of a template that values_build() has completed; false when it has too
 * many segments for one. */
bool walker_init(struct walker *walker, const struct template *template,
                 const struct matching *matching);

/* Where `c` leads from `place`, or WALKER_DEAD. */
uint32_t walker_step(const struct walker *walker, uint32_t place, uint32_t c);

/* Whether the template matches the path that led to `place`. */
bool walker_accepts(const struct walker *walker, uint32_t place);

/* The edges that lead on from `place` within its segment, or NULL where it has none. A
 * slash may lead on, too. */
const struct dfa_state *walker_state(const struct walker *walker, uint32_t place);

#endif
