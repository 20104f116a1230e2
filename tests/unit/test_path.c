/* Normal forms of paths, each written to the end of readable memory and in place, and
 * what becomes of the slash at their end. */
#include "guard.h"
#include "path.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct guard guard;

/* Normalises in place, at the end of the readable memory; NULL for 400. */
static const char *normalise(const char *path, size_t len)
{
    unsigned char *at = guard_end(&guard, len + 1);
    memcpy(at, path, len);
    at[len] = ' ';
    int status = krt_path_normalise((struct krt_slice){at, len}, at);
    if (status != 0)
        assert_int_equal(status, 400);
    return status == 0 ? (const char *)at : NULL;
}

static void check(const char *path, const char *expected)
{
    char elsewhere[256];
    const char *normal = normalise(path, strlen(path));
    const char *shown = normal ? normal : "400";
    if (strcmp(shown, expected ? expected : "400") != 0)
        fail_msg("%s: got %s, expected %s", path, shown, expected ? expected : "400");
    struct krt_slice slice = {(const unsigned char *)path, strlen(path)};
    int status = krt_path_normalise(slice, (unsigned char *)elsewhere);
    assert_int_equal(status == 0, expected != NULL);
    if (expected)
        expect_text(path, elsewhere, expected);
}

struct form {
    const char *path;
    const char *normal; /* NULL for 400 */
};

static const struct form forms[] = {
    {"/", "/"},
    {"/a", "/a"},
    {"/a/b//c/", "/a/b//c/"},

    /* RFC 3986 section 2.1. */
    {"/%41%7a%7E", "/Az~"},
    {"/a%20b", "/a b"},
    {"/%25", "/%"},
    {"/%2541", "/%41"},
    {"/%252F", "/%2F"},
    {"/%3F%23%5C%22%7b", "/?#\\\"{"},
    {"/%01%1f%7f", "/\x01\x1f\x7f"},
    {"/%0D%0A", "/\r\n"},
    {"/a%2Fb", "/a%2Fb"},
    {"/a%2fb%2F", "/a%2fb%2F"},
    {"/%00", NULL},
    {"/a%00b", NULL},
    {"/%", NULL},
    {"/%4", NULL},
    {"/%%41", NULL},
    {"/%4g", NULL},
    {"/%g4", NULL},
    {"/% 1", NULL},
    {"/%-1", NULL},
    {"/%4/", NULL},
    {"/%u0041", NULL},
    {"/%2", NULL},

    /* RFC 3629 section 4. */
    {"/%C3%A4", "/\xc3\xa4"},
    {"/%c2%80", "/\xc2\x80"},
    {"/%DF%BF", "/\xdf\xbf"},
    {"/%E0%A0%80", "/\xe0\xa0\x80"},
    {"/%ED%9F%BF", "/\xed\x9f\xbf"},
    {"/%EE%80%80", "/\xee\x80\x80"},
    {"/%EF%BF%BF", "/\xef\xbf\xbf"},
    {"/%F0%90%80%80", "/\xf0\x90\x80\x80"},
    {"/%F4%8F%BF%BF", "/\xf4\x8f\xbf\xbf"},
    {"/%80", NULL},
    {"/%BF", NULL},
    {"/%C0%AF", NULL},
    {"/%C0%80", NULL},
    {"/%C1%BF", NULL},
    {"/%C3", NULL},
    {"/%C3/", NULL},
    {"/%C3a", NULL},
    {"/%C3%C3", NULL},
    {"/%E0%9F%BF", NULL},
    {"/%E0%80%AF", NULL},
    {"/%ED%A0%80", NULL},
    {"/%ED%BF%BF", NULL},
    {"/%E2%82", NULL},
    {"/%E2%82/", NULL},
    {"/%E2%82%2F", NULL},
    {"/%F0%8F%BF%BF", NULL},
    {"/%F0%9F%98", NULL},
    {"/%F4%90%80%80", NULL},
    {"/%F5%80%80%80", NULL},
    {"/%FE", NULL},
    {"/%FF", NULL},

    /* RFC 3986 section 5.2.4. */
    {"/a/b/c/./../../g", "/a/g"},
    {"/.", "/"},
    {"/..", "/"},
    {"/./", "/"},
    {"/../", "/"},
    {"/../..", "/"},
    {"/../../a", "/a"},
    {"/a/.", "/a/"},
    {"/a/./", "/a/"},
    {"/a/..", "/"},
    {"/a/../", "/"},
    {"/a/../b", "/b"},
    {"/a/b/..", "/a/"},
    {"/a//../b", "/a/b"},
    {"/a/..//b", "//b"},
    {"//../a", "/a"},
    {"//..", "/"},
    {"/.//a", "//a"},
    {"/a/...", "/a/..."},
    {"/.a/..a/a./a..", "/.a/..a/a./a.."},
    {"/a/%2e", "/a/"},
    {"/a/%2E%2e/b", "/b"},
    {"/a/.%2e/b", "/b"},
    {"/a/%2e./b", "/b"},
    {"/a/%252e", "/a/%2e"},
    {"/a/%2e%2e%2fb", "/a/..%2fb"},
    {"/a/..%2F..", "/a/..%2F.."},
    {"/a%2F../b", "/a%2F../b"},
    {"/%C3%A4/../%C3%B6", "/\xc3\xb6"},
};

static void test_normal_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(forms); i++)
        check(forms[i].path, forms[i].normal);
}

/* Each part of a path is taken or refused without a look behind its end. */
static void test_prefixes_stay_in_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(forms); i++) {
        for (size_t len = 1; len <= strlen(forms[i].path); len++) {
            const char *normal = normalise(forms[i].path, len);
            if (normal)
                assert_true(strlen(normal) <= len);
        }
    }
}

/* ---- Every character ---- */

/* The UTF-8 of a code point, without regard to what is allowed. */
static size_t encode(unsigned long code, unsigned char *out)
{
    if (code < 0x80)
        return out[0] = (unsigned char)code, 1;
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (unsigned char)(0x80 | (code & 0x3f));
    out[0] = (unsigned char)(first[len] | code);
    return len;
}

static void put_escapes(char *out, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 3 * i, 4, i % 2 ? "%%%02X" : "%%%02x", (unsigned)bytes[i]);
}

static void test_every_code_point_is_decoded_or_refused(void **state)
{
    (void)state;
    for (unsigned long code = 0; code < 0x110400; code++) {
        unsigned char bytes[5] = {0};
        char path[16] = "/";
        size_t len = encode(code, bytes);
        bool is_allowed =
            code > 0 && (code < 0xd800 || code > 0xdfff) && code <= 0x10ffff;
        put_escapes(path + 1, bytes, len);
        const char *normal = normalise(path, 1 + 3 * len);
        if ((normal != NULL) != is_allowed)
            fail_msg("U+%04lX: %s", code, normal ? "taken" : "refused");
        if (code == '/')
            assert_string_equal(normal, "/%2f");
        else if (normal && code != '.')
            assert_memory_equal(normal + 1, bytes, len + 1);
    }
}

/* Whatever two bytes are, raw or escaped: by RFC 3629, only these are text. */
static void test_every_pair_of_escapes(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        unsigned char bytes[] = {(unsigned char)(pair >> 8), (unsigned char)pair};
        char path[16] = "/";
        put_escapes(path + 1, bytes, 2);
        bool is_ascii =
            bytes[0] > 0 && bytes[0] < 0x80 && bytes[1] > 0 && bytes[1] < 0x80;
        bool is_character = bytes[0] >= 0xc2 && bytes[0] <= 0xdf && bytes[1] >= 0x80 &&
                            bytes[1] <= 0xbf;
        if ((normalise(path, 7) != NULL) != (is_ascii || is_character))
            fail_msg("%s", path);
    }
}

/* ---- Properties ---- */

static bool has_dot_segment(const char *path)
{
    while (*path == '/') {
        size_t len = strcspn(path + 1, "/");
        if (len > 0 && len <= 2 && strncmp(path + 1, "..", len) == 0)
            return true;
        path += 1 + len;
    }
    return false;
}

/* RFC 3986 section 5.2.4 by the letter, with its two buffers. */
static void remove_by_the_letter(const char *path, char *out)
{
    char input[64];
    char *in = input;
    strcpy(input, path);
    *out = '\0';
    while (*in) {
        bool is_dot = strncmp(in, "/./", 3) == 0 || strcmp(in, "/.") == 0;
        bool is_dots = strncmp(in, "/../", 4) == 0 || strcmp(in, "/..") == 0;
        if (is_dot || is_dots) {
            in += is_dots ? 3 : 2;
            if (*in == '\0')
                *--in = '/';
        }
        if (is_dots && strrchr(out, '/'))
            *strrchr(out, '/') = '\0';
        if (!is_dot && !is_dots) {
            size_t len = 1 + strcspn(in + 1, "/");
            strncat(out, in, len);
            in += len;
        }
    }
}

/* All paths of some length over the characters that matter. */
static void test_short_paths_have_their_normal_form(void **state)
{
    (void)state;
    enum { LEN_MAX = 9 };
    static const char letters[] = "/.a/";
    for (size_t len = 0; len <= LEN_MAX; len++) {
        for (size_t code = 0; code < (size_t)1 << (2 * len); code++) {
            char path[LEN_MAX + 2] = "/";
            char expected[64];
            for (size_t i = 0; i < len; i++)
                path[1 + i] = letters[code >> (2 * i) & 3];
            remove_by_the_letter(path, expected);
            const char *normal = normalise(path, 1 + len);
            expect_text(path, normal, expected);
            assert_int_equal(normal[0], '/');
            assert_false(has_dot_segment(normal));
        }
    }
}

static void test_longest_path_fits(void **state)
{
    (void)state;
    static char path[8 * 1024];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    assert_int_equal(strlen(normalise(path, sizeof path)), sizeof path);
    memset(path, '/', sizeof path);
    assert_int_equal(strlen(normalise(path, sizeof path)), sizeof path);
    for (size_t i = 0; i + 3 <= sizeof path; i += 3)
        memcpy(path + i, "/..", 3);
    assert_string_equal(normalise(path, sizeof path / 3 * 3), "/");
}

/* ---- The slash at the end ---- */

static void test_slash_is_toggled_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *toggled; /* NULL: it stays */
    } cases[] = {{"/", NULL},
                 {"/a", "/a/"},
                 {"/a/", "/a"},
                 {"/a//", "/a/"},
                 {"//", "/"},
                 {"/a/b", "/a/b/"},
                 {"/\xc3\xa4", "/\xc3\xa4/"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        unsigned char path[16];
        size_t len = strlen(cases[i].path);
        strcpy((char *)path, cases[i].path);
        assert_int_equal(krt_path_toggle_slash(path, len), cases[i].toggled != NULL);
        expect_text(cases[i].path, (char *)path,
                    cases[i].toggled ? cases[i].toggled : cases[i].path);
        krt_path_toggle_slash(path, len);
        expect_text(cases[i].path, (char *)path, cases[i].path);
    }
}

static void read_target(struct krt_head *head, const char *target, char (*line)[512])
{
    static const struct krt_limits limits = {
        .request_line = 512, .head = 512, .fields = 1};
    int len = snprintf(*line, sizeof *line, "GET %s HTTP/1.0\r\n\r\n", target);
    krt_head_init(head);
    assert_int_equal(krt_head_read(head, &limits, (unsigned char *)*line, (size_t)len),
                     KRT_HEAD_COMPLETE);
}

static void check_location(const char *target, const char *expected)
{
    char line[512];
    char location[512];
    struct krt_buffer buffer = KRT_BUFFER(location);
    struct krt_head head;
    read_target(&head, target, &line);
    krt_put_location(&buffer, &head);
    expect_text(target, krt_end_text(&buffer), expected);
    assert_true(buffer.len <= strlen(target) + 3);
    assert_true(location[1] != '/' && location[1] != '\\');
}

static void test_location_is_the_target_with_its_slash_toggled(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a", "/a/"},
        {"/a/", "/a"},
        {"/a?b", "/a/?b"},
        {"/a/?b", "/a?b"},
        {"/a/?", "/a?"},
        {"/a?b/", "/a/?b/"},
        {"/a?b?c", "/a/?b?c"},
        {"/a/b/", "/a/b"},
        {"/%41/", "/%41"},
        {"/a%2F", "/a%2F/"},
        {"http://h/a", "/a/"},
        {"http://h/a/?b", "/a?b"},
        {"https://h:1/a?b/c", "/a/?b/c"},
        /* Another host would be named by two slashes, which '\' stands for too. */
        {"//evil.com", "/.//evil.com/"},
        {"//evil.com/", "/.//evil.com"},
        {"//evil.com/?a", "/.//evil.com?a"},
        {"http://h//evil.com/", "/.//evil.com"},
        {"/\\evil.com/", "/./\\evil.com"},
        {"/\\/evil.com", "/./\\/evil.com/"},
        {"///", "/.//"},
        {"//", "/"},
        {"/%2F/", "/%2F"},
        {"/.//evil.com/", "/.//evil.com"},
        /* Dot segments would hide where the path ends. */
        {"/a/.", "/a"},
        {"/a/./", "/a"},
        {"/a/././", "/a"},
        {"/a/%2e/?b", "/a?b"},
        {"/a/b/..", "/a"},
        {"/a/b/.%2E/", "/a"},
        {"/./a/../b", "/b/"},
        {"/../../b/.c", "/b/.c/"},
        {"/%41/..b/...", "/%41/..b/.../"},
        {"/x/..//evil.com/", "/.//evil.com"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_location(cases[i][0], cases[i][1]);
}

static int set_up(void **state)
{
    (void)state;
    guard_init(&guard, 2 * 8 * 1024);
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
        cmocka_unit_test(test_normal_forms),
        cmocka_unit_test(test_prefixes_stay_in_bounds),
        cmocka_unit_test(test_every_code_point_is_decoded_or_refused),
        cmocka_unit_test(test_every_pair_of_escapes),
        cmocka_unit_test(test_short_paths_have_their_normal_form),
        cmocka_unit_test(test_longest_path_fits),
        cmocka_unit_test(test_slash_is_toggled_and_back),
        cmocka_unit_test(test_location_is_the_target_with_its_slash_toggled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
