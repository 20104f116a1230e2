/* The templates and the runtime's sources, carried inside the executable. The table is
 * written by templates/embed.cmake. */
#ifndef KRGEN_EMBED_H
#define KRGEN_EMBED_H

#include "str.h"

#include <stddef.h>

/* One file, known by its name without folders. */
struct embedded {
    const char *name;
    const unsigned char *data;
    size_t len;
};

/* In the order of the build's list. */
extern const struct embedded embedded[];
extern const size_t n_embedded;

/* The file called `name`, or NULL. */
const struct embedded *embedded_find(const char *name);

struct str embedded_text(const struct embedded *file);

#endif
