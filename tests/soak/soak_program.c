#include "soak_program.h"

#include "pattern.h"
#include "user_only.h"

#include <string.h>

static char body[PATTERN_MAX];

#define ROUTE(method, path, size)                                                      \
    {                                                                                  \
        .name = method " " path, .pattern = path, .line = __LINE__, .response = {      \
            .status = 200,                                                             \
            .plain = {.head = KRT_LITERAL("HTTP/1.1 200 OK\r\nContent-Length: " #size  \
                                          "\r\nContent-Type: text/plain\r\n"),         \
                      .body = {body, size}},                                           \
        }                                                                              \
    }

static const struct krt_route routes[] = {
    ROUTE("GET", "/24", 24),
    ROUTE("GET", "/300000", 300000),
    ROUTE("GET", "/2097152", 2097152),
    ROUTE("GET", "/10485760", 10485760),
    ROUTE("GET", "/67108864", 67108864),
    ROUTE("POST", "/upload", 24),
};

enum { N_ROUTES = sizeof routes / sizeof *routes };

static int match(const unsigned char *path, int first, int end)
{
    for (int i = first; i < end; i++)
        if (strcmp((const char *)path, routes[i].pattern) == 0)
            return i;
    return KRT_NO_ROUTE;
}

static int match_get(const unsigned char *path, struct krt_slice *values)
{
    (void)values;
    return match(path, 0, N_ROUTES - 1);
}

static int match_post(const unsigned char *path, struct krt_slice *values)
{
    (void)values;
    return match(path, N_ROUTES - 1, N_ROUTES);
}

static const struct krt_method methods[] = {
    {"GET", match_get},
    {"HEAD", match_get},
    {"POST", match_post},
};

static int find_method(const unsigned char *line)
{
    for (int i = 0; i < (int)(sizeof methods / sizeof *methods); i++) {
        const char *name = methods[i].name;
        while (*name && (unsigned char)*name == *line)
            name++, line++;
        if (!*name && *line == ' ')
            return i;
        line -= name - methods[i].name;
    }
    return KRT_METHOD_UNKNOWN;
}

struct krt_program soak_program(size_t n)
{
    pattern_put(body, 0, n);
    return (struct krt_program){
        .name = "soak_server",
        .spec = "soak_server.c",
        .pipe = "krt.test.soak",
        .routes = routes,
        .n_routes = N_ROUTES,
        .methods = methods,
        .n_methods = sizeof methods / sizeof *methods,
        .find_method = find_method,
        .has_date = true,
        .access = user_only,
        .limits = {.request_line = 8 * 1024,
                   .head = 32 * 1024,
                   .fields = 100,
                   .body = 2 * PATTERN_MAX,
                   .connections = 254,
                   .instances = 16,
                   .head_ms = 120000,
                   .body_ms = 120000,
                   .idle_ms = 240000,
                   .write_ms = 120000,
                   .drain_ms = 60000},
    };
}
