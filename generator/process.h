/* Running another program to its end. */
#ifndef KRGEN_PROCESS_H
#define KRGEN_PROCESS_H

#include "str.h"

#include <stdbool.h>

/* What a program left behind. */
struct process_result {
    int exit_code;   /* 128 + number when a signal ended it */
    struct buf *out; /* its standard output */
    struct buf *err; /* its standard error; may be the same buffer as `out` */
};

/* Runs arguments[0], found through PATH, with `input` on its standard input, and waits.
 * `arguments` ends with NULL. False with a message in `problem` when it could not be
 * started. */
bool process_run(const char *const *arguments, struct str input,
                 struct process_result *result, struct buf *problem);

/* How many programs this machine runs at once; at least 1. */
unsigned process_parallelism(void);

/* Whether PATH has a program of this name. */
bool process_exists(const char *name);

#endif
