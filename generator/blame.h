/* Which of the user's functions the output of a failed build is about. */
#ifndef KRGEN_BLAME_H
#define KRGEN_BLAME_H

#include "model.h"
#include "str.h"

/* Appends a line to `out` for each function of the spec that an error in `said` names,
 * by compilers of any kind: its place in the spec, and the route. */
void blame_put(const struct spec *spec, struct str said, struct buf *out);

#endif
