/* The route that a request came nearest to without reaching it. Sans-I/O, and quick
 * enough for thousands of routes: most are put aside at their first segment. */
#ifndef KRT_NEAR_H
#define KRT_NEAR_H

#include "tables.h"

#include <stdbool.h>

/* Why the nearest route was not taken, the nearest reason first. */
enum krt_near_reason {
    KRT_NEAR_ABSENT,     /* the route takes the path, but has nothing by that name */
    KRT_NEAR_SLASH,      /* one of route and path has a '/' at its end */
    KRT_NEAR_CASE,       /* letters differ in upper and lower case */
    KRT_NEAR_CONSTRAINT, /* a value is not what the constraints ask for */
    KRT_NEAR_TYPO,       /* one character of a literal segment is missing, added or
                          * another, or two neighbours have changed places */
    KRT_NEAR_METHOD,     /* the path, or nearly it, belongs to another method */
    KRT_NEAR_NONE,       /* no route is near */
};

struct krt_near {
    enum krt_near_reason reason;
    int route; /* index into the program's routes; KRT_NO_ROUTE where there is none */
    bool wants_slash; /* of KRT_NEAR_SLASH: the route has one, the path has not */
    const struct krt_parameter *parameter; /* of KRT_NEAR_CONSTRAINT */
    struct krt_slice value;                /* the parameter's, in the path */
};

/* Finds the route nearest to `path`, which no route of `method` takes: the first by
 * reason and then in the order of the program's routes. HEAD belongs to routes of GET
 * too, OPTIONS to all. Paths over 1 KiB are not looked at. The path is decoded, ends
 * with a NUL, has room for one byte more and is written to, but left as it was. */
void krt_near_find(struct krt_near *near, const struct krt_program *program,
                   struct krt_slice method, unsigned char *path);

#endif
