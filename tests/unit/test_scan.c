/* The scanner against a loop over bytes: every length, every place of every byte, at
 * the end of readable memory and at every alignment. */
#include "guard.h"
#include "scan.h"
#include "unit.h"

enum { LEN_MAX = 70, ALIGNMENTS = 32 };

static struct guard guard;

/* RFC 9110 section 5.5: field-vchar, obs-text, SP and HTAB. */
static bool is_of_value(unsigned char c)
{
    return c == '\t' || (c >= 0x20 && c <= 0x7e) || c >= 0x80;
}

static size_t expected_end(const unsigned char *at, size_t len)
{
    size_t n = 0;
    while (n < len && is_of_value(at[n]))
        n++;
    return n;
}

static void check(const unsigned char *at, size_t len, const char *what, unsigned value)
{
    size_t expected = expected_end(at, len);
    size_t actual = (size_t)(krt_find_field_end(at, at + len) - at);
    if (actual != expected)
        fail_msg("%s %u in %zu bytes: got %zu, expected %zu", what, value, len, actual,
                 expected);
}

static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LEN_MAX; len++) {
        unsigned char *text = guard_end(&guard, len);
        memset(text, 'a', len);
        check(text, len, "no end", 0);
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (unsigned char)byte;
                check(text, len, "byte", byte);
            }
            text[at] = 'a';
        }
    }
}

/* Of two ends the first counts, whatever lies between, before and behind. */
static void test_first_end_counts(void **state)
{
    (void)state;
    static const unsigned char fill[] = {'a', ' ', '\t', '~', 0x80, 0xff};
    for (size_t i = 0; i < sizeof fill; i++) {
        for (size_t first = 0; first < LEN_MAX; first++) {
            for (size_t second = first; second < LEN_MAX; second++) {
                unsigned char text[LEN_MAX];
                memset(text, fill[i], sizeof text);
                text[first] = '\r';
                text[second] = '\x7f';
                check(text, sizeof text, "ends in", fill[i]);
            }
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
            check(memory + start, len, "alignment", start);
            for (size_t at = 0; at < len; at++) {
                memory[start + at] = '\n';
                check(memory + start, len, "an end at alignment", start);
                memory[start + at] = 'a';
            }
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    guard_init(&guard, LEN_MAX);
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
        cmocka_unit_test(test_first_end_counts),
        cmocka_unit_test(test_every_alignment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
