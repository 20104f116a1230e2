/* Calls that a test makes over a socket of its own, and what they bring. */
#ifndef TESTS_CALLING_H
#define TESTS_CALLING_H

#include "client.h"
#include "text.h"

enum { CALLING_PATIENCE_MS = 20000 };

struct called {
    int code;
    struct krt_error error;
    int n_heads;
    int status;
    size_t body_len; /* of all of it */
    struct krt_buffer head;
    struct krt_buffer body;
    char head_text[1024];
    char body_text[64 * 1024]; /* its start */
    const struct krt_upload *upload;
    void *upload_context;
};

/* Make and remove the socket's folder. */
int calling_set_up(void **state);
int calling_tear_down(void **state);

struct krt_endpoint calling_endpoint(void);

/* The options of a client that is in no hurry. */
struct krt_client_options calling_options(void);

/* Makes a call, of GET / unless `request` says otherwise. Its context is that of the
 * upload. */
void calling_call(struct krt_client *client, struct called *called,
                  struct krt_call request);

/* The same with a client of its own. */
void calling_once(const struct krt_client_options *options, struct called *called,
                  struct krt_call request);

/* A body for an upload: its context. */
struct calling_body {
    const char *data;
    size_t len;
    uint64_t announced; /* KRT_LENGTH_UNKNOWN, or what start() tells */
    size_t piece;       /* most bytes of one read(); 0 for no limit */
    bool fails;         /* at its end */
    size_t at;
    int n_starts;
};

extern const struct krt_upload calling_upload;

#endif
