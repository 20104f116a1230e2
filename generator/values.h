/* Templates -> the languages and automata of their values. */
#ifndef KRGEN_VALUES_H
#define KRGEN_VALUES_H

#include "arena.h"
#include "diag.h"
#include "model.h"

/* Completes the templates of `spec` that were read well: the language of each
 * parameter, the shape and the automaton of each segment, by spec->matching. Equal
 * segments share theirs. Reports constraints that no value satisfies or that are too
 * complex, and defaults that fail their constraints. */
void values_build(struct spec *spec, struct arena *arena, struct diag *diag);

#endif
