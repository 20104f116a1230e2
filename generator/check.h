/* Model -> model that makes sense: what one key alone cannot tell. */
#ifndef KRGEN_CHECK_H
#define KRGEN_CHECK_H

#include "diag.h"
#include "model.h"

#include <stdbool.h>

/* Reports every fault of what was read well of `spec`; false after an error. */
bool check_spec(const struct spec *spec, struct diag *diag);

#endif
