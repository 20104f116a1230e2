#include "unit.h"

#include "depfile.h"

static void expect_rules(const char *path, const char *target, bool with_handlers,
                         bool has_site, const char *expected)
{
    struct arena arena = {0};
    struct source source;
    struct handler_file file = {.path = "a b/$x#.c"};
    struct str site = STR("site");
    struct spec spec = {.source = &source, .handlers = {.files = &file, .n_files = 1}};
    if (has_site) {
        spec.paths = &site;
        spec.n_paths = 1;
    }
    struct buf out;
    source_init(&source, path, STR(""), &arena);
    buf_init(&out, &arena);
    depfile_put(&spec, target, with_handlers, &out);
    expect_text(path, str_z(&arena, buf_str(&out)), expected);
    arena_free(&arena);
}

static void test_rules_for_make(void **state)
{
    (void)state;
    expect_rules("a.yaml", "out/a-src/a.c", false, false,
                 "out/a-src/a.c: \\\n a.yaml\na.yaml:\n");
    expect_rules("a.yaml", "my out/a", true, false,
                 "my\\ out/a: \\\n a.yaml \\\n a\\ b/$$x\\#.c\n"
                 "a.yaml:\na\\ b/$$x\\#.c:\n");
    expect_rules("a.yaml", "a", false, true,
                 "a: \\\n a.yaml \\\n site\na.yaml:\nsite:\n");
    expect_rules(SOURCE_STDIN, "a", false, false, "a:\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules_for_make)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
