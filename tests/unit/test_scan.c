/* The scanners against loops over bytes: every length, every place of every byte, at
 * the end of readable memory and at every alignment. */
#include "guard.h"
#include "scan.h"
#include "unit.h"

enum { LEN_MAX = 140, ALIGNMENTS = 32 };

static struct guard guard;

/* RFC 9110 section 5.5: field-vchar, obs-text, SP and HTAB. */
static bool is_of_value(unsigned char c)
{
    return c == '\t' || (c >= 0x20 && c <= 0x7e) || c >= 0x80;
}

/* The first byte from `at` on that is not of a value, or `end`. */
static const unsigned char *expect_stop(const unsigned char *at,
                                        const unsigned char *end)
{
    while (at < end && is_of_value(*at))
        at++;
    return at;
}

static bool is_printable(unsigned char c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* The first stop of each run in text[at..len) is found, one after the other. */
static void check(const unsigned char *text, size_t at, size_t len, const char *what,
                  unsigned value)
{
    const unsigned char *end = text + len;
    const unsigned char *from = text + at;
    const unsigned char *found;
    struct krt_stops stops;
    krt_stops_init(&stops, text, from, end);
    do {
        const unsigned char *expected = expect_stop(from, end);
        found = krt_stops_find(&stops, from);
        if (found != expected)
            fail_msg("%s %u in %zu bytes from %zu on: got %td, expected %td", what,
                     value, len, at, found - text, expected - text);
        for (from = found; from < end && !is_printable(*from);)
            from++;
    } while (found < end);
}

/* `len` bytes and the NUL behind them, at the end of the readable memory. */
static unsigned char *make_text(size_t len, unsigned char c)
{
    unsigned char *text = guard_end(&guard, len + 1);
    memset(text, c, len);
    text[len] = '\0';
    return text;
}

static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        unsigned char *text = make_text(len, 'a');
        check(text, 0, len, "no stop", 0);
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (unsigned char)byte;
                check(text, 0, len, "byte", byte);
            }
            text[at] = 'a';
        }
    }
}

/* Two stops, whatever lies between, before and behind; the second alone as well, unless
 * that would be inside of a run. */
static void test_stops_are_passed(void **state)
{
    (void)state;
    static const unsigned char fill[] = {'a', ' ', '\t', '~', 0x80, 0xff};
    for (size_t i = 0; i < sizeof fill; i++) {
        for (size_t first = 0; first < LEN_MAX; first++) {
            for (size_t second = first; second < LEN_MAX; second++) {
                unsigned char text[LEN_MAX + 1] = {0};
                struct krt_stops stops;
                memset(text, fill[i], LEN_MAX);
                text[first] = '\r';
                text[second] = '\x7f';
                check(text, 0, LEN_MAX, "stops in", fill[i]);
                if (second > 0 && !is_printable(text[second - 1]))
                    continue;
                krt_stops_init(&stops, text, text, text + LEN_MAX);
                assert_ptr_equal(krt_stops_find(&stops, text + second), text + second);
            }
        }
    }
}

/* What lies before the start counts no more than what lies behind the end. */
static void test_every_start(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        unsigned char *text = make_text(len, '\n');
        for (size_t start = 0; start <= len; start++) {
            check(text, start, len, "stops only", 0);
            memset(text + start, 'a', len - start);
            check(text, start, len, "no stop behind", 0);
            memset(text + start, '\n', len - start);
        }
    }
}

/* What lies around the text does not count. */
static void test_every_alignment(void **state)
{
    (void)state;
    for (unsigned start = 0; start < ALIGNMENTS; start++) {
        for (size_t len = 0; len <= LEN_MAX; len++) {
            unsigned char memory[ALIGNMENTS + LEN_MAX + ALIGNMENTS] = {0};
            memset(memory + start, 'a', len);
            check(memory + start, 0, len, "alignment", start);
            for (size_t at = 0; at < len; at++) {
                memory[start + at] = '\n';
                check(memory + start, 0, len, "a stop at alignment", start);
                memory[start + at] = 'a';
            }
        }
    }
}

/* ---- Names ---- */

static bool is_plain(unsigned char c)
{
    return c != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789-",
                               c);
}

/* Whether there are vectors; then only what stands in the last bytes, less than a step,
 * may be left to others. */
static bool has_vectors(void)
{
    static const unsigned char name[KRT_STEP + 1] = "Accept-Language:";
    return krt_skip_plain(name, name + KRT_STEP) > name;
}

static void check_plain(const unsigned char *text, size_t len, unsigned byte)
{
    size_t expected = 0;
    while (expected < len && is_plain(text[expected]))
        expected++;
    size_t steps_len = has_vectors() ? len - len % KRT_STEP : 0;
    if (expected > steps_len)
        expected = steps_len;
    size_t actual = (size_t)(krt_skip_plain(text, text + len) - text);
    if (actual != expected)
        fail_msg("byte %u in %zu: %zu are plain, expected %zu", byte, len, actual,
                 expected);
}

static void test_plain_is_skipped(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        unsigned char *text = guard_end(&guard, len);
        memset(text, 'a', len);
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (unsigned char)byte;
                check_plain(text, len, byte);
            }
            text[at] = 'Z';
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    guard_init(&guard, LEN_MAX + 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    guard_deinit(&guard);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_stops_are_passed),
        cmocka_unit_test(test_every_start),
        cmocka_unit_test(test_every_alignment),
        cmocka_unit_test(test_plain_is_skipped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
