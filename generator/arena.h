/* Memory that is released all at once. Everything the generator makes lives in one
 * arena, so no phase frees anything. */
#ifndef KRGEN_ARENA_H
#define KRGEN_ARENA_H

#include <stddef.h>

struct arena_block;

/* A zeroed struct is an empty arena. */
struct arena {
    struct arena_block *blocks;
};

/* Zeroed, suitably aligned memory that lives as long as the arena. Never NULL: when
 * memory runs out the process ends with a message and exit code 3. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same for `n` elements of `size` bytes each; the product is checked. */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* Makes room for one more element in an array of `n` elements of `size` bytes each,
 * which came from this function or is NULL, and returns the array's new place. The
 * capacity follows from n: it doubles at each power of two. */
void *arena_grow(struct arena *arena, void *array, size_t n, size_t size);

/* Ends the process as the functions above do when memory runs out. */
_Noreturn void arena_exhausted(void);

/* Releases everything; the arena is empty again. */
void arena_free(struct arena *arena);

#endif
