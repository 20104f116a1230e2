/* Plan + templates -> the texts of all files of a server. */
#ifndef KRGEN_EMIT_H
#define KRGEN_EMIT_H

#include "arena.h"
#include "output.h"
#include "plan.h"

/* Adds every file of the server to `output` but the compiled matchers: NAME.c, NAME.h,
 * routes.re (routes_2.re and so on for many routes), CMakeLists.txt and the runtime.
 * Their names are below "NAME-src/". */
void emit_server(const struct plan *plan, struct output *output, struct arena *arena);

#endif
