#include "text.h"
#include "unit.h"

/* Storage with a canary behind the buffer's end. */
struct storage {
    char data[8];
    char canary[8];
};

static const char canary[8] = "CANARY!";

static struct krt_buffer fresh(struct storage *storage, size_t cap)
{
    memset(storage, 'x', sizeof *storage);
    memcpy(storage->canary, canary, sizeof canary);
    return (struct krt_buffer){storage->data, 0, cap};
}

static void check(const struct krt_buffer *buffer, const struct storage *storage,
                  const char *expected)
{
    assert_int_equal(buffer->len, strlen(expected));
    assert_memory_equal(buffer->data, expected, buffer->len);
    assert_memory_equal(storage->canary, canary, sizeof canary);
}

static void test_buffer_over_an_array_has_its_size(void **state)
{
    (void)state;
    char array[17];
    struct krt_buffer buffer = KRT_BUFFER(array);
    assert_ptr_equal(buffer.data, array);
    assert_int_equal(buffer.len, 0);
    assert_int_equal(buffer.cap, sizeof array);
}

static void test_put_appends(void **state)
{
    (void)state;
    struct storage storage;
    struct krt_buffer buffer = fresh(&storage, 8);
    krt_put_text(&buffer, "ab");
    krt_put_text(&buffer, "");
    krt_put(&buffer, "cdXX", 2);
    check(&buffer, &storage, "abcd");
}

static void test_put_leaves_out_what_does_not_fit(void **state)
{
    (void)state;
    struct storage storage;
    for (size_t cap = 0; cap <= sizeof storage.data; cap++) {
        struct krt_buffer buffer = fresh(&storage, cap);
        char expected[sizeof storage.data + 1] = "abcdefgh";
        expected[cap] = '\0';
        krt_put_text(&buffer, "abc");
        krt_put_text(&buffer, "defghijklm");
        krt_put_text(&buffer, "nop");
        check(&buffer, &storage, expected);
    }
}

/* A slice that was never set is a null pointer with length 0. */
static void test_put_takes_nothing_from_nowhere(void **state)
{
    (void)state;
    struct storage storage;
    struct krt_buffer buffer = fresh(&storage, 8);
    krt_put(&buffer, NULL, 0);
    check(&buffer, &storage, "");
}

static void test_numbers_have_at_least_their_width(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        int width;
        const char *expected;
    } cases[] = {
        {0, 0, "0"},
        {0, 1, "0"},
        {0, 3, "000"},
        {7, 1, "7"},
        {7, 2, "07"},
        {10, 1, "10"},
        {99, 2, "99"},
        {100, 2, "100"},
        {4294967295UL, 1, "4294967295"},
        {1994, 4, "1994"},
        {12345, 8, "00012345"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[32];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_number(&buffer, cases[i].number, cases[i].width);
        assert_string_equal(krt_end_text(&buffer), cases[i].expected);
    }
}

static void test_largest_number_is_whole(void **state)
{
    (void)state;
    char array[32];
    struct krt_buffer buffer = KRT_BUFFER(array);
    krt_put_number(&buffer, UINT64_MAX, 1);
    assert_string_equal(krt_end_text(&buffer), "18446744073709551615");
}

static void test_end_takes_the_last_byte_of_a_full_buffer(void **state)
{
    (void)state;
    struct storage storage;
    struct krt_buffer buffer = fresh(&storage, 4);
    krt_put_text(&buffer, "abc");
    assert_string_equal(krt_end_text(&buffer), "abc");
    assert_int_equal(buffer.len, 3);
    krt_put_text(&buffer, "d");
    assert_string_equal(krt_end_text(&buffer), "abc");
    check(&buffer, &storage, "abc");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_over_an_array_has_its_size),
        cmocka_unit_test(test_put_appends),
        cmocka_unit_test(test_put_leaves_out_what_does_not_fit),
        cmocka_unit_test(test_put_takes_nothing_from_nowhere),
        cmocka_unit_test(test_numbers_have_at_least_their_width),
        cmocka_unit_test(test_largest_number_is_whole),
        cmocka_unit_test(test_end_takes_the_last_byte_of_a_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
