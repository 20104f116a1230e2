#include "unit.h"

#include "reading.h"

/* The place of the first error and its hint, "" unless it is a trap. */
static const char *find_hint(struct reading *reading)
{
    static const char mark[] = "[yaml-trap]";
    struct buf out;
    buf_init(&out, &reading->arena);
    const char *text = reading_output(reading);
    const char *trap = strstr(text, mark);
    const char *under = trap ? strstr(trap, "\n      | ") : NULL;
    const char *caret = under ? strchr(under, '^') : NULL;
    if (!caret || memchr(text, '\n', (size_t)(trap - text)))
        return "";
    size_t place = strlen("demo.yaml:");
    const char *hint = strpbrk(caret, " \n");
    buf_printf(&out, "%.*s%.*s", (int)strcspn(text + place, " ") - 1, text + place,
               (int)strcspn(hint, "\n"), hint);
    return str_z(&reading->arena, buf_str(&out));
}

static void test_text_is_shown_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *hint;
    } cases[] = {
        /* a ',' in parentheses */
        {"{ qty: int:range(1,99) }", "1:8 write qty: \"int:range(1,99)\""},
        {"{ qty: int:range(1,99), a: b }", "1:8 write qty: \"int:range(1,99)\""},
        {"a: {b: oneof(a, b,c):alpha , c: d}", "1:8 write b: \"oneof(a, b,c):alpha\""},
        {"a: {b: 'c', d: \\(1,2)}", "1:16 write d: '\\(1,2)'"},
        /* an expression */
        {"{ id: {{path.id}} }", "1:7 write id: \"{{path.id}}\""},
        {"id: {{path.id}}", "1:5 write id: \"{{path.id}}\""},
        {"id: {{path.id}} and {{x}} # c", "1:5 write id: \"{{path.id}} and {{x}}\""},
        {"{id: {{a ?? 'x'}}/b, c: d}", "1:6 write id: \"{{a ?? 'x'}}/b\""},
        {"{id: {{a ?? \"x\"}}, c: d}", "1:6 write id: '{{a ?? \"x\"}}'"},
        {"{id: {{a ?? \"x\"}} it's}", "1:6 write id: '{{a ?? \"x\"}} it''s'"},
        {"{\n  GET,PUT /: {{x}},\n  b: c\n}", "2:14 write GET,PUT /: \"{{x}}\""},
        {"[a, {{x}}, b]", "1:5 write \"{{x}}\""},
        {"- {{x}} y\n- z", "1:3 write \"{{x}} y\""},
        {"{{x}}: y", "1:1 write \"{{x}}\":"},
        /* a template */
        {"{ path: /u/{id:int} }", "1:9 write path: \"/u/{id:int}\""},
        {"- { m: GET, path: /u/{id}/{x}, a: b }", "1:19 write path: \"/u/{id}/{x}\""},
        {"- { path: /u/{id}}", "1:11 write path: \"/u/{id}\""},
        {"{path: /u/{x:regex(^a{2}[b,c]\\.$)}, a: b}",
         "1:8 write path: '/u/{x:regex(^a{2}[b,c]\\.$)}'"},
        {"{path: /{n:range(1,2)}.{e?}, a: b}",
         "1:8 write path: \"/{n:range(1,2)}.{e?}\""},
        {"{ path: {id}/x, a: b }", "1:9 write path: \"{id}/x\""},
        {"path: {id}/x\na: b", "1:7 write path: \"{id}/x\""},
        {"routes: { GET /u/{id}: x }", "1:11 write \"GET /u/{id}\":"},
        {"routes: { GET /: x, GET /{a}: { text: x } }", "1:21 write \"GET /{a}\":"},
        {"{\n  a: b {c},\n  d: e\n}", "2:6 write a: \"b {c}\""},
        {"[a{b}]", "1:2 write \"a{b}\""},
        {"{a: b[1], c: d}", "1:5 write a: \"b[1]\""},
        /* a '?' */
        {"{ tag: ?a, b: c }", "1:8 write tag: \"?a\""},
        {"{ tag: ? }", "1:8 write tag: \"?\""},
        /* a comment */
        {"{ a: b # c }\nd: e", "1:8 write a: \"b # c\", or the comment further down"},
        {"{ a: 'b' # c }\nd: e", "1:10"},
        {"{ a: b # c, d: e }", "1:8 write a: \"b # c\", or the comment further down"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init_tree(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, find_hint(&reading), cases[i].hint);
        expect_size(cases[i].text, reading.diag.n_errors, 1);
        reading_deinit(&reading);
    }
}

static void test_nothing_else_is_a_trap(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{ tag: alpha? }",
        "{ a: (b), c: d }",
        "{ a: '(b', c, d) }",
        "{ a: (b, c, d }",
        "{ a: b), c }",
        "[(a, b)]",
        "{ a: {b: c} }",
        "{ a: {b}, c: [d] }",
        "{ a: b, # c }\n  d: e }",
        "{ a: \"b # c }\", d: 'e # f }' }",
        "path: /u/{id:int}",
        "a: b {{c}} d, e",
        "{ a: {b: c} d: e }",
        "{ a: {b: c}d: e }",
        "{ a: \"b\" {c} }",
        "{ a: b: c }",
        "{ a: {{b}",
        "{ a: b {c",
        "{ a: &b {c} {d} }",
        "{ {a}: b }",
        "{ {a: b}}",
        "a: {b: c}}",
        "a: {b: c} d",
        "a: {b",
        "{",
        "[",
        "{a: b,\n# c }\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init_tree(&reading, str_from(cases[i]));
        expect_text(cases[i], find_hint(&reading), "");
        reading_deinit(&reading);
    }
}

static void test_rest_of_a_text_is_no_key(void **state)
{
    (void)state;
    static const struct {
        const char *route;
        const char *faults;
    } cases[] = {
        {"GET /: { text: a, b }", "1:45 yaml-trap"},
        {"GET /: { text: a, b, c d, status: 201 }", "1:45 yaml-trap"},
        {"GET /: { text: a, status }", "1:55 wrong-type"},
        {"GET /: { text: a, x-b, c }", "1:45 yaml-trap"},
        {"GET /: { text: 'a', b }", "1:50 unknown-key"},
        {"GET /: { text: a, b: }", "1:48 unknown-key"},
        {"GET /: { text: a, b: c, d }", "1:48 unknown-key, 1:51 yaml-trap"},
        {"GET /: a, b", "1:37 yaml-trap"},
        {"GET /: a, GET /b", "1:46 wrong-type"},
        {"GET /: { json: { a: b, c } }", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf text;
        struct reading reading;
        buf_init(&text, &arena);
        buf_printf(&text, "{krgen: 1, pipe: a, routes: {%s}}", cases[i].route);
        reading_init(&reading, buf_str(&text));
        expect_text(cases[i].route, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_shown_quoted),
        cmocka_unit_test(test_nothing_else_is_a_trap),
        cmocka_unit_test(test_rest_of_a_text_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
