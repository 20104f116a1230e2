/* Templates: text with marks. A whole line "%% section" is replaced by what a function
 * writes, "%{name}" inside a line by a value, and a line that starts with "%#" is a
 * comment to maintainers. There is no logic in a template. */
#ifndef KRGEN_TMPL_H
#define KRGEN_TMPL_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>

struct tmpl_value {
    const char *name;
    struct str text; /* escaped for the place where it lands */
};

typedef void (*tmpl_section_fn)(const void *context, struct buf *out);

struct tmpl_section {
    const char *name;
    tmpl_section_fn emit; /* writes whole lines */
};

/* A template and all that its marks may name. */
struct tmpl {
    const char *name; /* of its file */
    struct str text;
    const struct tmpl_value *values;
    size_t n_values;
    const struct tmpl_section *sections;
    size_t n_sections;
    const void *context; /* for the sections */
};

/* Appends the filled template to `out`. A mark that names nothing, or a malformed one,
 * is a defect of the template: it is told to `problem` with file and line, and the
 * result is false. */
bool tmpl_render(const struct tmpl *tmpl, struct buf *out, struct buf *problem);

#endif
