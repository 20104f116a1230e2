/* A first version of the file that the user owns. */
#ifndef KRGEN_EMIT_STUBS_H
#define KRGEN_EMIT_STUBS_H

#include "arena.h"
#include "plan.h"
#include "str.h"

/* Appends C, and C++ as well, that defines each function that the spec names. */
void emit_stubs(const struct plan *plan, struct arena *arena, struct buf *out);

#endif
