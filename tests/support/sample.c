#include "sample.h"

#include <string.h>

static char large[SAMPLE_LARGE_LEN];
static char huge[SAMPLE_HUGE_LEN];

static const struct krt_route routes[] = {
    [SAMPLE_HELLO] = {"GET /hello",
                      4,
                      {200, KRT_LITERAL(SAMPLE_HELLO_HEAD),
                       KRT_LITERAL(SAMPLE_HELLO_BODY)}},
    [SAMPLE_MAKE] = {"POST /hello",
                     5,
                     {201, KRT_LITERAL(SAMPLE_MAKE_HEAD),
                      KRT_LITERAL(SAMPLE_MAKE_BODY)}},
    [SAMPLE_LARGE] = {"GET /large",
                      6,
                      {200, KRT_LITERAL(SAMPLE_LARGE_HEAD), {large, sizeof large}}},
    [SAMPLE_HUGE] = {"GET /huge",
                     7,
                     {200, KRT_LITERAL(SAMPLE_HUGE_HEAD), {huge, sizeof huge}}},
    [SAMPLE_EMPTY] = {"GET /empty",
                      8,
                      {204, KRT_LITERAL(SAMPLE_EMPTY_HEAD), {NULL, 0}}},
    [SAMPLE_GONE] = {"DELETE /gone",
                     9,
                     {410, KRT_LITERAL(SAMPLE_GONE_HEAD), {NULL, 0}}},
};

void sample_init(void)
{
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)('A' + i % 23);
    for (size_t i = 0; i < sizeof huge; i++)
        huge[i] = (char)('a' + i % 25);
}

/* Whether `at` starts with `word` and ends there by one of `ends`. */
static int is_word(const unsigned char *at, const char *word, const char *ends)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < len; i++)
        if (at[i] != (unsigned char)word[i])
            return 0;
    return at[len] != '\0' && strchr(ends, at[len]) != NULL;
}

struct target {
    const char *path;
    int route;
};

static int find(const unsigned char *path, const struct target *targets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_word(path, targets[i].path, " ?"))
            return targets[i].route;
    return KRT_NO_ROUTE;
}

static int match_get(const unsigned char *path)
{
    static const struct target targets[] = {
        {"/hello", SAMPLE_HELLO},
        {"/large", SAMPLE_LARGE},
        {"/huge", SAMPLE_HUGE},
        {"/empty", SAMPLE_EMPTY},
    };
    return find(path, targets, sizeof targets / sizeof *targets);
}

static int match_post(const unsigned char *path)
{
    static const struct target target = {"/hello", SAMPLE_MAKE};
    return find(path, &target, 1);
}

static int match_delete(const unsigned char *path)
{
    static const struct target target = {"/gone", SAMPLE_GONE};
    return find(path, &target, 1);
}

static const struct krt_method methods[] = {
    {"DELETE", match_delete},
    {"GET", match_get},
    {"HEAD", match_get},
    {"POST", match_post},
};

enum { N_METHODS = sizeof methods / sizeof *methods };

static int find_method(const unsigned char *line)
{
    static const char *const unused[] = {"CONNECT", "OPTIONS", "PATCH", "PUT", "TRACE"};
    for (int i = 0; i < N_METHODS; i++)
        if (is_word(line, methods[i].name, " "))
            return i;
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        if (is_word(line, unused[i], " "))
            return KRT_METHOD_UNUSED;
    return KRT_METHOD_UNKNOWN;
}

const struct krt_program sample_program = {
    .name = "sample",
    .spec = "sample.yaml",
    .pipe = "krgen.sample",
    .routes = routes,
    .n_routes = SAMPLE_N_ROUTES,
    .methods = methods,
    .n_methods = N_METHODS,
    .find_method = find_method,
};
