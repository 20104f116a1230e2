#include "histogram.h"
#include "unit.h"

static struct histogram histogram;

static void clear(void)
{
    memset(&histogram, 0, sizeof histogram);
}

/* Values from 1 to 100000, of which percentiles are known. */
static void test_percentiles_of_many_values(void **state)
{
    static const struct {
        const char *name;
        unsigned thousandths;
        uint64_t expected;
    } cases[] = {
        {"0 %", 0, 1},
        {"0.001 %", 1, 1},
        {"0.1 %", 100, 100},
        {"50 %", 50000, 50000},
        {"99 %", 99000, 99000},
        {"99.9 %", 99900, 99900},
        {"100 %", 100000, 100000},
    };
    (void)state;
    clear();
    for (uint64_t value = 100000; value > 0; value--)
        histogram_add(&histogram, value, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got = histogram_percentile(&histogram, cases[i].thousandths);
        uint64_t least = cases[i].thousandths == 0 ? 0 : cases[i].expected;
        if (got < least || got > cases[i].expected + cases[i].expected / 64)
            fail_msg("%s: got %llu", cases[i].name, (unsigned long long)got);
    }
}

/* Each value comes back as itself or less than a sixty-fourth larger. */
static void test_precision_at_each_size(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (int step = -2; step <= 2; step++) {
            uint64_t value = (UINT64_C(1) << shift) + (uint64_t)step;
            if (shift < 2 && step < 0)
                continue;
            clear();
            histogram_add(&histogram, value, 1);
            histogram_add(&histogram, UINT64_MAX, 1);
            uint64_t got = histogram_percentile(&histogram, 50000);
            if (got < value || got - value > value / 64)
                fail_msg("%llu: got %llu", (unsigned long long)value,
                         (unsigned long long)got);
        }
    }
}

static void test_small_numbers_of_values(void **state)
{
    (void)state;
    clear();
    expect_size("none", (size_t)histogram_percentile(&histogram, 50000), 0);
    histogram_add(&histogram, 1000, 1);
    expect_size("one, 50 %", (size_t)histogram_percentile(&histogram, 50000), 1000);
    expect_size("one, 99.9 %", (size_t)histogram_percentile(&histogram, 99900), 1000);
    histogram_add(&histogram, 7, 2);
    expect_size("two of three", (size_t)histogram_percentile(&histogram, 66666), 7);
    expect_size("beyond", (size_t)histogram_percentile(&histogram, 66667), 1000);
    expect_size("max", (size_t)histogram.max, 1000);
}

/* One late answer among a thousand is beyond 99.9 %, a second one is not. */
static void test_rare_values_are_seen(void **state)
{
    (void)state;
    clear();
    histogram_add(&histogram, 10, 999);
    histogram_add(&histogram, 1000000, 1);
    expect_size("one", (size_t)histogram_percentile(&histogram, 99900), 10);
    histogram_add(&histogram, 1000000, 1);
    expect_size("two", (size_t)histogram_percentile(&histogram, 99900), 1000000);
    expect_size("99 %", (size_t)histogram_percentile(&histogram, 99000), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percentiles_of_many_values),
        cmocka_unit_test(test_precision_at_each_size),
        cmocka_unit_test(test_small_numbers_of_values),
        cmocka_unit_test(test_rare_values_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
