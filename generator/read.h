/* Node tree -> model: which keys exist, of what kind they are, and the small grammars
 * inside scalars. */
#ifndef KRGEN_READ_H
#define KRGEN_READ_H

#include "arena.h"
#include "diag.h"
#include "fields.h"
#include "model.h"
#include "yaml.h"

/* A whole spec. */
extern const struct type spec_type;

/* Reads the tree at `root` into `spec`. Reports everything that is wrong with the
 * shape; false after an error.
 *
 * Even then `spec` is fit for checks that would find more: each route that is there is
 * in spec->routes, and errors about it are on record as about DIAG_ROUTE(its index).
 * What could not be read is as if it were not there: no methods, no segments, no body,
 * status 200, and a text or routes_span without source; so is all of the spec where it
 * is no mapping or of another version of the language. */
bool read_spec(const struct node *root, struct spec *spec, struct arena *arena,
               struct diag *diag);

#endif
