/* Open addressing with linear probing, at most half full. */
#include "table.h"

#include <stdint.h>

struct table_entry {
    struct str name;
    void *thing; /* NULL in a free entry */
};

static uint64_t hash(struct str name)
{
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.at[i]) * 0x100000001B3u;
    return h;
}

static struct table_entry *find_entry(const struct table *table, struct str name)
{
    size_t mask = table->cap - 1;
    size_t i = (size_t)hash(name) & mask;
    while (table->entries[i].thing && !str_equal(table->entries[i].name, name))
        i = (i + 1) & mask;
    return &table->entries[i];
}

static void double_capacity(struct table *table)
{
    struct table old = *table;
    table->cap = old.cap > 0 ? 2 * old.cap : 16;
    table->entries = arena_array(table->arena, table->cap, sizeof *table->entries);
    for (size_t i = 0; i < old.cap; i++)
        if (old.entries[i].thing)
            *find_entry(table, old.entries[i].name) = old.entries[i];
}

void table_put(struct table *table, struct str name, void *thing)
{
    if (2 * (table->n + 1) > table->cap)
        double_capacity(table);
    struct table_entry *entry = find_entry(table, name);
    if (!entry->thing)
        table->n++;
    *entry = (struct table_entry){name, thing};
}

void *table_find(const struct table *table, struct str name)
{
    return table->cap > 0 ? find_entry(table, name)->thing : NULL;
}
