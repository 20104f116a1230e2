/* YAML nodes -> JSON text. */
#ifndef KRGEN_JSON_H
#define KRGEN_JSON_H

#include "fields.h"
#include "str.h"
#include "yaml.h"

#include <stdbool.h>

enum { JSON_MAX = 16 * 1024 * 1024 }; /* bytes of one JSON text */

/* Whether `text` is a number of JSON (RFC 8259 section 6). */
bool json_is_number(struct str text);

/* Appends the tree at `node` to `out` as compact JSON: the order of keys kept, numbers
 * as written. The expressions in its strings are added to `inserts`; NULL: they are
 * texts like others. Reports what JSON cannot write and a text over JSON_MAX; false
 * after an error. */
bool json_write(struct reader *r, const struct node *node, struct buf *out,
                struct inserts *inserts);

#endif
