#include "sample.h"

#include <string.h>

static char large[SAMPLE_LARGE_LEN];
static char huge[SAMPLE_HUGE_LEN];
static char pages[SAMPLE_PAGES_LEN];

/* ---- Routes ---- */

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_int(const unsigned char *value)
{
    if (*value == '\0')
        return false;
    while (is_digit(*value))
        value++;
    return *value == '\0';
}

static const struct krt_parameter user[] = {{"id", "int", is_int, NULL}};
static const struct krt_parameter posts[] = {{"year", "int", is_int, "2024"},
                                             {"slug", NULL, NULL, NULL}};
static const struct krt_parameter file[] = {{"name", NULL, NULL, NULL},
                                            {"ext", NULL, NULL, NULL}};
static const struct krt_parameter tree[] = {{"path", NULL, NULL, NULL}};
static const struct krt_parameter any[] = {{"first", NULL, NULL, NULL},
                                           {"last", NULL, NULL, NULL}};

#define PLAIN(text) .name = (text), .parameters = NULL, .n_parameters = 0
#define WITH(text, list)                                                               \
    .name = (text), .parameters = (list), .n_parameters = sizeof(list) / sizeof *(list)
#define RESPONSE(code, text, ...)                                                      \
    .response = {.status = (code),                                                     \
                 .plain = {.head = KRT_LITERAL(text), .body = __VA_ARGS__}}
#define SHORT RESPONSE(200, SAMPLE_SHORT_HEAD, KRT_LITERAL(SAMPLE_SHORT_BODY))

/* Offsets in a head whose Content-Length has so many digits and ETag so many bytes. */
#define PAGES(length, tag)                                                             \
    .head = KRT_LITERAL(SAMPLE_PAGES_HEAD(length, tag)),                               \
    .kept_at = sizeof "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n" - 1,         \
    .kept_end = sizeof SAMPLE_PAGES_HEAD(length, tag) -                                \
                sizeof "Accept-Ranges: bytes\r\nContent-Type: text/plain\r\n",         \
    .type_at =                                                                         \
        sizeof SAMPLE_PAGES_HEAD(length, tag) - sizeof "Content-Type: text/plain\r\n", \
    .etag = (tag)

static const struct krt_representation zipped = {PAGES("6", "\"z\""),
                                                 .body = KRT_LITERAL("zipped")};

static const struct krt_route routes[] = {
    [SAMPLE_HELLO] = {PLAIN("GET /hello"), .pattern = "/hello", .line = 4,
                      RESPONSE(200, SAMPLE_HELLO_HEAD, KRT_LITERAL(SAMPLE_HELLO_BODY))},
    [SAMPLE_MAKE] = {PLAIN("POST /hello"), .pattern = "/hello", .line = 5,
                     RESPONSE(201, SAMPLE_MAKE_HEAD, KRT_LITERAL(SAMPLE_MAKE_BODY))},
    [SAMPLE_LARGE] = {PLAIN("GET /large"), .pattern = "/large", .line = 6,
                      RESPONSE(200, SAMPLE_LARGE_HEAD, {large, sizeof large})},
    [SAMPLE_HUGE] = {PLAIN("GET /huge"), .pattern = "/huge", .line = 7,
                     RESPONSE(200, SAMPLE_HUGE_HEAD, {huge, sizeof huge})},
    [SAMPLE_EMPTY] = {PLAIN("GET /empty"), .pattern = "/empty", .line = 8,
                      RESPONSE(204, SAMPLE_EMPTY_HEAD, {NULL, 0})},
    [SAMPLE_GONE] = {PLAIN("DELETE /gone"), .pattern = "/gone", .line = 9,
                     RESPONSE(410, SAMPLE_GONE_HEAD, {NULL, 0})},
    [SAMPLE_USER] = {WITH("GET /users/{id:int}", user), .pattern = "/users/\1",
                     .line = 10, SHORT},
    [SAMPLE_POSTS] = {WITH("GET /posts/{year:int=2024}/{slug?}", posts),
                      .pattern = "/posts\3/\1\3/\1", .line = 11, SHORT},
    [SAMPLE_FILE] = {WITH("GET /files/{name}.{ext?}", file),
                     .pattern = "/files/\1\3.\1", .line = 12, SHORT},
    [SAMPLE_TREE] = {WITH("GET /tree/{*path}", tree), .pattern = "/tree\3/\2",
                     .line = 13, SHORT},
    [SAMPLE_FOLDER] = {PLAIN("GET /folder/"), .pattern = "/folder/", .line = 14, SHORT},
    [SAMPLE_ANY] = {WITH("GET /any/{first}/{last}/", any), .pattern = "/any/\1/\1/",
                    .line = 15, SHORT},
    [SAMPLE_PAGES] = {PLAIN("GET /pages"), .pattern = "/pages", .line = 16,
                      .response = {.status = 200,
                                   .plain = {PAGES("61440", "\"p\""),
                                             .body = {pages, sizeof pages}},
                                   .gzip = &zipped,
                                   .boundary = "part",
                                   .has_last_modified = true,
                                   .last_modified = SAMPLE_TIME}},
};

void sample_init(void)
{
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)('A' + i % 23);
    for (size_t i = 0; i < sizeof huge; i++)
        huge[i] = (char)('a' + i % 25);
    for (size_t i = 0; i < sizeof pages; i++)
        pages[i] = (char)('a' + i % 26);
}

/* ---- Matchers ---- */

/* What follows `start` at the beginning of `path`; NULL if it does not. */
static const unsigned char *behind(const unsigned char *path, const char *start)
{
    for (; *start; start++, path++)
        if (*path != (unsigned char)*start)
            return NULL;
    return path;
}

static bool is_path(const unsigned char *path, const char *whole)
{
    const unsigned char *end = behind(path, whole);
    return end && *end == '\0';
}

/* The segment at `at`, to its '/' or the path's end. */
static struct krt_slice segment(const unsigned char *at)
{
    return (struct krt_slice){at, strcspn((const char *)at, "/")};
}

static const unsigned char *slice_end(struct krt_slice slice)
{
    return slice.at + slice.len;
}

static bool are_digits(struct krt_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.at[i]))
            return false;
    return text.len > 0;
}

static bool match_user(const unsigned char *at, struct krt_slice *values)
{
    values[0] = segment(at);
    return are_digits(values[0]) && *slice_end(values[0]) == '\0';
}

static bool match_posts(const unsigned char *at, struct krt_slice *values)
{
    values[0] = values[1] = (struct krt_slice){NULL, 0};
    if (*at == '\0')
        return true;
    values[0] = segment(at + 1);
    if (*at != '/' || !are_digits(values[0]))
        return false;
    at = slice_end(values[0]);
    if (*at == '\0')
        return true;
    values[1] = segment(at + 1);
    return values[1].len > 0 && *slice_end(values[1]) == '\0';
}

static bool match_file(const unsigned char *at, struct krt_slice *values)
{
    struct krt_slice whole = segment(at);
    const unsigned char *end = slice_end(whole);
    if (whole.len == 0 || *end != '\0')
        return false;
    values[0] = whole;
    values[1] = (struct krt_slice){NULL, 0};
    for (const unsigned char *dot = end - 2; dot > at; dot--) {
        if (*dot != '.')
            continue;
        values[0] = krt_value(at, dot);
        values[1] = krt_value(dot + 1, end);
        break;
    }
    return true;
}

static bool match_tree(const unsigned char *at, struct krt_slice *values)
{
    values[0] = (struct krt_slice){NULL, 0};
    if (*at == '/')
        values[0] = (struct krt_slice){at + 1, strlen((const char *)at + 1)};
    return *at == '\0' || *at == '/';
}

static bool match_any(const unsigned char *at, struct krt_slice *values)
{
    values[0] = segment(at);
    at = slice_end(values[0]);
    if (values[0].len == 0 || *at != '/')
        return false;
    values[1] = segment(at + 1);
    at = slice_end(values[1]);
    return values[1].len > 0 && at[0] == '/' && at[1] == '\0';
}

static int match_get(const unsigned char *path, struct krt_slice *values)
{
    static const struct {
        const char *path;
        int route;
    } literals[] = {{"/hello", SAMPLE_HELLO}, {"/large", SAMPLE_LARGE},
                    {"/huge", SAMPLE_HUGE},   {"/empty", SAMPLE_EMPTY},
                    {"/pages", SAMPLE_PAGES}, {"/folder/", SAMPLE_FOLDER}};
    static const struct {
        const char *start;
        bool (*match)(const unsigned char *at, struct krt_slice *values);
        int route;
    } others[] = {{"/users/", match_user, SAMPLE_USER},
                  {"/posts", match_posts, SAMPLE_POSTS},
                  {"/files/", match_file, SAMPLE_FILE},
                  {"/tree", match_tree, SAMPLE_TREE},
                  {"/any/", match_any, SAMPLE_ANY}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        if (is_path(path, literals[i].path))
            return literals[i].route;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const unsigned char *at = behind(path, others[i].start);
        if (at && others[i].match(at, values))
            return others[i].route;
    }
    return KRT_NO_ROUTE;
}

static int match_post(const unsigned char *path, struct krt_slice *values)
{
    (void)values;
    return is_path(path, "/hello") ? SAMPLE_MAKE : KRT_NO_ROUTE;
}

static int match_delete(const unsigned char *path, struct krt_slice *values)
{
    (void)values;
    return is_path(path, "/gone") ? SAMPLE_GONE : KRT_NO_ROUTE;
}

static const struct krt_method methods[] = {
    {"DELETE", match_delete},
    {"GET", match_get},
    {"HEAD", match_get},
    {"POST", match_post},
};

enum { N_METHODS = sizeof methods / sizeof *methods };

static bool is_method(const unsigned char *line, const char *method)
{
    const unsigned char *end = behind(line, method);
    return end && *end == ' ';
}

static int find_method(const unsigned char *line)
{
    static const char *const unused[] = {"CONNECT", "OPTIONS", "PATCH", "PUT", "TRACE"};
    for (int i = 0; i < N_METHODS; i++)
        if (is_method(line, methods[i].name))
            return i;
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        if (is_method(line, unused[i]))
            return KRT_METHOD_UNUSED;
    return KRT_METHOD_UNKNOWN;
}

/* Those of the spec language when a spec sets none. */
#define SAMPLE_LIMITS                                                                  \
    {                                                                                  \
        .request_line = 8 * 1024, .head = 32 * 1024, .fields = 100,                    \
        .body = 1024 * 1024, .connections = 254, .instances = 16, .head_ms = 30000,    \
        .body_ms = 30000, .idle_ms = 130000, .write_ms = 30000, .drain_ms = 5000       \
    }

#define PROGRAM                                                                        \
    .name = "sample", .spec = "sample.yaml", .pipe = "krgen.sample", .routes = routes, \
    .n_routes = SAMPLE_N_ROUTES, .methods = methods, .n_methods = N_METHODS,           \
    .find_method = find_method, .has_date = true, .limits = SAMPLE_LIMITS

const struct krt_program sample_program = {PROGRAM};

const struct krt_program sample_redirecting = {
    PROGRAM,
    .trailing_slash = KRT_TRAILING_SLASH_REDIRECT,
};

static const struct krt_route unmatched = {
    .name = "unmatched",
    .pattern = "",
    .line = 3,
    RESPONSE(200, SAMPLE_LOST_HEAD, KRT_LITERAL(SAMPLE_LOST_BODY)),
};

const struct krt_program sample_unmatched = {PROGRAM, .unmatched = &unmatched};
