/* The nearest route, for programs whose matchers try every division of a path. Paths
 * lie at the end of readable memory, with room for one byte more. */
#include "guard.h"
#include "near.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct guard guard;

/* ---- A program ---- */

static bool is_int(const unsigned char *value)
{
    size_t len = strspn((const char *)value, "0123456789");
    return len > 0 && value[len] == '\0';
}

static bool is_short(const unsigned char *value)
{
    return strlen((const char *)value) <= 3;
}

static bool is_filled(const unsigned char *value)
{
    return *value != '\0';
}

static const struct krt_parameter id[] = {{"id", "int", is_int, NULL}};
static const struct krt_parameter name[] = {{"name", NULL, NULL, NULL}};
static const struct krt_parameter post[] = {{"year", "int", is_int, "2024"},
                                            {"slug", "maxlength(3)", is_short, NULL}};
static const struct krt_parameter file[] = {{"file", "maxlength(3)", is_short, NULL},
                                            {"ext", "maxlength(3)", is_short, NULL}};
static const struct krt_parameter range[] = {{"from", "int", is_int, NULL},
                                             {"to", "int", is_int, NULL}};
static const struct krt_parameter rest[] = {{"rest", "required", is_filled, NULL}};
static const struct krt_parameter tail[] = {{"tail", "required", is_filled, "x"}};

#define NONE .n_parameters = 0
#define SOME(list) .parameters = (list), .n_parameters = LENGTH(list)

#define ROUTE(title, its_pattern, its_parameters, its_line)                            \
    {                                                                                  \
        .name = (title), .pattern = (its_pattern), its_parameters, .line = (its_line)  \
    }

static const struct krt_route routes[] = {
    ROUTE("GET /users", "/users", NONE, 1),
    ROUTE("GET,DELETE /users/{id:int}", "/users/\1", SOME(id), 2),
    ROUTE("POST /users", "/users", NONE, 3),
    ROUTE("GET /Mixed/Case", "/Mixed/Case", NONE, 4),
    ROUTE("GET /folder/", "/folder/", NONE, 5),
    ROUTE("GET /posts/{year:int=2024}/{slug:maxlength(3)?}", "/posts\3/\1\3/\1",
          SOME(post), 6),
    ROUTE("GET /files/{file:maxlength(3)}.{ext:maxlength(3)?}", "/files/\1\3.\1",
          SOME(file), 7),
    ROUTE("GET /range/{from:int}-to-{to:int}", "/range/\1-to-\1", SOME(range), 8),
    ROUTE("GET /rest/{*rest:required}", "/rest\3/\2", SOME(rest), 9),
    ROUTE("GET /tail/{*tail:required=x}", "/tail\3/\2", SOME(tail), 10),
    ROUTE("PUT /things/{name}/parts", "/things/\1/parts", SOME(name), 11),
    ROUTE("PATCH /things/{name}", "/things/\1", SOME(name), 12),
    ROUTE("GET /v1/item", "/v1/item", NONE, 13),
    ROUTE("GET /v1/items", "/v1/items", NONE, 14),
    ROUTE("GET /", "/", NONE, 15),
    ROUTE("GET /caf\xc3\xa9", "/caf\xc3\xa9", NONE, 16),
    ROUTE("GET /x", "/x", NONE, 17),
    ROUTE("GET /a-{name}", "/a-\1", SOME(name), 18),
};

/* Whether the rest of a path has the rest of a pattern, with these values. */
static bool has_pattern(const char *pattern, const unsigned char *path,
                        struct krt_slice *values, bool in_mixed)
{
    switch (*pattern) {
    case '\0':
        return *path == '\0';
    case KRT_PATTERN_REST:
        *values = (struct krt_slice){path, strlen((const char *)path)};
        return true;
    case KRT_PATTERN_VALUE:
        for (size_t len = strcspn((const char *)path, "/"); len > 0; len--) {
            *values = (struct krt_slice){path, len};
            if (has_pattern(pattern + 1, path + len, values + 1, true))
                return true;
        }
        return false;
    case KRT_PATTERN_END:
        if (has_pattern(pattern + 1, path, values, in_mixed))
            return true;
        pattern = in_mixed && *path == '/' ? strchr(pattern, '/') : NULL;
        return pattern ? has_pattern(pattern, path, values + 1, false) : *path == '\0';
    default:
        return *path == (unsigned char)*pattern &&
               has_pattern(pattern + 1, path + 1, values, in_mixed && *pattern != '/');
    }
}

static bool has_values(const struct krt_route *route, const struct krt_slice *values)
{
    for (size_t i = 0; i < route->n_parameters; i++) {
        char value[64];
        bool (*accepts)(const unsigned char *) = route->parameters[i].accepts;
        if (!values[i].at && strchr(route->pattern, KRT_PATTERN_REST) == NULL)
            continue;
        snprintf(value, sizeof value, "%.*s", (int)values[i].len,
                 values[i].at ? (const char *)values[i].at : "");
        if (*value == '\0' && route->parameters[i].default_value)
            continue;
        if (accepts && !accepts((const unsigned char *)value))
            return false;
    }
    return true;
}

static int match(const char *method, const unsigned char *path,
                 struct krt_slice *values)
{
    for (size_t i = 0; i < LENGTH(routes); i++) {
        const char *space = strchr(routes[i].name, ' ');
        const char *at = strstr(routes[i].name, method);
        memset(values, 0, KRT_PARAMETERS_MAX * sizeof *values);
        if (at && at < space && has_pattern(routes[i].pattern, path, values, false) &&
            has_values(&routes[i], values))
            return (int)i;
    }
    return KRT_NO_ROUTE;
}

#define MATCHER(method)                                                                \
    static int match_##method(const unsigned char *path, struct krt_slice *values)     \
    {                                                                                  \
        return match(#method, path, values);                                           \
    }
MATCHER(DELETE)
MATCHER(GET)
MATCHER(PATCH)
MATCHER(POST)
MATCHER(PUT)

static const struct krt_method methods[] = {
    {"DELETE", match_DELETE}, {"GET", match_GET},   {"HEAD", match_GET},
    {"PATCH", match_PATCH},   {"POST", match_POST}, {"PUT", match_PUT},
};

static const struct krt_program program = {
    .spec = "near.yaml",
    .routes = routes,
    .n_routes = LENGTH(routes),
    .methods = methods,
    .n_methods = LENGTH(methods),
};

/* ---- Requests ---- */

static struct krt_slice slice(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

static void find(struct krt_near *near, const struct krt_program *in,
                 const char *method, const char *path)
{
    size_t len = strlen(path);
    unsigned char *at = guard_end(&guard, len + 2);
    memcpy(at, path, len + 1);
    krt_near_find(near, in, slice(method), at);
    assert_string_equal(at, path);
}

/* "REASON ROUTE", "REASON ROUTE NAME=VALUE", or "none". */
static const char *describe(const struct krt_near *near, char (*text)[256])
{
    static const char *const reasons[] = {
        [KRT_NEAR_SLASH] = "slash",           [KRT_NEAR_CASE] = "case",
        [KRT_NEAR_CONSTRAINT] = "constraint", [KRT_NEAR_TYPO] = "typo",
        [KRT_NEAR_METHOD] = "method",
    };
    struct krt_buffer out = KRT_BUFFER(*text);
    if (near->reason == KRT_NEAR_NONE) {
        assert_int_equal(near->route, KRT_NO_ROUTE);
        return "none";
    }
    krt_put_text(&out, near->wants_slash ? "no " : "");
    krt_put_text(&out, reasons[near->reason]);
    krt_put_text(&out, " ");
    krt_put_text(&out, routes[near->route].name);
    if (near->reason == KRT_NEAR_CONSTRAINT) {
        krt_put_text(&out, " ");
        krt_put_text(&out, near->parameter->name);
        krt_put_text(&out, "=");
        krt_put(&out, near->value.at, near->value.len);
    }
    return krt_end_text(&out);
}

struct request {
    const char *method;
    const char *path;
    const char *nearest;
};

#define POSTS "GET /posts/{year:int=2024}/{slug:maxlength(3)?}"
#define FILES "GET /files/{file:maxlength(3)}.{ext:maxlength(3)?}"
#define RANGE "GET /range/{from:int}-to-{to:int}"
#define USER "GET,DELETE /users/{id:int}"

static const struct request requests[] = {
    /* The slash at the end. */
    {"GET", "/users/", "slash GET /users"},
    {"GET", "/folder", "no slash GET /folder/"},
    {"HEAD", "/folder", "no slash GET /folder/"},
    {"OPTIONS", "/users/", "slash GET /users"},
    {"GET", "/users/5/", "slash " USER},
    {"DELETE", "/users/5/", "slash " USER},
    {"GET", "/posts/2020/abc/", "slash " POSTS},
    {"GET", "//", "slash GET /"},

    /* Case. */
    {"GET", "/Users", "case GET /users"},
    {"GET", "/USERS/5", "case " USER},
    {"GET", "/mixed/case", "case GET /Mixed/Case"},
    {"GET", "/FOLDER/", "case GET /folder/"},
    {"GET", "/Posts", "case " POSTS},
    {"GET", "/Files/a.txt", "case " FILES},
    {"GET", "/range/1-TO-2", "case " RANGE},
    {"GET", "/A-b", "case GET /a-{name}"},
    {"GET", "/CAF\xc3\xa9", "case GET /caf\xc3\xa9"},
    {"GET", "/Rest/a", "case GET /rest/{*rest:required}"},

    /* Constraints. */
    {"GET", "/users/abc", "constraint " USER " id=abc"},
    {"DELETE", "/users/abc", "constraint " USER " id=abc"},
    {"HEAD", "/users/abc", "constraint " USER " id=abc"},
    {"OPTIONS", "/users/abc", "constraint " USER " id=abc"},
    {"GET", "/Users/abc", "constraint " USER " id=abc"},
    {"GET", "/users/\xc3\xa4\n", "constraint " USER " id=\xc3\xa4\n"},
    {"GET", "/posts/now", "constraint " POSTS " year=now"},
    {"GET", "/posts/2020/longer", "constraint " POSTS " slug=longer"},
    {"GET", "/posts/now/longer", "constraint " POSTS " year=now"},
    {"GET", "/files/read", "constraint " FILES " file=read"},
    {"GET", "/files/abc.jpeg", "constraint " FILES " ext=jpeg"},
    {"GET", "/files/abc.def.txt", "constraint " FILES " file=abc.def"},
    {"GET", "/files/abc.", "constraint " FILES " file=abc."},
    {"GET", "/files/.abc", "constraint " FILES " file=.abc"},
    {"GET", "/range/1-to-x", "constraint " RANGE " to=x"},
    {"GET", "/range/1-to-2-to-3", "constraint " RANGE " from=1-to-2"},
    {"GET", "/range/-to--to-3", "constraint " RANGE " from=-to-"},
    {"GET", "/rest", "constraint GET /rest/{*rest:required} rest="},
    {"GET", "/rest/", "constraint GET /rest/{*rest:required} rest="},

    /* Typos. */
    {"GET", "/usres", "typo GET /users"},
    {"GET", "/user", "typo GET /users"},
    {"GET", "/sers", "typo GET /users"},
    {"GET", "/userss", "typo GET /users"},
    {"GET", "/musers", "typo GET /users"},
    {"GET", "/usess", "typo GET /users"},
    {"GET", "/UsRes", "typo GET /users"},
    {"GET", "/usrs/5", "typo " USER},
    {"GET", "/usrs/abc", "typo " USER},
    {"GET", "/post", "typo " POSTS},
    {"GET", "/post/now", "typo " POSTS},
    {"GET", "/post/2020/ab", "typo " POSTS},
    {"GET", "/file/a.txt", "typo " FILES},
    {"GET", "/tree", "none"},
    {"GET", "/tet/a/b/c", "none"},
    {"GET", "/rst/a/b/c", "typo GET /rest/{*rest:required}"},
    {"GET", "/v1/itemss", "typo GET /v1/items"},
    {"GET", "/v1/itme", "typo GET /v1/item"},
    {"GET", "/v2/item", "typo GET /v1/item"},
    {"GET", "/v1/itemx", "typo GET /v1/item"},
    {"GET", "/fodler/", "typo GET /folder/"},
    {"GET", "/caf", "none"},

    /* Other methods. */
    {"PUT", "/users/", "method GET /users"},
    {"POST", "/usres", "typo POST /users"},
    {"DELETE", "/usres", "method GET /users"},
    {"PATCH", "/Users/5", "method " USER},
    {"TRACE", "/users/abc", "method " USER},
    {"GET", "/things/a/part", "method PUT /things/{name}/parts"},
    {"GET", "/things/a/", "method PATCH /things/{name}"},
    {"PUT", "/thing/a", "method PATCH /things/{name}"},
    {"HEAD", "/thing/a", "method PATCH /things/{name}"},

    /* Nothing. */
    {"GET", "/y", "none"},
    {"GET", "/xy/z", "none"},
    {"GET", "/usre", "none"},
    {"GET", "/sresu", "none"},
    {"GET", "/users//", "none"},
    {"GET", "/users/5/6", "none"},
    {"GET", "/users/abc/", "none"},
    {"GET", "/v2/itme", "none"},
    {"GET", "/posts/2020/a/b", "none"},
    {"GET", "/posts//a", "none"},
    {"GET", "/range/1-to-", "none"},
    {"GET", "/range/-to-1", "none"},
    {"GET", "/range/1-t-2", "none"},
    {"GET", "/a-", "none"},
};

static void test_nearest_routes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(requests); i++) {
        char path[64];
        char text[256];
        struct krt_near near;
        snprintf(path, sizeof path, "%s %s", requests[i].method, requests[i].path);
        find(&near, &program, requests[i].method, requests[i].path);
        expect_text(path, describe(&near, &text), requests[i].nearest);
    }
}

/* Where a slash at the end is passed over, it is no part of what is compared. */
static void test_ignored_slash_is_no_difference(void **state)
{
    (void)state;
    static const struct request ignoring[] = {
        {"GET", "/users/abc/", "constraint " USER " id=abc"},
        {"GET", "/Users/", "case GET /users"},
        {"GET", "/usres/", "typo GET /users"},
        {"GET", "/usres//", "none"},
        {"GET", "/folder", "no slash GET /folder/"},
    };
    struct krt_program other = program;
    other.trailing_slash = KRT_TRAILING_SLASH_IGNORE;
    for (size_t i = 0; i < LENGTH(ignoring); i++) {
        char text[256];
        struct krt_near near;
        find(&near, &other, ignoring[i].method, ignoring[i].path);
        expect_text(ignoring[i].path, describe(&near, &text), ignoring[i].nearest);
    }
}

static void test_program_without_routes_has_none_near(void **state)
{
    (void)state;
    static const struct krt_program empty = {.spec = "empty.yaml"};
    struct krt_near near;
    find(&near, &empty, "GET", "/");
    assert_int_equal(near.reason, KRT_NEAR_NONE);
    find(&near, &empty, "", "/a");
    assert_int_equal(near.reason, KRT_NEAR_NONE);
}

/* Every path over a few characters: nothing is read out of bounds, nothing is changed,
 * and a typo is what a slow and simple measure takes for one. */
static void test_short_paths(void **state)
{
    (void)state;
    enum { LEN_MAX = 7 };
    static const char letters[] = "/aX.";
    static const struct krt_route short_routes[] = {
        ROUTE("GET /{a}.{b?}", "/\1\3.\1", SOME(file), 1),
        ROUTE("GET /a{b}a{c}/X", "/a\1a\1/X", SOME(range), 2),
        ROUTE("GET /aa/{b?}/{*c}", "/aa\3/\1\3/\2", SOME(range), 3),
        ROUTE("GET /{a}.{b?}/a", "/\1\3.\1/a", SOME(file), 4),
        ROUTE("GET /a{x}X.{b?}/a", "/a\1X\3.\1/a", SOME(file), 5),
        ROUTE("GET /{x?}/{y?}", "/\3\1\3/\1", SOME(range), 6),
    };
    struct krt_program some = {.routes = short_routes};
    for (size_t n = 0; n <= LENGTH(short_routes); n++) {
        some.n_routes = n;
        for (size_t code = 0; code < (size_t)1 << (2 * LEN_MAX); code++) {
            char path[LEN_MAX + 2] = "/";
            struct krt_near near;
            size_t len = code % (LEN_MAX + 1);
            for (size_t i = 0; i < len; i++)
                path[1 + i] = letters[code >> (2 * i) & 3];
            find(&near, &some, "GET", path);
            if (near.reason != KRT_NEAR_NONE)
                assert_in_range(near.route, 0, n - 1);
        }
    }
}

static void test_long_path_and_many_values(void **state)
{
    (void)state;
    enum { LEN = 1000, TOO_LONG = 8000 };
    static char path[TOO_LONG + 1];
    char pattern[2 * KRT_PARAMETERS_MAX + 8] = "/";
    struct krt_parameter parameters[KRT_PARAMETERS_MAX] = {{0}};
    for (size_t i = 0; i < KRT_PARAMETERS_MAX; i++)
        strcat(pattern, i == 0 ? "\1" : "a\1");
    parameters[KRT_PARAMETERS_MAX - 1] =
        (struct krt_parameter){"last", "int", is_int, NULL};
    struct krt_route route = ROUTE("GET /", pattern, SOME(parameters), 1);
    struct krt_program one = {.routes = &route, .n_routes = 1};
    struct krt_near near;
    memset(path, 'a', LEN);
    path[0] = '/';
    find(&near, &one, "GET", path);
    assert_int_equal(near.reason, KRT_NEAR_CONSTRAINT);
    assert_int_equal(near.value.len, 1);
    path[LEN - 1] = 'b';
    path[1] = '/';
    find(&near, &one, "GET", path);
    assert_int_equal(near.reason, KRT_NEAR_NONE);
    memset(path + 1, 'a', TOO_LONG - 1);
    find(&near, &one, "GET", path);
    assert_int_equal(near.reason, KRT_NEAR_NONE);
}

static int set_up(void **state)
{
    (void)state;
    guard_init(&guard, 16 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guard_deinit(&guard);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest_routes),
        cmocka_unit_test(test_ignored_slash_is_no_difference),
        cmocka_unit_test(test_program_without_routes_has_none_near),
        cmocka_unit_test(test_short_paths),
        cmocka_unit_test(test_long_path_and_many_values),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
