/* What a server is made of, in the syntax of make, for the programs that build. */
#ifndef KRGEN_DEPFILE_H
#define KRGEN_DEPFILE_H

#include "model.h"
#include "str.h"

/* Appends rules: `target` depends on the spec and what is embedded with it, and
 * `with_handlers` on the files of its handlers. */
void depfile_put(const struct spec *spec, const char *target, bool with_handlers,
                 struct buf *out);

#endif
