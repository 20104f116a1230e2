/* Media types by the names of files. */
#ifndef KRGEN_MEDIA_TYPE_H
#define KRGEN_MEDIA_TYPE_H

#include "str.h"

#include <stdbool.h>

/* The length of the longest. */
enum { MEDIA_TYPE_MAX = 80 };

/* The type that the extension of `name` stands for, in either case, as it is sent:
 * texts are UTF-8. application/octet-stream where the extension is not known. */
const char *media_type_of(struct str name);

/* Whether a body of that type, which may have parameters, is HTML or XML, or JSON. */
bool media_type_is_markup(struct str type);
bool media_type_is_json(struct str type);

#endif
