/* Routes against each other: which are the same, which nothing decides between, which
 * never win. */
#ifndef KRGEN_CONTEST_H
#define KRGEN_CONTEST_H

#include "diag.h"
#include "model.h"

/* Reports routes of one method that match the same paths, that are of equal rank and
 * share a path, and that other routes cover. Routes that were not read well are left
 * out. */
void check_contest(const struct spec *spec, struct diag *diag);

#endif
