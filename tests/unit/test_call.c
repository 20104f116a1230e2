/* The client's command line: what it refuses, what it sends, what it prints. */
#define _GNU_SOURCE

#include "capture.h"
#include "client.h"
#include "stub.h"
#include "text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define TRY "; try 'prog --help'\n"

enum { ARGUMENTS_MAX = 8 };

static char folder[] = "/tmp/krgen.call.XXXXXX";
static char socket_url[64];
static char body_file[64];

static void join(struct krt_buffer out, const char *prefix, const char *name)
{
    krt_put_text(&out, prefix);
    krt_put_text(&out, folder);
    krt_put_text(&out, name);
    krt_end_text(&out);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    join((struct krt_buffer)KRT_BUFFER(socket_url), "unix:", "/socket");
    join((struct krt_buffer)KRT_BUFFER(body_file), "@", "/body");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* ---- Output ---- */

struct run {
    int code;
    struct capture out;
    struct capture err;
};

static void run(struct run *run, const char *pipe, const char *const *arguments)
{
    char storage[ARGUMENTS_MAX][128];
    char *argv[ARGUMENTS_MAX];
    int argc = 0;
    for (; argc < ARGUMENTS_MAX && arguments[argc]; argc++) {
        struct krt_buffer copy = KRT_BUFFER(storage[argc]);
        krt_put_text(&copy, arguments[argc]);
        krt_end_text(&copy);
        argv[argc] = storage[argc];
    }
    capture_start(&run->out, stdout);
    capture_start(&run->err, stderr);
    run->code = krt_call_main("prog", pipe, argc, argv);
    capture_end(&run->err);
    capture_end(&run->out);
}

/* ---- Errors ---- */

struct usage {
    const char *arguments[ARGUMENTS_MAX];
    const char *message;
};

#define PATH_RULE "a path holds visible ASCII only (percent-encode the rest), unlike "
#define FIELD_RULE "a header field is 'NAME: VALUE', not "
#define DURATION_RULE "a duration is a number with ms, s, m or h, not "

static const struct usage usages[] = {
    {{NULL}, "a call needs METHOD and /path"},
    {{"GET"}, "a call needs METHOD and /path"},
    {{"-i"}, "a call needs METHOD and /path"},
    {{"GET", "pipe"}, "a path starts with '/', unlike pipe"},
    {{"GET", ""}, "a path starts with '/', unlike "},
    {{"GET", "/", "/a"}, "this is not an HTTP method: /a"},
    {{"GET", "/", "GET"}, "a call needs METHOD and /path"},
    {{"GET", "/", "GET", "a"}, "a path starts with '/', unlike a"},
    {{"GET", "/", "GET", "/", "-d", "@-"},
     "several calls cannot all send standard input"},
    {{"G T", "/"}, "this is not an HTTP method: G T"},
    {{"", "/"}, "this is not an HTTP method: "},
    {{"GET\r\n", "/"}, "this is not an HTTP method: GET\r\n"},
    {{"G\xc3\x84", "/"}, "this is not an HTTP method: G\xc3\x84"},
    {{"GET", "/a b"}, PATH_RULE "/a b"},
    {{"GET", "/a\r\nb"}, PATH_RULE "/a\r\nb"},
    {{"GET", "/\x7f"}, PATH_RULE "/\x7f"},
    {{"GET", "/\xc3\xa4"}, PATH_RULE "/\xc3\xa4"},
    {{"GET", "/", "-x"}, "unknown option -x"},
    {{"GET", "/", "--waits", "1s"}, "unknown option --waits"},
    {{"GET", "/", "-H"}, "a value is missing after -H"},
    {{"GET", "/", "-d"}, "a value is missing after -d"},
    {{"GET", "/", "--wait"}, "a value is missing after --wait"},
    {{"GET", "/", "--timeout"}, "a value is missing after --timeout"},
    {{"GET", "/", "-H", "A"}, FIELD_RULE "A"},
    {{"GET", "/", "-H", ":b"}, FIELD_RULE ":b"},
    {{"GET", "/", "-H", ""}, FIELD_RULE ""},
    {{"GET", "/", "-H", "A: b\r\nC: d"}, FIELD_RULE "A: b\r\nC: d"},
    {{"GET", "/", "--wait", ""}, DURATION_RULE ""},
    {{"GET", "/", "--wait", "1"}, DURATION_RULE "1"},
    {{"GET", "/", "--wait", "s"}, DURATION_RULE "s"},
    {{"GET", "/", "--wait", "-1s"}, DURATION_RULE "-1s"},
    {{"GET", "/", "--wait", "1.5s"}, DURATION_RULE "1.5s"},
    {{"GET", "/", "--wait", "1 s"}, DURATION_RULE "1 s"},
    {{"GET", "/", "--timeout", "1d"}, DURATION_RULE "1d"},
    {{"GET", "/", "--timeout", "99999999999999999999s"},
     DURATION_RULE "99999999999999999999s"},
};

static void test_usage_errors_are_told(void **state)
{
    (void)state;
    static struct run ran;
    for (size_t i = 0; i < LENGTH(usages); i++) {
        char expected[256];
        snprintf(expected, sizeof expected, "prog: %s" TRY, usages[i].message);
        run(&ran, socket_url, usages[i].arguments);
        assert_string_equal(ran.err.text, expected);
        assert_string_equal(ran.out.text, "");
        assert_int_equal(ran.code, KRT_ERR_INVALID);
    }
}

static void test_too_many_fields_are_refused(void **state)
{
    (void)state;
    enum { N = 65 };
    static char words[4][8] = {"GET", "/", "-H", "A: b"};
    char *argv[2 + 2 * N] = {words[0], words[1]};
    struct capture err;
    for (size_t i = 2; i < LENGTH(argv); i++)
        argv[i] = words[2 + i % 2];
    capture_start(&err, stderr);
    int code = krt_call_main("prog", socket_url, LENGTH(argv), argv);
    capture_end(&err);
    assert_int_equal(code, KRT_ERR_INVALID);
    assert_string_equal(err.text, "prog: there are too many header fields" TRY);
}

static void test_failures_are_told(void **state)
{
    (void)state;
    static struct run ran;
    static const char *const get[ARGUMENTS_MAX] = {"GET", "/"};
    static const char *const no_file[ARGUMENTS_MAX] = {"GET", "/", "-d", "@/no/where"};
    run(&ran, socket_url, get);
    assert_int_equal(ran.code, KRT_ERR_ABSENT);
    assert_non_null(strstr(ran.err.text, "no server listens on this pipe"));
    run(&ran, "", get);
    assert_int_equal(ran.code, KRT_ERR_INVALID);
    assert_string_equal(ran.err.text, "prog: the pipe's name is empty\n");
    run(&ran, socket_url, no_file);
    assert_int_equal(ran.code, KRT_ERR_SYSTEM);
    assert_non_null(strstr(ran.err.text, "cannot read /no/where"));
}

/* ---- Calls ---- */

struct call {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    const char *reply;
    const char *request; /* all of it, or NULL */
    const char *out;
    const char *err;
};

#define START(line) line " HTTP/1.1\r\nhost: localhost\r\n"
#define DEFAULTS "accept: */*\r\nconnection: close\r\n"
#define REPLY "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
#define LACKING "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"

static const struct call calls[] = {
    {"GET", {"GET", "/a?b"}, REPLY, START("GET /a?b") DEFAULTS "\r\n", "abc", ""},
    {"options first", {"-i", "GET", "/"}, REPLY, NULL, REPLY, ""},
    {"failure",
     {"GET", "/"},
     LACKING,
     NULL,
     "no",
     "prog: the server answered 404 Not Found\n"},
    {"failure with its head", {"GET", "/", "-i"}, LACKING, NULL, LACKING, ""},
    {"HEAD",
     {"HEAD", "/"},
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
     NULL,
     "",
     ""},
    {"field",
     {"GET", "/", "-H", "A: b"},
     REPLY,
     START("GET /") DEFAULTS "A: b\r\n\r\n",
     "abc",
     ""},
    {"data",
     {"POST", "/", "-d", "x y"},
     REPLY,
     START("POST /") DEFAULTS "content-length: 3\r\n\r\nx y",
     "abc",
     ""},
    {"no data",
     {"POST", "/", "-d", ""},
     REPLY,
     START("POST /") DEFAULTS "content-length: 0\r\n\r\n",
     "abc",
     ""},
    {"data of a file",
     {"POST", "/", "-d", body_file},
     REPLY,
     START("POST /") DEFAULTS "content-length: 9\r\n\r\nfrom file",
     "abc",
     ""},
    {"JSON",
     {"POST", "/", "--json", "-d", "{}"},
     REPLY,
     START("POST /") "connection: close\r\ncontent-length: 2\r\n"
                     "Content-Type: application/json\r\n"
                     "Accept: application/json\r\n\r\n{}",
     "abc",
     ""},
    {"durations",
     {"GET", "/", "--wait", "1h", "--timeout", "90s"},
     REPLY,
     NULL,
     "abc",
     ""},
};

static void check_call(const struct call *call)
{
    static struct run ran;
    static struct stub stub;
    struct krt_error error;
    stub = (struct stub){
        .manner = STUB_STAYS, .reply = call->reply, .reply_len = strlen(call->reply)};
    assert_int_equal(krt_endpoint_parse(&stub.endpoint, socket_url, &error), KRT_OK);
    stub_start(&stub);
    run(&ran, socket_url, call->arguments);
    stub_join(&stub);
    if (ran.code != KRT_OK || strcmp(ran.out.text, call->out) != 0 ||
        strcmp(ran.err.text, call->err) != 0)
        fail_msg("%s: %d, '%s', '%s'", call->name, ran.code, ran.out.text,
                 ran.err.text);
    if (call->request)
        assert_string_equal(stub.request, call->request);
}

static void make_file(const char *text)
{
    FILE *file = fopen(body_file + 1, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_calls_print_what_they_are_told_to(void **state)
{
    (void)state;
    make_file("from file");
    for (size_t i = 0; i < LENGTH(calls); i++)
        check_call(&calls[i]);
    unlink(body_file + 1);
}

static void play(struct run *ran, struct stub *stub, const char *const *arguments)
{
    struct krt_error error;
    stub->manner = STUB_PLAYS;
    assert_int_equal(krt_endpoint_parse(&stub->endpoint, socket_url, &error), KRT_OK);
    stub_start(stub);
    run(ran, socket_url, arguments);
    stub_join(stub);
    assert_int_equal(stub->n_connections, 1);
}

/* Each sends the file from its start, and only the last asks for the end. */
static void test_several_calls_are_made_in_order(void **state)
{
    (void)state;
    static struct run ran;
    static struct stub stub;
    static const struct stub_turn turns[] = {{.reply = REPLY}, {.reply = LACKING}};
    static const char *const arguments[ARGUMENTS_MAX] = {"PUT",  "/a", "-H", "A: b",
                                                         "POST", "/b", "-d", body_file};
    make_file("from file");
    stub = (struct stub){.turns = turns, .n_turns = LENGTH(turns)};
    play(&ran, &stub, arguments);
    unlink(body_file + 1);
    assert_int_equal(ran.code, KRT_OK);
    assert_string_equal(ran.out.text, "abcno");
    assert_string_equal(ran.err.text, "prog: the server answered 404 Not Found\n");
    assert_string_equal(
        stub.request, START("PUT /a") "accept: */*\r\ncontent-length: 9\r\n"
                                      "A: b\r\n\r\nfrom file" START("POST /b") DEFAULTS
        "content-length: 9\r\nA: b\r\n\r\nfrom file");
}

static void test_calls_end_with_the_first_that_fails(void **state)
{
    (void)state;
    static struct run ran;
    static struct stub stub;
    static const struct stub_turn turns[] = {
        {.reply = REPLY}, {.reply = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}};
    static const char *const arguments[ARGUMENTS_MAX] = {"GET", "/a",  "GET",
                                                         "/b",  "GET", "/c"};
    stub = (struct stub){.turns = turns, .n_turns = LENGTH(turns)};
    play(&ran, &stub, arguments);
    assert_int_equal(ran.code, KRT_ERR_PROTOCOL);
    assert_string_equal(ran.out.text, "abc");
    assert_null(strstr(stub.request, "/c"));
}

/* A full disk; what becomes of a pipe without a reader is seen from outside only. */
static void test_output_that_fails_is_told(void **state)
{
    (void)state;
    static struct stub stub;
    static char words[2][8] = {"GET", "/"};
    char *argv[] = {words[0], words[1]};
    struct capture err;
    struct krt_error error;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    stub =
        (struct stub){.manner = STUB_STAYS, .reply = REPLY, .reply_len = strlen(REPLY)};
    assert_int_equal(krt_endpoint_parse(&stub.endpoint, socket_url, &error), KRT_OK);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    stub_start(&stub);
    capture_start(&err, stderr);
    dup2(fileno(full), STDOUT_FILENO);
    int code = krt_call_main("prog", socket_url, LENGTH(argv), argv);
    dup2(saved, STDOUT_FILENO);
    capture_end(&err);
    stub_join(&stub);
    close(saved);
    fclose(full);
    assert_int_equal(code, KRT_ERR_SYSTEM);
    assert_string_equal(err.text,
                        "prog: cannot write to standard output: its reader has gone, "
                        "or the disk is full\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage_errors_are_told),
        cmocka_unit_test(test_too_many_fields_are_refused),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_calls_print_what_they_are_told_to),
        cmocka_unit_test(test_several_calls_are_made_in_order),
        cmocka_unit_test(test_calls_end_with_the_first_that_fails),
        cmocka_unit_test(test_output_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
