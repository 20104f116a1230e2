#include "base64.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void test_bytes_are_decoded(void **state)
{
    static const struct {
        const char *text;
        struct str bytes;
    } cases[] = {
        {"", BYTES("")},           {" \t\r\n", BYTES("")},
        {"Zg==", BYTES("f")},      {"Zm8=", BYTES("fo")},
        {"Zm9v", BYTES("foo")},    {"Zm9vYg==", BYTES("foob")},
        {"AAAA", BYTES("\0\0\0")}, {"+/+/", BYTES("\xFB\xFF\xBF")},
        {"/w==", BYTES("\xFF")},   {" Z m\n9v Yg\r\n=\t= ", BYTES("foob")},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena arena = {0};
        struct base64_fault fault;
        struct str bytes = {0};
        expect_true(cases[i].text,
                    base64_decode(str_from(cases[i].text), &arena, &bytes, &fault));
        expect_true(cases[i].text, str_equal(bytes, cases[i].bytes));
        arena_free(&arena);
    }
}

/* Every byte at every place of a group. */
static void test_all_bytes_are_decoded(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (void)state;
    for (unsigned i = 0; i < 1u << 16; i++) {
        struct arena arena = {0};
        struct base64_fault fault;
        struct str bytes = {0};
        char text[] = {alphabet[i >> 10], alphabet[i >> 4 & 63], alphabet[i << 2 & 63],
                       '='};
        char expected[] = {(char)(i >> 8), (char)i};
        assert_true(base64_decode((struct str){text, 4}, &arena, &bytes, &fault));
        assert_true(str_equal(bytes, (struct str){expected, 2}));
        arena_free(&arena);
    }
}

static void test_faults_are_placed(void **state)
{
    static const struct {
        struct str text;
        size_t at;
    } cases[] = {
        {BYTES("Z"), 1},        {BYTES("Zg"), 2},       {BYTES("Zg="), 3},
        {BYTES("Zm8"), 3},      {BYTES("Zg===="), 4},   {BYTES("Zm8=="), 4},
        {BYTES("Zm9v="), 4},    {BYTES("="), 0},        {BYTES("Z==="), 1},
        {BYTES("Zm=v"), 3},     {BYTES("Zg==Zg=="), 4}, {BYTES("Zh=="), 1},
        {BYTES("Zm9="), 2},     {BYTES("Zm-v"), 2},     {BYTES("Zm\0v"), 2},
        {BYTES("Zm9v\x80"), 4}, {BYTES("Zm 9. v"), 4},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct arena arena = {0};
        struct base64_fault fault;
        struct str bytes = {0};
        expect_true(cases[i].text.at,
                    !base64_decode(cases[i].text, &arena, &bytes, &fault));
        expect_size(cases[i].text.at, fault.at, cases[i].at);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_decoded),
        cmocka_unit_test(test_all_bytes_are_decoded),
        cmocka_unit_test(test_faults_are_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
