/* One run of a generated server, from its start to its exit code. */
#ifndef KRT_RUN_H
#define KRT_RUN_H

#include "options.h"

/* The exit codes of the program that are not the command's. */
enum krt_exit {
    KRT_EXIT_OK = 0,
    KRT_EXIT_RUNTIME = 1,
    KRT_EXIT_USAGE = 2,
    KRT_EXIT_IN_USE = 3,     /* the pipe's name is, or the system denies it */
    KRT_EXIT_UNEXPECTED = 4, /* a request, or their number, was not as expected */
    KRT_EXIT_TIMEOUT = 124,
    KRT_EXIT_NOT_RUNNABLE = 126, /* the command is there and cannot be run */
    KRT_EXIT_NOT_FOUND = 127,    /* there is no such command */
};

/* The exit code for an enum krt_err. */
int krt_exit_code(int error);

/* Serves as `options` ask and returns the exit code of the process. Once in a process.
 */
int krt_run(const struct krt_program *program, const struct krt_options *options);

#endif
