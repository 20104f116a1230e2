/* A chain of zeroed blocks, the newest first. */
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t cap;
    max_align_t data[];
};

void arena_exhausted(void)
{
    fputs("krgen: out of memory\n", stderr);
    exit(3);
}

static struct arena_block *new_block(size_t cap)
{
    if (cap > SIZE_MAX - sizeof(struct arena_block))
        arena_exhausted();
    struct arena_block *block = calloc(1, sizeof *block + cap);
    if (!block)
        arena_exhausted();
    block->cap = cap;
    return block;
}

/* A block with `size` free bytes. Large requests get a block of their own behind the
 * first, whose rest stays in use. */
static struct arena_block *find_block(struct arena *arena, size_t size)
{
    struct arena_block *first = arena->blocks;
    if (first && first->cap - first->used >= size)
        return first;
    bool is_large = size > BLOCK_SIZE / 4;
    struct arena_block *block = new_block(is_large ? size : BLOCK_SIZE);
    if (first && is_large) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t unit = _Alignof(max_align_t);
    if (size > SIZE_MAX - unit)
        arena_exhausted();
    size = (size + unit - 1) / unit * unit;
    struct arena_block *block = find_block(arena, size);
    void *memory = (char *)block->data + block->used;
    block->used += size;
    return memory;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size)
        arena_exhausted();
    return arena_alloc(arena, n * size);
}

void *arena_grow(struct arena *arena, void *array, size_t n, size_t size)
{
    bool is_full = (n & (n - 1)) == 0;
    if (n > 0 && !is_full)
        return array;
    if (n > SIZE_MAX / 2)
        arena_exhausted();
    void *grown = arena_array(arena, n > 0 ? 2 * n : 1, size);
    if (n > 0)
        memcpy(grown, array, n * size);
    return grown;
}

void arena_free(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
}
