#define _POSIX_C_SOURCE 200809L

#include "date.h"
#include "guard.h"
#include "unit.h"

#include <stdio.h>
#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const int64_t now = 1700000000; /* 2023 */

static void check(const char *text, int64_t expected)
{
    int64_t actual = -1;
    if (!krt_date_read(text, strlen(text), now, &actual))
        fail_msg("'%s' was not read", text);
    if (actual != expected)
        fail_msg("'%s': got %lld, expected %lld", text, (long long)actual,
                 (long long)expected);
}

static void test_every_form_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t expected;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Wed Mar  1 00:00:00 2000", 951868800},
        {"Wed Nov 16 00:00:00 1994", 784944000},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Mon, 01 Jan 0001 00:00:00 GMT", -62135596800},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800}, /* a leap second */
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},  /* it was a Sunday */
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check(cases[i].text, cases[i].expected);
}

static void test_a_short_year_is_at_most_50_ahead(void **state)
{
    (void)state;
    check("Friday, 01-Jan-71 00:00:00 GMT", 3187296000);  /* 2071 */
    check("Friday, 01-Jan-73 00:00:00 GMT", 3250454400);  /* 2073 */
    check("Tuesday, 01-Jan-74 00:00:00 GMT", 126230400);  /* 1974 */
    check("Friday, 01-Jan-99 00:00:00 GMT", 915148800);   /* 1999 */
    check("Saturday, 01-Jan-00 00:00:00 GMT", 946684800); /* 2000 */
}

static void test_what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "0",
        "now",
        "Sun",
        "Sun, ",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 ",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 GMTx",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nvo 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 01994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Jan 1994 08:49:37 GMT",
        "Tue, 29 Feb 1900 00:00:00 GMT",
        "Tue, 29 Feb 2023 00:00:00 GMT",
        "Sun, 01 Jan 0000 00:00:00 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "Sun Nov   08:49:37 1994",
        "2024-02-29T12:30:05Z",
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t seconds = 5;
        if (krt_date_read(cases[i], strlen(cases[i]), now, &seconds))
            fail_msg("'%s' was read", cases[i]);
        assert_true(seconds == 5);
    }
}

/* What the C library writes for a wandering second of each day in 450 years. */
static void test_dates_agree_with_the_library(void **state)
{
    (void)state;
    for (int64_t day = -70 * 366; day < 380 * 366; day++) {
        time_t time = (time_t)(day * 86400 + (day + 70 * 366) * 7919 % 86400);
        struct tm parts;
        assert_non_null(gmtime_r(&time, &parts));
        char text[64];
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        check(text, time);
        strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts);
        check(text, time);
    }
}

static void test_timestamps_agree_with_the_library(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 450 * 366; day++) {
        time_t time = (time_t)(day * 86400 + day * 7919 % 86400);
        struct tm parts;
        assert_non_null(gmtime_r(&time, &parts));
        char expected[64];
        char text[64];
        struct krt_buffer buffer = KRT_BUFFER(text);
        size_t len = strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", &parts);
        snprintf(expected + len, sizeof expected - len, ".%03dZ", (int)(day % 1000));
        krt_put_timestamp(&buffer, (int64_t)time * 1000 + day % 1000);
        expect_text("a day", krt_end_text(&buffer), expected);
    }
}

/* Every prefix of each form ends at a page that cannot be read. */
static void test_nothing_behind_the_text_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"Wednesday, 06-Nov-94 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    struct guard guard;
    int64_t seconds;
    guard_init(&guard, 64);
    for (size_t i = 0; i < LENGTH(texts); i++) {
        size_t whole = strlen(texts[i]);
        for (size_t len = 0; len <= whole; len++) {
            unsigned char *at = guard_end(&guard, len);
            memcpy(at, texts[i], len);
            assert_true(krt_date_read(at, len, now, &seconds) == (len == whole));
        }
    }
    guard_deinit(&guard);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_is_read),
        cmocka_unit_test(test_a_short_year_is_at_most_50_ahead),
        cmocka_unit_test(test_what_is_no_date_is_refused),
        cmocka_unit_test(test_dates_agree_with_the_library),
        cmocka_unit_test(test_timestamps_agree_with_the_library),
        cmocka_unit_test(test_nothing_behind_the_text_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
