/* What a run keeps of its requests: the mapping `journal`. */
#ifndef KRGEN_JOURNAL_H
#define KRGEN_JOURNAL_H

#include "fields.h"
#include "model.h"
#include "yaml.h"

extern const struct type journal_type;

/* Sets what holds without the mapping. */
void journal_init(struct journal *journal);

/* Reads pair->value, a mapping, into what journal_init() has set. */
void read_journal(struct reader *r, const struct pair *pair, struct journal *journal);

#endif
