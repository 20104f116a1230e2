#include "text.h"
#include "unit.h"

#include <limits.h>
#include <stdlib.h>

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
        unsigned long number;
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
    krt_put_number(&buffer, ULONG_MAX, 1);
    assert_true(strtoul(krt_end_text(&buffer), NULL, 10) == ULONG_MAX);
}

static void test_json_escapes_what_it_must(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", "\"\""},
        {"a.b", "\"a.b\""},
        {"\\\\.\\pipe\\a", "\"\\\\\\\\.\\\\pipe\\\\a\""},
        {"a\"b", "\"a\\\"b\""},
        {"\xc3\xa4", "\"\xc3\xa4\""},
        {"\n\x1f\x7f", "\"\\u000A\\u001F\x7f\""},
        {"0123456789abcdef", "\"0123456789abcdef\""},
        {"0123456789abcdefg", "\"0123456789abc...\""},
        {"0123456789abc\n", "\"0123456789abc...\""},
        {"0123456789ab\"\"\"", "\"0123456789ab...\""},
        {"0123456789a\"\"\"", "\"0123456789a\\\"...\""},
        {"\n\n\n", "\"\\u000A\\u000A...\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_json(&buffer, cases[i].text, strlen(cases[i].text), 16);
        assert_string_equal(krt_end_text(&buffer), cases[i].expected);
    }
}

static void test_cut_text_shows_that_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *expected;
    } cases[] = {
        {"", 0, ""},
        {"", 8, ""},
        {"12345678", 8, "12345678"},
        {"123456789", 8, "12345..."},
        {"123456789", SIZE_MAX, "123456789"},
        {"1234\xc3\xa4"
         "789",
         8, "1234..."},
        {"12345\xc3\xa4"
         "8",
         8,
         "12345\xc3\xa4"
         "8"},
        {"123\xf0\x9f\x98\x80"
         "89",
         8, "123..."},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8, "\xe2\x82\xac..."},
        {"1234", 3, "..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[32];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_text(&buffer, ">");
        krt_put_cut(&buffer, cases[i].text, strlen(cases[i].text), cases[i].max);
        assert_string_equal(krt_end_text(&buffer) + 1, cases[i].expected);
    }
}

/* The buffer's own room is a limit too. */
static void test_text_is_cut_at_the_end_of_the_buffer(void **state)
{
    (void)state;
    for (size_t cap = 1; cap < 16; cap++) {
        struct storage storage;
        struct krt_buffer buffer = fresh(&storage, cap);
        krt_put_cut(&buffer, "0123456789abcdef", 16, SIZE_MAX);
        assert_true(buffer.len <= cap);
        buffer.len = 0;
        krt_put_json(&buffer, "\x01\x02\x03", 3, SIZE_MAX);
        assert_true(buffer.len <= cap);
        buffer.len = 0;
        krt_put_encoded(&buffer, "\x01\x02\x03\x04\x05\x06", 6, SIZE_MAX);
        assert_true(buffer.len <= cap);
    }
}

static void test_encoded_text_is_visible_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"a-b/c~!$&'()*+,;=:@", "a-b/c~!$&'()*+,;=:@"},
        {"a b", "a%20b"},
        {"\n\x7f\x01", "%0A%7F%01"},
        {"\xc3\xa4", "%C3%A4"},
        {"a?b#c", "a%3Fb%23c"},
        {"100%", "100%25"},
        {"%41", "%2541"},
        {"a%2Fb%2fc", "a%2Fb%2fc"},
        {"%2", "%252"},
        {"%2G", "%252G"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char array[64];
        struct krt_buffer buffer = KRT_BUFFER(array);
        krt_put_encoded(&buffer, cases[i].text, strlen(cases[i].text), 32);
        assert_string_equal(krt_end_text(&buffer), cases[i].expected);
    }
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
        cmocka_unit_test(test_json_escapes_what_it_must),
        cmocka_unit_test(test_cut_text_shows_that_it_is),
        cmocka_unit_test(test_text_is_cut_at_the_end_of_the_buffer),
        cmocka_unit_test(test_encoded_text_is_visible_ascii),
        cmocka_unit_test(test_end_takes_the_last_byte_of_a_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
