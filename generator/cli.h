/* What all commands share: how they end, what they say when they cannot begin. */
#ifndef KRGEN_CLI_H
#define KRGEN_CLI_H

#include "str.h"

enum exit_code {
    EXIT_OK = 0,
    EXIT_SPEC = 1,
    EXIT_USAGE = 2,
    EXIT_ENVIRONMENT = 3,
    EXIT_STALE = 4,
};

/* Says what is wrong with the command line; returns EXIT_USAGE. */
int usage_error(const char *problem, const char *subject);

/* Says what failed outside of krgen; returns EXIT_ENVIRONMENT. */
int environment_error(const struct buf *problem);

/* Writes `text` to standard output; the exit code says whether that went well. */
int print_text(const struct buf *text);

#endif
