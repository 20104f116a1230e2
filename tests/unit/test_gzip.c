#include "gzip.h"
#include "unit.h"

#include <zlib.h>

enum { BODY_MAX = 300000 };

static unsigned char body[BODY_MAX];

/* What the bytes of gzip hold, by zlib's reading side; checks their CRC. */
static size_t expand(struct str bytes, unsigned char *out, size_t cap)
{
    z_stream stream = {0};
    stream.next_in = (Bytef *)(uintptr_t)bytes.at;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = out;
    stream.avail_out = (uInt)cap;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    inflateEnd(&stream);
    return (size_t)stream.total_out;
}

static void fill(size_t len, unsigned spread)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        body[i] = (unsigned char)((seed >> 16) % spread);
    }
}

static void test_bodies_come_back(void **state)
{
    static const size_t lens[] = {0, 1, 100, 32768, 65536, BODY_MAX};
    static const unsigned spreads[] = {1, 20, 256};
    static unsigned char out[BODY_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        for (size_t j = 0; j < sizeof spreads / sizeof *spreads; j++) {
            struct arena arena = {0};
            fill(lens[i], spreads[j]);
            struct str bytes = {(const char *)body, lens[i]};
            struct str compressed = gzip_compress(&arena, bytes);
            assert_int_equal(expand(compressed, out, sizeof out), lens[i]);
            assert_memory_equal(out, body, lens[i]);
            arena_free(&arena);
        }
}

/* RFC 1952 section 2.3: no time, no name, no system. */
static void test_header_tells_nothing(void **state)
{
    struct arena arena = {0};
    (void)state;
    struct str compressed = gzip_compress(&arena, STR("hello"));
    assert_memory_equal(compressed.at, "\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10);
    assert_true(str_equal(compressed, gzip_compress(&arena, STR("hello"))));
    arena_free(&arena);
}

static void test_repetition_is_compressed(void **state)
{
    struct arena arena = {0};
    (void)state;
    fill(BODY_MAX, 1);
    struct str bytes = {(const char *)body, BODY_MAX};
    assert_in_range(gzip_compress(&arena, bytes).len, 18, 400);
    arena_free(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_come_back),
        cmocka_unit_test(test_header_tells_nothing),
        cmocka_unit_test(test_repetition_is_compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
