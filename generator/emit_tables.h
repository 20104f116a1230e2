/* The sections for automata that become data: see runtime/automaton.h. */
#ifndef KRGEN_EMIT_TABLES_H
#define KRGEN_EMIT_TABLES_H

#include "str.h"

/* Sections of NAME.c, then of NAME.h; `context` is the struct emitter. */
void emit_table_include(const void *context, struct buf *out);
void emit_tables(const void *context, struct buf *out);
void emit_division_prototypes(const void *context, struct buf *out);

#endif
