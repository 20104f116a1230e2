#include "unit.h"

#include "sid.h"

static void test_numbers_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
    } cases[] = {
        {"S-1-1-0", true},
        {"S-1-5-18", true},
        {"S-1-5-32-544", true},
        {"S-1-5-21-4294967295-0-1-1000", true},
        {"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", true},
        {"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", false},
        {"S-1-5-4294967296", false},
        {"S-1-4294967296-1", false},
        {"S-1-5-99999999999999999999999", false},
        {"S-1-5", false},
        {"S-1-", false},
        {"S-1", false},
        {"S-1--5", false},
        {"S-1-5-", false},
        {"S-1-5--1", false},
        {"S-1-5-1-", false},
        {"S-1-5-x", false},
        {"S-1-5-1x", false},
        {"S-1-5-1 ", false},
        {"S-2-5-18", false},
        {"s-1-5-18", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_true(cases[i].text, (sid_find_fault(str_from(cases[i].text)) == NULL) ==
                                       cases[i].is_good);
}

static void test_numbers_are_told_from_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_meant;
    } cases[] = {
        {"S-1-5-18", true}, {"s-1-5-18", true}, {"S-1", true},  {"S-9x", true},
        {"S-", false},      {"S-team", false},  {"s-", false},  {"", false},
        {"BA", false},      {"XS-1-5", false},  {"1-5", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_true(cases[i].text,
                    sid_is_meant(str_from(cases[i].text)) == cases[i].is_meant);
}

static void test_letters_stand_for_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *sid; /* NULL: stands for nothing */
    } cases[] = {
        {"WD", "S-1-1-0"},
        {"AN", "S-1-5-7"},
        {"BA", "S-1-5-32-544"},
        {"BU", "S-1-5-32-545"},
        {"BG", "S-1-5-32-546"},
        {"SY", "S-1-5-18"},
        {"LS", "S-1-5-19"},
        {"NS", "S-1-5-20"},
        {"AU", "S-1-5-11"},
        {"IU", "S-1-5-4"},
        {"NU", "S-1-5-2"},
        {"OW", "S-1-3-4"},
        {"AC", "S-1-15-2-1"},
        {"LW", "S-1-16-4096"},
        {"SI", "S-1-16-16384"},
        {"DU", "DU"},
        {"S-1-5-11", "S-1-5-11"},
        {"ba", NULL},
        {"XX", NULL},
        {"B", NULL},
        {"BAX", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str sid;
        bool is_good = sid_read(str_from(cases[i].text), &sid);
        expect_true(cases[i].text, is_good == (cases[i].sid != NULL));
        if (cases[i].sid)
            expect_true(cases[i].text, str_equal(sid, str_from(cases[i].sid)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_judged),
        cmocka_unit_test(test_numbers_are_told_from_names),
        cmocka_unit_test(test_letters_stand_for_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
