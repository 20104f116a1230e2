/* Mappings read by tables: what all parts of reading a spec share. */
#ifndef KRGEN_FIELDS_H
#define KRGEN_FIELDS_H

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes that the responses of a spec may have together. Aliases could otherwise make a
 * few kilobytes of YAML a model larger than memory. */
enum { RESPONSES_MAX = 64 * 1024 * 1024 };

/* One reading of a spec. */
struct reader {
    const struct source *source;
    struct arena *arena;
    struct diag *diag;
    size_t budget; /* what is left of RESPONSES_MAX */
};

/* A key of a mapping. */
struct field {
    const char *name;
    bool is_required;
    /* Reads pair->value into what `out` points to; NULL for a key of the language that
     * this krgen does not support yet. */
    void (*read)(struct reader *r, const struct pair *pair, void *out);
};

/* Reads `mapping` by `fields`, a table that a row without name ends. `$schema` and
 * `x-*` are passed over; unknown, unsupported and missing keys are errors. */
void read_fields(struct reader *r, const struct node *mapping,
                 const struct field *fields, void *out);

/* Reports the absence of `name` in `mapping`. */
struct diagnostic *fail_missing(struct reader *r, const struct node *mapping,
                                const char *name);

/* Takes `cost` bytes from the budget. The first time that it is not enough is an error
 * at `span`; the answer is false from then on. */
bool spend(struct reader *r, struct span span, size_t cost);

/* The text of the scalar `node` with its exact span, or that of the whole scalar where
 * it is escaped or empty. */
struct located scalar_located(const struct node *node);

/* The bytes [start, end) of `whole`; its span as exact as that of `whole`. */
struct located located_part(struct located whole, size_t start, size_t end);

/* Reads a value that must be a scalar other than null, as written; false after an
 * error. `example` tells a user who left the value out what to write. */
bool read_text(struct reader *r, const struct pair *pair, const char *example,
               struct located *text);

/* Reports the first template expression ({{ }}) in `text`, which has no meaning yet. */
void refuse_expressions(struct reader *r, struct located text);

#endif
