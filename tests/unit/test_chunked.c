/* Bodies in the chunked coding: each case whole, divided at every byte and byte by
 * byte, by the decoder and by a slow one that must agree. */
#include "chunked_twice.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { BODY_CAP = 64 * 1024, MORE = KRT_CHUNKED_MORE, END = KRT_CHUNKED_END };

static unsigned char body[BODY_CAP];
static unsigned char expected_body[BODY_CAP];

struct text {
    const char *at;
    size_t len;
};

/* With limits that no case below reaches. */
static struct chunked_input roomy(const void *at, size_t len)
{
    return (struct chunked_input){at, len, BODY_CAP, 4096, 100};
}

static void expect_outcome(const char *name, const char *how, size_t at,
                           const struct chunked_outcome *actual,
                           const struct chunked_outcome *expected)
{
    if (actual->result != expected->result)
        fail_msg("%s, %s %zu: got %d, expected %d", name, how, at, actual->result,
                 expected->result);
    if (actual->consumed != expected->consumed)
        fail_msg("%s, %s %zu: consumed %zu, expected %zu", name, how, at,
                 actual->consumed, expected->consumed);
    if (actual->body_len != expected->body_len ||
        memcmp(actual->body, expected->body, expected->body_len) != 0)
        fail_msg("%s, %s %zu: another body", name, how, at);
}

/* Decodes the input in many ways; each must give what the first does, or the slow
 * decoder if `expected` is NULL. */
static void check(const char *name, const struct chunked_input *input,
                  const struct chunked_outcome *expected)
{
    struct chunked_outcome actual = {.body = body};
    struct chunked_outcome by_the_letter = {.body = expected_body};
    chunked_by_the_letter(&by_the_letter, input);
    if (expected)
        expect_outcome(name, "by the letter", 0, &by_the_letter, expected);
    for (size_t at = 0; at <= input->len; at++) {
        chunked_in_pieces(&actual, input, (size_t[]){at, SIZE_MAX}, 2);
        expect_outcome(name, "divided at", at, &actual, &by_the_letter);
    }
    for (size_t len = 1; len <= 3; len++) {
        chunked_in_pieces(&actual, input, &len, 1);
        expect_outcome(name, "in pieces of", len, &actual, &by_the_letter);
    }
}

/* ---- The grammar ---- */

struct body_case {
    const char *name;
    struct text input;
    struct text body;
    int result;
    const char *unread; /* behind the end, or behind the byte that was refused */
};

static const struct body_case cases[] = {
    {"nothing", BYTES(""), BYTES(""), MORE, ""},
    {"empty", BYTES("0\r\n\r\n"), BYTES(""), END, ""},
    {"one chunk", BYTES("5\r\nhello\r\n0\r\n\r\n"), BYTES("hello"), END, ""},
    {"two chunks", BYTES("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), BYTES("abc"), END, ""},
    {"hex digits", BYTES("a\r\n0123456789\r\nC\r\n0123456789ab\r\n0\r\n\r\n"),
     BYTES("01234567890123456789ab"), END, ""},
    {"data like framing", BYTES("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
     BYTES("\r\n0\r\n\r\n"), END, ""},
    {"any byte", BYTES("4\r\n\0\xff\n\r\r\n0\r\n\r\n"), BYTES("\0\xff\n\r"), END, ""},
    {"leading zeros", BYTES("0000000000000002\r\nab\r\n000\r\n\r\n"), BYTES("ab"), END,
     ""},
    {"pipelined", BYTES("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), BYTES("a"), END,
     "GET / HTTP/1.1\r\n"},
    {"cut in data", BYTES("5\r\nhel"), BYTES("hel"), MORE, ""},
    {"cut at the end", BYTES("1\r\na\r\n0\r\n\r"), BYTES("a"), MORE, ""},

    /* Sizes. */
    {"no size", BYTES("\r\n\r\n"), BYTES(""), 400, "\n\r\n"},
    {"no size but an extension", BYTES(";a\r\n\r\n"), BYTES(""), 400, "a\r\n\r\n"},
    {"no digit", BYTES("g\r\n\r\n"), BYTES(""), 400, "\r\n\r\n"},
    {"prefix", BYTES("0x1\r\na\r\n0\r\n\r\n"), BYTES(""), 400, "1\r\na\r\n0\r\n\r\n"},
    {"plus", BYTES("+1\r\na\r\n"), BYTES(""), 400, "1\r\na\r\n"},
    {"minus", BYTES("-1\r\na\r\n"), BYTES(""), 400, "1\r\na\r\n"},
    {"underscore", BYTES("1_0\r\n"), BYTES(""), 400, "0\r\n"},
    {"blank before", BYTES(" 1\r\na\r\n0\r\n\r\n"), BYTES(""), 400,
     "1\r\na\r\n0\r\n\r\n"},
    {"blank behind", BYTES("1 \r\na\r\n0\r\n\r\n"), BYTES(""), 400, "\na\r\n0\r\n\r\n"},
    {"tab behind", BYTES("1\t\r\na\r\n0\r\n\r\n"), BYTES(""), 400, "\na\r\n0\r\n\r\n"},
    {"blank within", BYTES("1 0\r\n"), BYTES(""), 400, "\r\n"},
    {"NUL behind", BYTES("1\0\r\na\r\n"), BYTES(""), 400, "\r\na\r\n"},
    {"comma", BYTES("1,\r\na\r\n"), BYTES(""), 400, "\r\na\r\n"},
    {"decimal", BYTES("1.0\r\na\r\n"), BYTES(""), 400, "0\r\na\r\n"},
    {"17 digits", BYTES("00000000000000001\r\na"), BYTES(""), 400, "\r\na"},
    {"17 digits that overflow", BYTES("10000000000000001\r\na"), BYTES(""), 400,
     "\r\na"},
    {"largest", BYTES("FFFFFFFFFFFFFFFF\r\na"), BYTES(""), 413, "a"},
    {"negative as 64 bits", BYTES("fffffffffffffffe\r\na\r\n"), BYTES(""), 413,
     "a\r\n"},
    {"bare LF", BYTES("1\na\r\n0\r\n\r\n"), BYTES(""), 400, "a\r\n0\r\n\r\n"},
    {"bare CR", BYTES("1\ra\r\n0\r\n\r\n"), BYTES(""), 400, "\r\n0\r\n\r\n"},
    {"CR CR LF", BYTES("1\r\r\na\r\n"), BYTES(""), 400, "\na\r\n"},

    /* The end of data. */
    {"data too long", BYTES("1\r\nab\r\n0\r\n\r\n"), BYTES("a"), 400, "\r\n0\r\n\r\n"},
    {"data too short", BYTES("3\r\na\r\n0\r\n\r\n"), BYTES("a\r\n"), 400, "\r\n\r\n"},
    {"no CRLF", BYTES("1\r\na0\r\n\r\n"), BYTES("a"), 400, "\r\n\r\n"},
    {"LF", BYTES("1\r\na\n0\r\n\r\n"), BYTES("a"), 400, "0\r\n\r\n"},
    {"CR", BYTES("1\r\na\r0\r\n\r\n"), BYTES("a"), 400, "\r\n\r\n"},
    {"CRLF twice", BYTES("1\r\na\r\n\r\n0\r\n\r\n"), BYTES("a"), 400, "\n0\r\n\r\n"},
    {"LF CR", BYTES("1\r\na\n\r0\r\n\r\n"), BYTES("a"), 400, "\r0\r\n\r\n"},

    /* Extensions, RFC 9112 section 7.1.1. */
    {"name", BYTES("1;a\r\nx\r\n0;b\r\n\r\n"), BYTES("x"), END, ""},
    {"value", BYTES("1;a=b\r\nx\r\n0\r\n\r\n"), BYTES("x"), END, ""},
    {"several", BYTES("1;a=b;c;d=e\r\nx\r\n0;f;g\r\n\r\n"), BYTES("x"), END, ""},
    {"all of a token", BYTES("1;!#$%&'*+-.^_`|~09azAZ=!#$%&'*+-.^_`|~09azAZ\r\nx"),
     BYTES("x"), MORE, ""},
    {"quoted", BYTES("1;a=\"b c\t;=:,/\x80\xff\"\r\nx"), BYTES("x"), MORE, ""},
    {"quoted, empty", BYTES("1;a=\"\"\r\nx"), BYTES("x"), MORE, ""},
    {"quoted, then more", BYTES("1;a=\"b\";c\r\nx"), BYTES("x"), MORE, ""},
    {"quoted, escaped", BYTES("1;a=\"\\\"\\\\\\a\\ \\\t\\\xff\"\r\nx"), BYTES("x"),
     MORE, ""},
    {"white space where it may be",
     BYTES("1 \t; \ta \t= \tb \t; \tc \t;d = \"e\" ;f\r\nx"), BYTES("x"), MORE, ""},
    {"blank at the end", BYTES("1;a \r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"blank at the end, value", BYTES("1;a=b \r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"blank at the end, quoted", BYTES("1;a=\"b\" \r\nx\r\n"), BYTES(""), 400,
     "\nx\r\n"},
    {"no name", BYTES("1;\r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"no name, blank", BYTES("1; \r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"no name, value", BYTES("1;=b\r\nx\r\n"), BYTES(""), 400, "b\r\nx\r\n"},
    {"two semicolons", BYTES("1;;a\r\nx\r\n"), BYTES(""), 400, "a\r\nx\r\n"},
    {"no value", BYTES("1;a=\r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"two values", BYTES("1;a=b=c\r\nx\r\n"), BYTES(""), 400, "c\r\nx\r\n"},
    {"two names", BYTES("1;a b\r\nx\r\n"), BYTES(""), 400, "\r\nx\r\n"},
    {"name quoted", BYTES("1;\"a\"\r\nx\r\n"), BYTES(""), 400, "a\"\r\nx\r\n"},
    {"value and quoted", BYTES("1;a=b\"c\"\r\nx\r\n"), BYTES(""), 400, "c\"\r\nx\r\n"},
    {"quoted and value", BYTES("1;a=\"b\"c\r\nx\r\n"), BYTES(""), 400, "\r\nx\r\n"},
    {"quoted, open", BYTES("1;a=\"b\r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"quoted, LF", BYTES("1;a=\"\n\"\r\nx\r\n"), BYTES(""), 400, "\"\r\nx\r\n"},
    {"quoted, DEL", BYTES("1;a=\"\x7f\"\r\nx\r\n"), BYTES(""), 400, "\"\r\nx\r\n"},
    {"quoted, NUL", BYTES("1;a=\"\0\"\r\nx\r\n"), BYTES(""), 400, "\"\r\nx\r\n"},
    {"escaped CR", BYTES("1;a=\"\\\r\n\"\r\nx\r\n"), BYTES(""), 400, "\n\"\r\nx\r\n"},
    {"escaped quote", BYTES("1;a=\"\\\"\r\nx\r\n"), BYTES(""), 400, "\nx\r\n"},
    {"bare LF in an extension", BYTES("1;a\nx\r\n0\r\n\r\n"), BYTES(""), 400,
     "x\r\n0\r\n\r\n"},
    {"bare CR in an extension", BYTES("1;a\rx\r\n0\r\n\r\n"), BYTES(""), 400,
     "\r\n0\r\n\r\n"},
    {"obs-text in a name", BYTES("1;\xe4\r\nx\r\n"), BYTES(""), 400, "\r\nx\r\n"},
    {"colon in a name", BYTES("1;a:b\r\nx\r\n"), BYTES(""), 400, "b\r\nx\r\n"},
    {"extension without semicolon", BYTES("1 a=b\r\nx\r\n"), BYTES(""), 400,
     "=b\r\nx\r\n"},

    /* Trailer sections, RFC 9112 section 7.1.2. */
    {"field", BYTES("0\r\nA: b\r\n\r\n"), BYTES(""), END, ""},
    {"fields", BYTES("0\r\na:b\r\nc: d e \r\nf:\r\n\r\n"), BYTES(""), END, ""},
    {"any value", BYTES("0\r\na:\t!\"\\;=:\x80\xff~\t\r\n\r\n"), BYTES(""), END, ""},
    {"any name", BYTES("0\r\n!#$%&'*+-.^_`|~09azAZ:\r\n\r\n"), BYTES(""), END, ""},
    {"no colon", BYTES("0\r\na\r\n\r\n"), BYTES(""), 400, "\n\r\n"},
    {"no field name", BYTES("0\r\n: b\r\n\r\n"), BYTES(""), 400, " b\r\n\r\n"},
    {"blank before colon", BYTES("0\r\na : b\r\n\r\n"), BYTES(""), 400, ": b\r\n\r\n"},
    {"folded", BYTES("0\r\na: b\r\n c\r\n\r\n"), BYTES(""), 400, "c\r\n\r\n"},
    {"folded first", BYTES("0\r\n a: b\r\n\r\n"), BYTES(""), 400, "a: b\r\n\r\n"},
    {"field with LF", BYTES("0\r\na: b\n\r\n"), BYTES(""), 400, "\r\n"},
    {"field with CR", BYTES("0\r\na: b\rc\r\n\r\n"), BYTES(""), 400, "\r\n\r\n"},
    {"field with NUL", BYTES("0\r\na: \0\r\n\r\n"), BYTES(""), 400, "\r\n\r\n"},
    {"field with DEL", BYTES("0\r\na: \x7f\r\n\r\n"), BYTES(""), 400, "\r\n\r\n"},
    {"name with obs-text", BYTES("0\r\n\xe4: b\r\n\r\n"), BYTES(""), 400,
     ": b\r\n\r\n"},
    {"LF for the end", BYTES("0\r\n\n"), BYTES(""), 400, ""},
    {"CR for the end", BYTES("0\r\n\rGET"), BYTES(""), 400, "ET"},
    {"LF behind a field for the end", BYTES("0\r\na: b\r\n\nGET"), BYTES(""), 400,
     "GET"},

    /* Fields that may not be there, RFC 9110 section 6.5.1. */
    {"Content-Length", BYTES("0\r\nContent-Length: 1\r\n\r\n"), BYTES(""), 400,
     " 1\r\n\r\n"},
    {"Host", BYTES("0\r\nhost:a\r\n\r\n"), BYTES(""), 400, "a\r\n\r\n"},
    {"Transfer-Encoding", BYTES("0\r\na: b\r\nTRANSFER-ENCODING: c\r\n\r\n"), BYTES(""),
     400, " c\r\n\r\n"},
    {"Host behind a similar name", BYTES("0\r\nHos: a\r\nHost: b\r\n\r\n"), BYTES(""),
     400, " b\r\n\r\n"},
    {"Hos", BYTES("0\r\nHos: a\r\n\r\n"), BYTES(""), END, ""},
    {"Hosts", BYTES("0\r\nHosts: a\r\n\r\n"), BYTES(""), END, ""},
    {"Ghost", BYTES("0\r\nGhost: a\r\n\r\n"), BYTES(""), END, ""},
    {"Content-Type", BYTES("0\r\nContent-Type: a\r\n\r\n"), BYTES(""), END, ""},
    {"Content_Length", BYTES("0\r\nContent_Length: 1\r\n\r\n"), BYTES(""), END, ""},
    {"Content-Lengths", BYTES("0\r\nContent-Lengths: 1\r\n\r\n"), BYTES(""), END, ""},
    {"Host in a value", BYTES("0\r\na:host:\r\n\r\n"), BYTES(""), END, ""},
};

static void test_grammar(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct body_case *c = &cases[i];
        struct chunked_input input = roomy(c->input.at, c->input.len);
        memcpy(body, c->body.at, c->body.len);
        static unsigned char copy[256];
        memcpy(copy, c->body.at, c->body.len);
        struct chunked_outcome expected = {c->result, c->input.len - strlen(c->unread),
                                           copy, c->body.len};
        check(c->name, &input, &expected);
    }
}

/* A body in which the grammar is everywhere. */
static const char tour[] = "0a1 ; a = b ;c= \"d\\\"e\" ;f\r\n0123456789"
                           "\r\n2\r\nab\r\n0;g\r\nHost1:\tc \r\nd:\r\n\r\n";

static void check_tour(const unsigned char *at, size_t len, size_t where, unsigned byte,
                       const char *how)
{
    char name[64];
    snprintf(name, sizeof name, "%s \\x%02x at %zu", how, byte, where);
    struct chunked_input input = roomy(at, len);
    struct chunked_outcome actual = {.body = body};
    struct chunked_outcome expected = {.body = expected_body};
    chunked_by_the_letter(&expected, &input);
    chunked_in_pieces(&actual, &input, (size_t[]){SIZE_MAX}, 1);
    expect_outcome(name, "whole", 0, &actual, &expected);
    chunked_in_pieces(&actual, &input, (size_t[]){1}, 1);
    expect_outcome(name, "byte by byte", 0, &actual, &expected);
}

static void test_every_byte_everywhere(void **state)
{
    (void)state;
    enum { LEN = sizeof tour - 1 };
    for (size_t at = 0; at < LEN; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            unsigned char text[LEN + 1];
            memcpy(text, tour, LEN);
            text[at] = (unsigned char)byte;
            check_tour(text, LEN, at, byte, "replaced by");
            memcpy(text, tour, at);
            memcpy(text + at + 1, tour + at, LEN - at);
            check_tour(text, LEN + 1, at, byte, "inserted");
        }
    }
}

/* ---- Limits ---- */

/* The result with limits of these, of a body that has 40 bytes, of which 14 are those
 * of two trailer fields. */
static void check_limits(const char *name, struct chunked_input limits, int result,
                         size_t consumed)
{
    static const char text[] = "3;a=b\r\nabc\r\n1\r\nd\r\n0\r\na: b\r\nc: de\r\n\r\n";
    static unsigned char copy[] = "abcd";
    limits.at = text;
    limits.len = sizeof text - 1;
    assert_int_equal(limits.len, 36);
    size_t body_len = consumed < 8 ? 0 : consumed < 12 ? 3 : 4;
    struct chunked_outcome expected = {result, consumed, copy, body_len};
    check(name, &limits, &expected);
}

static void test_limits_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct chunked_input limits;
        int result;
        size_t consumed;
    } limits[] = {
        {"all fit", {NULL, 0, 36, 13, 2}, END, 36},
        {"one byte too many", {NULL, 0, 35, 13, 2}, 413, 36},
        {"before the last field", {NULL, 0, 27, 13, 2}, 413, 28},
        {"in the first size", {NULL, 0, 1, 13, 2}, 413, 2},
        {"no byte", {NULL, 0, 0, 13, 2}, 413, 1},
        {"a size that just fits", {NULL, 0, 10, 13, 2}, 413, 11},
        {"a size that cannot fit", {NULL, 0, 9, 13, 2}, 413, 7},
        {"a trailer byte too many", {NULL, 0, 36, 12, 2}, 431, 34},
        {"no trailer", {NULL, 0, 36, 0, 2}, 431, 22},
        {"a field too many", {NULL, 0, 36, 13, 1}, 431, 28},
        {"no fields", {NULL, 0, 36, 13, 0}, 431, 22},
    };
    for (size_t i = 0; i < LENGTH(limits); i++)
        check_limits(limits[i].name, limits[i].limits, limits[i].result,
                     limits[i].consumed);
}

/* A body of tiny chunks with extensions of `len` bytes in all. */
static size_t make_extensions(char *text, size_t len)
{
    size_t at = 0;
    while (len > 0) {
        size_t part = len < 200 ? len : 100;
        at += (size_t)sprintf(text + at, "1;a=\"%0*d\"\r\nx\r\n", (int)part - 5, 0);
        len -= part;
    }
    return at + (size_t)sprintf(text + at, "0\r\n\r\n");
}

static void test_extensions_of_all_chunks_have_a_limit(void **state)
{
    (void)state;
    static char text[2 * KRT_CHUNK_EXTENSIONS_MAX];
    for (size_t excess = 0; excess <= 2; excess++) {
        size_t len = make_extensions(text, KRT_CHUNK_EXTENSIONS_MAX + excess);
        struct chunked_input input = roomy(text, len);
        struct chunked_outcome actual = {.body = body};
        struct chunked_outcome expected = {.body = expected_body};
        chunked_by_the_letter(&expected, &input);
        chunked_in_pieces(&actual, &input, (size_t[]){7}, 1);
        expect_outcome("extensions", "with more", excess, &actual, &expected);
        assert_int_equal(actual.result, excess == 0 ? END : 413);
    }
}

/* ---- Data ---- */

static void test_data_is_handed_out_where_it_lies(void **state)
{
    (void)state;
    static unsigned char input[8 + BODY_CAP] = "10000\r\n";
    struct krt_chunked chunked;
    struct krt_slice data;
    size_t len = 7 + BODY_CAP;
    krt_chunked_init(&chunked, UINT64_MAX, 0, 0);
    assert_int_equal(krt_chunked_read(&chunked, input, &len, &data), KRT_CHUNKED_DATA);
    assert_int_equal(len, 7 + BODY_CAP);
    assert_ptr_equal(data.at, input + 7);
    assert_int_equal(data.len, BODY_CAP);
}

static void test_largest_size_is_counted(void **state)
{
    (void)state;
    static const unsigned char input[] = "fffffffffffffff0\r\nabc";
    struct krt_chunked chunked;
    struct krt_slice data;
    size_t len = sizeof input - 1;
    krt_chunked_init(&chunked, UINT64_MAX, 0, 0);
    assert_int_equal(krt_chunked_read(&chunked, input, &len, &data), 413);
    len = sizeof input - 2;
    krt_chunked_init(&chunked, UINT64_MAX, 0, 0);
    assert_int_equal(krt_chunked_read(&chunked, input + 1, &len, &data),
                     KRT_CHUNKED_DATA);
    assert_int_equal(data.len, 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_every_byte_everywhere),
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_extensions_of_all_chunks_have_a_limit),
        cmocka_unit_test(test_data_is_handed_out_where_it_lies),
        cmocka_unit_test(test_largest_size_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
