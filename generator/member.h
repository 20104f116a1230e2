/* The parameters of a route as its handler gets them: members of a C struct. */
#ifndef KRGEN_MEMBER_H
#define KRGEN_MEMBER_H

#include "arena.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>

enum member_type { MEMBER_STR, MEMBER_INT32, MEMBER_INT64, MEMBER_BOOL, MEMBER_DOUBLE };

struct member {
    struct str parameter; /* as the spec calls it */
    bool is_of_query;     /* else of the path */
    size_t index;         /* among those */
    enum member_type type;
    const char *name;     /* of the member: the parameter's, unless C forbids it */
    const char *has_name; /* of the bool that says it is there; NULL: it always is */
};

struct members {
    struct member *items; /* the path's from left to right, then the query's */
    size_t n;
};

/* The narrowest type that takes every value: int gives int32_t, long and the bounds of
 * integers int64_t, bool and double their own, whatever else is with them; all others
 * are texts. */
enum member_type member_type_of(const struct parameter *parameter);

/* The type as C has it. */
const char *member_type_name(enum member_type type);

/* The members for `route`. */
void members_of(const struct route *route, struct members *members,
                struct arena *arena);

#endif
