/* What an index finds is compared with what all better routes together leave. */
#include "reading.h"
#include "rivals.h"
#include "unit.h"

#include <string.h>

enum { ROUTES_MAX = 8 };

#define PROGRAM "krgen: 1\nname: demo\npipe: demo\n"

static struct arena arena;

/* ---- Indices ---- */

struct index {
    struct rivals rivals;
    size_t budget;
};

static void index_init(struct index *index, const struct spec *spec, struct str method)
{
    index->budget = PATHS_BUDGET;
    rivals_init(&index->rivals, spec, method, &index->budget, &arena);
    for (size_t i = 0; i < spec->n_routes; i++)
        if (rivals_answers(&spec->routes[i], method))
            rivals_add(&index->rivals, &spec->routes[i]);
}

static const char *result_text(enum paths_result result, struct str path)
{
    if (result == PATHS_FOUND)
        return str_z(&arena, path);
    return result == PATHS_NONE ? "none" : "too complex";
}

static const char *alone(const struct index *index, const struct route *route)
{
    struct buf path;
    buf_init(&path, &arena);
    enum paths_result result = rivals_alone(&index->rivals, route, &path);
    return result_text(result, buf_str(&path));
}

static const char *alone_among(const struct index *index, const struct route *route,
                               const struct route *const *rivals, size_t n)
{
    size_t budget = PATHS_BUDGET;
    struct buf path;
    struct buf encoded;
    buf_init(&path, &arena);
    buf_init(&encoded, &arena);
    const struct template **templates = arena_array(&arena, n + 1, sizeof *templates);
    for (size_t i = 0; i < n; i++)
        templates[i] = &rivals[i]->template;
    enum paths_result result = paths_alone(&route->template, templates, n,
                                           index->rivals.matching, &budget, &path);
    paths_put_encoded(&encoded, buf_str(&path));
    return result_text(result, buf_str(&encoded));
}

/* ---- By example ---- */

static void test_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* the last route is the one asked for */
        const char *path;
    } cases[] = {
        {PROGRAM "routes: {GET /: x}\n", "/"},
        {PROGRAM "routes: {GET /a: x, 'GET /{x}': x}\n", "/b"},
        {PROGRAM "routes: {GET /: x, 'GET /{x?}': x}\n", "/a"},
        {PROGRAM "routes: {GET /: x, 'GET /{*x}': x}\n", "/a"},
        {PROGRAM "routes: {GET /%20: x, 'GET /{x:oneof( ,%)}': x}\n", "/%25"},
        {PROGRAM "routes: {GET /a: x, 'GET /{x:oneof(a)}': x}\n", "none"},
        {PROGRAM "routes: {GET /A: x, 'GET /{x:oneof(a)}': x}\n", "/a"},
        {PROGRAM "match: {ignore-case: true}\n"
                 "routes: {GET /A: x, 'GET /{x:oneof(a)}': x}\n",
         "none"},
        {PROGRAM "match: {trailing-slash: ignore}\n"
                 "routes: {GET /a: x, 'GET /{*x:regex(a/)}': x}\n",
         "none"},
        {PROGRAM "routes: {GET /a: x, 'GET /{*x:regex(a/)}': x}\n", "/a/"},
        {PROGRAM "routes: {'GET /{x:length(1)}': x, 'GET /{x}': x}\n", "/aa"},
        {PROGRAM "routes: {POST /a: x, 'GET /{x}': x}\n", "/a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        struct index index;
        reading_init(&reading, str_from(cases[i].text));
        index_init(&index, &reading.spec, STR("GET"));
        size_t last = reading.spec.n_routes - 1;
        expect_text(cases[i].text, alone(&index, &reading.spec.routes[last]),
                    cases[i].path);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

/* Each path that is tried is taken by one more route. */
static void test_many_rivals(void **state)
{
    (void)state;
    struct buf text;
    struct reading reading;
    struct index index;
    buf_init(&text, &arena);
    buf_put(&text, STR(PROGRAM "routes:\n"));
    for (char c = 'a'; c <= 'z'; c++)
        buf_printf(&text, "  GET /%c: x\n  GET /%c/a: x\n", c, c);
    buf_put(&text, STR("  'GET /{x}': x\n  'GET /{x:regex([a-z])}': x\n"
                       "  'GET /{*x:regex([a-z]/a)}': x\n"));
    reading_init(&reading, buf_str(&text));
    index_init(&index, &reading.spec, STR("GET"));
    const struct route *last = &reading.spec.routes[reading.spec.n_routes - 1];
    expect_text("open", alone(&index, last - 2), "/1");
    expect_text("covered", alone(&index, last - 1), "none");
    expect_text("covered below", alone(&index, last), "none");
    reading_deinit(&reading);
    arena_free(&arena);
}

/* ---- At random ---- */

static uint32_t seed = 1;

static uint32_t draw(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

/* Appends a segment with '#' replaced by a letter, so that parameters differ. */
static void put_segment(struct buf *out, const char *segment, char letter)
{
    buf_putc(out, '/');
    for (; *segment != '\0'; segment++)
        buf_putc(out, *segment == '#' ? letter : *segment);
}

static void put_route(struct buf *out)
{
    static const char *const methods[] = {"GET", "GET", "GET,HEAD", "HEAD"};
    static const char *const segments[] = {
        "a",
        "b",
        "A",
        "{#}",
        "a{#}",
        "{#:alpha}",
        "{#:int}",
        "{#:oneof(a,b)}",
        "{#}.{x?}",
        "{#}b",
        "{#:length(1)}",
    };
    static const char *const ends[] = {
        "",          "{#?}",          "{#:int?}",           "{*#}",
        "{*#:file}", "{*#:required}", "{#:oneof(a)?}/{*z}", "{*#:regex(a?/?b?)}",
    };
    uint32_t n = draw(3);
    buf_printf(out, "  '%s ", methods[draw(sizeof methods / sizeof *methods)]);
    for (uint32_t i = 0; i < n; i++)
        put_segment(out, segments[draw(sizeof segments / sizeof *segments)],
                    (char)('p' + i));
    if (n == 0 || draw(2) == 0)
        put_segment(out, ends[draw(sizeof ends / sizeof *ends)], (char)('p' + n));
    buf_put(out, STR("': x\n"));
}

static struct str random_spec(void)
{
    static const char *const slashes[] = {"strict", "ignore", "redirect"};
    struct buf out;
    buf_init(&out, &arena);
    buf_printf(&out, PROGRAM "match: {ignore-case: %s, trailing-slash: %s}\nroutes:\n",
               draw(3) == 0 ? "true" : "false",
               slashes[draw(sizeof slashes / sizeof *slashes)]);
    for (uint32_t n = 2 + draw(ROUTES_MAX - 1); n > 0; n--)
        put_route(&out);
    return buf_str(&out);
}

/* All routes of the spec that go before `route`. */
static size_t find_better(const struct index *index, const struct route *route,
                          const struct route *better[ROUTES_MAX])
{
    const struct spec *spec = index->rivals.spec;
    size_t n = 0;
    for (size_t i = 0; i < spec->n_routes; i++)
        if (rivals_answers(&spec->routes[i], index->rivals.method) &&
            rivals_goes_before(&index->rivals, &spec->routes[i], route))
            better[n++] = &spec->routes[i];
    return n;
}

static void check_route(const struct index *index, const struct route *route,
                        const char *text)
{
    const struct route *better[ROUTES_MAX] = {NULL};
    size_t n = find_better(index, route, better);
    const char *path = alone(index, route);
    expect_text(text, path, alone_among(index, route, better, n));
    const struct route **cover = rivals_cover(&index->rivals, route, &arena, &n);
    if (strcmp(path, "none") == 0)
        expect_text(text, alone_among(index, route, cover, n), "none");
    else
        assert_int_equal(n, 0);
}

static void check_index(const struct spec *spec, struct str method, const char *text)
{
    struct index index;
    index_init(&index, spec, method);
    for (size_t i = 0; i < spec->n_routes; i++)
        if (rivals_answers(&spec->routes[i], method))
            check_route(&index, &spec->routes[i], text);
}

static void test_random_specs(void **state)
{
    (void)state;
    size_t n_checked = 0;
    while (n_checked < 500) {
        struct reading reading;
        struct str text = random_spec();
        reading_init(&reading, text);
        if (reading.is_read) {
            check_index(&reading.spec, STR("GET"), str_z(&arena, text));
            check_index(&reading.spec, STR("HEAD"), str_z(&arena, text));
            n_checked++;
        }
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_many_rivals),
        cmocka_unit_test(test_random_specs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
