/* A yardstick for generated matchers: the search that many routers do at run time,
 * through a tree of segments. Knows all templates but those with mixed segments. */
#ifndef BENCH_TRIE_H
#define BENCH_TRIE_H

#include "tables.h"

#include <stdbool.h>

struct trie;

/* The routes of `program` that answer `method`; NULL where a template is unknown. Lives
 * until the process ends. */
struct trie *trie_build(const struct krt_program *program, const char *method);

/* See krt_match_fn. */
int trie_find(const struct trie *trie, const unsigned char *path,
              struct krt_slice *values);

#endif
