/* The last step of every construction of an automaton. */
#ifndef KRGEN_DFA_MINIMAL_H
#define KRGEN_DFA_MINIMAL_H

#include "dfa.h"

/* The minimal automaton of the language of `raw`, which may have dead states, in
 * `arena`; nothing of it refers to `raw`. Automata of one language come out equal,
 * number by number. */
const struct dfa *dfa_minimal(const struct dfa *raw, struct arena *scratch,
                              struct arena *arena);

#endif
