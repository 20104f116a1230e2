/* Which bytes a spec may hold. */
#ifndef KRGEN_ENCODING_H
#define KRGEN_ENCODING_H

#include "diag.h"
#include "source.h"

#include <stdbool.h>

/* Reports the first place where `source` is not UTF-8 text: a wrong byte tends to be
 * followed by many more. False after an error. */
bool encoding_check(const struct source *source, struct diag *diag);

#endif
