/* Each escaper against what its place asks for, said slowly: by a table of what every
 * character becomes. */
#include "cut.h"
#include "escape.h"
#include "guard.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { VALUE_MAX = 64, ROOM = 6 * VALUE_MAX + 16, ROUNDS = 20000 };

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, text ? strlen(text) : 0};
}

/* ---- The references ---- */

static const char replacement[] = "\xef\xbf\xbd";

static void refer_json(struct krt_slice character, bool is_valid, char *out)
{
    unsigned char c = *character.at;
    if (!is_valid)
        strcpy(out, replacement);
    else if (c == '"')
        strcpy(out, "\\\"");
    else if (c == '\\')
        strcpy(out, "\\\\");
    else if (c == '\n')
        strcpy(out, "\\n");
    else if (c == '\r')
        strcpy(out, "\\r");
    else if (c == '\t')
        strcpy(out, "\\t");
    else if (c < 0x20 || c == 0x7f)
        sprintf(out, "\\u%04X", c);
    else
        sprintf(out, "%.*s", (int)character.len, (const char *)character.at);
}

static void refer_markup(struct krt_slice character, bool is_valid, char *out)
{
    unsigned char c = *character.at;
    bool is_control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    bool is_noncharacter = character.len == 3 &&
                           memcmp(character.at, "\xef\xbf", 2) == 0 &&
                           character.at[2] >= 0xbe;
    if (!is_valid || is_control || is_noncharacter)
        strcpy(out, replacement);
    else if (c == '&')
        strcpy(out, "&amp;");
    else if (c == '<')
        strcpy(out, "&lt;");
    else if (c == '>')
        strcpy(out, "&gt;");
    else if (c == '"')
        strcpy(out, "&quot;");
    else if (c == '\'')
        strcpy(out, "&#39;");
    else
        sprintf(out, "%.*s", (int)character.len, (const char *)character.at);
}

static void put_bytes(struct krt_slice character, char *out, bool (*is_kept)(char))
{
    for (size_t i = 0; i < character.len; i++) {
        char c = (char)character.at[i];
        out += is_kept(c) ? sprintf(out, "%c", c) : sprintf(out, "%%%02X", c & 0xff);
    }
}

static bool is_unreserved(char c)
{
    return c != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789-._~",
                               c);
}

static bool is_safe_in_header(char c)
{
    return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static void refer_url(struct krt_slice character, bool is_valid, char *out)
{
    (void)is_valid;
    put_bytes(character, out, is_unreserved);
}

static void refer_header(struct krt_slice character, bool is_valid, char *out)
{
    (void)is_valid;
    put_bytes(character, out, is_safe_in_header);
}

typedef void (*refer_fn)(struct krt_slice character, bool is_valid, char *out);

/* Character by character; a byte that is none counts as one. */
static size_t refer(struct krt_slice value, refer_fn fn, char *out)
{
    size_t len = 0;
    for (size_t at = 0; at < value.len;) {
        char piece[32] = "";
        size_t n = krt_character_len(value.at + at, value.len - at);
        struct krt_slice character = {value.at + at, n > 0 ? n : 1};
        fn(character, n > 0, piece);
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
        at += character.len;
    }
    return len;
}

/* ---- Values ---- */

static uint32_t next_random(void)
{
    static uint32_t state = 2463534242U;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Pieces that are likely to be mistaken, and any bytes but NUL. */
static size_t make_value(unsigned char *value)
{
    static const char *const pieces[] = {
        "\"",
        "\\",
        "<",
        "&amp;",
        "'",
        "\r\n",
        "\x7f",
        "\x01",
        "%41",
        "/",
        "//",
        "\t",
        "\xc3\xa9",
        "\xf0\x9f\x98\x80",
        "\xef\xbf\xbe",
        "\xef\xbf\xbf",
        "\xed\xa0\x80",
        "\xc3",
        "\xf0\x9f",
        "\xff",
        "plain text",
        "\xc2\x85",
        "\xe2\x80\xa8",
    };
    size_t len = 0;
    size_t n = next_random() % 6;
    for (size_t i = 0; i < n && len + 12 < VALUE_MAX; i++) {
        const char *piece = pieces[next_random() % LENGTH(pieces)];
        if (next_random() % 3 == 0) {
            value[len++] = (unsigned char)(next_random() % 255 + 1);
            continue;
        }
        memcpy(value + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

/* The value and the room for it end where nothing may be touched. */
static void check_value(const struct guard *guards, krt_escape_fn escape, refer_fn fn,
                        struct krt_slice value)
{
    char expected[ROOM];
    size_t expected_len = refer(value, fn, expected);
    unsigned char *at = guard_end(&guards[0], value.len);
    memcpy(at, value.at, value.len);
    struct krt_slice guarded = {at, value.len};
    expect_size("measured", escape(guarded, NULL), expected_len);
    char *out = (char *)guard_end(&guards[1], expected_len);
    expect_size("written", escape(guarded, out), expected_len);
    assert_memory_equal(out, expected, expected_len);
}

static void test_escapers_do_what_their_references_do(void **state)
{
    (void)state;
    static const struct {
        krt_escape_fn escape;
        refer_fn refer;
    } pairs[] = {
        {krt_escape_json, refer_json},
        {krt_escape_markup, refer_markup},
        {krt_escape_url, refer_url},
        {krt_escape_header, refer_header},
    };
    struct guard guards[2];
    guard_init(&guards[0], VALUE_MAX);
    guard_init(&guards[1], ROOM);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned char value[VALUE_MAX];
        size_t len = make_value(value);
        for (size_t j = 0; j < LENGTH(pairs); j++)
            check_value(guards, pairs[j].escape, pairs[j].refer,
                        (struct krt_slice){value, len});
    }
    guard_deinit(&guards[0]);
    guard_deinit(&guards[1]);
}

/* ---- By example ---- */

struct example {
    krt_escape_fn escape;
    const char *value; /* NULL: it is absent */
    const char *expected;
};

static void check_example(const struct example *example)
{
    char out[128];
    struct krt_slice value = slice_of(example->value);
    size_t measured = example->escape(value, NULL);
    size_t written = example->escape(value, out);
    out[written] = '\0';
    const char *name = example->value ? example->value : "absent";
    expect_text(name, out, example->expected);
    expect_size(name, measured, written);
}

static void test_values_of_json_have_its_form(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {krt_json_number, NULL, "null"},
        {krt_json_number, "0", "0"},
        {krt_json_number, "-0", "-0"},
        {krt_json_number, "000", "0"},
        {krt_json_number, "+7", "7"},
        {krt_json_number, "-007", "-7"},
        {krt_json_number, "9223372036854775807", "9223372036854775807"},
        {krt_json_number, "1.50", "1.50"},
        {krt_json_number, ".5", "0.5"},
        {krt_json_number, "-.5", "-0.5"},
        {krt_json_number, "5.", "5.0"},
        {krt_json_number, "+05.e+07", "5.0e+07"},
        {krt_json_number, "1E5", "1E5"},
        {krt_json_boolean, NULL, "null"},
        {krt_json_boolean, "TRUE", "true"},
        {krt_json_boolean, "False", "false"},
        {krt_json_string, NULL, "null"},
        {krt_json_string, "", "\"\""},
        {krt_json_string, "a\"b", "\"a\\\"b\""},
        {krt_escape_none, NULL, ""},
        {krt_escape_none, "<\"\r", "<\"\r"},
        {krt_escape_json, NULL, ""},
    };
    for (size_t i = 0; i < LENGTH(examples); i++)
        check_example(&examples[i]);
}

static void test_paths_keep_the_slashes_that_divide_them(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {krt_escape_path, "/a b/c", "/a%20b/c"},
        {krt_escape_path, "//evil/x", "/%2Fevil/x"},
        {krt_escape_path, "/a%2Fb%2fc%2", "/a%2Fb%2fc%252"},
        {krt_escape_rest, "a%2Fb%2G", "a%2Fb%252G"},
        {krt_escape_path, "/a//b///", "/a/%2Fb/%2F%2F"},
        {krt_escape_path, "/\\evil", "/%5Cevil"},
        {krt_escape_rest, "a/b?c#d", "a/b%3Fc%23d"},
        {krt_escape_rest, "/evil/x", "%2Fevil/x"},
        {krt_escape_rest, "//evil", "%2F%2Fevil"},
        {krt_escape_rest, "", ""},
        {krt_escape_rest, NULL, ""},
    };
    for (size_t i = 0; i < LENGTH(examples); i++)
        check_example(&examples[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapers_do_what_their_references_do),
        cmocka_unit_test(test_values_of_json_have_its_form),
        cmocka_unit_test(test_paths_keep_the_slashes_that_divide_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
