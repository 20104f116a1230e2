#include "tmpl.h"
#include "unit.h"

static void emit_lines(const void *context, struct buf *out)
{
    buf_printf(out, "<%s>\n", (const char *)context);
}

static bool render(struct arena *arena, const char *text, struct buf *out,
                   struct buf *problem)
{
    static const struct tmpl_value values[] = {{"name", {"demo", 4}},
                                               {"empty", {"", 0}}};
    static const struct tmpl_section sections[] = {{"lines", emit_lines}};
    struct tmpl tmpl = {"x.tmpl", str_from(text), values, 2, sections, 1, "context"};
    buf_init(out, arena);
    buf_init(problem, arena);
    return tmpl_render(&tmpl, out, problem);
}

static void test_render_fills_marks(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *expected;
    } cases[] = {
        {"no marks", "a\nb\n", "a\nb\n"},
        {"value", "x %{name} y\n", "x demo y\n"},
        {"two values", "%{name}%{name}\n", "demodemo\n"},
        {"empty value", "[%{empty}]\n", "[]\n"},
        {"section", "a\n%% lines\nb\n", "a\n<context>\nb\n"},
        {"maintainer's comment", "%# not for the reader\na\n", "a\n"},
        {"percent signs alone", "100% {x} %d\n", "100% {x} %d\n"},
        {"no final line break", "a", "a\n"},
        {"empty", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        struct buf problem;
        if (!render(&arena, cases[i].text, &out, &problem))
            fail_msg("%s: %.*s", cases[i].name, STR_ARG(buf_str(&problem)));
        expect_text(cases[i].name, str_z(&arena, buf_str(&out)), cases[i].expected);
        arena_free(&arena);
    }
}

static void test_render_tells_defects_with_their_line(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"a\n%{nmae}\n", "x.tmpl:2: unknown value 'nmae'"},
        {"%% liens\n", "x.tmpl:1: unknown section 'liens'"},
        {"a\n\n%{name\n", "x.tmpl:3: no '}' after 'name'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        struct buf problem;
        assert_false(render(&arena, cases[i].text, &out, &problem));
        assert_string_equal(str_z(&arena, buf_str(&problem)), cases[i].expected);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render_fills_marks),
        cmocka_unit_test(test_render_tells_defects_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
