#include "unit.h"

#include "phases.h"
#include "reading.h"

#define ROUTES "krgen: 1\npipe: demo\nroutes:\n"

struct fault_case {
    const char *text;
    const char *faults; /* "" for a spec that is fine */
};

static void expect_faults(const struct fault_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, reading_faults(&reading), cases[i].faults);
        expect_size(cases[i].text, reading.is_fine, cases[i].faults[0] == '\0');
        expect_true(cases[i].text, reading.is_read);
        reading_deinit(&reading);
    }
}

static void test_program_names_are_portable(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_fine;
    } cases[] = {
        {"a", true},
        {"A-b_9", true},
        {"com0", true},
        {"com10", true},
        {"console", true},
        {"9a", false},
        {"_a", false},
        {"a.b", false},
        {"a b", false},
        {"a/b", false},
        {"''", false},
        {"con", false},
        {"NUL", false},
        {"Com1", false},
        {"lpt9", false},
        {"prn", false},
        {"aux", false},
        {"\"a\\0\"", false},
        {"a234567890123456789012345678901234567890123456789012345678901234", true},
        {"a2345678901234567890123456789012345678901234567890123456789012345", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf text;
        buf_init(&text, &arena);
        buf_printf(&text, ROUTES "  GET /: x\nname: %s\n", cases[i].name);
        struct reading reading;
        reading_init(&reading, buf_str(&text));
        const char *faults = reading_faults(&reading);
        bool is_as_expected = cases[i].is_fine
                                  ? faults[0] == '\0'
                                  : strstr(faults, " program-name") != NULL;
        expect_true(cases[i].name, is_as_expected);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_standard_input_has_no_name(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct source source;
    struct spec spec;
    struct buf out;
    struct diag diag = {.arena = &arena};
    buf_init(&out, &arena);
    source_init(&source, SOURCE_STDIN, STR(ROUTES "  GET /: x\n"), &arena);
    assert_false(phases_run(&source, &spec, &arena, &diag));
    diag_render(&diag, &out);
    expect_text("stdin", str_z(&arena, buf_str(&out)),
                "<stdin>:1:1: error: a spec from standard input must name its program "
                "[program-name]\n"
                "    1 | krgen: 1\n"
                "      | ^ add a line such as 'name: demo'\n");
    arena_free(&arena);
}

static void test_pipe_name_fault_is_at_its_part(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"krgen: 1\npipe: kestrun.demo.pipe\nroutes: {GET /: x}\n", ""},
        {"krgen: 1\npipe: \\\\.\\pipe\\a\nroutes: {GET /: x}\n", "2:7 pipe-name"},
        {"krgen: 1\npipe: a\\b\nroutes: {GET /: x}\n", "2:8 pipe-name"},
        {"krgen: 1\npipe: 'ab c'\nroutes: {GET /: x}\n", "2:10 pipe-name"},
        {"krgen: 1\npipe: \"a\\0b\"\nroutes: {GET /: x}\n", "2:7 pipe-name"},
        {"krgen: 1\npipe: ''\nroutes: {GET /: x}\n", "2:7 pipe-name"},
    };
    expect_faults(cases, sizeof cases / sizeof *cases);
}

static void test_equal_routes_are_found(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"krgen: 1\npipe: demo\nroutes:\n", "3:1 no-routes"},
        {"krgen: 1\npipe: demo\nroutes: []\n", "3:1 no-routes"},
        {ROUTES "  GET /a: x\n  POST /a: x\n  GET /a/: x\n  GET /A: x\n  GET /{a}: x\n",
         ""},
        {ROUTES "  GET /a/{x}: x\n  GET /{y}/b: x\n  GET /a/b: x\n", ""},
        {ROUTES "  GET /{a}/{b}: x\n  GET /{b}/{a}: x\n", "5:3 duplicate-route"},
        {ROUTES "  GET,PUT /a: x\n  POST,PUT,GET /a: x\n", "5:3 duplicate-route"},
        {ROUTES "  GET /a: 1\n  GET  /a: 2\n  GET   /a: 3\n",
         "5:3 duplicate-route, 6:3 duplicate-route"},
        {ROUTES "  - {method: [GET], path: /a}\n  - {path: /a, method: GET}\n",
         "5:12 duplicate-route"},
    };
    expect_faults(cases, sizeof cases / sizeof *cases);
}

static void test_first_of_equal_routes_is_the_note(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading, STR(ROUTES "  GET /b: 0\n  PUT,GET /{x}: 1\n"
                                      "  GET /{y}: 2\n  GET  /{z}: 3\n"));
    expect_text("notes", reading_output(&reading),
                "demo.yaml:6:3: error: 'GET /{y}' matches the same requests as "
                "'GET /{x}' [duplicate-route]\n"
                "    6 |   GET /{y}: 2\n"
                "      |   ^~~~~~~~\n"
                "demo.yaml:5:3: note: the first route is here\n"
                "    5 |   PUT,GET /{x}: 1\n"
                "      |   ^~~~~~~~~~~~\n"
                "demo.yaml:7:3: error: 'GET /{z}' matches the same requests as "
                "'GET /{x}' [duplicate-route]\n"
                "    7 |   GET  /{z}: 3\n"
                "      |   ^~~~~~~~~\n"
                "demo.yaml:5:3: note: the first route is here\n"
                "    5 |   PUT,GET /{x}: 1\n"
                "      |   ^~~~~~~~~~~~\n");
    reading_deinit(&reading);
}

static void test_responses_are_judged(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {ROUTES "  GET /: {status: 204}\n", ""},
        {ROUTES "  GET /: {status: 304, headers: {ETag: '\"x\"'}}\n", ""},
        {ROUTES "  GET /: {status: 204, text: a}\n", "4:24 body-forbidden"},
        {ROUTES "  GET /: {json: 1, status: 304}\n", "4:11 body-forbidden"},
        {ROUTES "  GET /: {headers: {A!#$%&'*+.^_`|~9: a}}\n", ""},
        {ROUTES "  GET /: {headers: {a(b: x}}\n", "4:22 header-name"},
        {ROUTES "  GET /: {headers: {'': x}}\n", "4:21 header-name"},
        {ROUTES "  GET /: {headers: {te: x, DATE: y, Date-X: z}}\n",
         "4:21 header-reserved, 4:28 header-reserved"},
        {ROUTES "  GET /: {headers: {a: \"x\\ty\", b: ' \xC3\xBC ', c: ''}}\n", ""},
        {ROUTES "  GET /: {headers: {a: \"x\\ny\", b: \"\\r\", c: \"\\0\"}}\n",
         "4:24 header-value, 4:35 header-value, 4:44 header-value"},
        {ROUTES "  GET /: {headers: {a: 1, b: 2, A: 3}}\n", "4:33 duplicate-header"},
        {ROUTES "  GET /: {body: a, type: text/csv;x=y}\n", ""},
        {ROUTES "  GET /: {body: a, type: text/csv ; x=y}\n", ""},
        {ROUTES "  GET /: {body: a, type: csv}\n", "4:26 media-type"},
        {ROUTES "  GET /: {body: a, type: text/}\n", "4:26 media-type"},
        {ROUTES "  GET /: {body: a, type: text/csv/x}\n", "4:26 media-type"},
        {ROUTES "  GET /: {body: a, type: \"a/b\\n\"}\n", "4:26 header-value"},
        {ROUTES "  GET /a: &r {status: 204, text: a}\n  GET /b: *r\n",
         "4:28 body-forbidden"},
    };
    expect_faults(cases, sizeof cases / sizeof *cases);
}

static void test_what_was_not_read_is_not_judged(void **state)
{
    (void)state;
    static const struct fault_case cases[] = {
        {"krgen: 1\n", "1:1 missing-key, 1:1 missing-key"},
        {"krgen: 2\nname: 9\npipe: a/b\nroutes: {}\n", "1:8 language-version"},
        {"- krgen: 1\n", "1:1 wrong-type"},
        {"krgen: 1\nname: [a]\npipe: {b: c}\nroutes: d\n",
         "2:7 wrong-type, 3:7 wrong-type, 4:9 wrong-type"},
        {ROUTES "  GET /{a: x\n  GET /{b: y\n",
         "4:8 route-template, 5:8 route-template"},
        {ROUTES "  gEt /a: x\n  gET /a: y\n  GET /a: z\n", "4:3 method, 5:3 method"},
        {ROUTES "  - {method: GET}\n  - {method: GET}\n  - {path: /}\n  - {path: /}\n",
         "4:5 missing-key, 5:5 missing-key, 6:5 missing-key, 7:5 missing-key"},
        {ROUTES "  GET /: {status: 99, text: a}\n", "4:19 status"},
        {ROUTES "  GET /: {headers: {Date: a, DATE: b, 'x y': c, 'X Y': d}}\n",
         "4:21 header-reserved, 4:30 header-reserved, 4:41 header-name, "
         "4:51 header-name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
    }
}

static void test_faults_of_all_phases_are_told(void **state)
{
    (void)state;
    struct reading reading;
    reading_init(&reading, STR("krgen: 1\nname: 9\npipe: a/b\nroutes:\n"
                               "  GET /: {text: a, text: b, txt: c, status: 204}\n"
                               "  GET /{a}: x\n  GET /{b}: y\n"));
    expect_text("phases", reading_faults(&reading),
                "2:7 program-name, 3:8 pipe-name, 5:11 body-forbidden, "
                "5:20 duplicate-key, 5:29 unknown-key, 7:3 duplicate-route");
    reading_deinit(&reading);
}

/* One header whose name, value and four bytes more make `size`. */
static bool fits(size_t size)
{
    struct arena arena = {0};
    struct buf text;
    struct reading reading;
    buf_init(&text, &arena);
    buf_put(&text, STR(ROUTES "  GET /: {headers: {X: "));
    for (size_t i = 5; i < size; i++)
        buf_putc(&text, 'v');
    buf_put(&text, STR("}}\n"));
    reading_init(&reading, buf_str(&text));
    bool is_fine = reading.is_fine;
    if (!is_fine)
        expect_text("size", reading_faults(&reading), "4:21 headers-size");
    reading_deinit(&reading);
    arena_free(&arena);
    return is_fine;
}

static void test_headers_stay_below_their_limit(void **state)
{
    (void)state;
    assert_true(fits(8 * 1024 - 256 - 1));
    assert_false(fits(8 * 1024 - 256));
}

static void test_ten_thousand_routes_are_fine(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct reading reading;
    struct buf text;
    buf_init(&text, &arena);
    buf_put(&text, STR(ROUTES));
    for (int i = 0; i < 10000; i++)
        buf_printf(&text, "  GET,POST /api/v1/resource%d/{id}: hello %d\n", i, i);
    reading_init(&reading, buf_str(&text));
    expect_text("many", reading_output(&reading), "");
    expect_size("many", reading.spec.n_routes, 10000);
    reading_deinit(&reading);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program_names_are_portable),
        cmocka_unit_test(test_standard_input_has_no_name),
        cmocka_unit_test(test_pipe_name_fault_is_at_its_part),
        cmocka_unit_test(test_equal_routes_are_found),
        cmocka_unit_test(test_first_of_equal_routes_is_the_note),
        cmocka_unit_test(test_responses_are_judged),
        cmocka_unit_test(test_what_was_not_read_is_not_judged),
        cmocka_unit_test(test_faults_of_all_phases_are_told),
        cmocka_unit_test(test_headers_stay_below_their_limit),
        cmocka_unit_test(test_ten_thousand_routes_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
