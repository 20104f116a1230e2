#define _GNU_SOURCE

#include "calling.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/krgen.client.XXXXXX";
static struct krt_endpoint endpoint;

int calling_set_up(void **state)
{
    char storage[64];
    struct krt_buffer url = KRT_BUFFER(storage);
    struct krt_error error;
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    krt_put_text(&url, "unix:");
    krt_put_text(&url, folder);
    krt_put_text(&url, "/socket");
    return krt_endpoint_parse(&endpoint, krt_end_text(&url), &error);
}

int calling_tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

struct krt_endpoint calling_endpoint(void)
{
    return endpoint;
}

struct krt_client_options calling_options(void)
{
    return (struct krt_client_options){.endpoint = &endpoint,
                                       .timeout_ms = CALLING_PATIENCE_MS};
}

static int take_head(void *context, int status, const char *text, size_t len,
                     struct krt_error *error)
{
    struct called *called = context;
    (void)error;
    called->n_heads++;
    called->status = status;
    krt_put(&called->head, text, len);
    return KRT_OK;
}

static int take_body(void *context, const void *data, size_t len,
                     struct krt_error *error)
{
    struct called *called = context;
    (void)error;
    assert_int_equal(called->n_heads, 1);
    assert_true(len > 0);
    called->body_len += len;
    krt_put(&called->body, data, len);
    return KRT_OK;
}

static int start_upload(void *context, uint64_t *len, struct krt_error *error)
{
    const struct called *called = context;
    return called->upload->start(called->upload_context, len, error);
}

static int read_upload(void *context, void *buffer, size_t cap, size_t *n,
                       struct krt_error *error)
{
    const struct called *called = context;
    return called->upload->read(called->upload_context, buffer, cap, n, error);
}

void calling_call(struct krt_client *client, struct called *called,
                  struct krt_call request)
{
    static const struct krt_upload upload = {start_upload, read_upload};
    memset(called, 0, sizeof *called);
    called->head = (struct krt_buffer)KRT_BUFFER(called->head_text);
    called->body = (struct krt_buffer)KRT_BUFFER(called->body_text);
    called->upload = request.upload;
    called->upload_context = request.context;
    if (!request.method)
        request.method = "GET";
    if (!request.target)
        request.target = "/";
    if (request.upload)
        request.upload = &upload;
    request.head = take_head;
    request.body_piece = take_body;
    request.context = called;
    called->code = krt_client_call(client, &request, &called->error);
    krt_end_text(&called->head);
    krt_end_text(&called->body);
    if (called->code != KRT_OK)
        assert_int_equal(called->error.kind, called->code);
}

void calling_once(const struct krt_client_options *options, struct called *called,
                  struct krt_call request)
{
    struct krt_client *client = krt_client_new(options);
    assert_non_null(client);
    request.is_last = true;
    calling_call(client, called, request);
    krt_client_free(client);
}

static int start_body(void *context, uint64_t *len, struct krt_error *error)
{
    struct calling_body *body = context;
    (void)error;
    body->at = 0;
    body->n_starts++;
    *len = body->announced;
    return KRT_OK;
}

static int read_body(void *context, void *buffer, size_t cap, size_t *n,
                     struct krt_error *error)
{
    struct calling_body *body = context;
    size_t left = body->len - body->at;
    if (left == 0 && body->fails)
        return krt_error_set(error, KRT_ERR_SYSTEM, "the disk burns");
    *n = left < cap ? left : cap;
    if (body->piece > 0 && *n > body->piece)
        *n = body->piece;
    memcpy(buffer, body->data + body->at, *n);
    body->at += *n;
    return KRT_OK;
}

const struct krt_upload calling_upload = {start_body, read_body};
