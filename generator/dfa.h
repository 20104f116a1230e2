/* Deterministic automata over characters: what is decided about regular languages at
 * generation. Automata are immutable, live in an arena and have no dead states, so from
 * every state but a start that accepts nothing an accepting one can be reached. */
#ifndef KRGEN_DFA_H
#define KRGEN_DFA_H

#include "arena.h"
#include "regex.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DFA_STATES_MAX = 4096 }; /* a language that needs more is refused */

/* No state: nothing can match any more. */
#define DFA_DEAD UINT32_MAX

/* The characters from `first` to `last` lead to `target`. */
struct dfa_edge {
    uint32_t first;
    uint32_t last;
    uint32_t target;
};

struct dfa_state {
    const struct dfa_edge *edges; /* in ascending order, none overlapping */
    size_t n_edges;
    bool is_accepting;
};

/* State 0 is the start. */
struct dfa {
    const struct dfa_state *states;
    size_t n_states;
};

/* The minimal automaton of `regex`, or NULL when it grows beyond DFA_STATES_MAX on its
 * way. */
const struct dfa *dfa_build(const struct regex *regex, struct arena *arena);

/* The minimal automaton of what both accept, or NULL when it is too large. */
const struct dfa *dfa_intersect(const struct dfa *a, const struct dfa *b,
                                struct arena *arena);

/* An expression of the automaton's language, found by eliminating states, or NULL when
 * it would be too large to compile. */
const struct regex *dfa_regex(const struct dfa *dfa, struct arena *arena);

/* Where `c` leads from `state`, or DFA_DEAD. */
uint32_t dfa_step(const struct dfa *dfa, uint32_t state, uint32_t c);

/* Whether the automaton accepts `text`, which is UTF-8. */
bool dfa_accepts(const struct dfa *dfa, struct str text);

/* Whether it accepts nothing at all. */
bool dfa_is_empty(const struct dfa *dfa);

#endif
