/* The grammar of route templates: /users/{id}. */
#ifndef KRGEN_ROUTE_TEMPLATE_H
#define KRGEN_ROUTE_TEMPLATE_H

#include "fields.h"
#include "model.h"

enum { TEMPLATE_MAX = 8000 }; /* bytes; a request line has 8 KiB */

/* What all templates match, as a regular expression of ECMAScript: nothing is told
 * about what stands between the first brace and the last. */
#define TEMPLATE_PATTERN                                                               \
    "/" TEMPLATE_TEXT_PATTERN "([{}].*[{}]" TEMPLATE_TEXT_PATTERN ")?"
#define TEMPLATE_TEXT_PATTERN "[^\\x00-\\x20\"#<>?\\\\^`{|}\\x7f]*"

/* Reads `source` into `template` and reports every fault of it. */
void read_template(struct reader *r, struct located source, struct template *template);

#endif
