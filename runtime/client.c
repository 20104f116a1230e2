#include "client.h"

#include "dial.h"
#include "incoming.h"
#include "os.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum {
    INPUT_SIZE = 64 * 1024,  /* a response head must fit */
    OUTPUT_SIZE = 64 * 1024, /* a request head must fit */
    CHUNK_HEAD_MAX = sizeof "ffffffff\r\n" - 1,
    PIECE = OUTPUT_SIZE - CHUNK_HEAD_MAX - 2, /* of a body; a CRLF ends a chunk */
    ABSENT_RETRY_MS = 10,
    LARGE_BODY = 1024 * 1024,
    CONSENT_MS = 1000,
};

struct krt_client {
    struct krt_client_options options;
    struct krt_link *link; /* NULL while there is none */
    struct krt_incoming incoming;
    struct krt_error *error; /* of this call */
    const struct krt_call *call;
    struct krt_writing writing; /* its has_begun: of the request */
    uint64_t body_left;         /* of the request, or KRT_LENGTH_UNKNOWN */
    bool is_chunked;            /* the request's body */
    bool asks_consent;          /* to send it */
    bool is_kept;               /* the connection, from an earlier call */
    bool is_whole;              /* all of the request was sent */
    bool has_received;          /* something since the request began */
    int heard;                  /* what came of listening during a write */
    size_t len;                 /* of the input not yet used */
    char input[INPUT_SIZE];
    char output[OUTPUT_SIZE];
};

/* ---- The request's head ---- */

/* Whether `field` has the name that `line` starts with, in lower case. */
static bool has_name(const char *field, const char *line)
{
    for (; *line != ':'; field++, line++)
        if ((*field >= 'A' && *field <= 'Z' ? *field | 0x20 : *field) != *line)
            return false;
    return *field == ':';
}

static bool has_field(const struct krt_call *call, const char *line)
{
    for (size_t i = 0; i < call->n_fields; i++)
        if (has_name(call->fields[i], line))
            return true;
    return false;
}

static void put_line(struct krt_buffer *head, const char *line)
{
    krt_put_text(head, line);
    krt_put_text(head, "\r\n");
}

/* Puts a field unless the caller gave one of that name. Whether it did put it. */
static bool put_default(struct krt_buffer *head, const struct krt_call *call,
                        const char *line)
{
    bool is_given = has_field(call, line);
    if (!is_given)
        put_line(head, line);
    return !is_given;
}

static void put_digits(struct krt_buffer *out, uint64_t number, unsigned base)
{
    char digits[24];
    size_t start = sizeof digits;
    do
        digits[--start] = "0123456789abcdef"[number % base];
    while ((number /= base) > 0);
    krt_put(out, digits + start, sizeof digits - start);
}

/* Says how the body is framed, and whether it waits for the server's consent. */
static void put_framing(struct krt_client *client, struct krt_buffer *head)
{
    static const char length[] = "content-length: ";
    const struct krt_call *call = client->call;
    bool has_length = has_field(call, length);
    if (client->body_left != KRT_LENGTH_UNKNOWN && !has_length) {
        krt_put_text(head, length);
        put_digits(head, client->body_left, 10);
        put_line(head, "");
    }
    client->is_chunked = client->body_left == KRT_LENGTH_UNKNOWN && !has_length;
    if (client->is_chunked)
        put_default(head, call, "transfer-encoding: chunked");
    client->asks_consent = client->body_left > LARGE_BODY &&
                           put_default(head, call, "expect: 100-continue");
}

static int put_head(struct krt_client *client, struct krt_buffer *head)
{
    const struct krt_call *call = client->call;
    krt_put_text(head, call->method);
    krt_put_text(head, " ");
    krt_put_text(head, call->target);
    put_line(head, " HTTP/1.1");
    put_default(head, call, "host: localhost");
    put_default(head, call, "accept: */*");
    if (call->is_last)
        put_default(head, call, "connection: close");
    if (call->upload)
        put_framing(client, head);
    for (size_t i = 0; i < call->n_fields; i++)
        put_line(head, call->fields[i]);
    put_line(head, "");
    return head->len < head->cap ? KRT_OK
                                 : krt_error_set(client->error, KRT_ERR_INVALID,
                                                 "the head of the request is too long");
}

/* ---- Listening ---- */

static int receive(struct krt_client *client, int64_t deadline)
{
    size_t n;
    if (client->len == INPUT_SIZE)
        return krt_incoming_fault(client->error, "its head is too long");
    int result = krt_link_read(client->link, client->input + client->len,
                               INPUT_SIZE - client->len, &n, deadline, client->error);
    if (result == KRT_OK) {
        client->has_received = true;
        client->len += n;
    }
    return result;
}

/* Takes what the server says next, waiting for it until `deadline`. */
static int hear_until(struct krt_client *client, int64_t deadline)
{
    int result = receive(client, deadline);
    if (result == KRT_ERR_CLOSED)
        return krt_incoming_close(&client->incoming, client->error);
    if (result != KRT_OK)
        return result;
    size_t n = client->len;
    result = krt_incoming_take(&client->incoming, client->input, &n, client->error);
    client->len -= n;
    memmove(client->input, client->input + n, client->len);
    return result;
}

static int64_t deadline(const struct krt_client *client)
{
    return krt_os_now_ms() + client->options.timeout_ms;
}

/* On a kept connection nothing may come before the request is sent: it would be taken
 * for the answer. */
static int refuse_input(struct krt_client *client)
{
    return krt_incoming_fault(client->error, "it goes on behind its end");
}

/* Whether the server still wants to have the rest of the request. One that answers with
 * success may send its body while it reads ours. */
static bool is_wanted(const struct krt_client *client)
{
    return client->heard == KRT_OK && client->incoming.status < 300 &&
           !client->incoming.is_complete;
}

static bool on_input(void *context)
{
    struct krt_client *client = context;
    bool is_early = client->is_kept && !client->writing.has_begun;
    client->heard = is_early ? receive(client, deadline(client))
                             : hear_until(client, deadline(client));
    if (is_early && client->heard == KRT_OK)
        client->heard = refuse_input(client);
    return is_wanted(client);
}

/* ---- Sending ---- */

static int send_bytes(struct krt_client *client, const void *data, size_t len)
{
    client->writing.data = data;
    client->writing.len = len;
    return krt_link_write(client->link, &client->writing, client->error);
}

static int send_head(struct krt_client *client)
{
    struct krt_buffer head = KRT_BUFFER(client->output);
    int result = put_head(client, &head);
    return result == KRT_OK ? send_bytes(client, head.data, head.len) : result;
}

/* Waits for the server's consent, though not for long: it may not know that it is asked
 * (RFC 9110 section 10.1.1). */
static int await_consent(struct krt_client *client)
{
    int64_t end = krt_os_now_ms() + CONSENT_MS;
    int result = KRT_OK;
    while (result == KRT_OK && client->incoming.status != 100 && is_wanted(client))
        result = hear_until(client, end);
    return result == KRT_ERR_TIMEOUT ? KRT_OK : result;
}

/* Sends the `n` bytes of the body that are in their place in the output. */
static int send_piece(struct krt_client *client, size_t n)
{
    char *data = client->output + CHUNK_HEAD_MAX;
    if (!client->is_chunked)
        return send_bytes(client, data, n);
    char storage[CHUNK_HEAD_MAX];
    struct krt_buffer head = KRT_BUFFER(storage);
    put_digits(&head, n, 16);
    put_line(&head, "");
    memcpy(data - head.len, storage, head.len);
    memcpy(data + n, "\r\n", 2);
    return send_bytes(client, data - head.len, head.len + n + 2);
}

/* Reads a piece of the body and sends it; *n is its length, 0 at the body's end. */
static int pass_piece(struct krt_client *client, size_t *n)
{
    const struct krt_call *call = client->call;
    size_t max = client->body_left < PIECE ? (size_t)client->body_left : PIECE;
    int result = call->upload->read(call->context, client->output + CHUNK_HEAD_MAX, max,
                                    n, client->error);
    if (result != KRT_OK)
        return result;
    if (client->body_left != KRT_LENGTH_UNKNOWN) {
        if (*n == 0)
            return krt_error_set(client->error, KRT_ERR_SYSTEM,
                                 "the body became shorter while it was sent");
        client->body_left -= *n;
    }
    return send_piece(client, *n);
}

static int send_request(struct krt_client *client)
{
    size_t n = 1;
    int result = send_head(client);
    if (result == KRT_OK && client->asks_consent)
        result = await_consent(client);
    while (result == KRT_OK && n > 0 && client->body_left > 0 && is_wanted(client))
        result = pass_piece(client, &n);
    return result;
}

/* ---- Calls ---- */

static void hang_up(struct krt_client *client)
{
    krt_link_close(client->link);
    client->link = NULL;
    client->len = 0;
}

/* Tells of a wait in vain, and of what came of the last attempt. */
static int nobody_came(const struct krt_client *client)
{
    int64_t ms = client->options.wait_ms;
    bool is_whole = ms % 1000 == 0;
    struct krt_error last = *client->error;
    return krt_error_set(
        client->error, KRT_ERR_ABSENT, "no server appeared within %ld%s: %.400s",
        (long)(is_whole ? ms / 1000 : ms), is_whole ? "s" : "ms", last.text);
}

static int dial(struct krt_client *client)
{
    const struct krt_client_options *options = &client->options;
    int64_t end = krt_os_now_ms() + options->wait_ms;
    int result;
    for (;;) {
        result =
            krt_dial(&client->link, options->endpoint, deadline(client), client->error);
        if (result != KRT_ERR_ABSENT || options->wait_ms == 0)
            break;
        if (krt_os_now_ms() >= end)
            return nobody_came(client);
        krt_os_sleep_ms(ABSENT_RETRY_MS);
    }
    if (result == KRT_OK && !options->any_owner)
        result = krt_link_check_owner(client->link, client->error);
    return result;
}

/* Whether the server is gone. */
static bool is_lost(int result)
{
    return result == KRT_ERR_CLOSED || result == KRT_ERR_ABORTED;
}

/* A server may answer and close before it has read all of the request, so a write that
 * fails because the connection closed is followed by a look for the answer. */
static int exchange(struct krt_client *client)
{
    int result = send_request(client);
    client->is_whole = result == KRT_OK && is_wanted(client);
    if (result == KRT_OK || is_lost(result))
        result = client->heard;
    while (result == KRT_OK && !client->incoming.is_complete)
        result = hear_until(client, deadline(client));
    return result;
}

static int attempt(struct krt_client *client)
{
    const struct krt_call *call = client->call;
    int result = KRT_OK;
    krt_incoming_init(&client->incoming, call);
    client->body_left = 0;
    client->asks_consent = false;
    client->is_kept = client->link != NULL;
    client->has_received = false;
    client->writing.has_begun = false;
    client->heard = KRT_OK;
    if (call->upload)
        result = call->upload->start(call->context, &client->body_left, client->error);
    if (result == KRT_OK && !client->is_kept)
        result = dial(client);
    if (result == KRT_OK)
        result = exchange(client);
    if (result != KRT_OK || call->is_last || !client->is_whole ||
        !client->incoming.keeps_open)
        hang_up(client);
    return result;
}

/* RFC 9110 section 9.2.2. */
static bool is_idempotent(const char *method)
{
    static const char methods[] = " GET HEAD PUT DELETE OPTIONS TRACE ";
    const char *at = strstr(methods, method);
    return at && at > methods && at[-1] == ' ' && at[strlen(method)] == ' ';
}

static bool may_repeat(const struct krt_client *client)
{
    return client->is_kept && !client->has_received &&
           (!client->writing.has_begun || is_idempotent(client->call->method));
}

int krt_client_call(struct krt_client *client, const struct krt_call *call,
                    struct krt_error *error)
{
    client->call = call;
    client->error = error;
    if (client->len > 0) {
        hang_up(client);
        return refuse_input(client);
    }
    int result = attempt(client);
    if (is_lost(result) && may_repeat(client))
        result = attempt(client);
    return result;
}

struct krt_client *krt_client_new(const struct krt_client_options *options)
{
    struct krt_client *client = calloc(1, sizeof *client);
    if (client) {
        client->options = *options;
        client->writing.timeout_ms = options->timeout_ms;
        client->writing.on_input = on_input;
        client->writing.context = client;
    }
    return client;
}

void krt_client_free(struct krt_client *client)
{
    if (client)
        krt_link_close(client->link);
    free(client);
}
