/* Parameters of route templates: {id:int:range(1,99)}. */
#ifndef KRGEN_PARAMETER_H
#define KRGEN_PARAMETER_H

#include "model.h"
#include "scan.h"

/* Reads the parameter whose '{' is at scan->at and moves behind its '}'. After an error
 * returns NULL and moves to where reading can go on, a '/' or the template's end. */
struct parameter *parameter_read(struct scan *scan);

/* Reads the constraints of a parameter of the query called `name`, all of the text:
 * "int:range(1,99)?", where `string` is any text. Never NULL. */
struct parameter *parameter_read_query(struct scan *scan, struct located name);

#endif
