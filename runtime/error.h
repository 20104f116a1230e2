/* Failures of the environment, told to people once and to code by kind. */
#ifndef KRT_ERROR_H
#define KRT_ERROR_H

#include <stddef.h>

enum krt_err {
    KRT_OK = 0,
    KRT_ERR_CLOSED = -1,    /* the peer is gone: a normal end */
    KRT_ERR_ABORTED = -2,   /* broken off: by krt_stream_cancel(), or by a server */
    KRT_ERR_TIMEOUT = -3,   /* a deadline passed */
    KRT_ERR_ABSENT = -4,    /* no server listens on the name */
    KRT_ERR_BUSY = -5,      /* a server is there, but no instance is free */
    KRT_ERR_IN_USE = -6,    /* another server owns the name */
    KRT_ERR_DENIED = -7,    /* the system does not let this user */
    KRT_ERR_INVALID = -8,   /* an argument breaks a documented rule */
    KRT_ERR_NO_MEMORY = -9, /* memory, handles or descriptors ran out */
    KRT_ERR_PROTOCOL = -10, /* the peer does not speak HTTP/1.1 */
    KRT_ERR_SYSTEM = -11,   /* any other failure of the system */
};

#if defined(__GNUC__)
#define KRT_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define KRT_PRINTF(text, first)
#endif

/* A failure and its message: the operation, its object, the system's code with its
 * symbol, and what to do; one line, no full stop, no newline. */
struct krt_error {
    enum krt_err kind;
    char text[512];
};

/* Sets `error` and returns `kind`. A message that does not fit is cut. */
int krt_error_set(struct krt_error *error, enum krt_err kind, const char *format, ...)
    KRT_PRINTF(3, 4);

/* One row of a back end's table of system codes. */
struct krt_code {
    long code;
    const char *symbol;
    enum krt_err kind;
    const char *advice; /* what it means here and what to do, or NULL */
};

/* Sets `error` for a failed system call: "cannot OPERATION OBJECT: SYMBOL (CODE):
 * ADVICE". A code that `codes` lacks is a KRT_ERR_SYSTEM without symbol. Returns the
 * kind. */
int krt_error_from_code(struct krt_error *error, const struct krt_code *codes,
                        size_t n_codes, long code, const char *operation,
                        const char *object);

/* The kind that `codes` gives to `code`, KRT_ERR_SYSTEM if it has none. */
enum krt_err krt_error_kind(const struct krt_code *codes, size_t n_codes, long code);

#endif
