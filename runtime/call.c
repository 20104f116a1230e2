/* The client's command line. */
#include "client.h"
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIELDS_MAX = 64,
    BODY_MAX = 1024 * 1024 * 1024,
    TIMEOUT_MS = 30 * 1000,
};

const char krt_call_help[] =
    "  -H 'NAME: VALUE'  add a header field (may be repeated)\n"
    "  -d DATA           send DATA as body; @FILE sends a file, @- standard input\n"
    "  --json            the body and the wanted answer are JSON\n"
    "  -i                print the status line and the header fields as well\n"
    "  --wait DURATION   wait that long for a server to appear (ms, s, m, h)\n"
    "  --timeout DURATION  give up after that long without an answer (30s)\n";

/* What the command line asked for. */
struct request {
    const char *program;
    const char *fields[FIELDS_MAX];
    const char *data; /* of -d, or NULL */
    bool wants_head;
    struct krt_call call;
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

static bool read_duration(const char *text, int64_t *ms)
{
    static const struct {
        const char *unit;
        long ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    long value = strtol(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0 && value <= 1000000) {
            *ms = (int64_t)value * units[i].ms;
            return true;
        }
    }
    return false;
}

static int add_field(struct request *request, const char *field)
{
    if (!strchr(field, ':') || field[0] == ':' || strpbrk(field, "\r\n"))
        return usage_error(request, "a header field is 'NAME: VALUE', not ", field);
    if (request->call.n_fields == FIELDS_MAX)
        return usage_error(request, "there are too many header fields", "");
    request->fields[request->call.n_fields++] = field;
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
    int64_t *ms = strcmp(option, "--wait") == 0 ? &request->call.wait_ms
                                                : &request->call.timeout_ms;
    if (!read_duration(value, ms))
        return usage_error(request, "a duration is a number with ms, s, m or h, not ",
                           value);
    return KRT_OK;
}

static int take_operand(struct request *request, const char *operand)
{
    if (!request->call.method) {
        request->call.method = operand;
        return KRT_OK;
    }
    if (request->call.target)
        return usage_error(request, "unexpected argument ", operand);
    if (operand[0] != '/')
        return usage_error(request, "a path starts with '/', unlike ", operand);
    request->call.target = operand;
    return KRT_OK;
}

/* Nothing on the command line may change the request's framing. */
static int check_request_line(const struct request *request)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";
    const char *method = request->call.method;
    const char *target = request->call.target;
    if (!method || !target)
        return usage_error(request, "a call needs METHOD and /path", "");
    if (method[strspn(method, token)] != '\0' || !*method)
        return usage_error(request, "this is not an HTTP method: ", method);
    for (const char *at = target; *at; at++)
        if (*at <= ' ' || *at >= 0x7f)
            return usage_error(request,
                               "a path holds visible ASCII only (percent-encode the "
                               "rest), unlike ",
                               target);
    return KRT_OK;
}

static int read_arguments(struct request *request, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        int result;
        if (argv[i][0] != '-')
            result = take_operand(request, argv[i]);
        else if (!take_flag(request, argv[i], &result)) {
            result = take_option(request, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        }
        if (result != KRT_OK)
            return result;
    }
    return check_request_line(request);
}

/* Sets the body; *file is memory to free. */
static int load_body(struct request *request, void **file)
{
    struct krt_error error;
    if (!request->data)
        return KRT_OK;
    request->call.has_body = true;
    request->call.body = (struct krt_bytes){request->data, strlen(request->data)};
    if (request->data[0] != '@')
        return KRT_OK;
    int result = krt_os_read_file(request->data + 1, BODY_MAX, file,
                                  &request->call.body.len, &error);
    request->call.body.data = *file;
    return result == KRT_OK ? KRT_OK : failure(request, &error);
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

static void on_head(void *context, int status, const char *text, size_t len)
{
    const struct request *request = context;
    const char *after_version = text + sizeof "HTTP/1.1 " - 1;
    const char *line_end = memchr(text, '\r', len);
    if (request->wants_head)
        fwrite(text, 1, len, stdout);
    else if (status >= 400 && line_end > after_version)
        print_status(request, after_version, (size_t)(line_end - after_version));
}

static void on_body_piece(void *context, const void *data, size_t len)
{
    (void)context;
    fwrite(data, 1, len, stdout);
}

static int run(struct request *request, const struct krt_endpoint *endpoint)
{
    struct krt_error error;
    void *file = NULL;
    int result = load_body(request, &file);
    if (result == KRT_OK) {
        result = krt_call(endpoint, &request->call, &error);
        if (fflush(stdout) != 0 && result == KRT_OK)
            result = krt_error_set(&error, KRT_ERR_SYSTEM,
                                   "cannot write to standard output");
        if (result != KRT_OK)
            failure(request, &error);
    }
    free(file);
    return result;
}

int krt_call_main(const char *program, const char *pipe, int argc, char **argv)
{
    struct krt_endpoint endpoint;
    struct krt_error error;
    struct request request = {.program = program};
    request.call.fields = request.fields;
    request.call.timeout_ms = TIMEOUT_MS;
    request.call.head = on_head;
    request.call.body_piece = on_body_piece;
    request.call.context = &request;
    int result = read_arguments(&request, argc, argv);
    if (result != KRT_OK)
        return result;
    if (krt_endpoint_parse(&endpoint, pipe, &error) != KRT_OK)
        return failure(&request, &error);
    return run(&request, &endpoint);
}
