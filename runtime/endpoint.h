/* From a pipe's name to the place where it is served.
 *
 * Windows: \\.\pipe\NAME. Linux: the Unix socket that .NET uses for a pipe of that
 * name, ${TMPDIR:-/tmp}/CoreFxPipe_NAME. */
#ifndef KRT_ENDPOINT_H
#define KRT_ENDPOINT_H

#include "error.h"

#include <stddef.h>

enum {
    KRT_PIPE_NAME_MAX = 80,
    KRT_ENDPOINT_MAX = 272, /* of a path or URL, its NUL included */
};

struct krt_endpoint {
    char path[KRT_ENDPOINT_MAX]; /* what the system opens */
    char url[KRT_ENDPOINT_MAX];  /* for people: npipe:////./pipe/NAME or unix:PATH */
};

/* What is wrong with `name` as a pipe name, in words that follow it in a message, or
 * NULL. On a fault *at and *len give the offending part. Allowed: 1 to 80 of
 * [A-Za-z0-9._-], first alphanumeric, last not '.', not "anonymous" (.NET reserves
 * it); Windows adds a limit of 256 for the whole path. */
const char *krt_pipe_name_check(const char *name, size_t name_len, size_t *at,
                                size_t *len);

/* The endpoint of the pipe `name`, which is checked. 0, or KRT_ERR_INVALID when the
 * name or the resulting path breaks a rule of the system. */
int krt_endpoint_resolve(struct krt_endpoint *endpoint, const char *name,
                         struct krt_error *error);

/* The endpoint that a client's user means by `text`: a pipe name, \\.\pipe\NAME or
 * //./pipe/NAME, npipe:////./pipe/NAME, or, on Linux, unix:PATH or an absolute path.
 * A client may dial names that krt_pipe_name_check() would refuse to serve. */
int krt_endpoint_parse(struct krt_endpoint *endpoint, const char *text,
                       struct krt_error *error);

#endif
