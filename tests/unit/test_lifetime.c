#include "lifetime.h"

#include "unit.h"

static void expect_going(struct krt_lifetime *lifetime, int64_t now, int64_t next)
{
    assert_false(krt_lifetime_is_over(lifetime, now));
    assert_int_equal(krt_lifetime_next(lifetime), next);
}

static void expect_end(struct krt_lifetime *lifetime, int64_t now, enum krt_end end)
{
    assert_true(krt_lifetime_is_over(lifetime, now));
    assert_int_equal(lifetime->end, end);
}

static void test_nothing_asked_for_never_ends(void **state)
{
    (void)state;
    struct krt_lifetime lifetime = {0};
    krt_lifetime_begin(&lifetime, 1000);
    expect_going(&lifetime, INT64_MAX - 1, INT64_MAX);
}

static void test_timeout_ends_whatever_goes_on(void **state)
{
    (void)state;
    struct krt_lifetime lifetime = {.timeout_ms = 500};
    krt_lifetime_begin(&lifetime, 1000);
    expect_going(&lifetime, 1000, 1500);
    krt_lifetime_set_busy(&lifetime, true, 1200);
    expect_going(&lifetime, 1499, 1500);
    expect_end(&lifetime, 1500, KRT_END_TIMEOUT);
}

static void test_idleness_counts_from_the_last_end_of_a_request(void **state)
{
    (void)state;
    struct krt_lifetime lifetime = {.idle_ms = 100};
    krt_lifetime_begin(&lifetime, 1000);
    expect_going(&lifetime, 1099, 1100);
    krt_lifetime_set_busy(&lifetime, true, 1099);
    krt_lifetime_set_busy(&lifetime, true, 1150);
    expect_going(&lifetime, 5000, INT64_MAX);
    krt_lifetime_set_busy(&lifetime, false, 5000);
    expect_going(&lifetime, 5500, INT64_MAX);
    krt_lifetime_set_busy(&lifetime, false, 5600);
    expect_going(&lifetime, 5699, 5700);
    expect_end(&lifetime, 5700, KRT_END_IDLE);
}

static void test_the_earlier_of_two_times_ends(void **state)
{
    (void)state;
    struct krt_lifetime lifetime = {.idle_ms = 100, .timeout_ms = 150};
    krt_lifetime_begin(&lifetime, 0);
    expect_going(&lifetime, 0, 100);
    krt_lifetime_set_busy(&lifetime, true, 60);
    krt_lifetime_set_busy(&lifetime, false, 60);
    expect_going(&lifetime, 149, 150);
    expect_end(&lifetime, 150, KRT_END_TIMEOUT);
}

static void test_answers_are_counted(void **state)
{
    (void)state;
    struct krt_lifetime lifetime = {.max_requests = 2};
    krt_lifetime_begin(&lifetime, 0);
    assert_false(krt_lifetime_answer(&lifetime));
    expect_going(&lifetime, 0, INT64_MAX);
    assert_true(krt_lifetime_answer(&lifetime));
    assert_true(krt_lifetime_answer(&lifetime));
    expect_end(&lifetime, 0, KRT_END_MAX_REQUESTS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked_for_never_ends),
        cmocka_unit_test(test_timeout_ends_whatever_goes_on),
        cmocka_unit_test(test_idleness_counts_from_the_last_end_of_a_request),
        cmocka_unit_test(test_the_earlier_of_two_times_ends),
        cmocka_unit_test(test_answers_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
