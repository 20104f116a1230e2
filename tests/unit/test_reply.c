#define _POSIX_C_SOURCE 200809L

#include "reply.h"
#include "unit.h"

#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const int64_t day = 86400;

/* ---- Date ---- */

static void check_date(int64_t unix_seconds, const char *expected)
{
    struct krt_date date = {0};
    krt_date_update(&date, unix_seconds);
    if (date.len != strlen(expected) || memcmp(date.field, expected, date.len) != 0)
        fail_msg("%lld: expected '%s', got '%.*s'", (long long)unix_seconds, expected,
                 (int)date.len, date.field);
}

static void check_date_by_library(int64_t unix_seconds)
{
    char expected[64];
    struct tm parts;
    time_t time = (time_t)unix_seconds;
    assert_non_null(gmtime_r(&time, &parts));
    strftime(expected, sizeof expected, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    check_date(unix_seconds, expected);
}

static void test_date_knows_these_instants(void **state)
{
    (void)state;
    static const struct {
        int64_t unix_seconds;
        const char *expected;
    } cases[] = {
        {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"}, /* RFC 9110 */
        {68169599, "Date: Mon, 28 Feb 1972 23:59:59 GMT\r\n"},
        {68169600, "Date: Tue, 29 Feb 1972 00:00:00 GMT\r\n"},
        {951782400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"},
        {951868799, "Date: Tue, 29 Feb 2000 23:59:59 GMT\r\n"},
        {951868800, "Date: Wed, 01 Mar 2000 00:00:00 GMT\r\n"},
        {978307199, "Date: Sun, 31 Dec 2000 23:59:59 GMT\r\n"},
        {978307200, "Date: Mon, 01 Jan 2001 00:00:00 GMT\r\n"},
        {2147483647, "Date: Tue, 19 Jan 2038 03:14:07 GMT\r\n"},
        {2147483648, "Date: Tue, 19 Jan 2038 03:14:08 GMT\r\n"},
        {4107542399, "Date: Sun, 28 Feb 2100 23:59:59 GMT\r\n"},
        {4107542400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"},
        {253402300799, "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_date(cases[i].unix_seconds, cases[i].expected);
}

/* Each day of more than a 400-year cycle, at its ends and at a wandering time. */
static void test_date_agrees_with_the_library(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 450 * 366; i++) {
        check_date_by_library(i * day);
        check_date_by_library(i * day + day - 1);
        check_date_by_library(i * day + i * 7919 % day);
    }
}

static void test_date_tells_every_second_of_a_day(void **state)
{
    (void)state;
    for (int64_t second = 0; second < day; second++)
        check_date_by_library(951782400 + second);
}

static void test_date_follows_the_clock(void **state)
{
    (void)state;
    struct krt_date date = {0};
    krt_date_update(&date, 0);
    krt_date_update(&date, 0);
    assert_memory_equal(date.field, "Date: Thu, 01 Jan 1970 00:00:00", 31);
    krt_date_update(&date, 1);
    assert_memory_equal(date.field, "Date: Thu, 01 Jan 1970 00:00:01", 31);
    krt_date_update(&date, 0); /* clocks are set back */
    assert_memory_equal(date.field, "Date: Thu, 01 Jan 1970 00:00:00", 31);
}

/* Proves that an unchanged second is not formatted again. */
static void test_date_is_formatted_once_a_second(void **state)
{
    (void)state;
    struct krt_date date = {0};
    krt_date_update(&date, 5);
    date.field[0] = '!';
    krt_date_update(&date, 5);
    assert_int_equal(date.field[0], '!');
}

/* ---- Responses ---- */

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

/* The whole of a response. */
static struct krt_content whole(const struct krt_response *response)
{
    return (struct krt_content){.response = response,
                                .form = &response->plain,
                                .status = response->status,
                                .n_ranges = 1};
}

static struct krt_date known_date(void)
{
    struct krt_date date = {0};
    krt_date_update(&date, 784111777);
    return date;
}

static void check_output(struct krt_buffer *output, const char *expected)
{
    assert_string_equal(krt_end_text(output), expected);
}

static void test_status_reply_is_whole(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum krt_persistence persistence;
        const char *allow;
        const char *expected;
    } cases[] = {
        {404, KRT_KEEP, NULL,
         "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" DATE "\r\n"},
        {400, KRT_CLOSE, NULL,
         "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n" DATE
         "Connection: close\r\n\r\n"},
        {404, KRT_KEEP_EXPLICITLY, NULL,
         "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" DATE
         "Connection: keep-alive\r\n\r\n"},
        {405, KRT_KEEP, "GET, HEAD",
         "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"
         "Content-Length: 0\r\n" DATE "\r\n"},
        {405, KRT_KEEP, "",
         "HTTP/1.1 405 Method Not Allowed\r\nAllow: \r\nContent-Length: 0\r\n" DATE
         "\r\n"},
        {204, KRT_KEEP, "GET", "HTTP/1.1 204 No Content\r\nAllow: GET\r\n" DATE "\r\n"},
        {204, KRT_CLOSE, NULL,
         "HTTP/1.1 204 No Content\r\n" DATE "Connection: close\r\n\r\n"},
        {299, KRT_KEEP, NULL,
         "HTTP/1.1 299 Status\r\nContent-Length: 0\r\n" DATE "\r\n"},
    };
    struct krt_date date = known_date();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char storage[512];
        struct krt_buffer output = KRT_BUFFER(storage);
        krt_reply_status(&output, cases[i].status, cases[i].allow, &date,
                         cases[i].persistence);
        check_output(&output, cases[i].expected);
    }
}

static void test_head_gets_date_and_persistence(void **state)
{
    (void)state;
    static const struct krt_response response = {
        .status = 200,
        .plain = {.head = KRT_LITERAL("HTTP/1.1 200 OK\r\nA: b\r\n"),
                  .body = KRT_LITERAL("body")}};
    static const struct {
        enum krt_persistence persistence;
        const char *expected;
    } cases[] = {
        {KRT_KEEP, "HTTP/1.1 200 OK\r\nA: b\r\n" DATE "\r\n"},
        {KRT_KEEP_EXPLICITLY,
         "HTTP/1.1 200 OK\r\nA: b\r\n" DATE "Connection: keep-alive\r\n\r\n"},
        {KRT_CLOSE, "HTTP/1.1 200 OK\r\nA: b\r\n" DATE "Connection: close\r\n\r\n"},
    };
    struct krt_date date = known_date();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char storage[512];
        struct krt_buffer output = KRT_BUFFER(storage);
        struct krt_content content = whole(&response);
        krt_reply_content(&output, &content, &date, cases[i].persistence);
        check_output(&output, cases[i].expected);
    }
}

static void test_replies_append(void **state)
{
    (void)state;
    char storage[512];
    struct krt_date date = {0};
    struct krt_buffer output = KRT_BUFFER(storage);
    krt_reply_continue(&output);
    krt_reply_status(&output, 404, NULL, &date, KRT_KEEP);
    check_output(&output, "HTTP/1.1 100 Continue\r\n\r\n"
                          "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

/* The largest head that a spec may have and the longest Allow leave room to spare. */
static void test_room_is_enough(void **state)
{
    (void)state;
    static char storage[2 * KRT_REPLY_ROOM];
    static char head[KRT_RESPONSE_HEAD_MAX];
    static char allow[KRT_METHODS_MAX * (KRT_METHOD_NAME_MAX + 2) + sizeof "OPTIONS"];
    struct krt_response response = {.status = 200,
                                    .plain = {.head = {head, sizeof head}}};
    struct krt_buffer output = KRT_BUFFER(storage);
    struct krt_date date = known_date();
    memset(allow, 'A', sizeof allow - 1);
    struct krt_content content = whole(&response);
    krt_reply_content(&output, &content, &date, KRT_KEEP_EXPLICITLY);
    assert_in_range(output.len, sizeof head + 1, KRT_REPLY_ROOM);
    output.len = 0;
    krt_reply_status(&output, 431, allow, &date, KRT_KEEP_EXPLICITLY);
    assert_in_range(output.len, sizeof allow, KRT_REPLY_ROOM);
}

/* So do the longest redirect and the largest problem. */
static void test_room_is_enough_for_what_the_client_makes_long(void **state)
{
    (void)state;
    static char storage[2 * KRT_REPLY_ROOM];
    static char target[8 * 1024];
    struct krt_slice slice = {(unsigned char *)target, sizeof target - 1};
    struct krt_buffer output = KRT_BUFFER(storage);
    struct krt_date date = known_date();
    struct krt_head head = {.target = slice, .path = slice};
    struct krt_verdict verdict = {.status = 405,
                                  .near = {.reason = KRT_NEAR_METHOD, .route = 0}};
    memset(target, '\\', sizeof target - 1);
    krt_reply_redirect(&output, &head, &date, KRT_KEEP_EXPLICITLY);
    assert_in_range(output.len, sizeof target, KRT_REPLY_ROOM);
    struct krt_route route = {.name = target, .line = 2147483647};
    struct krt_program program = {.spec = target, .routes = &route};
    struct krt_problem problem = {&program, &verdict, true};
    memset(verdict.allow, 'A', sizeof verdict.allow - 1);
    output.len = 0;
    size_t len = krt_reply_problem(&output, &problem, &date, KRT_KEEP_EXPLICITLY);
    assert_in_range(output.len, len + sizeof verdict.allow, KRT_REPLY_ROOM);
    problem.is_body_sent = false;
    output.len = 0;
    assert_int_equal(krt_reply_problem(&output, &problem, &date, KRT_CLOSE), 0);
}

static void test_reasons_are_those_of_the_registry(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *reason;
    } cases[] = {
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"},
        {505, "HTTP Version Not Supported"},
        {511, "Network Authentication Required"},
        {0, "Status"},
        {299, "Status"},
        {418, "Status"},
        {999, "Status"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_string_equal(krt_reason(cases[i].status), cases[i].reason);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_knows_these_instants),
        cmocka_unit_test(test_date_agrees_with_the_library),
        cmocka_unit_test(test_date_tells_every_second_of_a_day),
        cmocka_unit_test(test_date_follows_the_clock),
        cmocka_unit_test(test_date_is_formatted_once_a_second),
        cmocka_unit_test(test_status_reply_is_whole),
        cmocka_unit_test(test_head_gets_date_and_persistence),
        cmocka_unit_test(test_replies_append),
        cmocka_unit_test(test_room_is_enough),
        cmocka_unit_test(test_room_is_enough_for_what_the_client_makes_long),
        cmocka_unit_test(test_reasons_are_those_of_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
