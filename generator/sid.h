/* Security identifiers: who is who on Windows. */
#ifndef KRGEN_SID_H
#define KRGEN_SID_H

#include "str.h"

#include <stdbool.h>

/* What is wrong with `text` as a SID in numbers, "S-1-5-32-544", or NULL. */
const char *sid_find_fault(struct str text);

/* Whether `text` is meant as a SID in numbers. */
bool sid_is_meant(struct str text);

/* Reads a SID as SDDL writes it: in numbers, or two letters that stand for one. `sid`
 * becomes the numbers, or the letters where the numbers depend on the domain. False for
 * letters that stand for nothing; numbers are taken as they are. */
bool sid_read(struct str text, struct str *sid);

#endif
