/* From names to things: a hash table in an arena. */
#ifndef KRGEN_TABLE_H
#define KRGEN_TABLE_H

#include "arena.h"
#include "str.h"

#include <stddef.h>

struct table_entry;

/* A zeroed struct with an arena is an empty table. */
struct table {
    struct arena *arena;
    struct table_entry *entries;
    size_t n;
    size_t cap; /* a power of two, or 0 */
};

/* Binds `name`, which is borrowed, to `thing`, which is not NULL; a second binding
 * replaces the first. */
void table_put(struct table *table, struct str name, void *thing);

/* What `name` is bound to, or NULL. */
void *table_find(const struct table *table, struct str name);

#endif
