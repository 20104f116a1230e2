/* Memory that is taken piece by piece and given back all at once: what an answer needs
 * until it is sent. The first pieces come from a block that the arena was given, so
 * that most answers ask the system for nothing. Not for several threads at a time. */
#ifndef KRT_ARENA_H
#define KRT_ARENA_H

#include <stddef.h>

struct krt_arena_block;

/* Public only so that it can be embedded; use the functions. */
struct krt_arena {
    unsigned char *first;
    size_t first_cap;
    size_t used; /* bytes of the first block */
    struct krt_arena_block *others;
};

/* Makes an arena over `first`, which is aligned as memory of malloc() is and outlives
 * it. */
void krt_arena_init(struct krt_arena *arena, void *first, size_t cap);

/* Returns `size` bytes, aligned for any object, not zeroed; NULL when memory ran out.
 */
void *krt_arena_take(struct krt_arena *arena, size_t size);

/* Gives back all that was taken. Cheap where that was little. */
void krt_arena_reset(struct krt_arena *arena);

#endif
