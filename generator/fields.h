/* Mappings read by tables: what all parts of reading a spec share. The same tables are
 * what schema.c describes. */
#ifndef KRGEN_FIELDS_H
#define KRGEN_FIELDS_H

#include "arena.h"
#include "diag.h"
#include "disk.h"
#include "model.h"
#include "units.h"
#include "yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the responses of a spec may have together. Aliases could otherwise make a
 * few kilobytes of YAML a model larger than memory. */
enum { RESPONSES_MAX = 64 * 1024 * 1024 };

/* One reading of a spec. */
struct reader {
    const struct source *source;
    struct arena *arena;
    struct diag *diag;
    size_t budget; /* what is left of RESPONSES_MAX */
    struct disk disk;
};

enum type_kind {
    TYPE_ANY,      /* whatever YAML can write */
    TYPE_TEXT,     /* a scalar other than null, as written */
    TYPE_INTEGER,  /* plain decimal digits */
    TYPE_COUNT,    /* the same, or a range, of which an end may be missing */
    TYPE_SIZE,     /* bytes, as units.h has them */
    TYPE_DURATION, /* milliseconds, likewise */
    TYPE_AGE,      /* seconds, likewise */
    TYPE_BOOLEAN,
    TYPE_WORD,   /* one of several texts */
    TYPE_FIELDS, /* a mapping with the keys of a table */
    TYPE_MAP,    /* a mapping with keys of the user's choice */
    TYPE_LIST,
    TYPE_EITHER, /* values that differ in kind: a scalar, a list or a mapping */
};

/* What a value may be. Integers, counts, sizes, durations and ages are quantities.
 * Members that the kind does not name are zero. */
struct type {
    enum type_kind kind;
    const char *description; /* for messages, with its article; NULL: the kind's own */
    const char *meaning;     /* of an element: in one line, for a user */
    const char *example;     /* what to write, where the value or its key is missing */
    bool is_string;          /* of a text: no number and no boolean can be it */
    bool takes_range;        /* of a quantity: "100ms..300ms" is one, too */
    /* Of a text or a map's keys: the regular expression of ECMAScript that all of them
     * match. It is for editors; the checks of the spec are more exact. */
    const char *pattern;
    int min;          /* of a quantity; of the number of elements in a map or list */
    int max;          /* the same; 0 for no limit */
    enum check check; /* that a quantity out of bounds fails */
    const char *const *words;
    const struct field *fields;
    const struct type *element; /* of a map's values, of a list's items */
    const struct type *const *alternatives;
};

/* The units of a quantity, NULL for any other kind. */
const struct scale *scale_of(const struct type *type);

/* A key of a mapping. */
struct field {
    const char *name;
    const char *meaning; /* in one line, for a user who writes a spec */
    bool is_required;
    bool is_exclusive; /* of such keys a mapping has one at most */
    /* Keys of which one must be there for this one to say something; NULL ends them,
     * and is all for a key that stands for itself. */
    const char *const *needs;
    const char *fallback; /* what holds without the key, as one would write it */
    const struct type *type;
    /* Reads pair->value, which has the kind that `type` asks for, into what `out`
     * points to; NULL for a key of the language that this krgen does not support yet.
     */
    void (*read)(struct reader *r, const struct pair *pair, void *out);
};

/* Whether a mapping may have `key` for the user's own purposes: `$schema` and `x-*`. */
bool is_ignored(struct str key);

/* The row of `fields`, a table that a row without name ends, or NULL. */
const struct field *find_field(const struct field *fields, struct str name);

/* Reads `mapping` by the table `fields`. Unknown, unsupported and missing keys and
 * values of the wrong kind are errors. */
void read_fields(struct reader *r, const struct node *mapping,
                 const struct field *fields, void *out);

/* For a key that read_fields() must leave alone: something else has read it. */
void pass_over(struct reader *r, const struct pair *pair, void *out);

/* Whether pair->value has the kind that `type` asks for; if not, says so. What is
 * inside a map or a list, and which alternative is there, is left to the reader of the
 * value. */
bool expect_type(struct reader *r, const struct pair *pair, const struct type *type);

/* "strict, ignore or redirect" */
const char *list_words(struct reader *r, const char *const *words);

/* Whether an unknown key of `mapping` is known to be a misspelling of `name`. Its
 * absence is then no fault of its own. */
bool is_misspelt(const struct node *mapping, const struct field *fields,
                 const char *name);

/* A quantity that varies; both ends are the same where it does not. Where an end is
 * missing, `min` is the type's and `max` INT_MAX. */
struct range {
    int min;
    int max;
};

/* The value of a quantity, an integer, a range, a boolean and a word that expect_type()
 * lets through; of a word its place in the list. */
int quantity_of(struct str text, const struct type *type);
int integer_of(const struct node *node);
struct range range_of(struct str text, const struct type *type);
bool boolean_of(const struct node *node);
size_t word_of(const struct node *node, const char *const *words);

/* Takes `cost` bytes from the budget. The first time that it is not enough is an error
 * at `span`; the answer is false from then on. */
bool spend(struct reader *r, struct span span, size_t cost);

/* The text of the scalar `node` with its exact span, or that of the whole scalar where
 * it is escaped or empty. */
struct located scalar_located(const struct node *node);

/* The bytes [start, end) of `whole`; its span as exact as that of `whole`. */
struct located located_part(struct located whole, size_t start, size_t end);

#endif
