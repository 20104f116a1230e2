#include "match_check.h"

#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Holds in every build. */
static void require(bool is_true, const char *what, const unsigned char *path)
{
    if (is_true)
        return;
    fprintf(stderr, "broken: %s in '%s'\n", what, (const char *)path);
    abort();
}

/* A copy of its own, so that a read behind its end is seen. */
static bool is_accepted(const struct krt_parameter *parameter, struct krt_slice value)
{
    unsigned char *copy = malloc(value.len + 1);
    if (!copy)
        abort();
    memcpy(copy, value.at, value.len);
    copy[value.len] = '\0';
    bool is_fine = !parameter->accepts || parameter->accepts(copy);
    free(copy);
    return is_fine;
}

static void check_values(const struct krt_route *route, const struct krt_slice *values,
                         const unsigned char *path)
{
    const unsigned char *at = path + 1;
    const unsigned char *end = path + strlen((const char *)path);
    for (size_t i = 0; i < route->n_parameters; i++) {
        struct krt_slice value = values[i];
        if (!value.at) {
            require(value.len == 0, "an absent value has no bytes", path);
            continue;
        }
        require(value.at >= at && value.at <= end, "values are in order", path);
        require(value.len <= (size_t)(end - value.at), "a value ends in time", path);
        require(is_accepted(&route->parameters[i], value), "a value is accepted", path);
        at = value.at + value.len;
    }
}

static bool is_same(const struct krt_slice *a, const struct krt_slice *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].at != b[i].at || a[i].len != b[i].len)
            return false;
    return true;
}

static bool check_method(krt_match_fn match, const unsigned char *path)
{
    struct krt_slice values[KRT_PARAMETERS_MAX];
    struct krt_slice same[KRT_PARAMETERS_MAX];
    memset(values, 0xa5, sizeof values);
    memset(same, 0x5a, sizeof same);
    int route = match(path, values);
    require(route >= KRT_NO_ROUTE && route < (int)krt_program.n_routes, "a number",
            path);
    require(match(path, same) == route, "the same route again", path);
    if (route == KRT_NO_ROUTE)
        return false;
    require(is_same(values, same, krt_program.routes[route].n_parameters),
            "the same values again", path);
    check_values(&krt_program.routes[route], values, path);
    return true;
}

int match_check(const unsigned char *path)
{
    int n_found = 0;
    for (size_t i = 0; i < krt_program.n_methods; i++)
        n_found += check_method(krt_program.methods[i].match, path);
    return n_found;
}
