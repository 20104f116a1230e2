/* Log lines, of answers that are written by hand. Standard error and the clock are the
 * test's own. */
#include "log_answer.h"
#include "os.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static char printed[3 * KRT_LOG_LINE_MAX];
static size_t printed_len;

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    assert_int_equal(stream, KRT_STDERR);
    assert_true(printed_len + len < sizeof printed);
    memcpy(printed + printed_len, data, len);
    printed_len += len;
    printed[printed_len] = '\0';
    return KRT_OK;
}

int64_t krt_os_unix_ms(void)
{
    return INT64_C(784111777) * 1000 + 42;
}

int64_t krt_os_now_ms(void)
{
    return 0;
}

/* ---- What is answered ---- */

static const struct krt_parameter parameters[] = {{"id", "int", NULL, NULL},
                                                  {"year", NULL, NULL, "20 24"},
                                                  {"slug", NULL, NULL, NULL}};

static const struct krt_route routes[] = {
    {.name = "GET /plain", .line = 3},
    {.name = "GET /{id:int}/{year=20 24}/{slug?}",
     .parameters = parameters,
     .n_parameters = 3,
     .line = 4},
};

static const struct krt_program program = {.spec = "users.yaml", .routes = routes};

static const struct krt_identity nobody;
static const struct krt_identity anna = {.pid = 1234, .user = "anna"};

static struct krt_slice slice(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, text ? strlen(text) : 0};
}

static struct krt_answer answer(const char *target, const struct krt_verdict *verdict)
{
    return (struct krt_answer){.method = slice("GET"),
                               .target = slice(target),
                               .verdict = verdict,
                               .status = 200,
                               .body_len = 21};
}

static struct krt_verdict verdict_of(int route, const char *const values[3])
{
    struct krt_verdict verdict = {.route = route};
    for (size_t i = 0; i < 3; i++)
        verdict.values[i] = slice(values[i]);
    return verdict;
}

static struct krt_verdict miss(enum krt_near_reason reason, int route)
{
    return (struct krt_verdict){
        .route = KRT_NO_ROUTE,
        .status = 404,
        .near = {.reason = reason, .route = route, .parameter = parameters}};
}

/* What is logged of an answer that took 43 us. */
static const char *logged(enum krt_log_level level, enum krt_log_format format,
                          const struct krt_answer *of, const struct krt_identity *peer)
{
    static struct krt_log log;
    log.program = "t";
    log.level = level;
    log.format = format;
    printed_len = 0;
    printed[0] = '\0';
    krt_log_answer(&log, &program, of, peer, 43);
    return printed;
}

static const char *text_of(const struct krt_answer *of)
{
    return logged(KRT_LOG_DEBUG, KRT_LOG_TEXT, of, &nobody);
}

static const char *json_of(const struct krt_answer *of)
{
    return logged(KRT_LOG_DEBUG, KRT_LOG_JSON, of, &nobody);
}

/* ---- Accesses ---- */

#define ROUTE "GET /{id:int}/{year=20 24}/{slug?}"
#define JSON_START "{\"time\":\"1994-11-06T08:49:37.042Z\","
#define JSON_ACCESS                                                                    \
    JSON_START "\"level\":\"debug\",\"program\":\"t\",\"status\":200,\"bytes\":21,"    \
               "\"method\":\"GET\",\"path\":\"/a\",\"query\":\"b?c\","
#define JSON_ROUTE JSON_ACCESS "\"route\":\"" ROUTE "\",\"line\":4,"
#define JSON_END "\"us\":43"

static void test_access_names_the_route_and_its_values(void **state)
{
    (void)state;
    static const struct {
        int route;
        const char *values[3];
        const char *text;
        const char *json;
    } cases[] = {
        {KRT_NO_ROUTE, {0}, "", JSON_ACCESS JSON_END "}\n"},
        {0,
         {0},
         " -> GET /plain",
         JSON_ACCESS "\"route\":\"GET /plain\",\"line\":3," JSON_END "}\n"},
        {1,
         {"5", "6", "x"},
         " -> " ROUTE " id=5 year=6 slug=x",
         JSON_ROUTE "\"values\":{\"id\":\"5\",\"year\":\"6\",\"slug\":\"x\"}," JSON_END
                    "}\n"},
        {1,
         {"5", NULL, NULL},
         " -> " ROUTE " id=5 year=20%2024",
         JSON_ROUTE "\"values\":{\"id\":\"5\",\"year\":\"20 24\"}," JSON_END "}\n"},
        {1,
         {0},
         " -> " ROUTE " year=20%2024",
         JSON_ROUTE "\"values\":{\"year\":\"20 24\"}," JSON_END "}\n"},
        {1,
         {"", "a b\n%", "\xc3\xa4%2F"},
         " -> " ROUTE " id= year=a%20b%0A%25 slug=%C3%A4%2F",
         JSON_ROUTE "\"values\":{\"id\":\"\",\"year\":\"a b\\u000A%\","
                    "\"slug\":\"\xc3\xa4%2F\"}," JSON_END "}\n"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[500];
        struct krt_verdict verdict = verdict_of(cases[i].route, cases[i].values);
        struct krt_answer of = answer("/a?b?c", &verdict);
        snprintf(text, sizeof text, "t: debug: 200 21 GET /a?b?c%s in 43 us\n",
                 cases[i].text);
        assert_string_equal(text_of(&of), text);
        assert_string_equal(json_of(&of), cases[i].json);
    }
}

static void test_access_names_the_peer(void **state)
{
    (void)state;
    static const struct krt_identity odd = {.user = "J\xc3\xb6rg \"J\""};
    struct krt_answer of = answer("/a?b?c", NULL);
    assert_string_equal(logged(KRT_LOG_DEBUG, KRT_LOG_TEXT, &of, &anna),
                        "t: debug: 200 21 GET /a?b?c in 43 us, pid 1234, user anna\n");
    assert_string_equal(logged(KRT_LOG_DEBUG, KRT_LOG_JSON, &of, &anna),
                        JSON_ACCESS JSON_END ",\"pid\":1234,\"user\":\"anna\"}\n");
    assert_string_equal(
        logged(KRT_LOG_DEBUG, KRT_LOG_TEXT, &of, &odd),
        "t: debug: 200 21 GET /a?b?c in 43 us, user J%C3%B6rg%20\"J\"\n");
    assert_string_equal(logged(KRT_LOG_DEBUG, KRT_LOG_JSON, &of, &odd),
                        JSON_ACCESS JSON_END ",\"user\":\"J\xc3\xb6rg \\\"J\\\"\"}\n");
}

static void test_access_of_what_was_refused(void **state)
{
    (void)state;
    struct krt_answer refused = {.status = 400};
    assert_string_equal(text_of(&refused), "t: debug: 400 0   in 43 us\n");
    assert_string_equal(json_of(&refused),
                        JSON_START "\"level\":\"debug\",\"program\":\"t\","
                                   "\"status\":400,\"bytes\":0,\"method\":\"\","
                                   "\"path\":\"\",\"us\":43}\n");
    refused = answer("/%", NULL);
    assert_string_equal(text_of(&refused), "t: debug: 200 21 GET /% in 43 us\n");
}

/* ---- Misses ---- */

static void test_miss_tells_the_reason(void **state)
{
    (void)state;
    struct krt_verdict verdict = miss(KRT_NEAR_TYPO, 0);
    struct krt_answer of = answer("/plian?q", &verdict);
    of.status = 404;
    assert_string_equal(
        logged(KRT_LOG_INFO, KRT_LOG_TEXT, &of, &anna),
        "t: info: 404 GET /plian?q: did you mean GET /plain (users.yaml:3)?\n");
    assert_string_equal(logged(KRT_LOG_INFO, KRT_LOG_JSON, &of, &anna), JSON_START
                        "\"level\":\"info\",\"program\":\"t\",\"status\":404,"
                        "\"method\":\"GET\",\"path\":\"/plian\","
                        "\"query\":\"q\",\"message\":\"did you mean GET /plain "
                        "(users.yaml:3)?\"}\n");
}

static void test_level_decides_what_is_logged(void **state)
{
    (void)state;
    struct krt_verdict missed = miss(KRT_NEAR_NONE, 0);
    struct krt_verdict found = {.route = 0};
    struct krt_answer hit = answer("/plain", &found);
    struct krt_answer of = answer("/x", &missed);
    of.status = 404;
    assert_string_equal(logged(KRT_LOG_NONE, KRT_LOG_TEXT, &of, &nobody), "");
    assert_string_equal(logged(KRT_LOG_ERROR, KRT_LOG_TEXT, &of, &nobody), "");
    assert_string_equal(logged(KRT_LOG_INFO, KRT_LOG_TEXT, &hit, &nobody), "");
    assert_string_equal(text_of(&of), "t: debug: 404 21 GET /x in 43 us\n"
                                      "t: info: 404 GET /x: no route is near\n");
}

/* ---- Bounds ---- */

/* The reason and the peer are in the line, however long the request is. */
static void test_long_requests_are_cut(void **state)
{
    (void)state;
    static char target[8000];
    struct krt_verdict verdict = miss(KRT_NEAR_CONSTRAINT, 1);
    struct krt_answer of = answer(target, &verdict);
    memset(target, 'a', sizeof target - 1);
    of.method = of.target = verdict.near.value = slice(target);
    of.status = 404;
    assert_non_null(strstr(text_of(&of), "aaa... in 43 us"));
    assert_non_null(strstr(printed, "aaa...' is not int\n"));
    assert_non_null(strstr(json_of(&of), "aaa...' is not int\"}\n"));
    assert_non_null(strstr(printed, "aaa...\",\"path\":\"aaa"));
}

/* A program whose every text is as long as a text can be and takes most room. */
static void test_long_specs_are_cut(void **state)
{
    (void)state;
    static char name[4000];
    static struct krt_parameter many[KRT_PARAMETERS_MAX];
    struct krt_verdict verdict = {.route = 0};
    struct krt_identity peer = {.pid = 4294967295UL};
    static struct krt_log log;
    memset(name, '"', sizeof name - 1);
    memset(peer.user, '"', sizeof peer.user - 1);
    for (size_t i = 0; i < LENGTH(many); i++) {
        many[i].name = "name";
        verdict.values[i] = slice(name);
    }
    struct krt_route route = {.name = name,
                              .parameters = many,
                              .n_parameters = LENGTH(many),
                              .line = 1 << 30};
    struct krt_program large = {.spec = name, .routes = &route};
    struct krt_answer of = answer(name, &verdict);
    of.method = slice(name);
    of.body_len = SIZE_MAX;
    log = (struct krt_log){.program = name, .level = KRT_LOG_DEBUG};
    printed_len = 0;
    krt_log_answer(&log, &large, &of, &peer, INT64_MAX);
    assert_true(printed_len < KRT_LOG_LINE_MAX);
    assert_non_null(strstr(printed, " in 9223372036854775807 us, pid 4294967295, "
                                    "user \"\""));
    log.format = KRT_LOG_JSON;
    printed_len = 0;
    krt_log_answer(&log, &large, &of, &peer, INT64_MAX);
    assert_true(printed_len < KRT_LOG_LINE_MAX);
    assert_non_null(strstr(printed, ",\"values\":{\"name\":\"\\\"\\\""));
    assert_non_null(strstr(printed, "\\\"...\"},\"us\":9223372036854775807,\"pid\":"));
    assert_string_equal(printed + printed_len - 6, "...\"}\n");
}

/* A value is left out whole, at whatever place the line is full. */
static void test_values_are_whole_or_left_out(void **state)
{
    (void)state;
    static char name[2000];
    memset(name, 'n', sizeof name - 1);
    for (size_t len = 1; len < sizeof name - 1; len++) {
        const struct krt_parameter last = {.name = name + sizeof name - 1 - len};
        const struct krt_parameter both[] = {{.name = "a"}, last};
        const struct krt_route route = {
            .name = "GET /", .parameters = both, .n_parameters = 2, .line = 1};
        const struct krt_program large = {.routes = &route};
        struct krt_verdict verdict =
            verdict_of(0, (const char *const[3]){"1", "2", NULL});
        struct krt_answer of = answer("/", &verdict);
        static struct krt_log log;
        log = (struct krt_log){
            .program = "t", .level = KRT_LOG_DEBUG, .format = KRT_LOG_JSON};
        printed_len = 0;
        krt_log_answer(&log, &large, &of, &nobody, 1);
        bool is_whole = strstr(printed, "n\":\"2\"},\"us\":1}\n");
        assert_true(is_whole ||
                    strstr(printed, "\"values\":{\"a\":\"1\"},\"us\":1}\n"));
        assert_true(is_whole ? len < 1700 : len > 1400);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_names_the_route_and_its_values),
        cmocka_unit_test(test_access_names_the_peer),
        cmocka_unit_test(test_access_of_what_was_refused),
        cmocka_unit_test(test_miss_tells_the_reason),
        cmocka_unit_test(test_level_decides_what_is_logged),
        cmocka_unit_test(test_long_requests_are_cut),
        cmocka_unit_test(test_long_specs_are_cut),
        cmocka_unit_test(test_values_are_whole_or_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
