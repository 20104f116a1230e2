/* Regular expressions as trees: what the constraints of a spec become. Trees are
 * immutable, live in an arena and may share parts. */
#ifndef KRGEN_REGEX_H
#define KRGEN_REGEX_H

#include "arena.h"
#include "charset.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum { REGEX_UNBOUNDED = -1 };

enum regex_kind {
    REGEX_CHARS,    /* one character of `chars`; none of an empty set */
    REGEX_SEQUENCE, /* the items one after another; the empty text without items */
    REGEX_CHOICE,   /* one of the items; nothing without items */
    REGEX_REPEAT,   /* items[0], `min` to `max` times */
    REGEX_DFA,      /* what an automaton accepts whose expression would be too large */
};

struct dfa;

struct regex {
    enum regex_kind kind;
    struct charset chars;
    const struct regex **items;
    size_t n_items;
    int min;
    int max;          /* or REGEX_UNBOUNDED */
    bool takes_empty; /* the empty text matches */
    const struct dfa *dfa;
};

/* The constructors simplify: a language that is empty is one of the two forms of
 * nothing and never part of another tree, and the empty text is an empty sequence or a
 * repeat.
 */

const struct regex *regex_chars(struct arena *arena, struct charset chars);

/* The characters of `text`, which is UTF-8, in their order. */
const struct regex *regex_text(struct arena *arena, struct str text);

const struct regex *regex_sequence(struct arena *arena,
                                   const struct regex *const *items, size_t n);
const struct regex *regex_choice(struct arena *arena, const struct regex *const *items,
                                 size_t n);

/* `max` is at least `min`, or REGEX_UNBOUNDED. */
const struct regex *regex_repeat(struct arena *arena, const struct regex *item, int min,
                                 int max);

/* What `dfa` accepts, which is not nothing. */
const struct regex *regex_dfa(struct arena *arena, const struct dfa *dfa);

/* Whether nothing at all matches. */
bool regex_is_nothing(const struct regex *regex);

/* Whether the empty text matches. */
bool regex_takes_empty(const struct regex *regex);

/* The same language without the empty text. This and what follows takes no automata. */
const struct regex *regex_nonempty(struct arena *arena, const struct regex *regex);

/* The same language without the texts that hold a character of `chars`. */
const struct regex *regex_without(struct arena *arena, const struct regex *regex,
                                  struct charset chars);

/* The texts of the language with any case of their ASCII letters. */
const struct regex *regex_fold(struct arena *arena, const struct regex *regex);

/* Appends `regex`, which is not nothing, as a regular expression of re2c over the bytes
 * of UTF-8, in parentheses where it is no single unit. The input is known to be
 * well-formed, so where all characters from U+0080 on are meant, bytes are not told
 * apart. What stands before it must end where a character ends. */
void regex_put_re2c(struct buf *out, const struct regex *regex);

#endif
