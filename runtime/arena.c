#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

/* Memory for one piece that the first block has no room for. */
struct krt_arena_block {
    struct krt_arena_block *next;
    max_align_t piece[];
};

void krt_arena_init(struct krt_arena *arena, void *first, size_t cap)
{
    *arena = (struct krt_arena){.first = first, .first_cap = cap};
}

static void *take_other(struct krt_arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct krt_arena_block))
        return NULL;
    struct krt_arena_block *block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    block->next = arena->others;
    arena->others = block;
    return block->piece;
}

void *krt_arena_take(struct krt_arena *arena, size_t size)
{
    size_t alignment = sizeof(max_align_t);
    size_t rest = arena->first_cap - arena->used;
    if (size > rest)
        return take_other(arena, size);
    void *piece = arena->first + arena->used;
    size_t taken = (size + alignment - 1) / alignment * alignment;
    arena->used += taken < rest ? taken : rest;
    return piece;
}

void krt_arena_reset(struct krt_arena *arena)
{
    arena->used = 0;
    while (arena->others) {
        struct krt_arena_block *block = arena->others;
        arena->others = block->next;
        free(block);
    }
}
