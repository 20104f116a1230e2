#include "unit.h"

#include "arena.h"
#include "str.h"
#include "table.h"
#include "utf8.h"

static int make_arena(void **state)
{
    static struct arena arena;
    *state = &arena;
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_arena_aligns_and_zeroes(void **state)
{
    struct arena *arena = *state;
    for (size_t size = 1; size < 200000; size = size * 3 + 1) {
        unsigned char *memory = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xFF, size);
    }
}

static void test_arena_grow_keeps_elements(void **state)
{
    size_t *numbers = NULL;
    for (size_t n = 0; n < 1000; n++) {
        numbers = arena_grow(*state, numbers, n, sizeof *numbers);
        numbers[n] = n;
    }
    for (size_t n = 0; n < 1000; n++)
        expect_size("number", numbers[n], n);
}

static void test_equal_compares_bytes(void **state)
{
    (void)state;
    static const struct {
        struct str a;
        struct str b;
        bool is_equal;
        bool is_equal_fold;
    } cases[] = {
        {BYTES(""), {NULL, 0}, true, true},
        {BYTES("a"), BYTES("a"), true, true},
        {BYTES("a"), BYTES("A"), false, true},
        {BYTES("a"), BYTES("ab"), false, false},
        {BYTES("@"), BYTES("`"), false, false},
        {BYTES("a\0b"), BYTES("a\0c"), false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_size(cases[i].b.at ? cases[i].b.at : "(null)",
                    str_equal(cases[i].a, cases[i].b), cases[i].is_equal);
        expect_size(cases[i].b.at ? cases[i].b.at : "(null)",
                    str_equal_fold(cases[i].a, cases[i].b), cases[i].is_equal_fold);
        expect_size("order", str_compare_fold(cases[i].a, cases[i].b) == 0,
                    cases[i].is_equal_fold);
    }
}

static void test_compare_orders_by_bytes_then_length(void **state)
{
    (void)state;
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_compare(STR(""), STR("a")) < 0);
    assert_true(str_compare(STR("B"), STR("a")) < 0);
    assert_true(str_compare(STR("\xC3"), STR("z")) > 0);
    assert_int_equal(str_compare(STR("ab"), STR("ab")), 0);
}

static void test_prefix_is_found_only_at_start(void **state)
{
    (void)state;
    assert_true(str_has_prefix(STR("x-y"), STR("x-")));
    assert_true(str_has_prefix(STR("x"), STR("")));
    assert_false(str_has_prefix(STR("x"), STR("x-")));
    assert_false(str_has_prefix(STR("yx-"), STR("x-")));
}

static void test_buf_holds_what_was_put(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    for (int i = 0; i < 100; i++) {
        buf_printf(&buf, "%d,", i);
        buf_putc(&buf, ';');
        buf_put(&buf, STR("\0\n"));
    }
    struct str all = buf_str(&buf);
    expect_size("length", all.len, 10 * 2 + 90 * 3 + 3 * 100);
    assert_memory_equal(all.at, "0,;\0\n1,;\0\n", 10);
    assert_memory_equal(all.at + all.len - 6, "99,;\0\n", 6);
}

static void test_z_copy_ends_with_nul(void **state)
{
    expect_text("part", str_z(*state, str_slice(STR("abcdef"), 2, 4)), "cd");
    expect_text("empty", str_z(*state, (struct str){0}), "");
}

static void test_decode_accepts_only_utf8(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        size_t len;
        uint32_t code;
    } cases[] = {
        {BYTES("a"), 1, 'a'},
        {BYTES("\xC3\xA9"), 2, 0xE9},
        {BYTES("\xE2\x82\xAC"), 3, 0x20AC},
        {BYTES("\xF0\x9F\x98\x80"), 4, 0x1F600},
        {BYTES("\xF4\x8F\xBF\xBF"), 4, 0x10FFFF},
        {BYTES("\x80"), 0, 0},             /* a continuation byte */
        {BYTES("\xC0\x80"), 0, 0},         /* overlong */
        {BYTES("\xE0\x80\xAF"), 0, 0},     /* overlong */
        {BYTES("\xF0\x80\x80\x80"), 0, 0}, /* overlong */
        {BYTES("\xED\xA0\x80"), 0, 0},     /* a surrogate */
        {BYTES("\xF4\x90\x80\x80"), 0, 0}, /* over U+10FFFF */
        {BYTES("\xF8\x88\x80\x80"), 0, 0},
        {BYTES("\xC3"), 0, 0},
        {BYTES("\xE2\x82"), 0, 0},
        {BYTES("\xC3z"), 0, 0},
        {BYTES("\xFF"), 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        expect_size(cases[i].bytes.at, utf8_decode(cases[i].bytes, 0, &code),
                    cases[i].len);
        expect_size(cases[i].bytes.at, code, cases[i].code);
    }
}

static void test_table_finds_last_binding(void **state)
{
    struct table table = {.arena = *state};
    static int things[1000];
    assert_null(table_find(&table, STR("a")));
    for (size_t i = 0; i < 1000; i++) {
        struct buf name;
        buf_init(&name, *state);
        buf_printf(&name, "name%zu", i);
        table_put(&table, buf_str(&name), &things[0]);
        table_put(&table, buf_str(&name), &things[i]);
    }
    expect_size("bindings", table.n, 1000);
    assert_ptr_equal(table_find(&table, STR("name0")), &things[0]);
    assert_ptr_equal(table_find(&table, STR("name999")), &things[999]);
    assert_null(table_find(&table, STR("name1000")));
}

static void test_after_last_is_the_end(void **state)
{
    static const struct {
        struct str text;
        const char *expected;
    } cases[] = {
        {BYTES("a/b/c"), "c"}, {BYTES("a"), "a"},  {BYTES("a/"), ""},
        {BYTES(""), ""},       {BYTES("/a"), "a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        expect_text(cases[i].text.at, str_z(&arena, str_after_last(cases[i].text, '/')),
                    cases[i].expected);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_last_is_the_end),
        cmocka_unit_test_setup_teardown(test_arena_aligns_and_zeroes, make_arena,
                                        free_arena),
        cmocka_unit_test_setup_teardown(test_arena_grow_keeps_elements, make_arena,
                                        free_arena),
        cmocka_unit_test(test_equal_compares_bytes),
        cmocka_unit_test(test_compare_orders_by_bytes_then_length),
        cmocka_unit_test(test_prefix_is_found_only_at_start),
        cmocka_unit_test_setup_teardown(test_buf_holds_what_was_put, make_arena,
                                        free_arena),
        cmocka_unit_test_setup_teardown(test_z_copy_ends_with_nul, make_arena,
                                        free_arena),
        cmocka_unit_test(test_decode_accepts_only_utf8),
        cmocka_unit_test_setup_teardown(test_table_finds_last_binding, make_arena,
                                        free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
