/* Names that the user's functions and the members of generated structs cannot have. */
#ifndef KRGEN_RESERVED_H
#define KRGEN_RESERVED_H

#include "str.h"

#include <stdbool.h>

/* Whether `name` is a keyword of C or C++, or a macro that compilers or their headers
 * bring along unasked. */
bool reserved_is_keyword(struct str name);

/* Whether C libraries have a function or an object of this name: another one would take
 * its place in all of the program. Of names with an underscore in front none is known
 * here, and none free. */
bool reserved_is_library(struct str name);

#endif
