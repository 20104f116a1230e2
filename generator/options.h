/* The command line of the commands that read specs. */
#ifndef KRGEN_OPTIONS_H
#define KRGEN_OPTIONS_H

#include "arena.h"
#include "diag.h"
#include "tools.h"

#include <stdbool.h>
#include <stddef.h>

/* Sets of options, by what a command does. */
enum option_group {
    OPTIONS_READ = 1,  /* reads specs */
    OPTIONS_WRITE = 2, /* compiles them */
};

struct options {
    const char **specs;
    size_t n_specs; /* at least 1 */
    const char *folder;
    bool no_build;
    bool is_check;       /* compare with what is there, write nothing */
    const char *depfile; /* or NULL */
    enum target target;
    enum diag_format format;
    bool warnings_are_errors;
};

/* Reads `n` words as options of `groups` and as specs. Returns EXIT_OK, or EXIT_USAGE
 * with a message. */
int options_read(struct options *options, unsigned groups, size_t n, char **words,
                 struct arena *arena);

#endif
