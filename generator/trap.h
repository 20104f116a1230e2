/* Texts that mean something else to YAML than to the people who wrote them: those with
 * { } , # or ? that lack quotes, above all in flow mappings. */
#ifndef KRGEN_TRAP_H
#define KRGEN_TRAP_H

#include "arena.h"
#include "diag.h"
#include "syntax.h"
#include "yaml.h"

#include <stdbool.h>

/* Reports a syntax fault that is certain to be one of these. */
bool trap_report_fault(const struct syntax_fault *fault, struct diag *diag);

/* Reports the text that starts with the template expression at `span`, which YAML reads
 * as a mapping in a mapping. */
void trap_report_expression(struct span span, bool is_flow, struct diag *diag);

/* Reports each plain value of a flow mapping that a ',' within parentheses has ended,
 * `{ qty: int:range(1,99) }`, and makes it whole again. */
void trap_join_values(struct node *mapping, struct arena *arena, struct diag *diag);

/* Reports `pair`, whose key means nothing in `mapping`, if it is the rest of a plain
 * value that a ',' has ended: `{ text: Hello, World }`. Several rests of one value make
 * one error. */
bool trap_report_rest(const struct node *mapping, const struct pair *pair,
                      struct diag *diag);

#endif
