/* Parameters of route templates: {id:int:range(1,99)}. */
#ifndef KRGEN_PARAMETER_H
#define KRGEN_PARAMETER_H

#include "model.h"
#include "scan.h"

/* Reads the parameter whose '{' is at scan->at and moves behind its '}'. After an error
 * returns NULL and moves to where reading can go on, a '/' or the template's end. */
struct parameter *parameter_read(struct scan *scan);

#endif
