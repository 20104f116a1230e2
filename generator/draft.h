/* A route and its response while their keys are read: what the readers of keys share.
 */
#ifndef KRGEN_DRAFT_H
#define KRGEN_DRAFT_H

#include "fields.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>

/* What a response or a header takes from the budget beside its bytes. */
enum { DRAFT_FIXED_COST = 128 };

struct draft {
    struct route *route;
    bool is_literal;               /* braces have no meaning: template: false */
    const struct node *body_key;   /* the first that names a body */
    const struct node *status_key; /* where a status is given */
    const struct pair *type;       /* where it is given, as all that follow */
    const struct pair *redirect;
    const struct pair *file;
    const struct pair *dir;
    struct directory *directory; /* of `dir` */
    const struct pair *index;
    const struct pair *download;
};

/* Takes `body` as the response's, if the budget allows. */
void set_body(struct reader *r, struct response *response, struct span span,
              struct str body);

void set_type(struct response *response, const char *type, struct span span);
void add_header(struct reader *r, struct response *response, struct header header);

#endif
