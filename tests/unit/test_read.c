#include "unit.h"

#include <limits.h>

#include "reading.h"

#define TOP "krgen: 1\npipe: demo\n"
#define ROUTES TOP "routes:\n"

static void read_text(struct reading *reading, const char *name, const char *text)
{
    reading_init(reading, str_from(text));
    if (!reading->is_read)
        fail_msg("%s: %s", name, reading_output(reading));
}

static void describe_segment(struct buf *out, const struct segment *segment)
{
    for (size_t i = 0; i < segment->n_parts; i++) {
        const struct part *part = &segment->parts[i];
        if (part->parameter)
            buf_printf(out, "<%.*s>", STR_ARG(part->parameter->name.text));
        else
            buf_put(out, part->literal);
    }
}

/* A route in one line: METHODS PATH = STATUS {HEADERS} [TYPE] BODY. */
static const char *describe(struct reading *reading, const struct route *route)
{
    struct buf out;
    buf_init(&out, &reading->arena);
    const struct response *response = &route->response;
    for (size_t i = 0; i < route->n_methods; i++)
        buf_printf(&out, "%s%.*s", i > 0 ? "+" : "", STR_ARG(route->methods[i].text));
    buf_putc(&out, ' ');
    for (size_t i = 0; i < route->template.n_segments; i++) {
        buf_putc(&out, '/');
        describe_segment(&out, &route->template.segments[i]);
    }
    buf_printf(&out, " = %d", response->status);
    for (size_t i = 0; i < response->n_headers; i++)
        buf_printf(&out, " {%.*s: %.*s}", STR_ARG(response->headers[i].name.text),
                   STR_ARG(response->headers[i].value.text));
    buf_printf(&out, " [%.*s]", STR_ARG(response->media_type.text));
    if (response->has_body)
        buf_printf(&out, " %.*s", STR_ARG(response->body));
    return str_z(&reading->arena, buf_str(&out));
}

static void test_route_becomes_model(void **state)
{
    (void)state;
    static const struct {
        const char *route;
        const char *model;
    } cases[] = {
        {"  GET /pipe: Hello\n", "GET /pipe = 200 [text/plain; charset=utf-8] Hello"},
        {"  GET /: 1.0\n", "GET / = 200 [text/plain; charset=utf-8] 1.0"},
        {"  GET /: 'true'\n", "GET / = 200 [text/plain; charset=utf-8] true"},
        {"  GET /: ''\n", "GET / = 200 [text/plain; charset=utf-8] "},
        {"  GET,POST /a/: x\n", "GET+POST /a/ = 200 [text/plain; charset=utf-8] x"},
        {"  GET ,  PUT   /a: x\n", "GET+PUT /a = 200 [text/plain; charset=utf-8] x"},
        {"  M-SEARCH /a/{id}/{name_2}/b: x\n",
         "M-SEARCH /a/<id>/<name_2>/b = 200 [text/plain; charset=utf-8] x"},
        {"  GET /a:b@c!$&'()*+,;=~._-: x\n",
         "GET /a:b@c!$&'()*+,;=~._- = 200 [text/plain; charset=utf-8] x"},
        {"  GET /: {}\n", "GET / = 200 []"},
        {"  GET /: {status: 599, headers: {A: 010, B: true}}\n",
         "GET / = 599 {A: 010} {B: true} []"},
        {"  GET /: {html: <b>}\n", "GET / = 200 [text/html; charset=utf-8] <b>"},
        {"  GET /: {body: a}\n", "GET / = 200 [text/plain; charset=utf-8] a"},
        {"  GET /: {type: text/csv, body: a}\n", "GET / = 200 [text/csv] a"},
        {"  GET /: {body: a, type: text/csv}\n", "GET / = 200 [text/csv] a"},
        {"  GET /: {text: a, headers: {content-TYPE: x/y}}\n",
         "GET / = 200 {content-TYPE: x/y} [] a"},
        {"  GET /: {json: {b: 1, a: [1.50, -0, 1e+9, ~, TRUE, no, '1', {}]}}\n",
         "GET / = 200 [application/json] "
         "{\"b\":1,\"a\":[1.50,-0,1e+9,null,true,\"no\",\"1\",{}]}"},
        {"  GET /: {json: \"a\\\"\\\\/\\b\\f\\n\\r\\t\\x01\\x7f\\u20ac\"}\n",
         "GET / = 200 [application/json] "
         "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7F\xE2\x82\xAC\""},
        {"  GET /: {json: }\n", "GET / = 200 [application/json] null"},
        {"  GET /: {x-note: [b], $schema: d, text: e}\n",
         "GET / = 200 [text/plain; charset=utf-8] e"},
        {"  - {method: GET, path: /a, text: b}\n",
         "GET /a = 200 [text/plain; charset=utf-8] b"},
        {"  - path: /{x}\n    method: [GET, 'POST']\n    x-a: 1\n    status: 201\n",
         "GET+POST /<x> = 201 []"},
        {"  - {method: 'GET, PUT', path: /}\n", "GET+PUT / = 200 []"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf text;
        buf_init(&text, &arena);
        buf_printf(&text, "%s%s", ROUTES, cases[i].route);
        struct reading reading;
        read_text(&reading, cases[i].route, str_z(&arena, buf_str(&text)));
        expect_size(cases[i].route, reading.spec.n_routes, 1);
        expect_text(cases[i].route, describe(&reading, &reading.spec.routes[0]),
                    cases[i].model);
        expect_true(cases[i].route, reading.is_fine);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_name_is_the_stem_unless_given(void **state)
{
    (void)state;
    struct reading reading;
    read_text(&reading, "stem", ROUTES "  GET /: x\n");
    expect_text("stem", str_z(&reading.arena, reading.spec.name.text), "demo");
    expect_size("stem", reading.spec.name.span.end, 0);
    reading_deinit(&reading);
    read_text(&reading, "given", "name: other\n" ROUTES "  GET /: x\n");
    expect_text("given", str_z(&reading.arena, reading.spec.name.text), "other");
    expect_text("given", str_z(&reading.arena, span_text(reading.spec.name.span)),
                "other");
    reading_deinit(&reading);
}

static void test_spans_are_exact(void **state)
{
    (void)state;
    struct reading reading;
    read_text(&reading, "spans",
              TOP "routes:\n  'GET,POST /a/{id}': {json: 1, status: 201}\n"
                  "  GET /b: x\n");
    const struct route *route = &reading.spec.routes[0];
    struct arena *arena = &reading.arena;
    expect_text("key", str_z(arena, span_text(route->span)), "GET,POST /a/{id}");
    expect_text("method", str_z(arena, span_text(route->methods[1].span)), "POST");
    expect_text("path", str_z(arena, span_text(route->template.source.span)),
                "/a/{id}");
    expect_text("literal", str_z(arena, span_text(route->template.segments[0].span)),
                "a");
    expect_text("segment", str_z(arena, span_text(route->template.segments[1].span)),
                "{id}");
    expect_text("parameter",
                str_z(arena, span_text(route->template.parameters[0]->name.span)),
                "id");
    expect_text("body", str_z(arena, span_text(route->response.body_span)), "json");
    expect_text("status", str_z(arena, span_text(route->response.status_span)), "201");
    expect_text("routes", str_z(arena, span_text(reading.spec.routes_span)), "routes");
    reading_deinit(&reading);
}

static void test_matching_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ignore_case;
        enum trailing_slash trailing_slash;
    } cases[] = {
        {TOP, false, TRAILING_SLASH_STRICT},
        {TOP "match: {}\n", false, TRAILING_SLASH_STRICT},
        {TOP "match: {ignore-case: TRUE}\n", true, TRAILING_SLASH_STRICT},
        {TOP "match: {ignore-case: False, trailing-slash: strict}\n", false,
         TRAILING_SLASH_STRICT},
        {TOP "match: {trailing-slash: ignore}\n", false, TRAILING_SLASH_IGNORE},
        {TOP "match: {trailing-slash: 'redirect', ignore-case: true, x-a: b}\n", true,
         TRAILING_SLASH_REDIRECT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf text;
        struct reading reading;
        buf_init(&text, &arena);
        buf_printf(&text, "%sroutes:\n  GET /: x\n", cases[i].text);
        read_text(&reading, cases[i].text, str_z(&arena, buf_str(&text)));
        const struct matching *matching = &reading.spec.matching;
        expect_true(cases[i].text, matching->ignore_case == cases[i].ignore_case);
        expect_true(cases[i].text, matching->trailing_slash == cases[i].trailing_slash);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_expectations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int min;
        int max;
    } cases[] = {
        {ROUTES "  GET /: {expect: 0}\n", 0, 0},
        {ROUTES "  GET /: {expect: 3}\n", 3, 3},
        {ROUTES "  GET /: {expect: '3'}\n", 3, 3},
        {ROUTES "  GET /: {expect: 2..4}\n", 2, 4},
        {ROUTES "  GET /: {expect: 0..0}\n", 0, 0},
        {ROUTES "  GET /: {expect: 2..}\n", 2, INT_MAX},
        {ROUTES "  GET /: {expect: ..4}\n", 0, 4},
        {ROUTES "  GET /: {expect: 1000000000}\n", 1000000000, 1000000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        read_text(&reading, cases[i].text, cases[i].text);
        const struct expectation *calls = &reading.spec.routes[0].expectation;
        expect_true(cases[i].text, calls->is_given);
        expect_true(cases[i].text, calls->min == cases[i].min);
        expect_true(cases[i].text, calls->max == cases[i].max);
        reading_deinit(&reading);
    }
}

static void test_delays_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int min_ms;
        int max_ms;
    } cases[] = {
        {ROUTES "  GET /: x\n", 0, 0},
        {ROUTES "  GET /: {delay: 5ms}\n", 5, 5},
        {ROUTES "  GET /: {delay: 0..1s}\n", 0, 1000},
        {ROUTES "  GET /: {delay: 1ms..1ms}\n", 1, 1},
        {ROUTES "  GET /: {delay: 24h}\n", 86400000, 86400000},
        {ROUTES "  GET /: x\ndefaults: {delay: 1s..2s}\n", 1000, 2000},
        {ROUTES "  GET /: {delay: 0}\ndefaults: {delay: 1s..2s}\n", 0, 0},
        {TOP "defaults: {delay: 1s..2s}\nroutes:\n  GET /: {delay: 3s}\n", 3000, 3000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        read_text(&reading, cases[i].text, cases[i].text);
        const struct response *response = &reading.spec.routes[0].response;
        expect_true(cases[i].text, response->delay_min_ms == cases[i].min_ms);
        expect_true(cases[i].text, response->delay_max_ms == cases[i].max_ms);
        reading_deinit(&reading);
    }
}

static void test_faults_are_found_at_their_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *faults;
    } cases[] = {
        {"[a]\n", "1:1 wrong-type"},
        {"{}\n", "1:1 missing-key, 1:1 missing-key, 1:1 missing-key"},
        {"krgen: 2\nanything: else\n", "1:8 language-version"},
        {TOP "routes: {}\nrouts: {}\n", "3:1 no-routes, 4:1 unknown-key"},
        {ROUTES "  get /a: {colour: red, status: no}\n  GET b: ~\n",
         "4:3 method, 4:12 unknown-key, 4:33 wrong-type, 5:7 route-template, "
         "5:10 wrong-type"},
        {ROUTES "  GET /: hi {{}}\n", "4:15 expression"},
        {ROUTES "  GET /a: {json: {x: [0x10, {1: 2}, '{{}}']}}\n",
         "4:23 json-number, 4:30 json-key, 4:40 expression"},
        {ROUTES "  GET /a: &x {text: ~}\n  GET /b: *x\n  GET /c: *x\n",
         "4:21 wrong-type"},
        {ROUTES "  - {path: a}\n  - b\n",
         "4:5 missing-key, 4:12 route-template, 5:5 wrong-type"},
        {TOP "match: {ignore-case: yes, trailing-slash: ignor}\nroutes: {GET /: x}\n",
         "3:22 wrong-type, 3:43 unknown-value"},
        {ROUTES "  GET /: {text: ~, html: [], json: 1}\n",
         "4:17 wrong-type, 4:20 body-conflict, 4:26 wrong-type, 4:30 body-conflict"},
        {ROUTES "  GET /: {status: 1000000000000}\n  PUT /: {status: 00}\n",
         "4:19 status, 5:19 status"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, reading_faults(&reading), cases[i].faults);
        expect_true(cases[i].text, reading.is_yaml && !reading.is_read);
        reading_deinit(&reading);
    }
}

/* What is wrong because something else is has been told. */
static void test_consequences_are_not_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *faults;
    } cases[] = {
        {"krgn: 1\npip: demo\nrouts: {GET /: x}\n",
         "1:1 unknown-key, 2:1 unknown-key, 3:1 unknown-key"},
        {"krgen: 1\npipe: ~\nname: []\nroutes: x\n",
         "2:7 wrong-type, 3:7 wrong-type, 4:9 wrong-type"},
        {ROUTES "  - a\n", "4:5 wrong-type"},
        {ROUTES "  - GET /a: x\n", "4:5 route-key"},
        {ROUTES "  - {metod: GET, pth: /}\n", "4:6 unknown-key, 4:18 unknown-key"},
        {ROUTES "  GET /: {bdy: x, type: text/csv}\n", "4:11 unknown-key"},
        {ROUTES "  GET /: {status: OK, text: x}\n", "4:19 wrong-type"},
        {ROUTES "  GET /: {status: 0204, text: x}\n", "4:19 status"},
        {ROUTES "  GET /: {headers: {Vary: ~, vary: ~}}\n",
         "4:27 wrong-type, 4:36 wrong-type"},
        {ROUTES "  GET /: {body: x, type: ~}\n", "4:26 wrong-type"},
        {ROUTES "  /: x\n  GET: x\n  '': x\n",
         "4:3 route-key, 5:3 route-key, 6:3 route-key"},
        {ROUTES "  - {method: [], path: /}\n  - {method: GET, path: []}\n",
         "4:14 method, 5:25 wrong-type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
    }
}

static void test_faulty_routes_stay_in_the_model(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading, STR(ROUTES "  GET /a: {status: 204}\n"
                                      "  get /b: [x]\n"
                                      "  GET /{: {status: 1}\n"
                                      "  GET: x\n"
                                      "  /c: x\n"
                                      "  GET /d: x\n"));
    const struct spec *spec = &reading.spec;
    const struct diag *diag = &reading.diag;
    static const struct {
        size_t n_methods;
        size_t n_segments;
        int status;
        bool is_well_formed;
    } routes[] = {
        {1, 1, 204, true},  {0, 1, 200, false}, {1, 1, 200, false},
        {0, 0, 200, false}, {0, 1, 200, false}, {1, 1, 200, true},
    };
    expect_size("routes", spec->n_routes, sizeof routes / sizeof *routes);
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct route *route = &spec->routes[i];
        const char *name = str_z(&reading.arena, span_text(route->span));
        expect_size(name, route->n_methods, routes[i].n_methods);
        expect_size(name, route->template.n_segments, routes[i].n_segments);
        expect_true(name, route->response.status == routes[i].status);
        expect_true(name, diag_may_check(diag, DIAG_ROUTE(i), CHECK_AMBIGUOUS) ==
                              routes[i].is_well_formed);
    }
    expect_size("subject", diag->subject, DIAG_SPEC);
    reading_deinit(&reading);
}

/* 10 lists of 10 aliases each, ten levels high: 10^10 numbers. */
static void test_json_of_folded_aliases_is_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct reading reading;
    struct buf text;
    buf_init(&text, &arena);
    buf_put(&text, STR(TOP "x-bomb:\n  - &l0 [1,1,1,1,1,1,1,1,1,1]\n"));
    for (int i = 1; i < 10; i++) {
        buf_printf(&text, "  - &l%d [", i);
        for (int j = 0; j < 10; j++)
            buf_printf(&text, "%s*l%d", j > 0 ? ", " : "", i - 1);
        buf_put(&text, STR("]\n"));
    }
    buf_put(&text, STR("routes:\n  GET /bomb: {json: *l9}\n"));
    reading_init(&reading, buf_str(&text));
    expect_text("bomb", reading_faults(&reading), "13:9 json-size");
    reading_deinit(&reading);
    arena_free(&arena);
}

static void test_all_responses_together_are_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct reading reading;
    struct buf text;
    buf_init(&text, &arena);
    buf_put(&text, STR(TOP "x-big: &big '"));
    for (int i = 0; i < 100000; i++)
        buf_put(&text, STR("0123456789"));
    buf_put(&text, STR("'\nroutes:\n"));
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "  GET /%d: {text: *big}\n", i);
    reading_init(&reading, buf_str(&text));
    expect_text("sum", reading_faults(&reading), "72:13 spec-size");
    reading_deinit(&reading);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route_becomes_model),
        cmocka_unit_test(test_name_is_the_stem_unless_given),
        cmocka_unit_test(test_spans_are_exact),
        cmocka_unit_test(test_matching_is_read),
        cmocka_unit_test(test_delays_are_read),
        cmocka_unit_test(test_expectations_are_read),
        cmocka_unit_test(test_faults_are_found_at_their_places),
        cmocka_unit_test(test_consequences_are_not_told),
        cmocka_unit_test(test_faulty_routes_stay_in_the_model),
        cmocka_unit_test(test_json_of_folded_aliases_is_bounded),
        cmocka_unit_test(test_all_responses_together_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
