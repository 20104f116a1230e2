/* The heap of alarms against a list that is searched each time. */
#include "alarm.h"
#include "unit.h"

#include <stdbool.h>

enum { N = 60, STEPS = 20000 };

static struct krt_alarm alarms[N];
static bool is_added[N];
static struct krt_alarm *heap[N];
static struct krt_alarms all;

/* xorshift: the same numbers in each run. */
static uint32_t next_random(void)
{
    static uint32_t state = 2463534242;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static int64_t earliest(void)
{
    int64_t at = INT64_MAX;
    for (int i = 0; i < N; i++)
        if (is_added[i] && alarms[i].at < at)
            at = alarms[i].at;
    return at;
}

static void check(void)
{
    assert_int_equal(krt_alarms_next(&all), earliest());
    for (size_t i = 0; i < all.n; i++) {
        assert_int_equal(all.heap[i]->place, i);
        assert_true(is_added[all.heap[i] - alarms]);
    }
    if (all.n > 0)
        assert_int_equal(all.heap[0]->at, earliest());
}

static void step(void)
{
    size_t i = next_random() % N;
    int64_t at = next_random() % 50 == 0 ? INT64_MAX : next_random() % 40;
    if (!is_added[i])
        krt_alarms_add(&all, &alarms[i], at);
    else if (next_random() % 3 == 0)
        krt_alarms_remove(&all, &alarms[i]);
    else {
        krt_alarms_set(&all, &alarms[i], at);
        return;
    }
    is_added[i] = !is_added[i];
}

static void test_first_is_always_the_earliest(void **state)
{
    (void)state;
    all.heap = heap;
    check();
    for (int i = 0; i < STEPS; i++) {
        step();
        check();
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_is_always_the_earliest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
