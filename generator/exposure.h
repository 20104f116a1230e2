/* Warnings about an access that lets more people in, or lets them do more, than a
 * server needs. */
#ifndef KRGEN_EXPOSURE_H
#define KRGEN_EXPOSURE_H

#include "diag.h"
#include "model.h"

void check_exposure(const struct spec *spec, struct diag *diag);

#endif
