/* What the user of a generated program asks for: its command line and, where that is
 * silent, variables of the environment called KRGEN_OPTION. */
#ifndef KRT_OPTIONS_H
#define KRT_OPTIONS_H

#include "log.h"
#include "tables.h"

#include <stdbool.h>
#include <stdint.h>

enum krt_action {
    KRT_ACTION_SERVE,
    KRT_ACTION_CALL,
    KRT_ACTION_ROUTES,
    KRT_ACTION_VERSION,
    KRT_ACTION_HELP,
};

struct krt_options {
    enum krt_action action;
    const char *pipe;
    bool is_unique; /* the pipe's name is made one that no other server has */
    const char *ready_file;
    enum krt_log_level level;
    enum krt_log_format format;
    bool explain;
    int workers;           /* 0: half of the processors */
    bool is_strict;        /* a request that no route takes is a failure of the run */
    bool is_unverified;    /* what the spec expects is not looked at */
    const char *journal;   /* a file for the requests; NULL for none, as is */
    const char *junit;     /* this one for the report */
    int64_t timeout_ms;    /* 0 for none, as are the next two */
    int64_t idle_exit_ms;  /* without a request, after which the server ends */
    uint64_t max_requests; /* after whose answers it does */
    /* With KRT_ACTION_CALL what follows --call; else the command that is to be run and
     * its arguments, behind which is a NULL. */
    int argc;
    char **argv;
};

/* Reads the command line and the environment. `options` points to `argv` and the
 * environment from then on. 0, or 2 for what cannot be understood, which has been told
 * on standard error. */
int krt_options_read(struct krt_options *options, const struct krt_program *program,
                     int argc, char **argv);

/* The options, a line each, for --help. */
extern const char krt_options_help[];

#endif
