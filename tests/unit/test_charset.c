#include "unit.h"

#include "charset.h"
#include "str.h"

/* The ranges in hexadecimal, as "61-63 65". */
static const char *describe(struct arena *arena, struct charset chars)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < chars.n; i++) {
        struct char_range range = chars.ranges[i];
        buf_printf(&out, "%s%x", i > 0 ? " " : "", (unsigned)range.first);
        if (range.last > range.first)
            buf_printf(&out, "-%x", (unsigned)range.last);
    }
    return str_z(arena, buf_str(&out));
}

static void test_ranges_are_clipped_to_characters(void **state)
{
    (void)state;
    static const struct {
        uint32_t first;
        uint32_t last;
        const char *ranges;
    } cases[] = {
        {'a', 'c', "61-63"},
        {0, 0, ""},
        {0, 5, "1-5"},
        {0, 0x10FFFF, "1-d7ff e000-10ffff"},
        {0xD800, 0xDFFF, ""},
        {0xD000, 0xDFFF, "d000-d7ff"},
        {0x110000, UINT32_MAX, ""},
        {0xDFFF, UINT32_MAX, "e000-10ffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct charset chars = charset_range(&arena, cases[i].first, cases[i].last);
        expect_text(cases[i].ranges, describe(&arena, chars), cases[i].ranges);
        arena_free(&arena);
    }
}

static void test_ranges_in_any_order_are_joined(void **state)
{
    (void)state;
    struct arena arena = {0};
    static const struct char_range ranges[] = {{'x', 'z'}, {'c', 'd'},
                                               {'a', 'b'}, {'y', 'y'},
                                               {'f', 'f'}, {0, UINT32_MAX - 1}};
    expect_text("all but one", describe(&arena, charset_of_ranges(&arena, ranges, 5)),
                "61-64 66 78-7a");
    expect_text("all", describe(&arena, charset_of_ranges(&arena, ranges, 6)),
                "1-d7ff e000-10ffff");
    expect_text("none", describe(&arena, charset_of_ranges(&arena, NULL, 0)), "");
    expect_text("text", describe(&arena, charset_of(&arena, "cab-z-")), "2d 61-63 7a");
    expect_text("no text", describe(&arena, charset_of(&arena, "")), "");
    arena_free(&arena);
}

/* Sets of the eight characters around U+D7FF, by the bits of a number. */
static struct charset set_of(struct arena *arena, unsigned bits)
{
    static const uint32_t chars[] = {'A',    'B',    'a',    'b',
                                     0xD7FE, 0xD7FF, 0xE000, 0x10FFFF};
    struct charset set = {0};
    for (size_t i = 0; i < 8; i++)
        if (bits >> i & 1)
            set = charset_union(arena, set, charset_range(arena, chars[i], chars[i]));
    return set;
}

static void test_operations_are_those_of_sets(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a += 1) {
        struct arena arena = {0};
        struct charset x = set_of(&arena, a);
        struct charset rest = charset_complement(&arena, x);
        assert_true(charset_equal(charset_complement(&arena, rest), x));
        assert_true(!charset_has(rest, 0) && !charset_has(rest, 0xD800));
        assert_true(charset_has(rest, 'c'));
        unsigned folded = a | (a & 3) << 2 | (a >> 2 & 3);
        assert_true(charset_equal(charset_fold(&arena, x), set_of(&arena, folded)));
        for (unsigned b = 0; b < 256; b += 5) {
            struct charset y = set_of(&arena, b);
            assert_true(
                charset_equal(charset_union(&arena, x, y), set_of(&arena, a | b)));
            assert_true(
                charset_equal(charset_intersect(&arena, x, y), set_of(&arena, a & b)));
            assert_true(
                charset_equal(charset_without(&arena, x, y), set_of(&arena, a & ~b)));
            assert_true(charset_equal(x, y) == (a == b));
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_clipped_to_characters),
        cmocka_unit_test(test_ranges_in_any_order_are_joined),
        cmocka_unit_test(test_operations_are_those_of_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
