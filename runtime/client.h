/* An HTTP/1.1 client for pipes and sockets, enough to try any local server: one
 * request, one response, streamed to where the caller wants it. */
#ifndef KRT_CLIENT_H
#define KRT_CLIENT_H

#include "endpoint.h"
#include "error.h"
#include "krt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct krt_call {
    const char *method;
    const char *target;        /* origin-form: starts with '/' */
    const char *const *fields; /* "Name: value" each */
    size_t n_fields;
    bool has_body;
    struct krt_bytes body;
    int64_t wait_ms;    /* how long to wait for a server to appear */
    int64_t timeout_ms; /* for connecting, and then between two bytes */
    /* Takes the pieces of the response: first the whole head, then the decoded body. */
    void (*head)(void *context, int status, const char *text, size_t len);
    void (*body_piece)(void *context, const void *data, size_t len);
    void *context;
};

/* Sends the request and delivers the final response; interim ones are skipped. Adds
 * Host: localhost, Content-Length and Connection: close unless `fields` has them. */
int krt_call(const struct krt_endpoint *endpoint, const struct krt_call *call,
             struct krt_error *error);

/* The command line `METHOD /path [-H FIELD] [-d DATA|@FILE] [-i] [--json] [--wait D]
 * [--timeout D]` shared by `krgen call PIPE` and `SERVER --call`. Writes the body to
 * standard output and messages, which start with `program`, to standard error. Returns
 * 0 when a response was received, KRT_ERR_INVALID for a usage error, or another
 * negative enum krt_err. */
int krt_call_main(const char *program, const char *pipe, int argc, char **argv);

/* The options of krt_call_main() for a help text. */
extern const char krt_call_help[];

#endif
