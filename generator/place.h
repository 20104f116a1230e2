/* Where in a body the values of expressions stand. Texts are passed piece by piece:
 * each piece is followed by a value, which changes nothing. */
#ifndef KRGEN_PLACE_H
#define KRGEN_PLACE_H

#include "str.h"

#include <stdbool.h>

/* Between the pieces of a text of JSON (RFC 8259). Zeroed before the first. */
struct json_place {
    bool is_in_string;
    bool is_escaped; /* by a backslash in it */
};

void json_place_pass(struct json_place *place, struct str text);

/* Between the pieces of a text of HTML or XML. Zeroed before the first. */
struct markup_place {
    bool is_in_tag;
    char quote;      /* of the attribute's value in it, or 0 */
    struct str raw;  /* "script" or "style": the element that takes all text as it is */
    struct str name; /* of the tag */
};

void markup_place_pass(struct markup_place *place, struct str text);

#endif
