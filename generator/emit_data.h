/* The files of struct data. */
#ifndef KRGEN_EMIT_DATA_H
#define KRGEN_EMIT_DATA_H

#include "str.h"

/* Sections of the templates of data/data.h, data/data_1.c and so on, and of
 * CMakeLists.txt. */
void emit_directory_declarations(const void *context, struct buf *out);
void emit_data_declarations(const void *context, struct buf *out);
void emit_data(const void *context, struct buf *out);
void emit_data_sources(const void *context, struct buf *out);

/* A section of NAME.c: includes data/data.h where it exists. */
void emit_data_include(const void *context, struct buf *out);

#endif
