/* Expressions in the texts of responses: {{path.id ?? 0 | url}}. What their names mean
 * depends on the route: see scope.h. */
#ifndef KRGEN_EXPRESSION_H
#define KRGEN_EXPRESSION_H

#include "fields.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>

/* A literal text, and the expression behind it, NULL at the end of the text. */
struct piece {
    struct str literal;
    struct expression *expression;
};

struct pieces {
    struct piece *list; /* at least one */
    size_t n;
};

/* Whether an expression, perhaps a malformed one, is in `text`. */
bool expression_is_in(struct str text);

/* Divides `text`. An expression that is malformed is an error (CHECK_EXPRESSION), and
 * none of the pieces. */
struct pieces expression_split(struct reader *r, struct located text);

/* The same for a text in which literal expressions, such as {{'{{'}}, are what they
 * say: returns the text without the other expressions, and adds these to `inserts`. */
struct str expression_read(struct reader *r, struct located text,
                           struct inserts *inserts);

/* Adds `expression` at the offset `at` of a text. */
void expression_insert(struct reader *r, struct inserts *inserts, size_t at,
                       struct expression *expression);

/* Whether the expression is a text of the spec and nothing else. */
bool expression_is_literal(const struct expression *expression);

/* Reports the first expression in `text`, where there can be none; `what` says where.
 */
void expression_refuse(struct reader *r, struct located text, const char *what);

#endif
