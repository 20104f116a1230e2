/* What is in the journal's file when clients hear of it, on scripted transport. */
#include "handling.h"
#include "io_script.h"
#include "sample_text.h"
#include "serving.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define GET(path) "GET " path HOST "\r\n"
#define POST(path, fields) "POST " path HOST fields "\r\n"

/* ---- The program ---- */

static struct krt_exchange *late;

static int make(struct krt_exchange *exchange)
{
    krt_respond(exchange, NULL, "made", 4);
    return KRT_DONE;
}

static int wait_for(struct krt_exchange *exchange)
{
    late = exchange;
    return KRT_LATER;
}

static int break_off(struct krt_exchange *exchange)
{
    (void)exchange;
    return KRT_FAILED;
}

static int refuse(struct krt_exchange *exchange, struct krt_str piece)
{
    (void)exchange;
    (void)piece;
    return KRT_FAILED;
}

static long next(struct krt_exchange *exchange, void *context, char *room, size_t cap)
{
    int *left = context;
    (void)exchange;
    if (*left == 0)
        return 0;
    --*left;
    memset(room, 'a', cap);
    return (long)cap;
}

static int stream(struct krt_exchange *exchange)
{
    static int left;
    left = 5;
    krt_respond_stream(exchange, NULL, next, &left);
    return KRT_DONE;
}

static const struct krt_handler making = {.call = make};
static const struct krt_handler waiting = {.call = wait_for};
static const struct krt_handler failing = {.call = break_off};
static const struct krt_handler refusing = {.call = make, .take = refuse};
static const struct krt_handler streaming = {.call = stream};

static const struct krt_route routes[] = {
    {.name = "GET /static", .pattern = "/static", SAYS("ok", "2")},
    {.name = "GET /slow",
     .pattern = "/slow",
     .delay_min_ms = 100,
     .delay_max_ms = 100,
     SAYS("ok", "2")},
    HANDLED("/made", &making),
    HANDLED("/late", &waiting),
    HANDLED("/fail", &failing),
    STREAMED("/take", &refusing),
    HANDLED("/stream", &streaming),
};

static void finish(void)
{
    krt_respond_static(late, NULL, "late", 4);
    krt_finish(late, KRT_DONE);
}

/* ---- What clients hear ---- */

static size_t n_heard; /* of what an entry must precede */

static size_t count(const char *data, size_t len, const char *mark)
{
    size_t n = 0;
    size_t mark_len = strlen(mark);
    for (size_t i = 0; i + mark_len <= len; i++)
        n += memcmp(data + i, mark, mark_len) == 0;
    return n;
}

static size_t n_lines(void)
{
    return count(io_script_file(), strlen(io_script_file()), "\n");
}

/* The start of a response, or the end of one that is streamed. */
static void hear(const void *data, size_t len)
{
    n_heard += count(data, len, "HTTP/1.1 ");
    n_heard -= count(data, len, "HTTP/1.1 100 ");
    n_heard -= count(data, len, "Transfer-Encoding: chunked");
    n_heard += count(data, len, "0\r\n\r\n") - count(data, len, ": 0\r\n\r\n");
    if (n_heard > n_lines())
        fail_msg("%zu answers, and the journal has\n%s", n_heard, io_script_file());
}

/* Runs `steps`, by which there are to be `n` answers, and as many entries. */
static void run(const struct script_step *steps, size_t n)
{
    struct krt_program program = handling_program(routes, LENGTH(routes));
    struct script script = {.steps = steps, .writing = hear};
    program.has_date = false;
    program.journal = (struct krt_journal_limits){.entries = 5, .body = 100};
    n_heard = 0;
    serving_run_program_once(&program, &script);
    assert_int_equal(n_heard, n);
    assert_int_equal(n_lines(), n);
}

/* Runs a client that says `text`. */
static void run_client(const char *text, long pass, size_t n)
{
    const struct script_step steps[] = {
        CONNECT(0), SEND(0, text), PASS(pass), FINISH(0), STOP(), OVER(),
    };
    run(steps, n);
}

static void test_entry_is_there_before_the_answer(void **state)
{
    static const struct {
        const char *said;
        size_t n;
    } cases[] = {
        {GET("/static"), 1},
        {GET("/static") GET("/made") GET("/none") GET("/static"), 4},
        {"HEAD /static" HOST "\r\n", 1},
        {"OPTIONS /static" HOST "\r\n", 1},
        {GET("/made"), 1},
        {GET("/fail"), 1},
        {GET("/none"), 1},
        {"nothing\r\n\r\n", 1},
        {"GET /static HTTP/1.1\r\n\r\n", 1},
        {POST("/static", "Content-Length: 3\r\n") "abc" GET("/static"), 2},
        {POST("/made", "Content-Length: 3\r\n") "abc" GET("/made"), 2},
        {POST("/static", "Content-Length: 9999999999\r\n"), 1},
        {POST("/static", "Transfer-Encoding: chunked\r\n") "x\r\n", 1},
        {POST("/none", "Content-Length: 3\r\nExpect: 100-continue\r\n"), 1},
        {POST("/take", "Content-Length: 3\r\n") "abc", 1},
        {GET("/slow") GET("/static"), 2},
        {"GET /stat", 1},                                  /* 408 */
        {POST("/static", "Content-Length: 3\r\n") "a", 1}, /* 408 */
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        run_client(cases[i].said, 60 * 1000, cases[i].n);
}

static void test_entry_is_there_before_an_answer_that_was_waited_for(void **state)
{
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET("/late")),
        PASS(1000),
        CALL(finish),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"),
        SEND(0, POST("/made", "Content-Length: 4\r\nExpect: 100-continue\r\n")),
        EXPECT(0, "HTTP/1.1 100 Continue\r\n\r\n"),
        SEND(0, "body"),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmade"),
        STOP(),
        OVER(),
    };
    (void)state;
    run(steps, 2);
    assert_non_null(strstr(io_script_file(), ",\"body\":\"body\",\"received\":4,"));
}

/* ---- Bodies that are made piece by piece ---- */

static void test_entry_is_there_before_the_last_piece(void **state)
{
    (void)state;
    run_client(GET("/stream") GET("/static"), 1, 2);
}

static void check_no_entry(void)
{
    assert_string_equal(io_script_file(), "");
}

static void check_unanswered(const char *path)
{
    const char *line = strstr(io_script_file(), path);
    assert_non_null(line);
    assert_non_null(strstr(line, ",\"status\":0,\"bytes\":0,"));
}

static void check_entry(void)
{
    assert_int_equal(n_lines(), 1);
    assert_non_null(strstr(io_script_file(), ",\"path\":\"/stream\","));
    assert_non_null(strstr(io_script_file(), ",\"status\":200,"));
}

/* A client that is gone has had an answer; one that was to be told has had none. */
static void test_client_that_leaves_amid_a_body_was_answered(void **state)
{
    static const struct script_step steps[] = {
        CONNECT(0),
        CONNECT(1),
        HOLD(0),
        SEND(0, GET("/stream")),
        SEND(1, GET("/late")),
        CALL(check_no_entry),
        BREAK(0),
        PASS(1),
        CALL(check_entry),
        BREAK(1),
        STOP(),
        OVER(),
    };
    struct krt_program program = handling_program(routes, LENGTH(routes));
    struct script script = {.steps = steps};
    (void)state;
    program.journal = (struct krt_journal_limits){.entries = 5, .body = 100};
    serving_run_program_once(&program, &script);
    assert_int_equal(n_lines(), 2);
    check_unanswered(",\"path\":\"/late\",");
}

static void test_stop_amid_a_body_is_an_answer(void **state)
{
    static const struct script_step steps[] = {
        CONNECT(0), HOLD(0), SEND(0, GET("/stream")), PASS(1), STOP(), OVER(),
    };
    struct krt_program program = handling_program(routes, LENGTH(routes));
    struct script script = {.steps = steps};
    (void)state;
    program.journal = (struct krt_journal_limits){.entries = 5, .body = 100};
    serving_run_program_once(&program, &script);
    check_entry();
}

/* The request has come; that its answer takes too long is not its fault. */
static void test_request_that_a_stop_cuts_off_has_called(void **state)
{
    static const struct script_step steps[] = {
        CONNECT(0), SEND(0, GET("/slow")), STOP(), PASS(50), OVER(),
    };
    struct krt_program program = handling_program(routes, LENGTH(routes));
    struct script script = {.steps = steps};
    (void)state;
    program.limits.drain_ms = 50;
    program.journal = (struct krt_journal_limits){.entries = 5, .body = 100};
    serving_run_program_once(&program, &script);
    assert_int_equal(n_lines(), 1);
    check_unanswered(",\"path\":\"/slow\",");
}

/* ---- The disk ---- */

static void test_server_goes_on_without_the_file(void **state)
{
    static const struct script_step steps[] = {
        CONNECT(0),
        SEND(0, GET("/static")),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        CALL(io_script_fill_disk),
        SEND(0, GET("/static") GET("/static")),
        EXPECT(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        EXPECT_LOG("sample: error: cannot write journal\n"),
        STOP(),
        OVER(),
    };
    struct krt_program program = handling_program(routes, LENGTH(routes));
    (void)state;
    program.has_date = false;
    program.journal = (struct krt_journal_limits){.entries = 5, .body = 100};
    serving_run_program(&program, steps);
    assert_int_equal(n_lines(), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry_is_there_before_the_answer),
        cmocka_unit_test(test_entry_is_there_before_an_answer_that_was_waited_for),
        cmocka_unit_test(test_entry_is_there_before_the_last_piece),
        cmocka_unit_test(test_client_that_leaves_amid_a_body_was_answered),
        cmocka_unit_test(test_stop_amid_a_body_is_an_answer),
        cmocka_unit_test(test_request_that_a_stop_cuts_off_has_called),
        cmocka_unit_test(test_server_goes_on_without_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
