/* Bodies that are no text of the spec, and redirects, which have none. */
#ifndef KRGEN_PAYLOAD_H
#define KRGEN_PAYLOAD_H

#include "draft.h"

extern const struct type base64_text;
extern const struct type target_text;

/* Of a field, whose `out` is the struct draft. */
void read_base64(struct reader *r, const struct pair *pair, void *out);
void read_redirect(struct reader *r, const struct pair *pair, void *out);

/* Judges the status of a redirect, once all keys are read. */
void settle_redirect(struct reader *r, const struct draft *draft);

#endif
