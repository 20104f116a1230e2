/* The language of specs for editors. */
#ifndef KRGEN_SCHEMA_H
#define KRGEN_SCHEMA_H

#include "str.h"

/* Appends a JSON Schema (draft 2020-12) of specs, made from the tables that read.c
 * reads them by. It accepts what krgen accepts, and some specs that krgen refuses: a
 * schema knows little about templates and nothing about routes together. Keys that are
 * not supported yet are left out. */
void schema_print(struct buf *out);

#endif
