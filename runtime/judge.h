/* What a request is answered with, decided once its head is complete. Sans-I/O. */
#ifndef KRT_JUDGE_H
#define KRT_JUDGE_H

#include "head.h"
#include "near.h"
#include "tables.h"

/* Room for the names of KRT_METHODS_MAX methods, OPTIONS, and what joins them. */
enum {
    KRT_ALLOW_SIZE = KRT_METHODS_MAX * (KRT_METHOD_NAME_MAX + 2) + sizeof "OPTIONS",
};

struct krt_verdict {
    int route;            /* index into the program's routes or KRT_NO_ROUTE */
    int status;           /* without a route: 204, 308, 404, 405 or 501 */
    struct krt_near near; /* of 405: its first route; of 404: see krt_near_find() */
    struct krt_slice values[KRT_PARAMETERS_MAX]; /* of the route's parameters */
    char allow[KRT_ALLOW_SIZE]; /* of 204 and 405, else empty: the value of Allow */
};

/* Judges a request whose path, unless it is "*", ends with a NUL where the head has it
 * if it is plain, or whose normal form is in `scratch` if it is not. `scratch` has room
 * for krt_path_size() bytes. With 404 the path is in it afterwards, so that
 * krt_near_find() can follow; the verdict has no near route then. */
void krt_judge(struct krt_verdict *verdict, const struct krt_program *program,
               const struct krt_head *head, unsigned char *scratch);

#endif
