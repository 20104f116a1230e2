/* The spec's path, as people see it in what is made of the spec. */
#ifndef KRGEN_SPEC_PATH_H
#define KRGEN_SPEC_PATH_H

#include "arena.h"

/* The name of the file at `path`, without folders. */
const char *file_name(const char *path);

/* `path` with '/' between its names and without "." among them, where it is relative
 * and goes nowhere up; else the name of the file. What is made of a spec is the same on
 * all machines, so no absolute path is in it. */
const char *spec_path(const char *path, struct arena *arena);

#endif
