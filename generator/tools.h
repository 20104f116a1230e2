/* The programs that krgen runs: re2c and CMake. */
#ifndef KRGEN_TOOLS_H
#define KRGEN_TOOLS_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

enum target { TARGET_NATIVE, TARGET_WINDOWS };

/* Compiles re2c source to C. On failure `problem` gets one message with re2c's own
 * words, and the result is false. */
bool tools_re2c(struct str source, struct str *compiled, struct arena *arena,
                struct buf *problem);

/* Builds the server whose sources are in FOLDER/NAME-src; the executable goes to
 * FOLDER, CMake's files to FOLDER/.krgen. On failure as above, with the compiler's
 * words. */
bool tools_build(const char *folder, const char *name, enum target target,
                 struct buf *problem);

#endif
