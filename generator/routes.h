/* The listing of `krgen routes`. */
#ifndef KRGEN_ROUTES_H
#define KRGEN_ROUTES_H

#include "arena.h"
#include "model.h"
#include "str.h"

/* Appends a line for each route of `spec`, which has passed all checks, the most
 * specific first: its precedence (the ranks of its segments, as ASP.NET counts them),
 * its methods, its template, a shortest path that reaches it, and where it stands.
 *
 *   1.1  GET  /users/me    /users/me  users.yaml:13
 *   1.3  GET  /users/{id}  /users/a   users.yaml:15
 */
void routes_print(const struct spec *spec, struct arena *arena, struct buf *out);

#endif
