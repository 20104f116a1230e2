/* Automata as data, for what generated code would be too large or too ambiguous for:
 * constraints of very many states, and segments in which more than one place could be
 * a parameter's end. Texts are UTF-8; in a broken one no byte but a NUL is ever looked
 * past, and whether it is accepted is not said. */
#ifndef KRT_AUTOMATON_H
#define KRT_AUTOMATON_H

#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The characters from `first` to `last` lead to `target`. */
struct krt_edge {
    uint32_t first;
    uint32_t last;
    uint16_t target;
};

/* The edges of a state end where those of the next state start. */
struct krt_state {
    uint32_t edges; /* index of the first one */
    bool accepts;
};

/* One state more than there are ends the list. State 0 is the start. */
struct krt_automaton {
    const struct krt_edge
        *edges; /* of each state in ascending order, none overlapping */
    const struct krt_state *states;
};

/* A literal or a parameter of a segment. Neither accepts an empty text. */
struct krt_part {
    uint16_t start;   /* its first state in the automaton that all parts share */
    uint16_t literal; /* the bytes of a literal; 0 for a parameter */
};

/* How to divide a segment into its parts. */
struct krt_division {
    struct krt_automaton automaton;
    const struct krt_part *parts;
    size_t n_parts;
    bool has_optional_end; /* the last two parts may be absent */
};

/* One way through a segment: the state that it is in. */
struct krt_thread {
    const unsigned char *end; /* where the part in question has ended */
    uint16_t state;
    uint16_t part; /* that the state belongs to */
};

/* Memory of krt_divide() for one state. */
struct krt_place {
    uint32_t met; /* the last step that has met the state */
    struct krt_thread threads[2];
};

/* Whether `value` is accepted, which a NUL ends, or a '/' unless it `takes_slashes`. */
bool krt_accepts(const struct krt_automaton *automaton, const unsigned char *value,
                 bool takes_slashes);

/* Divides the text from `at` to `end`, a whole segment, so that all parts are accepted;
 * false where that is impossible. From left to right each parameter takes as much as it
 * can; an end that may be absent is present if it can be. Stores the values, where they
 * are absent as NULL. `places` has one element for each state, all zero. Takes time in
 * proportion to the text, for each parameter and each state that it can be in at once.
 */
bool krt_divide(const struct krt_division *division, struct krt_place *places,
                const unsigned char *at, const unsigned char *end,
                struct krt_slice *values);

#endif
