#include "source.h"
#include "spec_path.h"
#include "unit.h"

static void test_relative_paths_stay_as_far_as_they_go_down(void **state)
{
    static const struct {
        const char *path;
        const char *shown;
    } cases[] = {
        {"shop.yaml", "shop.yaml"},
        {"specs/shop.yaml", "specs/shop.yaml"},
        {"./shop.yaml", "shop.yaml"},
        {"./specs/.//shop.yaml", "specs/shop.yaml"},
        {"specs\\shop.yaml", "specs/shop.yaml"},
        {".\\specs\\shop.yaml", "specs/shop.yaml"},
        {"..specs/...shop.yaml", "..specs/...shop.yaml"},
        {"../shop.yaml", "shop.yaml"},
        {"specs/../shop.yaml", "shop.yaml"},
        {"specs\\..\\..\\shop.yaml", "shop.yaml"},
        {"/home/ada/specs/shop.yaml", "shop.yaml"},
        {"\\\\server\\specs\\shop.yaml", "shop.yaml"},
        {"C:\\specs\\shop.yaml", "shop.yaml"},
        {"C:/specs/shop.yaml", "shop.yaml"},
        {SOURCE_STDIN, SOURCE_STDIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        expect_text(cases[i].path, spec_path(cases[i].path, &arena), cases[i].shown);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative_paths_stay_as_far_as_they_go_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
