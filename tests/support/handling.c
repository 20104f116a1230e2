#include "handling.h"

#include "sample.h"

#include <string.h>

static const struct krt_route *known;
static size_t n_known;

static int match(const unsigned char *path, struct krt_slice *values)
{
    (void)values;
    for (size_t i = 0; i < n_known; i++)
        if (strcmp((const char *)path, known[i].pattern) == 0)
            return (int)i;
    return KRT_NO_ROUTE;
}

static const struct krt_method methods[] = {
    {"GET", match}, {"HEAD", match}, {"POST", match}};

static int find_method(const unsigned char *line)
{
    int i = *line == 'G' ? 0 : *line == 'H' ? 1 : 2;
    size_t len = strlen(methods[i].name);
    bool is_it = strncmp((const char *)line, methods[i].name, len) == 0;
    return is_it && line[len] == ' ' ? i : KRT_METHOD_UNKNOWN;
}

struct krt_program handling_program(const struct krt_route *routes, size_t n_routes)
{
    struct krt_program program = sample_program;
    known = routes;
    n_known = n_routes;
    program.routes = routes;
    program.n_routes = n_routes;
    program.methods = methods;
    program.n_methods = sizeof methods / sizeof *methods;
    program.find_method = find_method;
    program.begin = krt_begin_exchange;
    return program;
}
