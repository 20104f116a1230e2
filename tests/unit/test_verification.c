/* Counts, checks, and their wording. */
#include "answers.h"
#include "unit.h"
#include "verification.h"
#include "wording.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct krt_verification *start(bool is_strict)
{
    struct krt_verification *verification =
        krt_verification_new(&shop, true, is_strict);
    assert_non_null(verification);
    return verification;
}

static struct krt_check check_of(const struct krt_verification *verification, int route)
{
    struct krt_check check;
    size_t at = 0;
    while (krt_verification_next(verification, &at, &check))
        if (!check.miss && check.route == &shop.routes[route])
            return check;
    fail_msg("route %d has no check", route);
    return check;
}

static void test_expectations_are_worded(void **state)
{
    static const struct {
        struct krt_expectation expected;
        const char *words;
    } cases[] = {
        {{1, 0, 0}, "no calls"},
        {{1, 1, 1}, "1 call"},
        {{1, 3, 3}, "3 calls"},
        {{1, 0, 1}, "at most 1 call"},
        {{1, 0, 2}, "at most 2 calls"},
        {{1, 1, 2}, "1 to 2 calls"},
        {{1, 2, 4}, "2 to 4 calls"},
        {{1, 1, KRT_CALLS_ANY}, "1 or more calls"},
        {{1, 2, KRT_CALLS_ANY}, "2 or more calls"},
        {{1, 0, KRT_CALLS_ANY}, "0 or more calls"},
        {{1, 1000000000, 1000000000}, "1000000000 calls"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_document document = {0};
        krt_put_expected(&document, &cases[i].expected);
        expect_text(cases[i].words, krt_document_end(&document), cases[i].words);
        krt_document_free(&document);
    }
}

static void test_calls_are_compared(void **state)
{
    static const struct {
        int route;
        int calls;
        bool has_passed;
        const char *words;
    } cases[] = {
        {ROUTE_THREE, 3, true, "GET /three: expected 3 calls, got 3"},
        {ROUTE_THREE, 2, false, "GET /three: expected 3 calls, got 2"},
        {ROUTE_THREE, 4, false, "GET /three: expected 3 calls, got 4"},
        {ROUTE_ONE, 0, false, "GET /one: expected 1 call, got 0"},
        {ROUTE_NEVER, 0, true, "GET /never: expected no calls, got 0"},
        {ROUTE_NEVER, 1, false, "GET /never: expected no calls, got 1"},
        {ROUTE_RANGE, 1, false, "GET /range: expected 2 to 4 calls, got 1"},
        {ROUTE_RANGE, 2, true, "GET /range: expected 2 to 4 calls, got 2"},
        {ROUTE_RANGE, 4, true, "GET /range: expected 2 to 4 calls, got 4"},
        {ROUTE_RANGE, 5, false, "GET /range: expected 2 to 4 calls, got 5"},
        {ROUTE_LEAST, 0, false, "GET /least: expected 1 or more calls, got 0"},
        {ROUTE_LEAST, 9, true, "GET /least: expected 1 or more calls, got 9"},
        {ROUTE_MOST, 0, true, "GET /most: expected at most 2 calls, got 0"},
        {ROUTE_MOST, 2, true, "GET /most: expected at most 2 calls, got 2"},
        {ROUTE_MOST, 3, false, "GET /most: expected at most 2 calls, got 3"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_verification *verification = start(false);
        struct krt_document document = {0};
        count_calls(verification, cases[i].route, cases[i].calls);
        struct krt_check check = check_of(verification, cases[i].route);
        expect_true(cases[i].words, check.has_passed == cases[i].has_passed);
        krt_put_check(&document, &check);
        expect_text(cases[i].words, krt_document_end(&document), cases[i].words);
        krt_document_free(&document);
        krt_verification_free(verification);
    }
}

/* More than 32 bits hold. */
static void test_counts_do_not_wrap(void **state)
{
    struct krt_verification *verification = start(false);
    struct krt_document document = {0};
    (void)state;
    atomic_store(&verification->calls[ROUTE_LEAST], UINT64_C(4294967295));
    count_calls(verification, ROUTE_LEAST, 2);
    struct krt_check check = check_of(verification, ROUTE_LEAST);
    assert_true(check.has_passed);
    krt_put_check(&document, &check);
    expect_text("many", krt_document_end(&document),
                "GET /least: expected 1 or more calls, got 4294967297");
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_a_refused_request_is_no_call(void **state)
{
    struct krt_verification *verification = start(false);
    (void)state;
    count_calls(verification, ROUTE_NEITHER, 1);
    count_refusal(verification, "/three?q", ROUTE_THREE);
    count_miss(verification, "/thre", ROUTE_THREE);
    assert_int_equal(check_of(verification, ROUTE_THREE).calls, 0);
    assert_int_equal(krt_verification_tally(verification).n_unexpected, 0);
    krt_verification_free(verification);
}

static void test_what_came_near_is_noted(void **state)
{
    struct krt_verification *verification = start(false);
    struct krt_document document = {0};
    (void)state;
    count_miss(verification, "/thre", ROUTE_THREE);
    count_miss(verification, "/on", ROUTE_ONE);
    count_refusal(verification, "/three?q", ROUTE_THREE);
    count_miss(verification, "/thre", ROUTE_THREE);
    struct krt_check check = check_of(verification, ROUTE_THREE);
    krt_put_notes(&document, verification, &check);
    expect_text("too few", krt_document_end(&document),
                "\n  note: GET /thre came near it: 404, did you mean GET /three "
                "(specs/shop.yaml:10)? (2 times)"
                "\n  note: GET /three?q came near it: 400, Bad Request");
    document.text.len = 0;
    count_calls(verification, ROUTE_THREE, 4);
    check = check_of(verification, ROUTE_THREE);
    krt_put_notes(&document, verification, &check);
    expect_text("too many", krt_document_end(&document), "");
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_notes_are_bounded(void **state)
{
    struct krt_verification *verification = start(false);
    struct krt_document document = {0};
    (void)state;
    for (int i = 0; i < KRT_NOTES_MAX + 2; i++) {
        char target[16];
        snprintf(target, sizeof target, "/thre%d", i);
        count_miss(verification, target, ROUTE_THREE);
    }
    struct krt_check check = check_of(verification, ROUTE_THREE);
    krt_put_notes(&document, verification, &check);
    const char *text = krt_document_end(&document);
    assert_non_null(strstr(text, "note: GET /thre4 came near it"));
    assert_null(strstr(text, "/thre5"));
    assert_non_null(strstr(text, "\n  note: 2 more came near it"));
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_misses_are_bounded(void **state)
{
    struct krt_verification *verification = start(true);
    (void)state;
    for (int i = 0; i < 2 * (KRT_MISSES_MAX + 3); i++) {
        char target[16];
        snprintf(target, sizeof target, "/x%d", i % (KRT_MISSES_MAX + 3));
        count_miss(verification, target, KRT_NO_ROUTE);
    }
    struct krt_tally tally = krt_verification_tally(verification);
    assert_int_equal(verification->n_misses, KRT_MISSES_MAX);
    assert_int_equal(tally.n_unexpected, 2 * (KRT_MISSES_MAX + 3));
    assert_int_equal(tally.n_failures, tally.n_unmet + KRT_MISSES_MAX + 2 * 3);
    krt_verification_free(verification);
}

static void test_what_is_not_asked_for_is_no_check(void **state)
{
    struct krt_verification *verification = krt_verification_new(&shop, false, true);
    struct krt_check check;
    size_t at = 0;
    (void)state;
    assert_false(krt_verification_next(verification, &at, &check));
    count_miss(verification, "/thre", ROUTE_THREE);
    at = 0;
    assert_true(krt_verification_next(verification, &at, &check));
    assert_non_null(check.miss);
    assert_false(krt_verification_next(verification, &at, &check));
    krt_verification_free(verification);
    krt_verification_free(NULL);
}

static void test_tallies_are_worded(void **state)
{
    static const struct {
        bool is_strict;
        struct krt_tally tally;
        const char *words;
    } cases[] = {
        {false, {3, 0, 0, 0}, "3 expectations are met"},
        {false, {1, 0, 0, 0}, "1 expectation is met"},
        {false, {3, 1, 0, 1}, "1 of 3 expectations is not met"},
        {false, {3, 2, 0, 2}, "2 of 3 expectations are not met"},
        {false, {1, 1, 0, 1}, "1 of 1 expectation is not met"},
        {true, {0, 0, 0, 0}, "no request was unexpected"},
        {true, {0, 0, 1, 1}, "1 request was unexpected"},
        {true, {3, 0, 0, 0}, "3 expectations are met, no request was unexpected"},
        {true,
         {3, 2, 7, 4},
         "2 of 3 expectations are not met, 7 requests were "
         "unexpected"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_verification *verification = start(cases[i].is_strict);
        struct krt_document document = {0};
        krt_put_tally(&document, verification, &cases[i].tally);
        expect_text(cases[i].words, krt_document_end(&document), cases[i].words);
        krt_document_free(&document);
        krt_verification_free(verification);
    }
}

/* ---- Threads ---- */

enum { THREADS = 8, TURNS = 2000 };

static void count_much(void *context)
{
    struct krt_verification *verification = context;
    for (int i = 0; i < TURNS; i++) {
        count_calls(verification, ROUTE_THREE, 1);
        count_miss(verification, i % 2 ? "/a" : "/b", ROUTE_THREE);
    }
}

static void test_threads_count_together(void **state)
{
    struct krt_verification *verification = start(true);
    struct krt_thread threads[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(krt_thread_start(&threads[i], count_much, verification), 0);
    for (int i = 0; i < THREADS; i++)
        krt_thread_join(&threads[i]);
    assert_int_equal(check_of(verification, ROUTE_THREE).calls, THREADS * TURNS);
    assert_int_equal(verification->n_misses, 2);
    assert_int_equal(verification->misses[0].n, THREADS * TURNS / 2);
    assert_int_equal(verification->misses[1].n, THREADS * TURNS / 2);
    krt_verification_free(verification);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectations_are_worded),
        cmocka_unit_test(test_calls_are_compared),
        cmocka_unit_test(test_counts_do_not_wrap),
        cmocka_unit_test(test_a_refused_request_is_no_call),
        cmocka_unit_test(test_what_came_near_is_noted),
        cmocka_unit_test(test_notes_are_bounded),
        cmocka_unit_test(test_misses_are_bounded),
        cmocka_unit_test(test_what_is_not_asked_for_is_no_check),
        cmocka_unit_test(test_tallies_are_worded),
        cmocka_unit_test(test_threads_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
