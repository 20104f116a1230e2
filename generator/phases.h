/* The phases that lead from the text of a spec to its model. */
#ifndef KRGEN_PHASES_H
#define KRGEN_PHASES_H

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "source.h"

#include <stdbool.h>

/* Makes the model of `source`. A fault of one phase does not keep the next from finding
 * its own, as long as there is a tree to read. False after an error. */
bool phases_run(const struct source *source, struct spec *spec, struct arena *arena,
                struct diag *diag);

#endif
