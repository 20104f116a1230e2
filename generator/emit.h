/* Plan + templates -> the texts of all files of a server. */
#ifndef KRGEN_EMIT_H
#define KRGEN_EMIT_H

#include "arena.h"
#include "output.h"
#include "plan.h"

/* Adds every file of the server to `output` but the compiled matchers: NAME.c,
 * routes.h, routes.re (routes_2.re and so on for many routes), NAME.h for handlers,
 * CMakeLists.txt and the runtime. Their names are below "NAME-src/", which will be in
 * `folder`: from there leads the way to the user's own files. */
void emit_server(const struct plan *plan, const char *folder, struct output *output,
                 struct arena *arena);

#endif
