/* What handlers get, from the spec's text to members of a struct. */
#include "unit.h"

#include "member.h"
#include "reading.h"

/* The members for the route "GET `path`", as C would declare them. */
static void expect_members(const char *path, const char *expected)
{
    struct arena arena = {0};
    struct reading reading;
    struct members members;
    struct buf text;
    buf_init(&text, &arena);
    buf_printf(&text, "krgen: 1\npipe: demo\nroutes:\n  'GET %s': x\n", path);
    reading_init(&reading, buf_str(&text));
    expect_text(path, reading_faults(&reading), "");
    members_of(&reading.spec.routes[0], &members, &arena);
    buf_init(&text, &arena);
    for (size_t i = 0; i < members.n; i++) {
        const struct member *member = &members.items[i];
        if (member->has_name)
            buf_printf(&text, "bool %s; ", member->has_name);
        buf_printf(&text, "%s %s; ", member_type_name(member->type), member->name);
    }
    expect_text(path, str_z(&arena, buf_str(&text)), expected);
    reading_deinit(&reading);
    arena_free(&arena);
}

static void test_constraints_give_types(void **state)
{
    (void)state;
    expect_members("/", "");
    expect_members("/{a}", "struct krt_str a; ");
    expect_members("/{a:int}", "int32_t a; ");
    expect_members("/{a:long}", "int64_t a; ");
    expect_members("/{a:min(1)}", "int64_t a; ");
    expect_members("/{a:max(1)}", "int64_t a; ");
    expect_members("/{a:range(1,9)}", "int64_t a; ");
    expect_members("/{a:bool}", "bool a; ");
    expect_members("/{a:double}", "double a; ");
    expect_members("/{a:decimal}", "struct krt_str a; ");
    expect_members("/{a:alpha}/{b:guid}", "struct krt_str a; struct krt_str b; ");
}

static void test_the_narrowest_type_wins(void **state)
{
    (void)state;
    expect_members("/{a:min(1):int}", "int32_t a; ");
    expect_members("/{a:long:int}", "int32_t a; ");
    expect_members("/{a:double:long}", "int64_t a; ");
    expect_members("/{a:double:int}", "int32_t a; ");
    expect_members("/{a:decimal:double}", "double a; ");
    expect_members("/{a:bool:alpha}", "bool a; ");
    expect_members("/{a:required:length(1,3)}", "struct krt_str a; ");
}

static void test_only_what_may_be_absent_has_a_flag(void **state)
{
    (void)state;
    expect_members("/{a:int?}", "bool has_a; int32_t a; ");
    expect_members("/{a:int=7}", "int32_t a; ");
    expect_members("/x/{*a}", "bool has_a; struct krt_str a; ");
    expect_members("/x/{*a=b}", "struct krt_str a; ");
}

static void test_names_are_fit_for_c(void **state)
{
    (void)state;
    expect_members("/{class}/{int}/{Long}",
                   "struct krt_str class_; struct krt_str int_; struct krt_str Long; ");
    expect_members("/{class_}/{class}",
                   "struct krt_str class_; struct krt_str class__2; ");
    expect_members("/{has_b}/{b?}",
                   "struct krt_str has_b; bool has_b_2; struct krt_str b; ");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constraints_give_types),
        cmocka_unit_test(test_the_narrowest_type_wins),
        cmocka_unit_test(test_only_what_may_be_absent_has_a_flag),
        cmocka_unit_test(test_names_are_fit_for_c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
