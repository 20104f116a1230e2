#include "media_type.h"
#include "unit.h"

static void test_extensions_decide(void **state)
{
    static const struct {
        const char *name;
        const char *type;
    } cases[] = {
        {"index.html", "text/html; charset=utf-8"},
        {"INDEX.HTM", "text/html; charset=utf-8"},
        {"a/b.c/logo.svg", "image/svg+xml"},
        {"app.min.js", "text/javascript; charset=utf-8"},
        {"data.json", "application/json"},
        {"a.tar.gz", "application/gzip"},
        {"a.b/c", "application/octet-stream"},
        {"html", "application/octet-stream"},
        {".html", "application/octet-stream"},
        {"a/.html", "application/octet-stream"},
        {"a.", "application/octet-stream"},
        {"a.unknown", "application/octet-stream"},
        {"", "application/octet-stream"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].name, media_type_of(str_from(cases[i].name)),
                    cases[i].type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extensions_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
