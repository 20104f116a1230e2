/* YAML as a small tree that knows where everything stands. The only user of libyaml,
 * read by events; YAML 1.2 core semantics for plain scalars. */
#ifndef KRGEN_YAML_H
#define KRGEN_YAML_H

#include "arena.h"
#include "diag.h"
#include "source.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    YAML_DEPTH_MAX = 64,
    YAML_MERGED_MAX = 1000000, /* keys that all merges of a spec may go through */
};

enum node_kind {
    NODE_SCALAR,
    NODE_SEQUENCE,
    NODE_MAPPING,
};

struct pair {
    struct node *key;
    struct node *value;
};

/* One node. An alias yields the anchored node itself, so a tree may share parts; it
 * never contains itself and is at most YAML_DEPTH_MAX collections high. */
struct node {
    enum node_kind kind;
    struct span span;
    bool is_plain;   /* a scalar without quotes and not a block scalar */
    struct str text; /* a scalar's value; for a plain one, as written */
    struct node **items;
    struct pair *pairs; /* merge keys (<<) are resolved, explicit keys win */
    size_t n;           /* of items or pairs */
    size_t height;      /* levels of collections from here down; 0 for a scalar */
    bool is_doubtful;   /* after an error: an alias to nothing, or a merge with it */
};

/* What a plain scalar means (YAML 1.2.2 section 10.3). */
enum scalar_type {
    SCALAR_STRING,
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INT,
    SCALAR_FLOAT,
};

/* Reads `source` into a tree at *root. The text must be UTF-8; several documents, tags,
 * aliases to unknown anchors or to the node that contains them, duplicate keys, keys
 * that are no scalars and more than YAML_DEPTH_MAX levels are errors. False when there
 * is no tree that says what was meant; some errors leave one: what they concern is
 * taken out of it or silenced in `diag`. */
bool yaml_read(const struct source *source, struct node **root, struct arena *arena,
               struct diag *diag);

enum scalar_type yaml_scalar_type(const struct node *node);

/* The pair of `mapping` with this key, or NULL. */
const struct pair *yaml_find(const struct node *mapping, const char *key);

/* The node's kind or a scalar's type with its article, for messages: "a mapping". */
const char *yaml_describe(const struct node *node);

/* The span of `len` bytes from `start` of a scalar's text: exact for plain and
 * single-line unescaped quoted scalars, the whole scalar otherwise. */
struct span yaml_text_span(const struct node *node, size_t start, size_t len);

#endif
