/* The way from one place of the file system to another. */
#ifndef KRGEN_RELATIVE_H
#define KRGEN_RELATIVE_H

#include "arena.h"
#include "str.h"

/* The path of the file `to`, which exists, from the folder `from`, which need not, both
 * with symbolic links followed: "../../specs/users.c". */
struct str relative_path(const char *from, const char *to, struct arena *arena);

#endif
