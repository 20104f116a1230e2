#include "unit.h"

#include "convert.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static struct krt_slice slice(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

static const struct krt_slice absent = {NULL, 0};

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"0000000042", 42},
        {"-000000001", -1},
        {"2147483647", INT32_MAX},
        {"-2147483648", INT32_MIN},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"+0000000009223372036854775807", INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(krt_to_int64(slice(cases[i].text)) == cases[i].value);
        if (cases[i].value >= INT32_MIN && cases[i].value <= INT32_MAX)
            assert_true(krt_to_int32(slice(cases[i].text)) == cases[i].value);
    }
    assert_true(krt_to_int64(absent) == 0);
    assert_true(krt_to_int32(absent) == 0);
}

static void test_booleans(void **state)
{
    (void)state;
    static const char *const yes[] = {"true", "TRUE", "tRuE"};
    static const char *const no[] = {"false", "FALSE", "fAlSe"};
    for (size_t i = 0; i < 3; i++) {
        expect_true(yes[i], krt_to_bool(slice(yes[i])));
        expect_true(no[i], !krt_to_bool(slice(no[i])));
    }
    assert_false(krt_to_bool(absent));
}

static void expect_double(const char *text)
{
    double actual = krt_to_double(slice(text));
    double expected = strtod(text, NULL);
    if (memcmp(&actual, &expected, sizeof actual) != 0)
        fail_msg("%.40s: got %a, expected %a", text, actual, expected);
}

static void test_doubles_are_the_nearest(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "0.000",
        "-0e5",
        "1",
        "+1.5",
        "-2.25",
        ".5",
        "5.",
        "0.1",
        "123456789012345678901234567890",
        "0.30000000000000004",
        "1e22",
        "1e23",
        "1E-7",
        "9007199254740993",
        "9007199254740992.99999999999999999999",
        "179769313486231570e291",
        "1.7976931348623159e308",
        "1e309",
        "1e400",
        "-1e99999999999999",
        "2.2250738585072011e-308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "1e-99999999999999",
        "0.0000000000000000000000000000000000001e37",
        "100000000000000000000000000000000000000e-38",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_double(texts[i]);
    assert_true(krt_to_double(absent) == 0);
}

/* Half way between two doubles, and beyond by one digit that comes late. */
static void test_late_digits_of_a_double_count(void **state)
{
    (void)state;
    static char text[5000] = "9007199254740993.";
    size_t start = strlen(text);
    for (size_t len = 1; start + len + 1 < sizeof text; len += 97) {
        memset(text + start, '0', len);
        text[start + len] = '\0';
        assert_true(krt_to_double(slice(text)) == 9007199254740992.0);
        text[start + len - 1] = '1';
        assert_true(krt_to_double(slice(text)) == 9007199254740994.0);
    }
}

static void test_random_doubles(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        snprintf(text, sizeof text, "%d%06d.%06d%05de%d", rand() % 1000,
                 rand() % 1000000, rand() % 1000000, rand() % 100000,
                 rand() % 700 - 350);
        expect_double(text);
    }
}

/* A locale with a comma is not on every machine; where there is none this is the same
 * as above. */
static void test_the_locale_means_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    for (size_t i = 0; i < 3 && localeconv()->decimal_point[0] == '.'; i++)
        setlocale(LC_NUMERIC, names[i]);
    assert_true(krt_to_double(slice("2.5")) == 2.5);
    assert_true(krt_to_double(slice("-1.25e1")) == -12.5);
    setlocale(LC_NUMERIC, "C");
}

static void test_defaults_stand_for_absent_values(void **state)
{
    (void)state;
    static const struct krt_parameter parameters[] = {{"a", NULL, NULL, NULL},
                                                      {"b", "int", NULL, "17"}};
    static const struct krt_route route = {.parameters = parameters, .n_parameters = 2};
    const struct krt_slice values[] = {slice("x/"), absent};
    const struct krt_slice given[] = {absent, slice("3")};
    struct krt_exchange exchange = {
        .route = &route, .values = values, .query_values = given};
    struct krt_str text = krt_to_str(krt_path_value(&exchange, 0));
    assert_int_equal(text.len, 2);
    assert_memory_equal(text.at, "x/", 2);
    assert_int_equal(krt_to_int32(krt_path_value(&exchange, 1)), 17);
    assert_null(krt_query_value(&exchange, 0).at);
    assert_int_equal(krt_to_int32(krt_query_value(&exchange, 1)), 3);
    exchange.values = given;
    assert_null(krt_to_str(krt_path_value(&exchange, 0)).at);
    assert_int_equal(krt_to_int32(krt_path_value(&exchange, 1)), 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_doubles_are_the_nearest),
        cmocka_unit_test(test_late_digits_of_a_double_count),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_the_locale_means_nothing),
        cmocka_unit_test(test_defaults_stand_for_absent_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
