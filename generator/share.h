/* Matchers that differ in nothing but their routes have one function, and every
 * function has its file. */
#ifndef KRGEN_SHARE_H
#define KRGEN_SHARE_H

#include "arena.h"
#include "ident.h"
#include "plan.h"

/* Finds what the plan's matchers, which are complete, share, and spreads them over
 * files. Idents are taken from `functions`. */
void share_matchers(struct plan *plan, struct idents *functions, struct arena *arena);

#endif
