/* The judgement of a model: one table of checks of the whole spec, one of checks of
 * each response. They look at what was read well; the rest has been told already. */
#include "check.h"
#include "agreement.h"
#include "arena.h"
#include "ascii.h"
#include "contest.h"
#include "disposition.h"
#include "endpoint.h"
#include "exposure.h"
#include "media_type.h"
#include "scope.h"
#include "table.h"
#include "tables.h"
#include "validator.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_LEN = 64,
    METHODS_MAX = KRT_METHODS_MAX - 1, /* HEAD may join them */
    HEADERS_SIZE_MAX = 8 * 1024 - 256, /* the rest is for the server's own */
    FILE_NAME_MAX = 255,               /* bytes that file systems allow */
};

static bool is_in(struct str text, const char *const *words)
{
    for (; *words; words++)
        if (str_equal_fold(text, str_from(*words)))
            return true;
    return false;
}

/* The span of [start, start + len) of a text; of all of it where it is escaped. */
static struct span part_of(const struct located *whole, size_t start, size_t len)
{
    if (whole->span.end - whole->span.start != whole->text.len)
        return whole->span;
    return span_part(whole->span, start, len);
}

/* NAME.c stands beside routes.c, routes_2.c and so on. */
static bool is_generated(struct str name)
{
    struct str stem = STR("routes");
    if (!str_equal_fold(str_slice(name, 0, name.len < stem.len ? name.len : stem.len),
                        stem))
        return false;
    size_t i = stem.len;
    if (i < name.len && name.at[i++] != '_')
        return false;
    while (i < name.len && is_digit(name.at[i]))
        i++;
    return i == name.len;
}

/* The runtime's identifiers start with krt_. */
static bool is_of_runtime(struct str name)
{
    return str_equal_fold(name, STR("krt")) ||
           (name.len > 3 && str_equal_fold(str_slice(name, 0, 3), STR("krt")) &&
            !is_letter(name.at[3]) && !is_digit(name.at[3]));
}

static bool has_suffix(struct str name, struct str suffix)
{
    return name.len > suffix.len &&
           str_equal_fold(str_slice(name, name.len - suffix.len, name.len), suffix);
}

/* What is wrong with a program's name, or NULL; Windows reserves names of devices. */
static const char *find_name_fault(struct str name)
{
    static const char *const devices[] = {
        "CON",  "PRN",  "AUX",  "NUL",  "COM1", "COM2", "COM3", "COM4",
        "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2", "LPT3",
        "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", NULL};
    if (name.len == 0)
        return "is empty";
    if (!is_letter(name.at[0]))
        return "must start with a letter";
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter(name.at[i]) && !is_digit(name.at[i]) && name.at[i] != '_' &&
            name.at[i] != '-')
            return "may hold only letters, digits, '_' and '-'";
    if (name.len > NAME_MAX_LEN)
        return "is longer than 64 characters";
    if (is_generated(name))
        return "is that of a generated file";
    if (is_of_runtime(name))
        return "is one of the runtime's";
    if (has_suffix(name, STR("-src")))
        return "must not end with '-src', like the folder of a server's sources";
    return is_in(name, devices) ? "is the name of a device on Windows" : NULL;
}

static void check_name_of_program(const struct spec *spec, struct diag *diag)
{
    const struct located *name = &spec->name;
    const char *fault = name->span.source ? find_name_fault(name->text) : NULL;
    if (!fault)
        return;
    if (name->span.end > name->span.start) {
        diag_error(diag, CHECK_NAME, name->span, "program name '%.*s' %s",
                   STR_ARG(name->text), fault);
        return;
    }
    bool is_file = strcmp(spec->source->path, SOURCE_STDIN) != 0;
    struct diagnostic *error =
        is_file ? diag_error(diag, CHECK_NAME, name->span,
                             "program name '%.*s', taken from the file's name, %s",
                             STR_ARG(name->text), fault)
                : diag_error(diag, CHECK_NAME, name->span,
                             "a spec from standard input must name its program");
    diag_hint(diag, error, "add a line such as 'name: demo'");
}

static void check_pipe(const struct spec *spec, struct diag *diag)
{
    const struct located *pipe = &spec->pipe;
    size_t at = 0;
    size_t len = 0;
    if (!pipe->span.source)
        return;
    const char *fault = krt_pipe_name_check(pipe->text.at, pipe->text.len, &at, &len);
    if (!fault)
        return;
    struct span span = pipe->text.len > 0 ? part_of(pipe, at, len) : pipe->span;
    diag_error(diag, CHECK_PIPE_NAME, span, "pipe name '%.*s' %s", STR_ARG(pipe->text),
               fault);
}

static void check_routes(const struct spec *spec, struct diag *diag)
{
    if (spec->n_routes > 0 || !spec->routes_span.source)
        return;
    struct diagnostic *error =
        diag_error(diag, CHECK_NO_ROUTES, spec->routes_span, "the spec has no routes");
    diag_hint(diag, error, "add one below, such as 'GET /hello: Hello'");
}

static void check_part(const struct limit *part, const struct limit *whole,
                       struct diag *diag)
{
    if (part->value <= whole->value)
        return;
    struct diagnostic *error = diag_error(
        diag, CHECK_LIMITS_CONFLICT, part->source.span, "%s %.*s is more than %s %.*s",
        part->name, STR_ARG(part->source.text), whole->name,
        STR_ARG(whole->source.text));
    if (whole->source.span.source)
        diag_note(diag, error, whole->source.span, "'%s' is set here", whole->name);
    else
        diag_hint(diag, error, "'%s' is %.*s unless it is set as well", whole->name,
                  STR_ARG(whole->source.text));
}

static void check_limits(const struct spec *spec, struct diag *diag)
{
    const struct limit *limits = spec->limits;
    check_part(&limits[LIMIT_REQUEST_LINE], &limits[LIMIT_HEAD], diag);
    check_part(&limits[LIMIT_INSTANCES], &limits[LIMIT_CONNECTIONS], diag);
}

/* Reports a method that is too long, or one too many, which ends the matter: false. */
static bool check_method(const struct located *method, struct table *seen,
                         struct diag *diag)
{
    if (method->text.len > KRT_METHOD_NAME_MAX) {
        diag_error(diag, CHECK_METHOD, method->span,
                   "method '%.*s' is longer than %d characters", STR_ARG(method->text),
                   KRT_METHOD_NAME_MAX);
        return true;
    }
    if (table_find(seen, method->text))
        return true;
    if (seen->n == METHODS_MAX) {
        diag_error(diag, CHECK_METHOD, method->span,
                   "'%.*s' is one method too many; a spec has at most %d",
                   STR_ARG(method->text), METHODS_MAX);
        return false;
    }
    table_put(seen, method->text, seen);
    return true;
}

/* An Allow field lists them all, so there is a bound. */
static void check_methods(const struct spec *spec, struct diag *diag)
{
    struct arena arena = {0};
    struct table seen = {.arena = &arena};
    bool is_room = true;
    for (size_t i = 0; i < spec->n_routes && is_room; i++) {
        diag->subject = DIAG_ROUTE(i);
        for (size_t j = 0; j < spec->routes[i].n_methods && is_room; j++)
            is_room = check_method(&spec->routes[i].methods[j], &seen, diag);
    }
    diag->subject = DIAG_SPEC;
    arena_free(&arena);
}

/* RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5. */
static bool is_bodiless(int status)
{
    return status == 204 || status == 205 || status == 304;
}

static void check_body(const struct response *response, struct diag *diag)
{
    if (!response->has_body || !is_bodiless(response->status))
        return;
    struct diagnostic *error =
        diag_error(diag, CHECK_BODY_FORBIDDEN, response->body_span,
                   "a response with status %d has no body", response->status);
    diag_note(diag, error, response->status_span, "the status is here");
}

static bool is_reserved(struct str name)
{
    static const char *const reserved[] = {
        "Content-Length", "Transfer-Encoding", "Connection", "Date", "Keep-Alive",
        "Trailer",        "Upgrade",           "TE",         NULL};
    return is_in(name, reserved);
}

static void check_header_name(const struct located *name, struct diag *diag)
{
    size_t len = token_len(name->text);
    if (name->text.len == 0)
        diag_error(diag, CHECK_HEADER_NAME, name->span, "a header has no name");
    else if (len < name->text.len)
        diag_error(diag, CHECK_HEADER_NAME, part_of(name, len, 1),
                   "header name '%.*s' may hold only letters, digits and "
                   "!#$%%&'*+-.^_`|~",
                   STR_ARG(name->text));
    else if (is_reserved(name->text))
        diag_error(diag, CHECK_HEADER_RESERVED, name->span,
                   "'%.*s' is for the server alone to send", STR_ARG(name->text));
}

/* Reports the first character of `value` that a header cannot hold. */
static bool check_value(const struct located *value, const char *what,
                        struct diag *diag)
{
    for (size_t i = 0; i < value->text.len; i++) {
        unsigned char c = (unsigned char)value->text.at[i];
        if (c != '\t' && (c < 0x20 || c == 0x7F)) {
            diag_error(diag, CHECK_HEADER_VALUE, part_of(value, i, 1),
                       "%s holds the %s 0x%02X", what,
                       c == '\n' || c == '\r' ? "line break" : "control character", c);
            return false;
        }
    }
    return true;
}

static void check_header_values(const struct response *response, struct diag *diag)
{
    for (size_t i = 0; i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        if (header->is_default)
            continue;
        check_header_name(&header->name, diag);
        check_value(&header->value, "a header's value", diag);
    }
}

static void check_etag(const struct located *value, struct diag *diag)
{
    if (validator_is_etag(value->text))
        return;
    struct diagnostic *error =
        diag_error(diag, CHECK_VALIDATOR, value->span, "'%.*s' is not an entity tag",
                   STR_ARG(value->text));
    bool has_quotes =
        value->text.len > 0 && memchr(value->text.at, '"', value->text.len);
    if (!has_quotes)
        diag_hint(diag, error, "write its quotes, too: '\"v1\"'");
}

static void check_last_modified(const struct located *value, struct diag *diag)
{
    int64_t unix_seconds;
    if (validator_read_date(value->text, &unix_seconds))
        return;
    struct diagnostic *error =
        diag_error(diag, CHECK_VALIDATOR, value->span, "'%.*s' is not a date of HTTP",
                   STR_ARG(value->text));
    diag_hint(diag, error, "write one such as Sun, 06 Nov 1994 08:49:37 GMT");
}

static void check_validators(const struct response *response, struct diag *diag)
{
    for (size_t i = 0; i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        if (header->is_default || header->inserts.n > 0)
            continue; /* told where it stands, or known by nobody yet */
        if (str_equal_fold(header->name.text, STR("ETag")))
            check_etag(&header->value, diag);
        else if (str_equal_fold(header->name.text, STR("Last-Modified")))
            check_last_modified(&header->value, diag);
    }
}

/* Whether the name of a header may stand in a response at all. */
static bool is_header_name(struct str name)
{
    return name.len > 0 && token_len(name) == name.len && !is_reserved(name);
}

/* By name without regard to case, then in the order of the spec. */
static int compare_headers(const void *a, const void *b)
{
    const struct header *const *p = a;
    const struct header *const *q = b;
    int order = str_compare_fold((*p)->name.text, (*q)->name.text);
    return order != 0 ? order : (*p > *q) - (*p < *q);
}

static void check_duplicate_headers(const struct response *response, struct diag *diag)
{
    if (response->n_headers < 2)
        return;
    struct arena arena = {0};
    const struct header **headers =
        arena_array(&arena, response->n_headers, sizeof *headers);
    size_t n = 0;
    for (size_t i = 0; i < response->n_headers; i++)
        if (!response->headers[i].is_default &&
            is_header_name(response->headers[i].name.text))
            headers[n++] = &response->headers[i];
    qsort(headers, n, sizeof *headers, compare_headers);
    for (size_t i = 1; i < n; i++) {
        if (!str_equal_fold(headers[i]->name.text, headers[i - 1]->name.text))
            continue;
        struct diagnostic *error = diag_error(
            diag, CHECK_DUPLICATE_HEADER, headers[i]->name.span,
            "header '%.*s' stands here a second time", STR_ARG(headers[i]->name.text));
        diag_note(diag, error, headers[i - 1]->name.span, "it stands here first");
    }
    arena_free(&arena);
}

static size_t header_size(const struct header *header)
{
    return header->name.text.len + header->value.text.len + strlen(": \r\n");
}

/* What each file of a directory adds to the headers, at most. */
static size_t directory_size(const struct response *response)
{
    if (!response->directory)
        return 0;
    return strlen("Content-Type: \r\n") + MEDIA_TYPE_MAX +
           (response->is_download
                ? strlen("Content-Disposition: \r\n") + DISPOSITION_MAX(FILE_NAME_MAX)
                : 0);
}

/* Defaults that are too large by themselves are no fault of a response. */
static void check_headers_size(const struct response *response, struct diag *diag)
{
    const struct located *type = &response->media_type;
    struct span last = type->text.len > 0 ? type->span : response->status_span;
    size_t size =
        type->text.len > 0 ? strlen("Content-Type: \r\n") + type->text.len : 0;
    size += directory_size(response);
    size_t defaults_size = 0;
    for (size_t i = 0; i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        if (!header->is_default && size < HEADERS_SIZE_MAX)
            last = header->name.span;
        size += header_size(header);
        defaults_size += header->is_default ? header_size(header) : 0;
    }
    if (size >= HEADERS_SIZE_MAX && defaults_size < HEADERS_SIZE_MAX)
        diag_error(diag, CHECK_HEADERS_SIZE, last,
                   "with this, the response's headers have more than %d bytes",
                   HEADERS_SIZE_MAX - 1);
}

/* type/subtype, then parameters of which only the characters matter here. */
static void check_media_type(const struct response *response, struct diag *diag)
{
    const struct located *type = &response->media_type;
    struct str text = type->text;
    if (!response->has_body || !type->span.source)
        return;
    if (!check_value(type, "'type'", diag))
        return;
    size_t slash = token_len(text);
    struct str rest = str_slice(text, slash, text.len);
    size_t subtype = rest.len > 0 ? token_len(str_slice(rest, 1, rest.len)) : 0;
    bool has_subtype = slash > 0 && subtype > 0 && rest.at[0] == '/';
    struct str parameters =
        has_subtype ? str_slice(rest, 1 + subtype, rest.len) : (struct str){0};
    if (has_subtype && (parameters.len == 0 || strchr("; ", parameters.at[0])))
        return;
    struct diagnostic *error = diag_error(diag, CHECK_MEDIA_TYPE, type->span,
                                          "'%.*s' is not a media type", STR_ARG(text));
    diag_hint(diag, error, "write one such as application/json or text/csv");
}

/* The responses of a folder are made at generation. */
static void check_folder_headers(const struct response *response, struct diag *diag)
{
    for (size_t i = 0; response->directory && i < response->n_headers; i++) {
        const struct header *header = &response->headers[i];
        if (header->inserts.n == 0)
            continue;
        struct diagnostic *error =
            diag_error(diag, CHECK_EXPRESSION, header->value.span,
                       "a folder's files have no expressions in their headers");
        diag_hint(diag, error, "set '%.*s' without one where the 'dir' is",
                  STR_ARG(header->name.text));
    }
}

/* What a body is, it says itself. */
static void check_default_type(const struct response *defaults, struct diag *diag)
{
    for (size_t i = 0; i < defaults->n_headers; i++) {
        const struct located *name = &defaults->headers[i].name;
        if (!str_equal_fold(name->text, STR("Content-Type")))
            continue;
        struct diagnostic *error = diag_error(
            diag, CHECK_HEADER_RESERVED, name->span,
            "'%.*s' has no default, each body has its own", STR_ARG(name->text));
        diag_hint(diag, error, "write 'type' where a 'body' is");
    }
}

static void check_defaults(const struct spec *spec, struct diag *diag)
{
    const struct response *defaults = &spec->defaults;
    check_header_values(defaults, diag);
    check_default_type(defaults, diag);
    check_duplicate_headers(defaults, diag);
    check_validators(defaults, diag);
    check_headers_size(defaults, diag);
}

static void (*const spec_checks[])(const struct spec *, struct diag *) = {
    check_name_of_program, check_pipe,      check_limits,  check_exposure,
    check_routes,          check_methods,   check_contest, check_defaults,
    scope_check_defaults,  check_agreement,
};

static void (*const response_checks[])(const struct response *, struct diag *) = {
    check_body,         check_header_values, check_duplicate_headers, check_validators,
    check_headers_size, check_media_type,    check_folder_headers,
};

static void check_response(const struct response *response, struct diag *diag)
{
    for (size_t i = 0; i < sizeof response_checks / sizeof *response_checks; i++)
        response_checks[i](response, diag);
}

bool check_spec(const struct spec *spec, struct diag *diag)
{
    size_t n_before = diag->n_errors;
    for (size_t i = 0; i < sizeof spec_checks / sizeof *spec_checks; i++)
        spec_checks[i](spec, diag);
    for (size_t i = 0; i < spec->n_routes; i++) {
        diag->subject = DIAG_ROUTE(i);
        check_response(&spec->routes[i].response, diag);
        scope_check(&spec->routes[i], diag);
    }
    diag->subject = DIAG_SPEC;
    if (spec->unmatched) {
        check_response(&spec->unmatched->response, diag);
        scope_check(spec->unmatched, diag);
    }
    return diag->n_errors == n_before;
}
