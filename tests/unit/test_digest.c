#include "digest.h"
#include "unit.h"

/* FIPS 180-4 and its examples. */
static void test_digests_are_those_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *expected;
    } cases[] = {
        {BYTES(""), "e3b0c44298fc1c149afbf4c8996fb924"},
        {BYTES("abc"), "ba7816bf8f01cfea414140de5dae2223"},
        {BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str digest = digest_hex(&arena, cases[i].bytes);
        expect_size(cases[i].expected, digest.len, DIGEST_LEN);
        expect_text("digest", str_z(&arena, digest), cases[i].expected);
    }
    arena_free(&arena);
}

static void test_every_byte_counts(void **state)
{
    (void)state;
    struct arena arena = {0};
    char bytes[200] = {0};
    struct str all = {bytes, sizeof bytes};
    struct str before = digest_hex(&arena, all);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        assert_false(str_equal(digest_hex(&arena, all), before));
        bytes[i] = 0;
    }
    assert_true(str_equal(digest_hex(&arena, all), before));
    arena_free(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests_are_those_of_the_standard),
        cmocka_unit_test(test_every_byte_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
