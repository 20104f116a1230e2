/* Node tree -> model: which keys exist, of what kind they are, and the small grammars
 * inside scalars. */
#ifndef KRGEN_READ_H
#define KRGEN_READ_H

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "yaml.h"

/* Reads the tree at `root` into `spec`. Reports everything that is wrong with the
 * shape; false after an error. */
bool read_spec(const struct node *root, struct spec *spec, struct arena *arena,
               struct diag *diag);

#endif
