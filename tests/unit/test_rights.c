#include "unit.h"

#include "rights.h"

static void test_rights_are_masks(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t mask;
    } cases[] = {
        {"GA", 0x1F01FF},           {"FA", 0x1F01FF},
        {"GR", 0x120089},           {"FR", 0x120089},
        {"GW", 0x120116},           {"FW", 0x120116},
        {"GX", 0x1200A0},           {"FX", 0x1200A0},
        {"GRGW", 0x12019F},         {"FRFW", 0x12019F},
        {"RCSDWDWO", 0xF0000},      {"CCDCLCSWRPWPDTLOCR", 0x1FF},
        {RIGHTS_CLIENT, 0x12019B},  {"0x0", 0},
        {"0X12019B", 0x12019B},     {"0x10000000", 0x101F01FF},
        {"0x20000000", 0x201200A0}, {"0x40000000", 0x40120116},
        {"0x80000000", 0x80120089}, {"0xffffffff", 0xFFFFFFFF},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t mask = 0;
        size_t start, end;
        expect_true(cases[i].text,
                    rights_read(str_from(cases[i].text), &mask, &start, &end));
        expect_size(cases[i].text, mask, cases[i].mask);
    }
}

/* What clients get is what reading and writing takes, but for making instances. */
static void test_clients_cannot_make_instances(void **state)
{
    (void)state;
    uint32_t client, all;
    size_t start, end;
    assert_true(rights_read(STR(RIGHTS_CLIENT), &client, &start, &end));
    assert_true(rights_read(STR("FRFW"), &all, &start, &end));
    assert_int_equal(client, all & ~(uint32_t)RIGHT_CREATE_INSTANCE);
}

static void test_what_has_no_meaning_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t start;
        size_t end;
    } cases[] = {
        {"GQ", 0, 2},    {"GRGQGW", 2, 4}, {"GRG", 2, 3},  {"gr", 0, 2},
        {"GR GW", 2, 4}, {"0x", 0, 2},     {"0x1g", 0, 4}, {"0x123456789", 0, 11},
        {"12", 0, 2},    {"GR0x1", 2, 4},  {"NW", 0, 2},   {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t mask;
        size_t start, end;
        expect_true(cases[i].text,
                    !rights_read(str_from(cases[i].text), &mask, &start, &end));
        expect_size(cases[i].text, start, cases[i].start);
        expect_size(cases[i].text, end, cases[i].end);
    }
}

static void test_labels_forbid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
    } cases[] = {
        {"NW", true},   {"NWNRNX", true}, {"0x1", true}, {"0x7", true},
        {"0x8", false}, {"0x0", false},   {"GR", false}, {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t start, end;
        expect_true(cases[i].text, rights_read_label(str_from(cases[i].text), &start,
                                                     &end) == cases[i].is_good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights_are_masks),
        cmocka_unit_test(test_clients_cannot_make_instances),
        cmocka_unit_test(test_what_has_no_meaning_is_found),
        cmocka_unit_test(test_labels_forbid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
