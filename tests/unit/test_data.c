#include "data.h"
#include "unit.h"

static char *text_of(struct arena *arena, size_t len, char c)
{
    char *text = arena_alloc(arena, len);
    memset(text, c, len);
    return text;
}

static void test_what_is_short_is_left_out(void **state)
{
    struct arena arena = {0};
    struct data data = {.arena = &arena, .prefix = "demo"};
    struct str few = {text_of(&arena, 501, 'a'), 500};
    struct str many = {text_of(&arena, DATA_LITERAL_MAX + 1, 'b'), DATA_LITERAL_MAX};
    (void)state;
    data_add(&data, (struct str){0}, 0, STR("nothing"));
    data_add(&data, few, 500, STR("few"));
    assert_int_equal(data.n, 0);
    assert_int_equal(data.n_files, 0);
    assert_null(data_find(&data, few));
    few.len++;
    data_add(&data, few, 500, STR("more"));
    data_add(&data, many, 500, STR("a literal"));
    many.len++;
    data_add(&data, many, 500, STR("rows"));
    assert_int_equal(data.n, 3);
    assert_string_equal(data_find(&data, few)->ident, "demo_data_1");
    assert_false(data_has_rows(data_find(&data, few)));
    assert_true(data_has_rows(data_find(&data, many)));
    many.len--;
    assert_false(data_has_rows(data_find(&data, many)));
    arena_free(&arena);
}

static void test_equal_bytes_stand_once(void **state)
{
    struct arena arena = {0};
    struct data data = {.arena = &arena, .prefix = "demo"};
    struct str a = {text_of(&arena, 5000, 'a'), 5000};
    struct str b = {text_of(&arena, 5000, 'b'), 5000};
    struct str again = {text_of(&arena, 5000, 'a'), 5000};
    (void)state;
    data_add(&data, a, 9, STR("one"));
    data_add(&data, b, 9, STR("other"));
    data_add(&data, again, 9, STR("again"));
    assert_int_equal(data.n, 2);
    assert_ptr_equal(data_find(&data, again), data_find(&data, a));
    assert_string_equal(data_find(&data, b)->ident, "demo_data_2");
    arena_free(&arena);
}

static void test_files_are_filled_in_order(void **state)
{
    static const size_t sizes[] = {DATA_FILE_SIZE - 9000, 9000, 9001, 5000,
                                   3 * DATA_FILE_SIZE,    5000};
    static const size_t files[] = {0, 0, 1, 1, 2, 3};
    struct arena arena = {0};
    struct data data = {.arena = &arena, .prefix = "demo"};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        data_add(&data,
                 (struct str){text_of(&arena, sizes[i], (char)('a' + i)), sizes[i]}, 9,
                 STR("x"));
    assert_int_equal(data.n, 6);
    assert_int_equal(data.n_files, 4);
    for (size_t i = 0; i < data.n; i++)
        assert_int_equal(data.items[i]->file, files[i]);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_short_is_left_out),
        cmocka_unit_test(test_equal_bytes_stand_once),
        cmocka_unit_test(test_files_are_filled_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
