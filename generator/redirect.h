/* Where a response sends its client (RFC 9110 section 15.4). */
#ifndef KRGEN_REDIRECT_H
#define KRGEN_REDIRECT_H

#include "fields.h"
#include "model.h"

#include <stdbool.h>

enum { REDIRECT_STATUS = 302 }; /* where a spec gives none */

/* Whether a response with this status sends its client elsewhere. */
bool redirect_has_status(int status);

/* Reports the first character of `target` that no URL can hold (RFC 3986 section 2), or
 * that there is none. */
void redirect_check(struct reader *r, struct located target);

#endif
