#include "unit.h"
#include "validator.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void test_entity_tags(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\"\"",
        "\"v1\"",
        "W/\"v1\"",
        "W/\"\"",
        "\"!#$%&'()*,/:;<=>?@[\\]^`{|}~\"",
        "\"\xc3\xbc\"",
    };
    static const char *const bad[] = {
        "",         "v1",      "\"",      "\"v1",     "v1\"",         "'v1'",
        "w/\"v1\"", "W/v1",    "W/",      "W/\"",     "W\"v1\"",      "\"a b\"",
        "\"a\"b\"", " \"v1\"", "\"v1\" ", "\"\x7f\"", "\"a\", \"b\"", "*",
    };
    for (size_t i = 0; i < LENGTH(good); i++)
        expect_true(good[i], validator_is_etag(str_from(good[i])));
    for (size_t i = 0; i < LENGTH(bad); i++)
        expect_true(bad[i], !validator_is_etag(str_from(bad[i])));
}

static void test_dates_have_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Friday, 04-Nov-94 08:49:37 GM",
    };
    int64_t seconds = 0;
    assert_true(validator_read_date(STR("Sun, 06 Nov 1994 08:49:37 GMT"), &seconds));
    assert_true(seconds == 784111777);
    for (size_t i = 0; i < LENGTH(bad); i++)
        expect_true(bad[i], !validator_read_date(str_from(bad[i]), &seconds));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entity_tags),
        cmocka_unit_test(test_dates_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
