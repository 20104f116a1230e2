/* The journal of a connection that is talked to. The file, standard error, the clock
 * and memory that runs out are the test's own. */
#include "journal.h"
#include "os.h"
#include "sample.h"
#include "talk.h"
#include "unit.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define TIME ",\"time\":\"1994-11-06T08:49:37.042Z\""
#define PEER ",\"us\":43,\"pid\":7,\"user\":\"anna\""
#define HELLO                                                                          \
    ",\"status\":200,\"bytes\":21,\"route\":\"GET /hello\",\"line\":4" PEER "}\n"
#define MADE                                                                           \
    ",\"status\":201,\"bytes\":4,\"route\":\"POST /hello\",\"line\":5" PEER "}\n"
#define HOST "Host: x\r\n"
#define HOST_FIELD "[\"host\",\"x\"]"

/* ---- The system ---- */

static char file[1024 * 1024];
static size_t file_len;
static size_t file_cap;
static bool is_close_failing;
static char printed[4096];
static size_t printed_len;
static size_t too_large = SIZE_MAX;

void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return size >= too_large ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return size >= too_large ? NULL : __real_realloc(old, size);
}

int64_t krt_os_unix_ms(void)
{
    return SAMPLE_TIME * INT64_C(1000) + 42;
}

int64_t krt_os_now_ms(void)
{
    return 0;
}

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    (void)stream;
    assert_true(printed_len + len < sizeof printed);
    memcpy(printed + printed_len, data, len);
    printed_len += len;
    printed[printed_len] = '\0';
    return KRT_OK;
}

int krt_os_output_open(struct krt_os_output *output, const char *path, bool appends,
                       struct krt_error *error)
{
    assert_false(appends);
    if (strcmp(path, "denied") == 0)
        return krt_error_set(error, KRT_ERR_DENIED, "cannot write %s", path);
    *output = (struct krt_os_output){.name = path};
    return KRT_OK;
}

int krt_os_output_write(struct krt_os_output *output, const void *data, size_t len,
                        struct krt_error *error)
{
    if (file_len + len > file_cap)
        return krt_error_set(error, KRT_ERR_SYSTEM, "cannot write %s", output->name);
    memcpy(file + file_len, data, len);
    file_len += len;
    file[file_len] = '\0';
    return KRT_OK;
}

int krt_os_output_close(struct krt_os_output *output, struct krt_error *error)
{
    return is_close_failing
               ? krt_error_set(error, KRT_ERR_SYSTEM, "cannot close %s", output->name)
               : KRT_OK;
}

/* ---- The world ---- */

struct world {
    struct talk talk;
    struct krt_program program;
    struct krt_log log;
    struct krt_journal *journal;
    struct krt_recording recording;
};

static struct world world;

static void answered(void *context, struct krt_conn *conn,
                     const struct krt_answer *answer)
{
    static const struct krt_identity anna = {.pid = 7, .user = "anna"};
    (void)context;
    (void)conn;
    krt_journal_add(world.journal, answer, &anna, 43, &world.recording);
}

static void received(void *context, struct krt_conn *conn, struct krt_slice piece)
{
    (void)context;
    (void)conn;
    krt_journal_record(world.journal, &world.recording, piece);
}

static int set_up(void **state)
{
    static const char *const redacted[] = {"authorization", "cookie"};
    (void)state;
    memset(&world, 0, sizeof world);
    talk_init(&world.talk);
    world.program = sample_program;
    world.program.journal = (struct krt_journal_limits){3, 64, redacted, 2};
    world.program.limits = world.talk.limits;
    world.talk.service.program = &world.program;
    world.talk.service.answered = answered;
    world.talk.service.received = received;
    world.log = (struct krt_log){.program = "t", .level = KRT_LOG_ERROR};
    file_len = printed_len = 0;
    file[0] = printed[0] = '\0';
    file_cap = sizeof file - 1;
    is_close_failing = false;
    too_large = SIZE_MAX;
    return krt_journal_open(&world.journal, &world.program, "file", &world.log,
                            &(struct krt_error){KRT_OK, ""});
}

static int tear_down(void **state)
{
    (void)state;
    too_large = SIZE_MAX;
    krt_journal_close(world.journal, &(struct krt_error){KRT_OK, ""});
    krt_recording_free(&world.recording);
    krt_conn_release(world.talk.conn);
    talk_deinit(&world.talk);
    return 0;
}

/* A new connection, with the journal as it is. */
static void reconnect(void)
{
    krt_recording_free(&world.recording);
    krt_conn_release(world.talk.conn);
    krt_conn_init(world.talk.conn, &world.talk.service, world.talk.storage,
                  &world.talk.now);
}

static void forget(void)
{
    file_len = 0;
    file[0] = '\0';
}

/* What the file has got by `request`, byte by byte and at once; the numbers differ. */
static void check_data(const char *request, size_t len, const char *expected)
{
    for (size_t piece = 1; piece <= len; piece += len - 1) {
        forget();
        reconnect();
        talk_hear(&world.talk, request, len, piece);
        const char *rest = strstr(file, ",\"time\"");
        assert_non_null(rest);
        expect_text(request, rest, expected);
    }
}

static void check(const char *request, const char *expected)
{
    check_data(request, strlen(request), expected);
}

/* ---- Requests ---- */

static void test_line_tells_the_request_and_its_answer(void **state)
{
    (void)state;
    check("GET /hello?a=%20&b HTTP/1.1\r\n" HOST
          "X-A:\t 1 \"2\" \t\r\nx-a: \xc3\xa9\xff\r\n"
          "Empty:\r\n\r\n",
          TIME ",\"method\":\"GET\",\"path\":\"/hello\",\"query\":\"a=%20&b\","
               "\"fields\":[" HOST_FIELD ",[\"x-a\",\"1 \\\"2\\\"\"],"
               "[\"x-a\",\"\xc3\xa9\xef\xbf\xbd\"],[\"empty\",\"\"]]" HELLO);
}

static void test_line_has_the_values_of_the_path(void **state)
{
    (void)state;
    check(
        "GET /posts/2024/a%22b%0a HTTP/1.1\r\n" HOST "\r\n", TIME
        ",\"method\":\"GET\",\"path\":\"/posts/2024/a%22b%0a\",\"fields\":[" HOST_FIELD
        "],\"status\":200,\"bytes\":2,\"route\":"
        "\"GET /posts/{year:int=2024}/{slug?}\",\"line\":11,\"values\":"
        "{\"year\":\"2024\",\"slug\":\"a\\\"b\\u000A\"}" PEER "}\n");
}

/* Names are compared whole, in any case, on each of several lines. */
static void test_values_of_some_fields_are_not_shown(void **state)
{
    (void)state;
    check("GET /hello HTTP/1.1\r\n" HOST "aUTHORIZATION: secret\r\nCookie:secret\r\n"
          "Authorization-X: 1\r\ncookie:\r\nAuthorizatio: 2\r\n"
          "Authorization: secret, secret\r\n\r\n",
          TIME ",\"method\":\"GET\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD
               ",[\"authorization\",\"[redacted]\"],[\"cookie\",\"[redacted]\"],"
               "[\"authorization-x\",\"1\"],[\"cookie\",\"[redacted]\"],"
               "[\"authorizatio\",\"2\"],[\"authorization\",\"[redacted]\"]]" HELLO);
}

#define REFUSED(status, reason)                                                        \
    ",\"status\":" status ",\"bytes\":0" PEER                                          \
    ",\"invalid\":true,\"message\":\"" reason "\""

/* RFC 9112 section 5.2. What follows is nowhere shown. */
static void test_folded_value_is_not_shown_either(void **state)
{
    (void)state;
    check("GET /hello HTTP/1.1\r\n" HOST "Authorization: secret\r\n secret\r\n\r\n",
          TIME
          ",\"method\":\"GET\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD
          ",[\"authorization\",\"[redacted]\"]]" REFUSED("400", "Bad Request") "}\n");
    check("GET /hello HTTP/1.1\r\n" HOST "Authorization : secret\r\n\r\n",
          TIME ",\"method\":\"GET\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD
               "]" REFUSED("400", "Bad Request") "}\n");
}

static void test_miss_has_its_reason(void **state)
{
    (void)state;
    check("GET /helo HTTP/1.1\r\n" HOST "\r\n", TIME
          ",\"method\":\"GET\",\"path\":\"/helo\",\"fields\":[" HOST_FIELD "]" REFUSED(
              "404", "did you mean GET /hello (sample.yaml:4)?") ",\"nearest\":\"GET "
                                                                 "/hello\",\"nearest_"
                                                                 "line\":4}\n");
    check("GET /zzz HTTP/1.1\r\n" HOST "\r\n",
          TIME ",\"method\":\"GET\",\"path\":\"/zzz\",\"fields\":[" HOST_FIELD
               "]" REFUSED("404", "no route is near") "}\n");
    check("BREW /hello HTTP/1.1\r\n" HOST "\r\n",
          TIME ",\"method\":\"BREW\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD
               "]" REFUSED("501", "Not Implemented") "}\n");
}

/* What the server answers itself without refusing the request. */
static void test_options_are_no_fault(void **state)
{
    (void)state;
    check("OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
          TIME ",\"method\":\"OPTIONS\",\"path\":\"*\",\"fields\":[" HOST_FIELD
               "],\"status\":204,\"bytes\":0" PEER "}\n");
}

static void test_what_is_no_request_is_shown(void **state)
{
    static const char tls[] = "\x16\x03\x01\0x\xff\r\nCookie: a\r\n\r\n";
    (void)state;
    talk_hear(&world.talk, tls, sizeof tls - 1, sizeof tls);
    expect_text("tls", file,
                "{\"number\":1" TIME
                ",\"start\":\"\\u0016\\u0003\\u0001\\u0000x\xef\xbf\xbd\"" REFUSED(
                    "400", "Bad Request") "}\n");
    check("GET /hello\r\n",
          TIME ",\"start\":\"GET /hello\"" REFUSED("400", "Bad Request") "}\n");
    check("AuthorizatioN: Bearer s\r\n\r\n",
          TIME ",\"start\":\"[redacted]\"" REFUSED("400", "Bad Request") "}\n");
    check("Authorizatio: a\r\n\r\n",
          TIME ",\"start\":\"Authorizatio: a\"" REFUSED("400", "Bad Request") "}\n");
}

static void test_unfinished_request_has_what_is_known(void **state)
{
    (void)state;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "Cookie: a\r\nX: hal");
    krt_conn_expired(world.talk.conn, &world.talk.now);
    expect_text("head", file,
                "{\"number\":1" TIME ",\"method\":\"GET\",\"path\":\"/hello\","
                "\"fields\":[" HOST_FIELD ",[\"cookie\",\"[redacted]\"]]" REFUSED(
                    "408", "Request Timeout") "}\n");
    forget();
    reconnect();
    talk_say(&world.talk,
             "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab");
    krt_conn_expired(world.talk.conn, &world.talk.now);
    assert_non_null(strstr(file, ",\"body\":\"ab\",\"received\":2,\"status\":408"));
}

/* ---- Bodies ---- */

#define POST(length)                                                                   \
    "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: " length "\r\n\r\n"
#define POST_LINE(length)                                                              \
    TIME ",\"method\":\"POST\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD            \
         ",[\"content-length\",\"" length "\"]]"

static void test_body_is_text_if_it_can_be(void **state)
{
    (void)state;
    check(
        POST("8") "\"\\\n\t\xc3\xa9{}",
        POST_LINE(
            "8") ",\"body\":\"\\\"\\\\\\u000A\\u0009\xc3\xa9{}\",\"received\":8" MADE);
    check(POST("1") "\xff", POST_LINE("1") ",\"base64\":\"/w==\",\"received\":1" MADE);
    check(POST("2") "\xff\xfe",
          POST_LINE("2") ",\"base64\":\"//4=\",\"received\":2" MADE);
    check(POST("3") "\xff\xfe\xfd",
          POST_LINE("3") ",\"base64\":\"//79\",\"received\":3" MADE);
    check(POST("4") "a\xe2\x82\x61",
          POST_LINE("4") ",\"base64\":\"YeKCYQ==\",\"received\":4" MADE);
    check(POST("3") "a\xe2\x82",
          POST_LINE("3") ",\"base64\":\"YeKC\",\"received\":3" MADE);
    check_data(POST("2") "a", sizeof POST("2") "a",
               POST_LINE("2") ",\"body\":\"a\\u0000\","
                              "\"received\":2" MADE);
    check(POST("0"), POST_LINE("0") MADE);
}

static void test_chunks_are_put_together(void **state)
{
    (void)state;
    check(
        "POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
        TIME
        ",\"method\":\"POST\",\"path\":\"/hello\",\"fields\":[" HOST_FIELD
        ",[\"transfer-encoding\",\"chunked\"]],\"body\":\"abcde\",\"received\":5" MADE);
}

/* At whatever byte of a character the body is cut. */
static void test_cut_body_ends_with_a_character(void **state)
{
    static const struct {
        const char *sent; /* 5 bytes, of which 4 are kept */
        const char *told;
    } cases[] = {
        {"abcde", ",\"body\":\"abcd\""},
        {"abc\xc3\xa9", ",\"body\":\"abc\""},
        {"ab\xe2\x82\xac", ",\"body\":\"ab\""},
        {"a\xe2\x82\xac.", ",\"body\":\"a\xe2\x82\xac\""},
        {"a\xf0\x9f\x98\x80", ",\"body\":\"a\""},
        {"abc\xff.", ",\"base64\":\"YWJj/w==\""},
        {"ab\xe2..", ",\"base64\":\"YWLiLg==\""},
    };
    (void)state;
    world.program.journal.body = 4;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char request[200] = POST("5");
        char line[400] = POST_LINE("5");
        strcat(request, cases[i].sent);
        strcat(line, cases[i].told);
        strcat(line, ",\"received\":5,\"cut\":true" MADE);
        check(request, line);
    }
    world.program.journal.body = 0;
    check(POST("1") "a",
          POST_LINE("1") ",\"body\":\"\",\"received\":1,\"cut\":true" MADE);
}

static void test_next_request_has_a_body_of_its_own(void **state)
{
    (void)state;
    talk_say(&world.talk,
             POST("1") "a" POST("1") "b"
                                     "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    expect_text("pipelined", file,
                "{\"number\":1" POST_LINE(
                    "1") ",\"body\":\"a\",\"received\":1" MADE
                         "{\"number\":2" POST_LINE(
                             "1") ",\"body\":\"b\",\"received\":1" MADE
                                  "{\"number\":3" TIME
                                  ",\"method\":\"GET\",\"path\":\"/hello\","
                                  "\"fields\":[" HOST_FIELD "]" HELLO);
}

/* ---- Memory ---- */

static const struct krt_journal_entry *entry_at(size_t index)
{
    return krt_journal_entry(world.journal, index);
}

static void test_latest_entries_are_kept(void **state)
{
    (void)state;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(krt_journal_count(world.journal), 1);
    assert_string_equal(entry_at(0)->line, file);
    talk_say(&world.talk, "GET /helo?a HTTP/1.1\r\n" HOST "\r\n"
                          "GET /empty HTTP/1.1\r\n" HOST "\r\n");
    forget();
    talk_say(&world.talk, "nothing\n");
    assert_int_equal(krt_journal_count(world.journal), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(entry_at(i)->number, i + 2);
    const struct krt_journal_entry *miss = entry_at(0);
    assert_string_equal(miss->summary, "GET /helo?a: 404, did you mean GET /hello "
                                       "(sample.yaml:4)?");
    assert_true(miss->is_invalid && miss->status == 404);
    assert_true(miss->route == KRT_NO_ROUTE && miss->nearest == SAMPLE_HELLO);
    assert_string_equal(entry_at(1)->summary, "GET /empty: 204");
    assert_int_equal(entry_at(1)->route, SAMPLE_EMPTY);
    assert_false(entry_at(1)->is_invalid);
    assert_string_equal(entry_at(2)->summary, "nothing: 400, Bad Request");
    assert_string_equal(entry_at(2)->line, file);
}

static void test_entries_have_bounded_room(void **state)
{
    enum { SIZE = 1000 * 1000 };
    char *body = malloc(SIZE);
    (void)state;
    assert_non_null(body);
    memset(body, 'a', SIZE);
    krt_journal_close(world.journal, &(struct krt_error){KRT_OK, ""});
    world.program.journal.entries = 1000;
    world.program.journal.body = SIZE;
    world.talk.limits.body = SIZE;
    assert_int_equal(
        krt_journal_open(&world.journal, &world.program, NULL, &world.log, NULL),
        KRT_OK);
    for (int i = 0; i < 80; i++) {
        talk_say(&world.talk, POST("1000000"));
        talk_hear(&world.talk, body, SIZE, SIZE);
    }
    size_t n = krt_journal_count(world.journal);
    assert_in_range(n, KRT_JOURNAL_ROOM / SIZE - 3, KRT_JOURNAL_ROOM / SIZE);
    assert_int_equal(entry_at(n - 1)->number, 80);
    free(body);
}

/* The longest texts of what becomes longest. */
static void test_line_has_room_for_everything(void **state)
{
    static const char *const redacted[] = {"a"};
    static char head[32 * 1024];
    (void)state;
    world.program.journal.redacted = redacted;
    world.program.journal.n_redacted = 1;
    for (int i = 0; i < 3; i++) {
        forget();
        reconnect();
        strcpy(head, "GET /hello HTTP/1.1\r\nHost: x\r\n");
        for (int j = 0; j < 90; j++)
            strcat(head, i == 0   ? "a:\r\n"
                         : i == 1 ? "b:\r\n"
                                  : "c:\xff\xff\"\"\"\xff\r\n");
        talk_say(&world.talk, strcat(head, "\r\n"));
        assert_string_equal(file + file_len - strlen(HELLO), HELLO);
    }
    forget();
    reconnect();
    memset(head, 1, sizeof head - 1);
    talk_say(&world.talk, head);
    assert_string_equal(file + file_len - 3, "\"}\n");
    assert_true(file_len > 6 * world.talk.limits.request_line);
    assert_true(strlen(entry_at(krt_journal_count(world.journal) - 1)->summary) <
                KRT_SUMMARY_MAX);
}

/* ---- Failures ---- */

static void test_request_without_memory_has_a_number_at_least(void **state)
{
    struct krt_error error;
    (void)state;
    too_large = 1;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n"
                          "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    too_large = SIZE_MAX;
    expect_text("lost", file,
                "{\"number\":1" TIME ",\"status\":200,\"lost\":\"out of memory\"}\n"
                "{\"number\":2" TIME ",\"status\":200,\"lost\":\"out of memory\"}\n");
    assert_string_equal(printed,
                        "t: error: a request is not in the journal: out of memory\n");
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(krt_journal_count(world.journal), 1);
    assert_int_equal(entry_at(0)->number, 3);
    assert_int_equal(krt_journal_close(world.journal, &error), KRT_ERR_NO_MEMORY);
    assert_string_equal(error.text, "2 requests are not in the journal: out of memory");
    world.journal = NULL;
}

/* A piece that comes after one for which there was no memory would be out of place. */
static void test_body_without_memory_is_cut(void **state)
{
    (void)state;
    talk_say(&world.talk, POST("4") "a");
    too_large = 2;
    talk_say(&world.talk, "b");
    too_large = SIZE_MAX;
    talk_say(&world.talk, "cd");
    assert_non_null(strstr(file, ",\"body\":\"a\",\"received\":4,\"cut\":true"));
}

static void test_full_disk_is_told_once(void **state)
{
    struct krt_error error;
    (void)state;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    size_t len = file_len;
    file_cap = file_len;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    file_cap = sizeof file - 1;
    talk_say(&world.talk, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(file_len, len);
    assert_int_equal(krt_journal_count(world.journal), 3);
    assert_string_equal(printed, "t: error: cannot write file\n");
    assert_int_equal(krt_journal_close(world.journal, &error), KRT_ERR_SYSTEM);
    assert_string_equal(error.text, "cannot write file");
    world.journal = NULL;
}

static void test_failures_of_open_and_close_are_told(void **state)
{
    struct krt_journal *none = NULL;
    struct krt_error error;
    (void)state;
    assert_int_equal(
        krt_journal_open(&none, &world.program, "denied", &world.log, &error),
        KRT_ERR_SYSTEM);
    assert_string_equal(error.text, "cannot write denied");
    assert_null(none);
    is_close_failing = true;
    assert_int_equal(krt_journal_close(world.journal, &error), KRT_ERR_SYSTEM);
    assert_string_equal(error.text, "cannot close file");
    world.journal = NULL;
    assert_int_equal(krt_journal_close(NULL, &error), KRT_OK);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(test_line_tells_the_request_and_its_answer),
        TEST(test_line_has_the_values_of_the_path),
        TEST(test_values_of_some_fields_are_not_shown),
        TEST(test_folded_value_is_not_shown_either),
        TEST(test_miss_has_its_reason),
        TEST(test_options_are_no_fault),
        TEST(test_what_is_no_request_is_shown),
        TEST(test_unfinished_request_has_what_is_known),
        TEST(test_body_is_text_if_it_can_be),
        TEST(test_chunks_are_put_together),
        TEST(test_cut_body_ends_with_a_character),
        TEST(test_next_request_has_a_body_of_its_own),
        TEST(test_latest_entries_are_kept),
        TEST(test_entries_have_bounded_room),
        TEST(test_line_has_room_for_everything),
        TEST(test_request_without_memory_has_a_number_at_least),
        TEST(test_body_without_memory_is_cut),
        TEST(test_full_disk_is_told_once),
        TEST(test_failures_of_open_and_close_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
