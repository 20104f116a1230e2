/* An HTTP/1.1 client for pipes and sockets, enough to try any local server: one request
 * after another over one connection, bodies streamed both ways. */
#ifndef KRT_CLIENT_H
#define KRT_CLIENT_H

#include "endpoint.h"
#include "error.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of a request body that only reading it to its end will tell. */
#define KRT_LENGTH_UNKNOWN UINT64_MAX

/* Where the body of a request comes from. Both are given the context of the call, and
 * return 0 or, with `error` set, a negative enum krt_err that ends the call. */
struct krt_upload {
    /* Goes to the body's start and stores its length, or KRT_LENGTH_UNKNOWN, in *len.
     * Called whenever the request is about to be sent. */
    int (*start)(void *context, uint64_t *len, struct krt_error *error);
    /* Stores the next 1 to `cap` bytes in `buffer` and their number in *n, or 0 at the
     * body's end. */
    int (*read)(void *context, void *buffer, size_t cap, size_t *n,
                struct krt_error *error);
};

struct krt_call {
    const char *method;
    const char *target;        /* origin-form: starts with '/' */
    const char *const *fields; /* "Name: value" each */
    size_t n_fields;
    bool is_last;                    /* asks the server to close the connection */
    const struct krt_upload *upload; /* NULL: there is no body */
    /* Take the response: first the whole head, then the decoded body in pieces. They
     * return 0 or, with `error` set, a negative enum krt_err that ends the call. */
    int (*head)(void *context, int status, const char *text, size_t len,
                struct krt_error *error);
    int (*body_piece)(void *context, const void *data, size_t len,
                      struct krt_error *error);
    void *context;
};

struct krt_client_options {
    const struct krt_endpoint *endpoint; /* outlives the client */
    int64_t wait_ms;                     /* how long to wait for a server to appear */
    int64_t timeout_ms; /* for connecting, and then between two bytes */
    bool any_owner;     /* do without krt_link_check_owner() */
};

/* A connection to a server, made when it is first needed and kept from call to call as
 * long as both sides will. */
struct krt_client;

/* NULL when memory ran out. */
struct krt_client *krt_client_new(const struct krt_client_options *options);

/* Sends the request and delivers the final response; interim ones are passed over. Adds
 * Host: localhost, Accept, Content-Length or Transfer-Encoding, and if it is the last
 * Connection: close, unless `fields` has them.
 *
 * The body is not sent to its end when the server answers with a status from 300 on, or
 * completely, before that. One that is longer than a MiB, or of unknown length, is
 * announced with Expect: 100-continue and held back for up to a second.
 *
 * When a kept connection turns out to be closed before anything of the response has
 * come, the call is repeated once on a new one, if nothing of the request has been sent
 * or its method is idempotent (RFC 9110 section 9.2.2). */
int krt_client_call(struct krt_client *client, const struct krt_call *call,
                    struct krt_error *error);

/* Closes the connection and frees the client; NULL is allowed. */
void krt_client_free(struct krt_client *client);

/* The command line `METHOD /path [METHOD /path]... [OPTION]...` shared by `krgen call
 * PIPE` and `SERVER --call`; its options are those of krt_call_help. Makes the calls in
 * order over one connection, up to the first that fails. Writes the bodies to standard
 * output and messages, which start with `program`, to standard error. Changes the order
 * of `argv`. Returns 0 when all responses were received, KRT_ERR_INVALID for a usage
 * error, or another negative enum krt_err. */
int krt_call_main(const char *program, const char *pipe, int argc, char **argv);

/* The options of krt_call_main() for a help text. */
extern const char krt_call_help[];

#endif
