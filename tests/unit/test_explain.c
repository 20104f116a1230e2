#include "unit.h"

#include "diag.h"
#include "embed.h"
#include "explain.h"

struct fixture {
    struct arena arena;
    struct buf out;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    buf_init(&fixture.out, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    return 0;
}

static void test_every_check_has_a_section(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < N_CHECKS; i++) {
        struct str name = str_from(check_name((enum check)i));
        f->out.len = 0;
        expect_true(name.at, explain_check(name, &f->out));
        struct str text = buf_str(&f->out);
        expect_true(name.at, str_has_prefix(text, name));
        expect_true(name.at, text.len > name.len + 40 && text.at[name.len] == '\n');
        expect_true(name.at, !memchr(text.at, '#', 1) && text.at[text.len - 1] == '\n');
    }
}

static void test_every_section_is_a_check(void **state)
{
    struct fixture *f = *state;
    struct str text = embedded_text(embedded_find("checks.md"));
    const char *at = str_z(&f->arena, text);
    int n = 0;
    while ((at = strstr(at, "\n## "))) {
        at += strlen("\n## ");
        struct str name = {at, strcspn(at, "\n")};
        expect_text("section", str_z(&f->arena, name),
                    n < N_CHECKS ? check_name((enum check)n) : "nothing");
        n++;
    }
    expect_size("sections", (size_t)n, N_CHECKS);
}

static void test_other_names_are_unknown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"",      "#",       "# status",   "Status",
                                        "statu", "status ", "The checks", "\n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect_true(names[i], !explain_check(str_from(names[i]), &f->out));
    expect_text("near", explain_suggest(STR("unknown-kee")), "unknown-key");
    expect_true("far", !explain_suggest(STR("weather")));
}

static void test_list_has_a_line_for_each(void **state)
{
    struct fixture *f = *state;
    explain_list(&f->out);
    const char *text = str_z(&f->arena, buf_str(&f->out));
    size_t n = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        n++;
    expect_size("lines", n, N_CHECKS);
    expect_true("status",
                strstr(text, "\nstatus               a status is a number") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_check_has_a_section, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_every_section_is_a_check, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_names_are_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list_has_a_line_for_each, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
