/* Requests for the files of a directory, through a connection. */
#include "directory.h"
#include "sample.h"
#include "talk.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define FIELDS(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n"
#define FILE_OF(file, length, text)                                                    \
    {                                                                                  \
        .name = KRT_LITERAL(file), .response = {                                       \
            .status = 200,                                                             \
            .plain = {.head = KRT_LITERAL(FIELDS(length)), .body = KRT_LITERAL(text)}  \
        }                                                                              \
    }

static const struct krt_file files[] = {
    FILE_OF("a", "1", "A"),        FILE_OF("a b", "2", "AB"),
    FILE_OF("a.b/i", "2", "I1"),   FILE_OF("a/i", "2", "I2"),
    FILE_OF("b/c/d", "1", "D"),    FILE_OF("i", "2", "I0"),
    FILE_OF("\xC3\xA4", "1", "U"),
};

/* "a" is both, which no disk has: the file goes first. */
static const struct krt_folder folders[] = {
    {KRT_LITERAL(""), &files[5].response},
    {KRT_LITERAL("a"), &files[3].response},
    {KRT_LITERAL("a.b"), &files[2].response},
};

static const struct krt_directory directory = {files, LENGTH(files), folders,
                                               LENGTH(folders)};
static const struct krt_directory bare = {files, LENGTH(files), NULL, 0};
static const struct krt_parameter path_parameter = {"path", NULL, NULL, NULL};
static const struct krt_parameter default_parameter = {"path", NULL, NULL, "b/c/d"};

static const struct krt_route routes[] = {
    {.name = "GET /s/{*path}",
     .pattern = "/s\3/\2",
     .parameters = &path_parameter,
     .n_parameters = 1,
     .answer = krt_answer_directory,
     .lacks = krt_directory_lacks,
     .answer_data = &directory},
    {.name = "GET /b/{*path}",
     .pattern = "/b\3/\2",
     .parameters = &path_parameter,
     .n_parameters = 1,
     .answer = krt_answer_directory,
     .lacks = krt_directory_lacks,
     .answer_data = &bare},
    {.name = "GET /d/{*path=b/c/d}",
     .pattern = "/d\3/\2",
     .parameters = &default_parameter,
     .n_parameters = 1,
     .answer = krt_answer_directory,
     .lacks = krt_directory_lacks,
     .answer_data = &directory},
};

static int match(const unsigned char *path, struct krt_slice *values)
{
    static const char letters[] = "sbd";
    const char *letter = path[1] != '\0' ? strchr(letters, path[1]) : NULL;
    size_t len = strlen((const char *)path);
    if (!letter || (path[2] != '/' && path[2] != '\0'))
        return KRT_NO_ROUTE;
    values[0] =
        len > 3 ? (struct krt_slice){path + 3, len - 3} : (struct krt_slice){NULL, 0};
    return (int)(letter - letters);
}

static int find_method(const unsigned char *line)
{
    return *line == 'G' ? 0 : *line == 'H' ? 1 : KRT_METHOD_UNUSED;
}

static const struct krt_method methods[] = {{"GET", match}, {"HEAD", match}};

static const struct krt_route unmatched = {
    .name = "unmatched",
    .pattern = "",
    .response = {.status = 404,
                 .plain = {.head = KRT_LITERAL("HTTP/1.1 404 Not Found\r\n"
                                               "Content-Length: 4\r\n"),
                           .body = KRT_LITERAL("lost")}},
};

#define PROGRAM                                                                        \
    .name = "t", .spec = "t.yaml", .pipe = "t", .routes = routes,                      \
    .n_routes = LENGTH(routes), .methods = methods, .n_methods = LENGTH(methods),      \
    .find_method = find_method

static const struct krt_program program = {PROGRAM, .begin = krt_begin_exchange};
static const struct krt_program with_unmatched = {PROGRAM, .begin = krt_begin_exchange,
                                                  .unmatched = &unmatched};

#define HOST " HTTP/1.1\r\nHost: a\r\n\r\n"
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define OK(length, text) FIELDS(length) DATE "\r\n" text
#define MOVED(to)                                                                      \
    "HTTP/1.1 308 Permanent Redirect\r\nLocation: " to                                 \
    "\r\nContent-Length: 0\r\n" DATE "\r\n"
#define MISSING "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" DATE "\r\n"
#define LOST "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n" DATE "\r\nlost"

struct row {
    const char *target;
    const char *answer;
};

static void check(const struct krt_program *served, const char *method,
                  const struct row *row)
{
    struct talk talk;
    char request[256];
    talk_init(&talk);
    talk.service.program = served;
    strcpy(request, method);
    strcat(request, row->target);
    strcat(request, HOST);
    talk_say(&talk, request);
    expect_text(row->target, talk.output, row->answer);
    talk_deinit(&talk);
}

static void test_names_are_found(void **state)
{
    static const struct row rows[] = {
        {"/s/a", OK("1", "A")},
        {"/s/a%20b", OK("2", "AB")},
        {"/s/b/c/d", OK("1", "D")},
        {"/s/%C3%A4", OK("1", "U")},
        {"/s/x/../a", OK("1", "A")},
        {"/s/%2e%2e/s/%61", OK("1", "A")},
        {"/s/a?b=c", OK("1", "A")},
        {"/s/A", MISSING},
        {"/s/a%2Fi", MISSING},
        {"/s/..%2fa", MISSING},
        {"/s/../a", MISSING},
        {"/s/b/c", MISSING},
        {"/s/b/c/d/", MISSING},
        {"/s/b/c/d/e", MISSING},
        {"/s//a", MISSING},
        {"/s/%E4", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n" DATE
                   "Connection: close\r\n\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        check(&program, "GET ", &rows[i]);
}

static void test_folders_have_their_index(void **state)
{
    static const struct row rows[] = {
        {"/s/", OK("2", "I0")},
        {"/s", MOVED("/s/")},
        {"/s?a/b", MOVED("/s/?a/b")},
        {"/s/a/", OK("2", "I2")},
        {"/s/a.b/", OK("2", "I1")},
        {"/s/a.b", MOVED("/s/a.b/")},
        {"/s/x/../a.b", MOVED("/s/a.b/")},
        {"/s/a.b//", MISSING},
        {"/s/b/", MISSING},
        {"/s/b", MISSING},
        {"/b", MISSING},
        {"/b/", MISSING},
        {"/b/a", OK("1", "A")},
        {"/d", OK("1", "D")},
        {"/d/a", OK("1", "A")},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        check(&program, "GET ", &rows[i]);
}

static void test_head_has_no_body(void **state)
{
    static const struct row rows[] = {
        {"/s/a", OK("1", "")},
        {"/s", MOVED("/s/")},
        {"/s/x", MISSING},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        check(&program, "HEAD ", &rows[i]);
}

static void test_missing_names_are_unmatched(void **state)
{
    static const struct row rows[] = {
        {"/s/a", OK("1", "A")},
        {"/s/x", LOST},
        {"/b/", LOST},
        {"/x", LOST},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        check(&with_unmatched, "GET ", &rows[i]);
}

/* ---- What a name that is not there has in common with an unknown path ---- */

static struct {
    struct krt_verdict verdict;
    int status;
    bool is_invalid;
} told;

static void remember(void *context, struct krt_conn *conn,
                     const struct krt_answer *answer)
{
    (void)context;
    (void)conn;
    told.verdict = *answer->verdict;
    told.status = answer->status;
    told.is_invalid = answer->is_invalid;
}

static void test_missing_names_are_told_as_such(void **state)
{
    struct talk talk;
    (void)state;
    talk_init(&talk);
    talk.service.program = &with_unmatched;
    talk.service.answered = remember;
    talk_say(&talk, "GET /s/x" HOST);
    talk_check_output(&talk, LOST);
    assert_int_equal(told.verdict.route, KRT_NO_ROUTE);
    assert_int_equal(told.verdict.status, 404);
    assert_int_equal(told.verdict.near.reason, KRT_NEAR_ABSENT);
    assert_int_equal(told.verdict.near.route, 0);
    assert_true(told.is_invalid);
    talk_say(&talk, "GET /s/a" HOST);
    assert_int_equal(told.verdict.route, 0);
    assert_false(told.is_invalid);
    talk_deinit(&talk);
}

static void test_missing_names_are_explained(void **state)
{
    static const char expected[] = "HTTP/1.1 404 Not Found\r\n";
    struct talk talk;
    (void)state;
    talk_init(&talk);
    talk.service.program = &with_unmatched;
    talk.service.explain = true;
    talk_say(&talk, "GET /s/x" HOST);
    assert_memory_equal(talk.output, expected, sizeof expected - 1);
    assert_non_null(strstr(talk.output, "GET /s/{*path} (t.yaml:0) has no such file"));
    assert_non_null(strstr(talk.output, "\"reason\":\"absent\""));
    talk_deinit(&talk);
}

static int echo(struct krt_exchange *exchange, const void *data)
{
    (void)data;
    krt_respond(exchange, NULL, exchange->body.at, exchange->body.len);
    return KRT_DONE;
}

/* With its delay, and the body that it wants. */
static void test_unmatched_has_its_own_way(void **state)
{
    static const struct krt_route slow = {.name = "unmatched",
                                          .keeps_body = true,
                                          .answer = echo,
                                          .delay_min_ms = 20,
                                          .delay_max_ms = 20};
    static const struct krt_program slow_program = {
        PROGRAM, .begin = krt_begin_exchange, .unmatched = &slow};
    struct talk talk;
    (void)state;
    talk_init(&talk);
    talk.service.program = &slow_program;
    assert_int_equal(talk_say(&talk, "GET /s/x HTTP/1.1\r\nHost: a\r\n"
                                     "Content-Length: 3\r\n\r\nabc"),
                     KRT_WANT_WAIT);
    assert_int_equal(talk_deadline(&talk), 20);
    talk_wait(&talk, 20);
    krt_conn_resumed(talk.conn, &talk.now);
    talk_flush(&talk);
    talk_check_output(&talk, OK("3", "abc"));
    krt_conn_release(talk.conn);
    talk_deinit(&talk);
}

/* What a request line has room for a head may not have. */
static void test_long_targets_are_refused(void **state)
{
    static const struct {
        size_t len;
        const char *answer;
    } cases[] = {
        {8111, "HTTP/1.1 308 Permanent Redirect\r\nLocation: /s/?x"},
        {8112, "HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\n" DATE "\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct talk talk;
        char request[9000] = "GET /s?";
        size_t start = strlen("GET ");
        memset(request + strlen(request), 'x', cases[i].len - strlen("/s?"));
        strcpy(request + start + cases[i].len, HOST);
        talk_init(&talk);
        talk.service.program = &program;
        talk_say(&talk, request);
        if (strncmp(talk.output, cases[i].answer, strlen(cases[i].answer)) != 0)
            fail_msg("%zu: got\n%s", cases[i].len, talk.output);
        talk_deinit(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_folders_have_their_index),
        cmocka_unit_test(test_head_has_no_body),
        cmocka_unit_test(test_missing_names_are_unmatched),
        cmocka_unit_test(test_missing_names_are_told_as_such),
        cmocka_unit_test(test_missing_names_are_explained),
        cmocka_unit_test(test_unmatched_has_its_own_way),
        cmocka_unit_test(test_long_targets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
