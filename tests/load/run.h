/* Clients that ask for one thing again and again, and what came of it. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "counter.h"
#include "histogram.h"

struct run_options {
    const char *endpoint; /* path of the socket or pipe */
    const char *request;
    size_t request_len;
    size_t clients;
    size_t depth;         /* requests sent together; 1 without is_kept */
    uint64_t requests;    /* to be made at all; 0 for no limit */
    uint64_t time_ns;     /* to be made in; 0 for no limit */
    uint64_t patience_ns; /* without any answer; then it is given up */
    bool is_kept;         /* one connection for all requests of a client */
};

struct run_result {
    struct histogram latency; /* ns; from the connect where connections are not kept */
    uint64_t ns;              /* how long it took */
    uint64_t n_answers;
    uint64_t n_retries;    /* connects to a busy server */
    uint64_t n_unanswered; /* connections that ended before all answers were there */
    uint64_t n_malformed;  /* connections on which something else arrived */
    uint64_t n_unconnected;
    bool is_stalled; /* it was given up */
};

struct run;

/* Makes the requests and stores what came of it; `expected` is the caller's, its counts
 * are part of the result. The connections that are kept stay open until run_free().
 * NULL without memory or means. */
struct run *run_new(const struct run_options *options, struct expected *expected,
                    struct run_result *result);

void run_free(struct run *run);

#endif
