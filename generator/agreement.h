/* Whether the handlers of a spec agree with each other. */
#ifndef KRGEN_AGREEMENT_H
#define KRGEN_AGREEMENT_H

#include "diag.h"
#include "model.h"

/* Reports handlers without files to be in, functions that share a name, and routes that
 * would give one handler different parameters. */
void check_agreement(const struct spec *spec, struct diag *diag);

#endif
