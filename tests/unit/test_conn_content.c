/* Answers that a request chooses from: the connection writes their heads and pieces in
 * order, however little a write takes. */
#include "sample.h"
#include "talk.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define GET "GET /pages HTTP/1.1\r\nHost: a\r\n"
#define KEPT(tag) "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: " tag "\r\n"
#define TYPE "Content-Type: text/plain\r\n"
#define ZIPPED SAMPLE_PAGES_HEAD("6", "\"z\"") DATE "\r\nzipped"
#define HELLO SAMPLE_HELLO_HEAD DATE "\r\n" SAMPLE_HELLO_BODY
#define PART(range, body)                                                              \
    "\r\n--part\r\nContent-Range: bytes " range "/61440\r\n" TYPE "\r\n" body

struct choice {
    const char *name;
    const char *request;
    const char *answer;
};

static const struct choice choices[] = {
    {"gzip", GET "Accept-Encoding: gzip\r\n\r\n", ZIPPED},
    {"HEAD of gzip", "HEAD /pages HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
     SAMPLE_PAGES_HEAD("6", "\"z\"") DATE "\r\n"},
    {"304", GET "If-None-Match: \"p\"\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\n" KEPT("\"p\"") DATE "\r\n"},
    {"304 by date", GET "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\n" KEPT("\"p\"") DATE "\r\n"},
    {"412", GET "If-Match: \"z\"\r\n\r\n",
     "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n" DATE "\r\n"},
    {"416", GET "Range: bytes=61440-\r\n\r\n",
     "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n"
     "Content-Range: bytes */61440\r\n" DATE "\r\n"},
    {"206", GET "Range: bytes=1-3\r\n\r\n",
     "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n"
     "Content-Range: bytes 1-3/61440\r\n" KEPT(
         "\"p\"") "Accept-Ranges: bytes\r\n" TYPE DATE "\r\nbcd"},
    {"206 of two ranges", GET "Range: bytes=0-1,-2\r\n\r\n",
     "HTTP/1.1 206 Partial Content\r\nContent-Length: 164\r\n" KEPT(
         "\"p\"") "Accept-Ranges: bytes\r\nContent-Type: multipart/byteranges; "
                  "boundary=part\r\n" DATE "\r\n" PART("0-1", "ab")
                      PART("61438-61439", "ab") "\r\n--part--\r\n"},
    {"two answers",
     GET "Range: bytes=25-26\r\n\r\n" GET "Accept-Encoding: gzip\r\n\r\n",
     "HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n"
     "Content-Range: bytes 25-26/61440\r\n" KEPT(
         "\"p\"") "Accept-Ranges: bytes\r\n" TYPE DATE "\r\nza" ZIPPED},
};

static void check_choice(const struct choice *choice, size_t piece, size_t sent_max)
{
    struct talk talk;
    talk_init(&talk);
    talk.sent_max = sent_max;
    enum krt_want end =
        talk_hear(&talk, choice->request, strlen(choice->request), piece);
    if (strcmp(talk.output, choice->answer) != 0)
        fail_msg("%s (%zu, %zu): got %s", choice->name, piece, sent_max, talk.output);
    assert_int_equal(end, KRT_WANT_READ);
    assert_true(krt_conn_is_idle(talk.conn));
    talk_deinit(&talk);
}

static void test_choices_do_not_depend_on_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(choices); i++) {
        check_choice(&choices[i], SIZE_MAX, 0);
        check_choice(&choices[i], SIZE_MAX, 1);
        check_choice(&choices[i], 1, 7);
    }
}

/* Pieces too large for the output are written from where they lie, each behind its own
 * heading and before the next. */
static void test_large_ranges_keep_their_order(void **state)
{
    (void)state;
    struct talk talk;
    talk_init(&talk);
    talk_say(&talk,
             GET "Range: bytes=0-34999,35001-61439\r\n\r\nGET /hello HTTP/1.1\r\n"
                 "Host: a\r\n\r\n");
    const char *first = strstr(talk.output, "bytes 0-34999/61440");
    assert_non_null(first);
    const char *at = strstr(first, "\r\n\r\n") + 4;
    for (size_t i = 0; i < 35000; i++)
        assert_int_equal(at[i], 'a' + i % 26);
    at += 35000;
    const char *second = PART("35001-61439", "");
    assert_memory_equal(at, second, strlen(second));
    at += strlen(second);
    for (size_t i = 35001; i < 61440; i++)
        assert_int_equal(at[i - 35001], 'a' + i % 26);
    assert_string_equal(at + 61440 - 35001, "\r\n--part--\r\n" HELLO);
    talk_deinit(&talk);
}

static void test_connection_lost_between_pieces_wants_nothing_more(void **state)
{
    (void)state;
    struct talk talk;
    talk_init(&talk);
    size_t len;
    static const char request[] = GET "Range: bytes=0-34999,35001-61439\r\n\r\n";
    memcpy(krt_conn_space(talk.conn, &len), request, sizeof request - 1);
    krt_conn_received(talk.conn, sizeof request - 1, &talk.now);
    assert_int_equal(krt_conn_want(talk.conn), KRT_WANT_WRITE);
    krt_conn_sent(talk.conn, krt_conn_output(talk.conn).len, &talk.now);
    assert_int_equal(krt_conn_want(talk.conn), KRT_WANT_WRITE);
    krt_conn_lost(talk.conn);
    assert_int_equal(krt_conn_want(talk.conn), KRT_WANT_CLOSE);
    talk_deinit(&talk);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices_do_not_depend_on_delivery),
        cmocka_unit_test(test_large_ranges_keep_their_order),
        cmocka_unit_test(test_connection_lost_between_pieces_wants_nothing_more),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
