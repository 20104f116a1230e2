#include "ident.h"
#include "unit.h"

#include <stdio.h>

static void test_put_replaces_runs(void **state)
{
    static const struct {
        const char *word;
        enum ident_case letters;
        const char *expected;
    } cases[] = {
        {"users", IDENT_UPPER, "USERS"}, {"kestrun-Demo", IDENT_LOWER, "kestrun_demo"},
        {"a.-~b", IDENT_LOWER, "a_b"},   {"robots.txt", IDENT_UPPER, "ROBOTS_TXT"},
        {"", IDENT_UPPER, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        buf_init(&out, &arena);
        ident_put(&out, str_from(cases[i].word), cases[i].letters);
        assert_string_equal(str_z(&arena, buf_str(&out)), cases[i].expected);
        arena_free(&arena);
    }
}

static void test_unique_never_repeats(void **state)
{
    struct arena arena = {0};
    struct idents idents = {.given = {.arena = &arena}};
    (void)state;
    assert_string_equal(ident_unique(&idents, STR("GET_A_B")), "GET_A_B");
    assert_string_equal(ident_unique(&idents, STR("GET_A_B")), "GET_A_B_2");
    assert_string_equal(ident_unique(&idents, STR("GET_A_B")), "GET_A_B_3");
    assert_string_equal(ident_unique(&idents, STR("GET_A_B_2")), "GET_A_B_2_2");
    arena_free(&arena);
}

static void test_unique_stays_significant(void **state)
{
    struct arena arena = {0};
    struct idents idents = {.given = {.arena = &arena}};
    char wanted[100];
    const char *given[300];
    (void)state;
    memset(wanted, 'A', sizeof wanted);
    for (size_t i = 0; i < 300; i++) {
        given[i] = ident_unique(&idents, (struct str){wanted, sizeof wanted});
        assert_true(strlen(given[i]) <= 63);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(given[i], given[j]);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_replaces_runs),
        cmocka_unit_test(test_unique_never_repeats),
        cmocka_unit_test(test_unique_stays_significant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
