#include "unit.h"

#include "units.h"

#include <limits.h>

enum { KIB = 1024, MIB = 1024 * KIB, SECOND = 1000, MINUTE = 60 * SECOND };

struct quantity {
    const char *text;
    int value; /* -1 for what is none */
};

static void expect_quantities(const struct scale *scale, const struct quantity *cases,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int value = -1;
        bool is_read = units_read(scale, str_from(cases[i].text), &value);
        expect_true(cases[i].text, is_read == (cases[i].value >= 0));
        expect_true(cases[i].text, value == cases[i].value);
    }
}

static void test_sizes_are_read(void **state)
{
    (void)state;
    static const struct quantity cases[] = {
        {"0", 0},
        {"1", 1},
        {"8192", 8192},
        {"0B", 0},
        {"7B", 7},
        {"0KiB", 0},
        {"1KiB", KIB},
        {"63KiB", 63 * KIB},
        {"1024KiB", MIB},
        {"1MiB", MIB},
        {"2047MiB", 2047 * MIB},
        {"2048MiB", INT_MAX},
        {"2147483647", INT_MAX},
        {"2147483648", INT_MAX},
        {"99999999999999999999999999999999", INT_MAX},
        {"4194304KiB", INT_MAX}, /* 2^32 bytes */
        {"", -1},
        {"B", -1},
        {"KiB", -1},
        {"-1", -1},
        {"+1", -1},
        {"00", -1},
        {"01KiB", -1},
        {"1.5KiB", -1},
        {"1e3", -1},
        {"0x10", -1},
        {"1 KiB", -1},
        {"1KiB ", -1},
        {" 1KiB", -1},
        {"1K", -1},
        {"1KB", -1},
        {"1kib", -1},
        {"1KiBB", -1},
        {"1GiB", -1},
        {"1s", -1},
        {"never", -1},
    };
    expect_quantities(&sizes, cases, sizeof cases / sizeof *cases);
}

static void test_durations_are_read(void **state)
{
    (void)state;
    static const struct quantity cases[] = {
        {"0", 0},          {"0ms", 0},
        {"0h", 0},         {"1ms", 1},
        {"999ms", 999},    {"1s", SECOND},
        {"90s", 90000},    {"2m", 2 * MINUTE},
        {"1h", 3600000},   {"596h", 596 * 3600000},
        {"597h", INT_MAX}, {"99999999999ms", INT_MAX},
        {"1", -1},         {"30", -1},
        {"00", -1},        {"s", -1},
        {"", -1},          {"1m30s", -1},
        {"1.5s", -1},      {"-1s", -1},
        {"1 s", -1},       {"1S", -1},
        {"1sec", -1},      {"1d", -1},
        {"1KiB", -1},      {"forever", -1},
    };
    expect_quantities(&durations, cases, sizeof cases / sizeof *cases);
}

static void test_numbers_are_read(void **state)
{
    (void)state;
    static const struct quantity cases[] = {
        {"0", 0},     {"200", 200}, {"2147483647", INT_MAX}, {"20000000000", INT_MAX},
        {"0200", -1}, {"-0", -1},   {"0x1F4", -1},           {"", -1},
        {"1B", -1},   {"1s", -1},
    };
    expect_quantities(&numbers, cases, sizeof cases / sizeof *cases);
}

static void test_quantities_are_written(void **state)
{
    (void)state;
    static const struct {
        const struct scale *scale;
        int value;
        const char *text;
    } cases[] = {
        {&sizes, 0, "0"},
        {&sizes, 1, "1B"},
        {&sizes, 1023, "1023B"},
        {&sizes, KIB, "1KiB"},
        {&sizes, KIB + 1, "1025B"},
        {&sizes, 1536 * KIB, "1536KiB"},
        {&sizes, 1024 * MIB, "1024MiB"},
        {&durations, 0, "0"},
        {&durations, 10, "10ms"},
        {&durations, 1500, "1500ms"},
        {&durations, 30 * SECOND, "30s"},
        {&durations, 130 * SECOND, "130s"},
        {&durations, 2 * MINUTE, "2m"},
        {&durations, 24 * 60 * MINUTE, "24h"},
        {&numbers, 0, "0"},
        {&numbers, 254, "254"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        int value = -1;
        buf_init(&out, &arena);
        units_put(cases[i].scale, cases[i].value, &out);
        expect_text(cases[i].text, str_z(&arena, buf_str(&out)), cases[i].text);
        expect_true(cases[i].text, units_read(cases[i].scale, buf_str(&out), &value) &&
                                       value == cases[i].value);
        arena_free(&arena);
    }
}

static void test_advice_is_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const struct scale *scale;
        const char *text;
        const char *advice;
    } cases[] = {
        {&sizes, "8KB", "8KiB"},
        {&sizes, "8kB", "8KiB"},
        {&sizes, "8K", "8KiB"},
        {&sizes, "8Ki", "8KiB"},
        {&sizes, "8kib", "8KiB"},
        {&sizes, "8 KiB", "8KiB"},
        {&sizes, "64MB", "64MiB"},
        {&sizes, "64 m", "64MiB"},
        {&sizes, "5b", "5B"},
        {&sizes, "5 Bytes", "5B"},
        {&sizes, "1GB", "a whole number followed by B, KiB or MiB"},
        {&sizes, "1.5KB", "a whole number followed by B, KiB or MiB"},
        {&sizes, "08KB", "a whole number followed by B, KiB or MiB"},
        {&sizes, "KB", "a whole number followed by B, KiB or MiB"},
        {&sizes, "", "a whole number followed by B, KiB or MiB"},
        {&durations, "30", "30 followed by ms, s, m or h"},
        {&durations, "30 sec", "30s"},
        {&durations, "30S", "30s"},
        {&durations, "1second", "1s"},
        {&durations, "5min", "5m"},
        {&durations, "5 M", "5m"},
        {&durations, "10MS", "10ms"},
        {&durations, "10 msec", "10ms"},
        {&durations, "2hours", "2h"},
        {&durations, "2d", "a whole number followed by ms, s, m or h"},
        {&durations, "second", "a whole number followed by ms, s, m or h"},
        {&durations, "1m30s", "a whole number followed by ms, s, m or h"},
        {&durations, "-1s", "a whole number followed by ms, s, m or h"},
        {&durations, "never", "a whole number followed by ms, s, m or h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buf out;
        buf_init(&out, &arena);
        units_put_advice(cases[i].scale, str_from(cases[i].text), &out);
        expect_text(cases[i].text, str_z(&arena, buf_str(&out)), cases[i].advice);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_read),
        cmocka_unit_test(test_durations_are_read),
        cmocka_unit_test(test_numbers_are_read),
        cmocka_unit_test(test_quantities_are_written),
        cmocka_unit_test(test_advice_is_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
