/* The files of the data folder that have directories. */
#ifndef KRGEN_EMIT_DIRECTORY_H
#define KRGEN_EMIT_DIRECTORY_H

#include "emitter.h"

/* Appends the file of the directory that `route` has. */
void emit_directory(const struct emitter *emitter, const struct route_plan *route,
                    struct buf *out);

#endif
