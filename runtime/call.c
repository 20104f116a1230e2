/* The client's command line. */
#include "client.h"
#include "duration.h"
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIELDS_MAX = 64,
    TIMEOUT_MS = 30 * 1000,
};

const char krt_call_help[] =
    "  METHOD /path ...  more calls, made in this order over the same connection, up "
    "to\n"
    "                    the first that fails\n"
    "  -H 'NAME: VALUE'  add a header field (may be repeated)\n"
    "  -d DATA           send DATA as body; @FILE sends a file, @- standard input\n"
    "  --json            the body and the wanted answer are JSON\n"
    "  -i                print the status line and the header fields as well\n"
    "  --wait DURATION   wait that long for a server to appear (ms, s, m, h)\n"
    "  --timeout DURATION  give up after that long without an answer (30s)\n"
    "  --any-owner       trust a server of another user\n";

/* What the command line asked for. */
struct request {
    const char *program;
    const char *fields[FIELDS_MAX];
    size_t n_fields;
    const char *data;         /* of -d, or NULL */
    struct krt_bytes unsent;  /* of that, if it is no file */
    struct krt_os_input file; /* if it is; without a name while none is open */
    bool wants_head;
    struct krt_client_options options;
};

static int usage_error(const struct request *request, const char *problem,
                       const char *subject)
{
    fprintf(stderr, "%s: %s%s; try '%s --help'\n", request->program, problem, subject,
            request->program);
    return KRT_ERR_INVALID;
}

static int failure(const struct request *request, const struct krt_error *error)
{
    fprintf(stderr, "%s: %s\n", request->program, error->text);
    return error->kind;
}

static int add_field(struct request *request, const char *field)
{
    if (!strchr(field, ':') || field[0] == ':' || strpbrk(field, "\r\n"))
        return usage_error(request, "a header field is 'NAME: VALUE', not ", field);
    if (request->n_fields == FIELDS_MAX)
        return usage_error(request, "there are too many header fields", "");
    request->fields[request->n_fields++] = field;
    return KRT_OK;
}

/* Takes an option that stands alone; false if `option` is none. */
static bool take_flag(struct request *request, const char *option, int *result)
{
    *result = KRT_OK;
    if (strcmp(option, "-i") == 0) {
        request->wants_head = true;
        return true;
    }
    if (strcmp(option, "--any-owner") == 0) {
        request->options.any_owner = true;
        return true;
    }
    if (strcmp(option, "--json") == 0) {
        *result = add_field(request, "Content-Type: application/json");
        if (*result == KRT_OK)
            *result = add_field(request, "Accept: application/json");
        return true;
    }
    return false;
}

static int take_option(struct request *request, const char *option, const char *value)
{
    static const char *const known[] = {"-H", "-d", "--wait", "--timeout"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        is_known |= strcmp(option, known[i]) == 0;
    if (!is_known)
        return usage_error(request, "unknown option ", option);
    if (!value)
        return usage_error(request, "a value is missing after ", option);
    if (strcmp(option, "-H") == 0)
        return add_field(request, value);
    if (strcmp(option, "-d") == 0) {
        request->data = value;
        return KRT_OK;
    }
    int64_t *ms = strcmp(option, "--wait") == 0 ? &request->options.wait_ms
                                                : &request->options.timeout_ms;
    if (!krt_duration_read(value, ms))
        return usage_error(request, "a duration is a number with ms, s, m or h, not ",
                           value);
    return KRT_OK;
}

/* Nothing on the command line may change the request's framing. */
static int check_method(const struct request *request, const char *method)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";
    if (method[strspn(method, token)] != '\0' || !*method)
        return usage_error(request, "this is not an HTTP method: ", method);
    return KRT_OK;
}

static int check_target(const struct request *request, const char *target)
{
    if (target[0] != '/')
        return usage_error(request, "a path starts with '/', unlike ", target);
    for (const char *at = target; *at; at++)
        if (*at <= ' ' || *at >= 0x7f)
            return usage_error(request,
                               "a path holds visible ASCII only (percent-encode the "
                               "rest), unlike ",
                               target);
    return KRT_OK;
}

/* Checks all of the command line, once its `n` operands are in front. */
static int check_calls(const struct request *request, int n, char **operands)
{
    const char *data = request->data;
    int result = KRT_OK;
    for (int i = 0; i < n && result == KRT_OK; i++)
        result = i % 2 == 0 ? check_method(request, operands[i])
                            : check_target(request, operands[i]);
    if (result == KRT_OK && (n == 0 || n % 2 != 0))
        return usage_error(request, "a call needs METHOD and /path", "");
    if (result == KRT_OK && n > 2 && data && strcmp(data, "@-") == 0)
        return usage_error(request, "several calls cannot all send standard input", "");
    return result;
}

/* Moves the operands to the front of `argv` and stores their number in *n. */
static int read_arguments(struct request *request, int argc, char **argv, int *n)
{
    *n = 0;
    for (int i = 0; i < argc; i++) {
        int result = KRT_OK;
        if (argv[i][0] != '-')
            argv[(*n)++] = argv[i];
        else if (!take_flag(request, argv[i], &result)) {
            result = take_option(request, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        }
        if (result != KRT_OK)
            return result;
    }
    return check_calls(request, *n, argv);
}

/* ---- The body of the requests ---- */

static void close_file(struct request *request)
{
    if (request->file.name)
        krt_os_input_close(&request->file);
    request->file.name = NULL;
}

static int start_body(void *context, uint64_t *len, struct krt_error *error)
{
    struct request *request = context;
    const char *data = request->data;
    close_file(request);
    if (data[0] != '@') {
        request->unsent = (struct krt_bytes){data, strlen(data)};
        *len = request->unsent.len;
        return KRT_OK;
    }
    int result = krt_os_input_open(&request->file, data + 1, error);
    if (result != KRT_OK)
        request->file.name = NULL;
    *len = request->file.knows_length ? request->file.len : KRT_LENGTH_UNKNOWN;
    return result;
}

static int read_body(void *context, void *buffer, size_t cap, size_t *n,
                     struct krt_error *error)
{
    struct request *request = context;
    struct krt_bytes *unsent = &request->unsent;
    if (request->file.name)
        return krt_os_input_read(&request->file, buffer, cap, n, error);
    *n = unsent->len < cap ? unsent->len : cap;
    memcpy(buffer, unsent->data, *n);
    unsent->data = (const char *)unsent->data + *n;
    unsent->len -= *n;
    return KRT_OK;
}

/* ---- The responses ---- */

static int print(const void *data, size_t len, struct krt_error *error)
{
    if (krt_os_print(KRT_STDOUT, data, len) == KRT_OK)
        return KRT_OK;
    return krt_error_set(error, KRT_ERR_SYSTEM,
                         "cannot write to standard output: its reader has gone, or the "
                         "disk is full");
}

/* Tells of a failure that nothing else would show. The terminal gets no control
 * characters from the server. */
static void print_status(const struct request *request, const char *status, size_t len)
{
    fprintf(stderr, "%s: the server answered ", request->program);
    for (size_t i = 0; i < len; i++)
        fputc(status[i] >= ' ' && status[i] <= '~' ? status[i] : '?', stderr);
    fputc('\n', stderr);
}

static int take_head(void *context, int status, const char *text, size_t len,
                     struct krt_error *error)
{
    const struct request *request = context;
    const char *after_version = text + sizeof "HTTP/1.1 " - 1;
    const char *line_end = memchr(text, '\r', len);
    if (request->wants_head)
        return print(text, len, error);
    if (status >= 400 && line_end > after_version)
        print_status(request, after_version, (size_t)(line_end - after_version));
    return KRT_OK;
}

static int take_body(void *context, const void *data, size_t len,
                     struct krt_error *error)
{
    (void)context;
    return print(data, len, error);
}

/* ---- The calls ---- */

static int run(struct request *request, int n, char **operands)
{
    static const struct krt_upload upload = {start_body, read_body};
    struct krt_error error;
    struct krt_client *client = krt_client_new(&request->options);
    int result =
        client ? KRT_OK : krt_error_set(&error, KRT_ERR_NO_MEMORY, "out of memory");
    for (int i = 0; i < n && result == KRT_OK; i += 2) {
        struct krt_call call = {
            .method = operands[i],
            .target = operands[i + 1],
            .fields = request->fields,
            .n_fields = request->n_fields,
            .is_last = i + 2 == n,
            .upload = request->data ? &upload : NULL,
            .head = take_head,
            .body_piece = take_body,
            .context = request,
        };
        result = krt_client_call(client, &call, &error);
    }
    krt_client_free(client);
    close_file(request);
    return result == KRT_OK ? KRT_OK : failure(request, &error);
}

int krt_call_main(const char *program, const char *pipe, int argc, char **argv)
{
    struct krt_endpoint endpoint;
    struct krt_error error;
    struct request request = {
        .program = program,
        .options = {.endpoint = &endpoint, .timeout_ms = TIMEOUT_MS},
    };
    int n;
    int result = read_arguments(&request, argc, argv, &n);
    if (result != KRT_OK)
        return result;
    if (krt_endpoint_parse(&endpoint, pipe, &error) != KRT_OK)
        return failure(&request, &error);
    krt_os_ignore_sigpipe();
    return run(&request, n, argv);
}
