/* What all that is emitted shares: the plan, the templates, text made safe. */
#ifndef KRGEN_EMITTER_H
#define KRGEN_EMITTER_H

#include "plan.h"
#include "tmpl.h"

#include <stddef.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct naming;
struct row;

/* The context of a template's sections. */
struct emitter {
    const struct plan *plan;
    struct arena *arena;
    const char *folder;             /* of the server's sources, "DIR/NAME-src" */
    size_t file;                    /* of matchers or data, while one is emitted */
    const struct matcher *matcher;  /* likewise */
    const struct route_plan *route; /* likewise */
    const struct call_plan *call;   /* likewise */
    const struct row *row;          /* of automata, likewise */
    const struct naming *naming;    /* of a response, likewise */
};

/* A template's marks. */
struct marks {
    const struct tmpl_value *values;
    size_t n_values;
    const struct tmpl_section *sections;
    size_t n_sections;
};

/* Renders the template called `name`, which is part of krgen. */
void emitter_render(const struct emitter *emitter, const char *name,
                    const struct marks *marks, struct buf *out);

/* `text` as C string literals, as a comment's text, `value` in decimal. */
struct str emitter_c_string(const struct emitter *emitter, struct str text,
                            size_t indent);
struct str emitter_comment(const struct emitter *emitter, struct str text);
struct str emitter_number(const struct emitter *emitter, size_t value);

/* Likewise, as a number of units if it is one: "30 * 1000" says more than "30000". */
struct str emitter_product(const struct emitter *emitter, int value, int unit);

/* `bytes` as an initialiser of struct krt_bytes. */
struct str emitter_bytes(const struct emitter *emitter, struct str bytes,
                         size_t indent);

/* The place of a route in the spec, which numbers what is emitted for it. */
size_t emitter_index(const struct emitter *emitter, const struct route_plan *route);

/* Appends an initialiser for struct krt_parameter. */
void emitter_put_parameter(const struct emitter *emitter,
                           const struct parameter *parameter, struct buf *out);

/* Appends where a route stands: "GET /users/{id} (users.yaml:15)". */
void emitter_put_origin(const struct emitter *emitter, const struct route_plan *route,
                        struct buf *out);
struct str emitter_origin(const struct emitter *emitter,
                          const struct route_plan *route);

/* Whether there is a folder of data. */
bool emitter_has_data(const struct emitter *emitter);

/* The parameters of the matcher's function behind the path. */
const char *emitter_results(const struct matcher *matcher);

#endif
