#include "content.h"
#include "reply.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- Responses, as krgen would emit them ---- */

#define START "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n"
#define KEPT "ETag: \"p\"\r\nVary: Accept-Encoding\r\n"
#define OTHERS                                                                         \
    "Accept-Ranges: bytes\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define TYPE "Content-Type: text/plain\r\n"
#define GZIP_START "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n"
#define GZIP_KEPT "ETag: \"z\"\r\nVary: Accept-Encoding\r\n"
#define GZIP_OTHERS "Content-Encoding: gzip\r\n" OTHERS
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

#define FORM(start, kept, others, type, text, tag)                                     \
    {                                                                                  \
        .head = KRT_LITERAL(start kept others type), .body = KRT_LITERAL(text),        \
        .kept_at = sizeof start - 1, .kept_end = sizeof start kept - 1,                \
        .type_at = sizeof start kept others - 1, .etag = (tag)                         \
    }

static const struct krt_representation gzip =
    FORM(GZIP_START, GZIP_KEPT, GZIP_OTHERS, TYPE, "0123456789", "\"z\"");

/* Everything that a response can have. */
static const struct krt_response full = {
    .status = 200,
    .plain = FORM(START, KEPT, OTHERS, TYPE, LETTERS, "\"p\""),
    .gzip = &gzip,
    .boundary = "B",
    .has_last_modified = true,
    .last_modified = 784111777,
};
static const struct krt_response weak = {
    .status = 200,
    .plain = FORM(START, "ETag: W/\"w\"\r\n", "", "", LETTERS, "W/\"w\""),
    .boundary = "B",
};
static const struct krt_response undivided = {
    .status = 200,
    .plain = FORM(START, "ETag: \"p\"\r\n", "", TYPE, LETTERS, "\"p\""),
};
static const struct krt_response unconditional = {
    .status = 201,
    .plain = {.head = KRT_LITERAL("HTTP/1.1 201 Created\r\nContent-Length: 26\r\n"),
              .body = KRT_LITERAL(LETTERS)},
};
static const struct krt_response empty = {
    .status = 204,
    .plain = {.head = KRT_LITERAL("HTTP/1.1 204 No Content\r\n")},
};

/* ---- Requests ---- */

static const int64_t now = 1700000000;

static struct krt_content choose(const struct krt_response *response,
                                 const char *method, const char *fields)
{
    static const struct krt_limits limits = {
        .request_line = 1024, .head = 4096, .fields = 100};
    static char request[4096];
    struct krt_head head;
    struct krt_content content;
    int len = snprintf(request, sizeof request, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n",
                       method, fields);
    assert_in_range(len, 1, sizeof request - 1);
    krt_head_init(&head);
    if (krt_head_read(&head, &limits, (unsigned char *)request, (size_t)len) !=
        KRT_HEAD_COMPLETE)
        fail_msg("not a request:\n%s", request);
    memset(&content, 0xa5, sizeof content);
    krt_content_choose(&content, response, &head, now);
    return content;
}

/* What was chosen: "206 gzip 2+3 7+1". */
static const char *describe(const struct krt_content *content)
{
    static char storage[1024];
    struct krt_buffer out = KRT_BUFFER(storage);
    krt_put_number(&out, (unsigned long)content->status, 3);
    krt_put_text(&out, content->form == &content->response->plain ? " plain" : " gzip");
    for (int i = 0; i < content->n_ranges; i++) {
        krt_put_text(&out, " ");
        krt_put_number(&out, (unsigned long)content->ranges[i].at, 1);
        krt_put_text(&out, "+");
        krt_put_number(&out, (unsigned long)content->ranges[i].len, 1);
    }
    return krt_end_text(&out);
}

/* A request and what it gets. */
struct row {
    const char *fields;
    const char *expected;
};

/* HEAD gets the same answer, and nothing of the body. */
static const char *without_ranges(const char *expected)
{
    static char storage[64];
    struct krt_buffer out = KRT_BUFFER(storage);
    const char *form = strchr(expected, ' ') + 1;
    krt_put(&out, expected, (size_t)(form - expected) + strcspn(form, " "));
    return krt_end_text(&out);
}

static void check_rows(const struct krt_response *response, const char *method,
                       const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct krt_content content = choose(response, method, rows[i].fields);
        const char *expected = rows[i].expected;
        if (strcmp(method, "HEAD") == 0)
            expected = without_ranges(expected);
        expect_text(rows[i].fields, describe(&content), expected);
    }
}

#define CHECK(response, method, rows) check_rows(response, method, rows, LENGTH(rows))

#define PLAIN "200 plain 0+26"
#define GZIP "200 gzip 0+10"

static void test_a_plain_request_gets_the_whole(void **state)
{
    (void)state;
    static const struct row rows[] = {{"", PLAIN}, {"Accept: */*\r\n", PLAIN}};
    CHECK(&full, "GET", rows);
    CHECK(&full, "HEAD", rows);
    CHECK(&full, "POST", rows);
    CHECK(&weak, "GET", rows);
    CHECK(&undivided, "GET", rows);
    static const struct row none[] = {{"", "204 plain"}};
    CHECK(&empty, "GET", none);
}

/* ---- Accept-Encoding ---- */

#define ACCEPT(value) "Accept-Encoding: " value "\r\n"

static const struct row codings[] = {
    {ACCEPT("gzip"), GZIP},
    {ACCEPT("GZip"), GZIP},
    {ACCEPT("x-gzip"), GZIP},
    {ACCEPT("gzip, deflate, br"), GZIP},
    {ACCEPT("br;q=1.0, gzip;q=0.8, *;q=0.1"), GZIP},
    {ACCEPT("deflate,gzip"), GZIP},
    {ACCEPT(",, gzip ,"), GZIP},
    {ACCEPT("*"), GZIP},
    {ACCEPT("deflate, *"), GZIP},
    {ACCEPT("*;q=0.001"), GZIP},
    {ACCEPT("gzip;q=1"), GZIP},
    {ACCEPT("gzip;q=1.000"), GZIP},
    {ACCEPT("gzip;q=1."), GZIP},
    {ACCEPT("gzip;q=0.5"), GZIP},
    {ACCEPT("gzip;Q=0.5"), GZIP},
    {ACCEPT("gzip;q=0.001"), GZIP},
    {ACCEPT("gzip ; q=0.5"), GZIP},
    {ACCEPT("gzip\t;\tq=0.5 "), GZIP},
    {ACCEPT("gzip;q=0.5, identity;q=0.5"), GZIP},
    {ACCEPT("identity;q=0.5, gzip;q=1.0"), GZIP},
    {ACCEPT("gzip;q=0.1, identity;q=0"), GZIP},
    {ACCEPT("identity;q=0, *"), GZIP},
    {ACCEPT("gzip, *;q=0"), GZIP},
    {ACCEPT("deflate") ACCEPT("gzip"), GZIP},
    {ACCEPT("gzip;q=0.2") ACCEPT("identity;q=0.1"), GZIP},
    {ACCEPT(""), PLAIN},
    {ACCEPT("identity"), PLAIN},
    {ACCEPT("br"), PLAIN},
    {ACCEPT("gzipped"), PLAIN},
    {ACCEPT("gzi"), PLAIN},
    {ACCEPT("gzip;q=0"), PLAIN},
    {ACCEPT("gzip;q=0."), PLAIN},
    {ACCEPT("gzip;q=0.000"), PLAIN},
    {ACCEPT("gzip;q=0, *"), PLAIN},
    {ACCEPT("*;q=0"), PLAIN},
    {ACCEPT("gzip;q=0.5, identity"), PLAIN},
    {ACCEPT("gzip;q=0.5, identity;q=0.501"), PLAIN},
    {ACCEPT("gzip;q=0.5, *;q=0.6"), PLAIN},
    {ACCEPT("identity;q=1, *;q=0"), PLAIN},
    {ACCEPT("gzip;q=0.1") ACCEPT("identity;q=0.2"), PLAIN},
    /* neither form: the plain one, not a 406 */
    {ACCEPT("identity;q=0"), PLAIN},
    {ACCEPT("gzip;q=0, identity;q=0"), PLAIN},
    {ACCEPT("gzip;q=0, *;q=0"), PLAIN},
    /* malformed elements say nothing */
    {ACCEPT("gzip;q=2"), PLAIN},
    {ACCEPT("gzip;q=1.001"), PLAIN},
    {ACCEPT("gzip;q=0.1234"), PLAIN},
    {ACCEPT("gzip;q=.5"), PLAIN},
    {ACCEPT("gzip;q=05"), PLAIN},
    {ACCEPT("gzip;q=-1"), PLAIN},
    {ACCEPT("gzip;q="), PLAIN},
    {ACCEPT("gzip;q"), PLAIN},
    {ACCEPT("gzip;"), PLAIN},
    {ACCEPT("gzip;x=1"), PLAIN},
    {ACCEPT("gzip;q=1;x"), PLAIN},
    {ACCEPT("gzip deflate"), PLAIN},
    {ACCEPT("gzip;q=2, *"), GZIP},
};

static void test_the_client_prefers_a_form(void **state)
{
    (void)state;
    CHECK(&full, "GET", codings);
    CHECK(&full, "HEAD", codings);
    CHECK(&full, "POST", codings);
    static const struct row row[] = {{ACCEPT("gzip"), PLAIN}};
    CHECK(&weak, "GET", row);
}

/* ---- Entity tags ---- */

#define NONE_MATCH(value) "If-None-Match: " value "\r\n"
#define MATCH(value) "If-Match: " value "\r\n"

static void test_if_none_match_compares_weakly(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {NONE_MATCH("\"p\""), "304 plain"},
        {NONE_MATCH("W/\"p\""), "304 plain"},
        {NONE_MATCH("*"), "304 plain"},
        {NONE_MATCH("\"a\", \"p\""), "304 plain"},
        {NONE_MATCH("\"a\",W/\"b\" , W/\"p\",\"c\""), "304 plain"},
        {NONE_MATCH("\"a,b\", \"p\""), "304 plain"},
        {NONE_MATCH("\"\", \"p\""), "304 plain"},
        {NONE_MATCH(",, \"p\" ,"), "304 plain"},
        {NONE_MATCH("\"a\"") NONE_MATCH("\"p\""), "304 plain"},
        {NONE_MATCH("broken") NONE_MATCH("\"p\""), "304 plain"},
        {NONE_MATCH("\"z\"") ACCEPT("gzip"), "304 gzip"},
        {NONE_MATCH("\"p\", \"z\"") ACCEPT("gzip"), "304 gzip"},
        {NONE_MATCH("\"p\"") ACCEPT("gzip"), GZIP},
        {NONE_MATCH("\"z\""), PLAIN},
        {NONE_MATCH("\"P\""), PLAIN},
        {NONE_MATCH("\"pp\""), PLAIN},
        {NONE_MATCH("\"\""), PLAIN},
        {NONE_MATCH("\"a,p\""), PLAIN},
        {NONE_MATCH("\"a\", \"b\""), PLAIN},
        {NONE_MATCH("w/\"p\""), PLAIN},
        {NONE_MATCH("W/ \"p\""), PLAIN},
        {NONE_MATCH("W/p"), PLAIN},
        {NONE_MATCH("W/"), PLAIN},
        {NONE_MATCH("W"), PLAIN},
        {NONE_MATCH("p"), PLAIN},
        {NONE_MATCH("'p'"), PLAIN},
        {NONE_MATCH("\"p"), PLAIN},
        {NONE_MATCH("\""), PLAIN},
        {NONE_MATCH("broken, \"p\""), PLAIN},
        {NONE_MATCH(""), PLAIN},
    };
    CHECK(&full, "GET", rows);
    CHECK(&full, "HEAD", rows);
    static const struct row weakly[] = {
        {NONE_MATCH("\"w\""), "304 plain"},
        {NONE_MATCH("W/\"w\""), "304 plain"},
    };
    CHECK(&weak, "GET", weakly);
}

static void test_if_match_compares_strongly(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {MATCH("\"p\""), PLAIN},
        {MATCH("*"), PLAIN},
        {MATCH("\"a\", \"p\""), PLAIN},
        {MATCH("W/\"p\", \"p\""), PLAIN},
        {MATCH("\"a\"") MATCH("\"p\""), PLAIN},
        {MATCH("\"z\"") ACCEPT("gzip"), GZIP},
        {MATCH("W/\"p\""), "412 plain"},
        {MATCH("\"a\""), "412 plain"},
        {MATCH("p"), "412 plain"},
        {MATCH(""), "412 plain"},
        {MATCH("\"p\"") ACCEPT("gzip"), "412 gzip"},
    };
    CHECK(&full, "GET", rows);
    CHECK(&full, "HEAD", rows);
    CHECK(&full, "PUT", rows);
    static const struct row weakly[] = {
        {MATCH("*"), PLAIN},
        {MATCH("\"w\""), "412 plain"},
        {MATCH("W/\"w\""), "412 plain"},
    };
    CHECK(&weak, "GET", weakly);
}

/* ---- Dates ---- */

#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER "Sun, 06 Nov 1994 08:49:38 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"
#define MODIFIED(date) "If-Modified-Since: " date "\r\n"
#define UNMODIFIED(date) "If-Unmodified-Since: " date "\r\n"

static void test_dates_are_compared(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {MODIFIED(SAME), "304 plain"},
        {MODIFIED(LATER), "304 plain"},
        {MODIFIED("Sunday, 06-Nov-94 08:49:37 GMT"), "304 plain"},
        {MODIFIED("Sun Nov  6 08:49:37 1994"), "304 plain"},
        {MODIFIED(EARLIER), PLAIN},
        {MODIFIED("Sunday, 06-Nov-94 08:49:36 GMT"), PLAIN},
        {MODIFIED("yesterday"), PLAIN},
        {MODIFIED(""), PLAIN},
        {MODIFIED(SAME) MODIFIED(SAME), PLAIN},
        {UNMODIFIED(SAME), PLAIN},
        {UNMODIFIED(LATER), PLAIN},
        {UNMODIFIED(EARLIER), "412 plain"},
        {UNMODIFIED("Sun Nov  6 08:49:36 1994"), "412 plain"},
        {UNMODIFIED("yesterday"), PLAIN},
        {UNMODIFIED(EARLIER) UNMODIFIED(EARLIER), PLAIN},
        {MODIFIED(SAME) ACCEPT("gzip"), "304 gzip"},
    };
    CHECK(&full, "GET", rows);
    CHECK(&full, "HEAD", rows);
    static const struct row undated[] = {
        {MODIFIED(LATER), PLAIN},
        {UNMODIFIED(EARLIER), PLAIN},
    };
    CHECK(&undivided, "GET", undated);
}

/* RFC 9110 section 13.2.2. */
static void test_conditions_have_an_order(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* If-Match makes If-Unmodified-Since void */
        {MATCH("\"p\"") UNMODIFIED(EARLIER), PLAIN},
        {MATCH("\"a\"") UNMODIFIED(LATER), "412 plain"},
        /* If-None-Match makes If-Modified-Since void */
        {NONE_MATCH("\"a\"") MODIFIED(LATER), PLAIN},
        {NONE_MATCH("\"p\"") MODIFIED(EARLIER), "304 plain"},
        {NONE_MATCH("broken") MODIFIED(LATER), PLAIN},
        /* 412 comes before 304 */
        {NONE_MATCH("\"p\"") MATCH("\"a\""), "412 plain"},
        {NONE_MATCH("\"p\"") UNMODIFIED(EARLIER), "412 plain"},
        {MODIFIED(LATER) UNMODIFIED(EARLIER), "412 plain"},
        {NONE_MATCH("\"p\"") MATCH("\"p\""), "304 plain"},
        /* and both before Range */
        {"Range: bytes=0-1\r\n" NONE_MATCH("\"p\""), "304 plain"},
        {"Range: bytes=0-1\r\n" MATCH("\"a\""), "412 plain"},
        {"Range: bytes=99-\r\n" NONE_MATCH("\"p\""), "304 plain"},
        {"Range: bytes=0-1\r\n" MATCH("\"p\""), "206 plain 0+2"},
        {"Range: bytes=0-1\r\n" NONE_MATCH("\"a\""), "206 plain 0+2"},
    };
    CHECK(&full, "GET", rows);
}

static void test_methods_differ(void **state)
{
    (void)state;
    static const struct row post[] = {
        {NONE_MATCH("\"p\""), "412 plain"}, {NONE_MATCH("*"), "412 plain"},
        {NONE_MATCH("\"a\""), PLAIN},       {MODIFIED(LATER), PLAIN},
        {UNMODIFIED(EARLIER), "412 plain"}, {"Range: bytes=0-1\r\n", PLAIN},
        {"Range: bytes=99-\r\n", PLAIN},
    };
    static const struct row head[] = {
        {"Range: bytes=0-1\r\n", PLAIN},
        {"Range: bytes=99-\r\n", PLAIN},
    };
    static const struct row options[] = {
        {NONE_MATCH("*"), PLAIN},
        {MATCH("\"a\""), PLAIN},
        {UNMODIFIED(EARLIER), PLAIN},
        {"Range: bytes=0-1\r\n", PLAIN},
    };
    CHECK(&full, "POST", post);
    CHECK(&full, "DELETE", post);
    CHECK(&full, "HEAD", head);
    CHECK(&full, "OPTIONS", options);
    CHECK(&full, "TRACE", options);
    CHECK(&full, "CONNECT", options);
}

/* ---- Ranges ---- */

#define RANGE(value) "Range: " value "\r\n"
#define IF_RANGE(value) "If-Range: " value "\r\n"

static void test_ranges_are_chosen(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {RANGE("bytes=0-0"), "206 plain 0+1"},
        {RANGE("bytes=0-"), "206 plain 0+26"},
        {RANGE("bytes=-2"), "206 plain 24+2"},
        {RANGE("bytes=5-9,-2, 0-0"), "206 plain 5+5 24+2 0+1"},
        {RANGE("bytes=5-9,99-"), "206 plain 5+5"},
        {RANGE("bytes=26-"), "416 plain"},
        {RANGE("bytes=-0"), "416 plain"},
        {RANGE("bytes=10-") ACCEPT("gzip"), "416 gzip"},
        {RANGE("bytes=8-20") ACCEPT("gzip"), "206 gzip 8+2"},
        {RANGE("bytes=0-20,0-20"), PLAIN},
        {RANGE("bytes=9-1"), PLAIN},
        {RANGE("lines=0-1"), PLAIN},
        {RANGE("bytes=0-1") RANGE("bytes=0-1"), PLAIN},
    };
    CHECK(&full, "GET", rows);
    static const struct row ignored[] = {
        {RANGE("bytes=0-0"), PLAIN},
        {RANGE("bytes=99-"), PLAIN},
    };
    CHECK(&undivided, "GET", ignored);
}

static void test_if_range_compares_strongly(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {RANGE("bytes=0-1") IF_RANGE("\"p\""), "206 plain 0+2"},
        {RANGE("bytes=0-1") IF_RANGE(SAME), "206 plain 0+2"},
        {RANGE("bytes=0-1") IF_RANGE("Sunday, 06-Nov-94 08:49:37 GMT"),
         "206 plain 0+2"},
        {RANGE("bytes=99-") IF_RANGE("\"p\""), "416 plain"},
        {RANGE("bytes=0-1") IF_RANGE("\"z\"") ACCEPT("gzip"), "206 gzip 0+2"},
        {RANGE("bytes=0-1") IF_RANGE("\"p\"") ACCEPT("gzip"), GZIP},
        {RANGE("bytes=0-1") IF_RANGE("\"a\""), PLAIN},
        {RANGE("bytes=99-") IF_RANGE("\"a\""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("W/\"p\""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE(LATER), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE(EARLIER), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("*"), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("\"p\", \"a\""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("p"), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE(""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("\"p\"") IF_RANGE("\"p\""), PLAIN},
        {IF_RANGE("\"p\""), PLAIN},
        {IF_RANGE("\"a\""), PLAIN},
    };
    CHECK(&full, "GET", rows);
    static const struct row weakly[] = {
        {RANGE("bytes=0-1") IF_RANGE("W/\"w\""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE("\"w\""), PLAIN},
        {RANGE("bytes=0-1") IF_RANGE(SAME), PLAIN},
        {RANGE("bytes=0-1"), "206 plain 0+2"},
    };
    CHECK(&weak, "GET", weakly);
}

static void test_other_responses_know_no_conditions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {MATCH("\"a\""), "201 plain 0+26"},     {NONE_MATCH("*"), "201 plain 0+26"},
        {MODIFIED(SAME), "201 plain 0+26"},     {UNMODIFIED(EARLIER), "201 plain 0+26"},
        {RANGE("bytes=0-1"), "201 plain 0+26"}, {ACCEPT("gzip"), "201 plain 0+26"},
    };
    CHECK(&unconditional, "GET", rows);
}

/* ---- On the wire ---- */

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

/* All bytes of the answer to a GET. */
static const char *answer(const struct krt_response *response, const char *fields)
{
    static char storage[4096];
    struct krt_buffer out = KRT_BUFFER(storage);
    struct krt_content content = choose(response, "GET", fields);
    struct krt_date date = {0};
    krt_date_update(&date, 784111777);
    krt_reply_content(&out, &content, &date, KRT_KEEP);
    size_t head_len = out.len;
    while (!krt_content_is_given(&content)) {
        struct krt_bytes slice = krt_content_next(&content, &out);
        krt_put(&out, slice.data, slice.len);
    }
    expect_size(fields, out.len - head_len, krt_content_len(&content));
    return krt_end_text(&out);
}

static void test_answers_are_whole(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", START KEPT OTHERS TYPE DATE "\r\n" LETTERS},
        {ACCEPT("gzip"), GZIP_START GZIP_KEPT GZIP_OTHERS TYPE DATE "\r\n0123456789"},
        {NONE_MATCH("*"), "HTTP/1.1 304 Not Modified\r\n" KEPT DATE "\r\n"},
        {NONE_MATCH("*") ACCEPT("gzip"),
         "HTTP/1.1 304 Not Modified\r\n" GZIP_KEPT DATE "\r\n"},
        {MATCH("\"a\""),
         "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n" DATE "\r\n"},
        {RANGE("bytes=26-"),
         "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n"
         "Content-Range: bytes */26\r\n" DATE "\r\n"},
        {RANGE("bytes=1-3"),
         "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n"
         "Content-Range: bytes 1-3/26\r\n" KEPT OTHERS TYPE DATE "\r\nbcd"},
        {RANGE("bytes=-2") ACCEPT("gzip"),
         "HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n"
         "Content-Range: bytes 8-9/10\r\n" GZIP_KEPT GZIP_OTHERS TYPE DATE "\r\n89"},
        {RANGE("bytes=1-3,25-"),
         "HTTP/1.1 206 Partial Content\r\nContent-Length: 143\r\n" KEPT OTHERS
         "Content-Type: multipart/byteranges; boundary=B\r\n" DATE "\r\n"
         "\r\n--B\r\nContent-Range: bytes 1-3/26\r\n" TYPE "\r\nbcd"
         "\r\n--B\r\nContent-Range: bytes 25-25/26\r\n" TYPE "\r\nz"
         "\r\n--B--\r\n"},
    };
    for (size_t i = 0; i < LENGTH(rows); i++)
        expect_text(rows[i].fields, answer(&full, rows[i].fields), rows[i].expected);
}

/* A part without Content-Type has none to tell. */
static void test_parts_need_no_type(void **state)
{
    (void)state;
    expect_text("weak", answer(&weak, RANGE("bytes=0-0,2-2")),
                "HTTP/1.1 206 Partial Content\r\nContent-Length: 87\r\n"
                "ETag: W/\"w\"\r\n"
                "Content-Type: multipart/byteranges; boundary=B\r\n" DATE "\r\n"
                "\r\n--B\r\nContent-Range: bytes 0-0/26\r\n\r\na"
                "\r\n--B\r\nContent-Range: bytes 2-2/26\r\n\r\nc"
                "\r\n--B--\r\n");
}

/* Slices are the body itself, not a copy. */
static void test_slices_lie_in_the_body(void **state)
{
    (void)state;
    struct krt_content content = choose(&full, "GET", RANGE("bytes=3-5"));
    char storage[1];
    struct krt_buffer out = {storage, 0, 0};
    struct krt_bytes slice = krt_content_next(&content, &out);
    assert_true(krt_content_is_given(&content));
    assert_ptr_equal(slice.data, (const char *)full.plain.body.data + 3);
    assert_int_equal(slice.len, 3);
}

/* Any number of ranges, anywhere in a body of any size, adds up. */
static void test_lengths_are_exact(void **state)
{
    (void)state;
    static char body[70000];
    struct krt_response response = full;
    response.boundary =
        "0123456789012345678901234567890123456789012345678901234567890123456789";
    response.gzip = NULL;
    response.plain.body = (struct krt_bytes){body, sizeof body};
    for (unsigned seed = 1; seed < 500; seed++) {
        char fields[2048];
        struct krt_buffer out = KRT_BUFFER(fields);
        krt_put_text(&out, "Range: bytes=");
        for (unsigned i = 0; i < 1 + seed % KRT_RANGES_MAX; i++) {
            unsigned long first = seed * (i + 1) * 7919u % sizeof body;
            krt_put_number(&out, first, 1);
            krt_put_text(&out, "-");
            krt_put_number(&out, first + seed * 31u % 4000, 1);
            krt_put_text(&out, ",");
        }
        krt_put_text(&out, "\r\n");
        struct krt_content content = choose(&response, "GET", krt_end_text(&out));
        size_t announced = krt_content_len(&content);
        size_t len = 0;
        char storage[KRT_REPLY_ROOM];
        struct krt_buffer part = KRT_BUFFER(storage);
        for (; !krt_content_is_given(&content); part.len = 0) {
            size_t slice_len = krt_content_next(&content, &part).len;
            len += part.len + slice_len;
        }
        expect_size(fields, len, announced);
    }
}

/* The longest head and boundary leave room to spare. */
static void test_room_is_enough(void **state)
{
    (void)state;
    static char head[KRT_RESPONSE_HEAD_MAX];
    static char storage[2 * KRT_REPLY_ROOM];
    static char boundary[KRT_BOUNDARY_MAX + 1];
    static const char *const requests[] = {
        "",
        NONE_MATCH("*"),
        MATCH("\"a\""),
        RANGE("bytes=9999999999-"),
        RANGE("bytes=8888888880-8888888889"),
        RANGE("bytes=8888888880-8888888889,8888888888-8888888889"),
    };
    memset(head, 'x', sizeof head);
    memset(boundary, 'b', KRT_BOUNDARY_MAX);
    struct krt_response response = {
        .status = 200,
        .plain = {.head = {head, sizeof head},
                  .body = {head, 9999999999},
                  .etag = "\"p\""},
        .boundary = boundary,
    };
    for (int is_all_type = 0; is_all_type <= 1; is_all_type++) {
        response.plain.kept_end = is_all_type ? 0 : sizeof head;
        response.plain.type_at = response.plain.kept_end;
        for (size_t i = 0; i < LENGTH(requests); i++) {
            struct krt_content content = choose(&response, "GET", requests[i]);
            struct krt_buffer out = KRT_BUFFER(storage);
            struct krt_date date = {0};
            krt_date_update(&date, 784111777);
            krt_reply_content(&out, &content, &date, KRT_KEEP_EXPLICITLY);
            assert_in_range(out.len, 1, KRT_REPLY_ROOM);
            while (!krt_content_is_given(&content)) {
                out.len = 0;
                krt_content_next(&content, &out);
                assert_in_range(out.len, 0, KRT_REPLY_ROOM);
            }
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_request_gets_the_whole),
        cmocka_unit_test(test_the_client_prefers_a_form),
        cmocka_unit_test(test_if_none_match_compares_weakly),
        cmocka_unit_test(test_if_match_compares_strongly),
        cmocka_unit_test(test_dates_are_compared),
        cmocka_unit_test(test_conditions_have_an_order),
        cmocka_unit_test(test_methods_differ),
        cmocka_unit_test(test_ranges_are_chosen),
        cmocka_unit_test(test_if_range_compares_strongly),
        cmocka_unit_test(test_other_responses_know_no_conditions),
        cmocka_unit_test(test_answers_are_whole),
        cmocka_unit_test(test_parts_need_no_type),
        cmocka_unit_test(test_slices_lie_in_the_body),
        cmocka_unit_test(test_lengths_are_exact),
        cmocka_unit_test(test_room_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
