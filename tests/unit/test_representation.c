#include "reading.h"
#include "representation.h"
#include "rivals.h"
#include "unit.h"

#include <zlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define SPEC "krgen: 1\nname: t\npipe: t\nroutes:\n  "

/* SHA-256 of "hi" starts so. */
#define HI_ETAG "ETag: \"8f434346648f6b96df89dda901c5176b\"\r\n"
#define RANGES "Accept-Ranges: bytes\r\n"
#define PLAIN_TYPE "Content-Type: text/plain; charset=utf-8\r\n"

/* The first route of a spec and its plan. */
struct planning {
    struct arena text;
    struct reading reading;
    struct response_plan plan;
};

static void planning_init(struct planning *planning, const char *route)
{
    struct buf text;
    planning->text = (struct arena){0};
    buf_init(&text, &planning->text);
    buf_printf(&text, SPEC "%s\n", route);
    reading_init(&planning->reading, buf_str(&text));
    if (!planning->reading.is_fine)
        fail_msg("%s", reading_output(&planning->reading));
    const struct route *read = &planning->reading.spec.routes[0];
    representation_of(&read->response, rivals_has_method(read, STR("GET")),
                      &planning->plan, &planning->reading.arena);
}

static void planning_deinit(struct planning *planning)
{
    reading_deinit(&planning->reading);
    arena_free(&planning->text);
}

static const char *text_of(struct planning *planning, struct str text)
{
    return str_z(&planning->reading.arena, text);
}

/* A route and its head. */
struct row {
    const char *route;
    const char *expected;
};

static void check_heads(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct planning planning;
        planning_init(&planning, rows[i].route);
        expect_text(rows[i].route, text_of(&planning, planning.plan.plain.head),
                    rows[i].expected);
        planning_deinit(&planning);
    }
}

static void test_heads_are_complete(void **state)
{
    static const struct row rows[] = {
        {"GET /: hi",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG RANGES PLAIN_TYPE},
        {"GET,POST /: hi",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG RANGES PLAIN_TYPE},
        {"GET /: { text: hi, headers: { content-type: text/x, X-A: 1.0 } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG RANGES
         "X-A: 1.0\r\ncontent-type: text/x\r\n"},
        {"GET /: { text: hi, headers: { X-A: b, vary: Origin, Expires: 0, X-B: c,"
         " Content-Location: /x, cache-control: no-cache } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG
         "vary: Origin\r\nExpires: 0\r\nContent-Location: /x\r\n"
         "cache-control: no-cache\r\n" RANGES "X-A: b\r\nX-B: c\r\n" PLAIN_TYPE},
        {"GET /: { text: hi, headers: { etag: '\"v1\"' } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\netag: \"v1\"\r\n" RANGES PLAIN_TYPE},
        {"GET /: { text: hi, headers: { Accept-Ranges: bytes } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG RANGES PLAIN_TYPE},
        {"GET /: { text: hi, headers: { accept-ranges: none } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG
         "accept-ranges: none\r\n" PLAIN_TYPE},
    };
    (void)state;
    check_heads(rows, LENGTH(rows));
}

static void test_other_responses_get_nothing_added(void **state)
{
    static const struct row rows[] = {
        {"GET /: ''", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" PLAIN_TYPE},
        {"POST /: hi", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" PLAIN_TYPE},
        {"HEAD /: hi", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" PLAIN_TYPE},
        {"GET /: { status: 201, text: hi }",
         "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n" PLAIN_TYPE},
        {"GET /: { status: 404, text: hi, headers: { ETag: '\"v1\"', X-A: b } }",
         "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nETag: \"v1\"\r\nX-A: "
         "b\r\n" PLAIN_TYPE},
        {"GET /: { redirect: /a?b=c#d }",
         "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /a?b=c#d\r\n"},
        {"GET /: { status: 308, redirect: 'https://example.org/' }",
         "HTTP/1.1 308 Permanent Redirect\r\nContent-Length: 0\r\n"
         "Location: https://example.org/\r\n"},
        {"POST /: { xml: <a/> }", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                                  "Content-Type: application/xml; charset=utf-8\r\n"},
        {"POST /: { base64: aGk= }", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                     "Content-Type: application/octet-stream\r\n"},
        {"POST /: { type: image/gif, base64: aGk= }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: image/gif\r\n"},
        {"GET /: { status: 204 }", "HTTP/1.1 204 No Content\r\n"},
        {"GET /: { status: 304 }", "HTTP/1.1 304 Not Modified\r\n"},
        {"GET /: { status: 299 }", "HTTP/1.1 299 Status\r\nContent-Length: 0\r\n"},
    };
    (void)state;
    check_heads(rows, LENGTH(rows));
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct planning planning;
        planning_init(&planning, rows[i].route);
        expect_size(rows[i].route, planning.plan.plain.etag.len, 0);
        expect_size(rows[i].route, planning.plan.boundary.len, 0);
        expect_true(rows[i].route, !planning.plan.has_gzip);
        planning_deinit(&planning);
    }
}

static void test_defaults_join_what_a_response_lacks(void **state)
{
    static const struct row rows[] = {
        {"POST /: hi\ndefaults: { headers: { X-A: 1, X-B: 2 } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-B: 2\r\n" PLAIN_TYPE},
        {"POST /: { headers: { X-C: 3, x-b: 4 } }\n"
         "defaults: { headers: { X-A: 1, X-B: 2 } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-C: 3\r\nx-b: 4\r\nX-A: 1\r\n"},
        {"POST /: { redirect: /a }\ndefaults: { headers: { location: /b } }",
         "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /a\r\n"},
        {"GET /: hi\ndefaults: { headers: { Cache-Control: no-store } }",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" HI_ETAG
         "Cache-Control: no-store\r\n" RANGES PLAIN_TYPE},
    };
    (void)state;
    check_heads(rows, LENGTH(rows));
}

static void test_offsets_point_into_the_head(void **state)
{
    struct planning planning;
    (void)state;
    planning_init(&planning, "GET /: { text: hi, headers: { X-A: b, Vary: c } }");
    const struct representation *plain = &planning.plan.plain;
    struct str head = plain->head;
    expect_text("kept",
                text_of(&planning, str_slice(head, plain->kept_at, plain->kept_end)),
                HI_ETAG "Vary: c\r\n");
    expect_text("type", text_of(&planning, str_slice(head, plain->type_at, head.len)),
                PLAIN_TYPE);
    planning_deinit(&planning);
}

static void test_validators_of_the_spec_are_used(void **state)
{
    struct planning planning;
    (void)state;
    planning_init(&planning, "GET /: { text: hi, headers: { ETag: 'W/\"v1\"', "
                             "last-modified: 'Sun, 06 Nov 1994 08:49:37 GMT' } }");
    expect_text("etag", text_of(&planning, planning.plan.plain.etag), "W/\"v1\"");
    assert_true(planning.plan.has_last_modified);
    assert_true(planning.plan.last_modified == 784111777);
    planning_deinit(&planning);
    planning_init(&planning, "GET /: hi");
    expect_text("etag", text_of(&planning, planning.plan.plain.etag),
                "\"8f434346648f6b96df89dda901c5176b\"");
    assert_false(planning.plan.has_last_modified);
    planning_deinit(&planning);
}

/* ---- Compression ---- */

#define LONG_TEXT                                                                      \
    "tea and biscuits, tea and biscuits, tea and biscuits, tea and biscuits, "         \
    "tea and biscuits, tea and biscuits, tea and biscuits, tea and biscuits"
#define LONG(headers) "GET /: { text: '" LONG_TEXT "', headers: { " headers " } }"

static void test_some_bodies_are_compressed(void **state)
{
    static const struct {
        const char *route;
        bool is_compressed;
    } cases[] = {
        {LONG(""), true},
        {LONG("Cache-Control: max-age=60"), true},
        {LONG("Cache-Control: no-transformation"), true},
        {LONG("Vary: Origin"), true},
        {LONG("Last-Modified: 'Sun, 06 Nov 1994 08:49:37 GMT'"), true},
        {LONG("cache-control: 'max-age=60 , No-Transform'"), false},
        {LONG("content-encoding: identity"), false},
        {LONG("content-range: bytes 0-1/2"), false},
        {LONG("etag: '\"v1\"'"), false},
        {LONG("etag: 'W/\"v1\"'"), false},
        {"GET /: hi", false},
        {"POST /: '" LONG_TEXT "'", false},
        {"GET /: { status: 404, text: '" LONG_TEXT "' }", false},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct planning planning;
        planning_init(&planning, cases[i].route);
        expect_true(cases[i].route, planning.plan.has_gzip == cases[i].is_compressed);
        bool varies = strstr(text_of(&planning, planning.plan.plain.head),
                             "Accept-Encoding") != NULL;
        expect_true(cases[i].route, varies == cases[i].is_compressed);
        planning_deinit(&planning);
    }
}

/* However long a text is, its compressed form with its fields is smaller. */
static void test_compression_pays(void **state)
{
    size_t n_compressed = 0;
    (void)state;
    for (size_t len = 1; len < 200; len++) {
        struct arena arena = {0};
        struct planning planning;
        struct buf route;
        buf_init(&route, &arena);
        buf_put(&route, STR("GET /: "));
        for (size_t i = 0; i < len; i++)
            buf_putc(&route, (char)('a' + i * i % 7));
        planning_init(&planning, str_z(&arena, buf_str(&route)));
        const struct response_plan *plan = &planning.plan;
        size_t extra = strlen("Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
        if (plan->has_gzip)
            assert_true(plan->gzip.body.len + extra < plan->plain.body.len);
        n_compressed += plan->has_gzip;
        planning_deinit(&planning);
        arena_free(&arena);
    }
    assert_in_range(n_compressed, 50, 150);
}

static void test_the_compressed_form_is_the_same_body(void **state)
{
    struct planning planning;
    unsigned char out[sizeof LONG_TEXT];
    z_stream stream = {0};
    (void)state;
    planning_init(&planning, LONG(""));
    struct str body = planning.plan.gzip.body;
    stream.next_in = (Bytef *)(uintptr_t)body.at;
    stream.avail_in = (uInt)body.len;
    stream.next_out = out;
    stream.avail_out = sizeof out;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    assert_int_equal(stream.total_out, strlen(LONG_TEXT));
    assert_memory_equal(out, LONG_TEXT, strlen(LONG_TEXT));
    planning_deinit(&planning);
}

/* What of the compressed form depends on zlib is left out. */
static void test_the_compressed_form_has_fields_of_its_own(void **state)
{
    struct planning planning;
    struct buf expected;
    (void)state;
    planning_init(&planning, LONG("X-A: b"));
    const struct representation *gzip = &planning.plan.gzip;
    assert_false(str_equal(gzip->etag, planning.plan.plain.etag));
    buf_init(&expected, &planning.reading.arena);
    buf_printf(&expected,
               "HTTP/1.1 200 OK\r\nContent-Length: %lu\r\nETag: %.*s\r\n"
               "Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n" RANGES
               "X-A: b\r\n" PLAIN_TYPE,
               (unsigned long)gzip->body.len, STR_ARG(gzip->etag));
    expect_text("head", text_of(&planning, gzip->head),
                text_of(&planning, buf_str(&expected)));
    planning_deinit(&planning);
}

static void test_forms_can_be_switched_off(void **state)
{
    struct planning planning;
    struct response_plan plan;
    (void)state;
    planning_init(&planning, LONG(""));
    struct response *response = &planning.reading.spec.routes[0].response;
    response->omits_gzip = true;
    representation_of(&planning.reading.spec.routes[0].response, true, &plan,
                      &planning.reading.arena);
    assert_false(plan.has_gzip);
    assert_true(plan.plain.etag.len > 0);
    response->omits_gzip = false;
    response->omits_etag = true;
    representation_of(&planning.reading.spec.routes[0].response, true, &plan,
                      &planning.reading.arena);
    assert_true(plan.has_gzip);
    assert_int_equal(plan.plain.etag.len + plan.gzip.etag.len, 0);
    assert_int_equal(plan.boundary.len, 0);
    expect_text("head", text_of(&planning, plan.plain.head),
                "HTTP/1.1 200 OK\r\nContent-Length: 142\r\n"
                "Vary: Accept-Encoding\r\n" PLAIN_TYPE);
    planning_deinit(&planning);
}

static void test_vary_is_merged(void **state)
{
    static const struct {
        const char *route;
        const char *expected;
    } cases[] = {
        {LONG("Vary: Origin"), "Vary: Origin, Accept-Encoding\r\n"},
        {LONG("vary: 'Origin, Accept'"), "vary: Origin, Accept, Accept-Encoding\r\n"},
        {LONG("Vary: 'Origin, ACCEPT-ENCODING'"), "Vary: Origin, ACCEPT-ENCODING\r\n"},
        {LONG("Vary: accept-encoding"), "Vary: accept-encoding\r\n"},
        {LONG("Vary: '*'"), "Vary: *\r\n"},
        {LONG("Vary: ''"), "Vary: Accept-Encoding\r\n"},
        {LONG("Vary: X-Accept-Encoding"),
         "Vary: X-Accept-Encoding, Accept-Encoding\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct planning planning;
        planning_init(&planning, cases[i].route);
        const char *plain = text_of(&planning, planning.plan.plain.head);
        const char *gzip = text_of(&planning, planning.plan.gzip.head);
        expect_true(plain, strstr(plain, cases[i].expected) != NULL);
        expect_true(gzip, strstr(gzip, cases[i].expected) != NULL);
        planning_deinit(&planning);
    }
}

/* ---- Ranges ---- */

static void test_some_bodies_are_divided(void **state)
{
    static const struct {
        const char *route;
        const char *boundary;
    } cases[] = {
        {"GET /: hi", "krgen-part"},
        {"GET /: { text: hi, headers: { Accept-Ranges: bytes } }", "krgen-part"},
        {"GET /: { text: hi, headers: { Accept-Ranges: none } }", ""},
        {"GET /: { text: hi, headers: { Content-Range: bytes 0-1/2 } }", ""},
        {"GET /: krgen-par", "krgen-part"},
        {"GET /: krgen-part", "krgen-part-279401e2216bcf0708c59c9c4ffdf562"},
        {"GET /: a krgen-parting", "krgen-part-59003cc99cc7fc80122ea954f8fef824"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct planning planning;
        planning_init(&planning, cases[i].route);
        expect_text(cases[i].route, text_of(&planning, planning.plan.boundary),
                    cases[i].boundary);
        planning_deinit(&planning);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads_are_complete),
        cmocka_unit_test(test_other_responses_get_nothing_added),
        cmocka_unit_test(test_defaults_join_what_a_response_lacks),
        cmocka_unit_test(test_offsets_point_into_the_head),
        cmocka_unit_test(test_validators_of_the_spec_are_used),
        cmocka_unit_test(test_some_bodies_are_compressed),
        cmocka_unit_test(test_compression_pays),
        cmocka_unit_test(test_the_compressed_form_is_the_same_body),
        cmocka_unit_test(test_the_compressed_form_has_fields_of_its_own),
        cmocka_unit_test(test_forms_can_be_switched_off),
        cmocka_unit_test(test_vary_is_merged),
        cmocka_unit_test(test_some_bodies_are_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
