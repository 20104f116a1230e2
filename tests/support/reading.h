/* A text taken through the front phases of the generator, for tests. */
#ifndef KRGEN_TESTS_READING_H
#define KRGEN_TESTS_READING_H

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "source.h"
#include "str.h"
#include "yaml.h"

#include <stdbool.h>

struct reading {
    struct arena arena;
    struct source source;
    struct diag diag;
    struct node *root;
    struct spec spec;
    bool is_yaml; /* root is a tree */
    bool is_read; /* spec is the model, read without an error */
    bool is_fine; /* and it makes sense */
};

/* Takes `text`, which is borrowed, as the file "demo.yaml" through all phases, as far
 * as they come. */
void reading_init(struct reading *reading, struct str text);

/* The same for the first phase alone, which makes the tree. */
void reading_init_tree(struct reading *reading, struct str text);

void reading_deinit(struct reading *reading);

/* The errors in short: "LINE:COLUMN CHECK" each, joined by ", ". Lives as long as the
 * reading. */
const char *reading_faults(struct reading *reading);

/* The same of the warnings. */
const char *reading_warnings(struct reading *reading);

/* The rendered diagnostics. */
const char *reading_output(struct reading *reading);

#endif
