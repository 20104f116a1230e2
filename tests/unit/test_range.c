#include "guard.h"
#include "range.h"
#include "text.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The ranges as "0+5 9+1", "416" or "ignored". */
static const char *describe(const char *value, size_t body_len)
{
    static char storage[1024];
    struct krt_buffer out = KRT_BUFFER(storage);
    struct krt_range ranges[KRT_RANGES_MAX];
    struct krt_slice slice = {(const unsigned char *)value, strlen(value)};
    int n = krt_ranges_read(slice, body_len, ranges);
    if (n == KRT_RANGES_IGNORED)
        return "ignored";
    if (n == KRT_RANGES_UNSATISFIABLE)
        return "416";
    for (int i = 0; i < n; i++) {
        krt_put_text(&out, i > 0 ? " " : "");
        krt_put_number(&out, (unsigned long)ranges[i].at, 1);
        krt_put_text(&out, "+");
        krt_put_number(&out, (unsigned long)ranges[i].len, 1);
    }
    return krt_end_text(&out);
}

static void test_ranges_of_ten_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *expected;
    } cases[] = {
        {"bytes=0-0", "0+1"},
        {"bytes=0-9", "0+10"},
        {"bytes=0-10", "0+10"},
        {"bytes=0-18446744073709551615", "0+10"},
        {"bytes=0-18446744073709551616", "0+10"}, /* 2 to the power of 64 */
        {"bytes=0-99999999999999999999999999", "0+10"},
        {"bytes=9-9", "9+1"},
        {"bytes=9-", "9+1"},
        {"bytes=0-", "0+10"},
        {"bytes=3-", "3+7"},
        {"bytes=3-5", "3+3"},
        {"bytes=003-05", "3+3"},
        {"bytes=-1", "9+1"},
        {"bytes=-10", "0+10"},
        {"bytes=-11", "0+10"},
        {"bytes=-99999999999999999999999999", "0+10"},
        {"BYTES=0-1", "0+2"},
        {"bYtEs=0-1", "0+2"},
        /* several */
        {"bytes=0-1,4-5", "0+2 4+2"},
        {"bytes=4-5,0-1", "4+2 0+2"},
        {"bytes=0-1 ,\t4-5", "0+2 4+2"},
        {"bytes= 0-1", "0+2"},
        {"bytes=,,0-1,, ,4-5,", "0+2 4+2"},
        {"bytes=0-1,-1,10-", "0+2 9+1"},
        {"bytes=0-1,-0", "0+2"},
        {"bytes=0-4,3-7", "0+5 3+5"},
        {"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,10-,11-,12-,13-,14-,15-",
         "0+1 1+1 2+1 3+1 4+1 5+1 6+1 7+1 8+1 9+1"},
        /* too many, or too much */
        {"bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,10-,11-,12-,13-,14-,15-,16-",
         "ignored"},
        {"bytes=0-,0-", "ignored"},
        {"bytes=0-5,5-9", "ignored"},
        /* unsatisfiable */
        {"bytes=10-", "416"},
        {"bytes=10-20", "416"},
        {"bytes=99999999999999999999999999-", "416"},
        {"bytes=18446744073709551616-", "416"},
        {"bytes=18446744073709551615-18446744073709551615", "416"},
        {"bytes=-0", "416"},
        {"bytes=10-,-0", "416"},
        /* malformed, or not bytes */
        {"", "ignored"},
        {"bytes", "ignored"},
        {"bytes=", "ignored"},
        {"bytes=,", "ignored"},
        {"bytes=-", "ignored"},
        {"bytes=1", "ignored"},
        {"bytes=5-3", "ignored"},
        {"bytes=0-1,5-3", "ignored"},
        {"bytes=a-b", "ignored"},
        {"bytes=0-b", "ignored"},
        {"bytes=0--1", "ignored"},
        {"bytes=--1", "ignored"},
        {"bytes=+0-1", "ignored"},
        {"bytes=0 -1", "ignored"},
        {"bytes=0- 1", "ignored"},
        {"bytes=0-1 2-3", "ignored"},
        {"bytes=0-1;2-3", "ignored"},
        {"bytes =0-1", "ignored"},
        {" bytes=0-1", "ignored"},
        {"byte=0-1", "ignored"},
        {"bytess=0-1", "ignored"},
        {"lines=0-1", "ignored"},
        {"0-1", "ignored"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        expect_text(cases[i].value, describe(cases[i].value, 10), cases[i].expected);
}

static void test_ranges_of_one_byte(void **state)
{
    (void)state;
    expect_text("first", describe("bytes=0-0", 1), "0+1");
    expect_text("last", describe("bytes=-1", 1), "0+1");
    expect_text("behind", describe("bytes=1-", 1), "416");
    expect_text("twice", describe("bytes=0-0,0-0", 1), "ignored");
}

/* Every prefix of a value ends at a page that cannot be read. */
static void test_ranges_read_nothing_behind_the_value(void **state)
{
    (void)state;
    static const char value[] = "bytes=0-1, 4-5,-1,9-";
    struct krt_range ranges[KRT_RANGES_MAX];
    struct guard guard;
    guard_init(&guard, sizeof value);
    for (size_t len = 0; len < sizeof value; len++) {
        unsigned char *at = guard_end(&guard, len);
        memcpy(at, value, len);
        krt_ranges_read((struct krt_slice){at, len}, 10, ranges);
    }
    guard_deinit(&guard);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_of_ten_bytes),
        cmocka_unit_test(test_ranges_of_one_byte),
        cmocka_unit_test(test_ranges_read_nothing_behind_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
