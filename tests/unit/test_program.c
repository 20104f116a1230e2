/* krt_main() with the user's init and shutdown functions, in a process of its own that
 * tells on standard output what happens, where its ready line is, too. */
#define _GNU_SOURCE

#include "endpoint.h"
#include "handling.h"
#include "socket_client.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static int init_result;

static void tell(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(99);
}

static int init(void **data)
{
    static int made = 42;
    tell("init\n");
    *data = &made;
    return init_result;
}

static void shut_down(void *data)
{
    tell(*(const int *)data == 42 ? "shutdown\n" : "shutdown of nothing\n");
}

static int answer(struct krt_exchange *exchange)
{
    const int *data = krt_server_data(exchange);
    tell(*data == 42 ? "call\n" : "call with nothing\n");
    return KRT_DONE;
}

static struct krt_exchange *left; /* never freed */

static int never_finish(struct krt_exchange *exchange)
{
    left = exchange;
    tell("late\n");
    return KRT_LATER;
}

static const struct krt_handler handler = {.call = answer};
static const struct krt_handler late_handler = {.call = never_finish};
static const struct krt_route routes[] = {HANDLED("/call", &handler),
                                          HANDLED("/late", &late_handler)};

static char name[64]; /* of the pipe */

static _Noreturn void run(void)
{
    char pipe_option[] = "--pipe";
    char log_option[] = "--log";
    char none[] = "none";
    char program_name[] = "hooks";
    char *argv[] = {program_name, pipe_option, name, log_option, none, NULL};
    struct krt_program program = handling_program(routes, LENGTH(routes));
    program.name = program_name;
    program.init = init;
    program.shutdown = shut_down;
    program.limits.drain_ms = 50;
    exit(krt_main(&program, 5, argv));
}

/* The process, and what it tells. */
struct child {
    pid_t id;
    FILE *output;
};

static struct child start(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct child child = {.id = fork()};
    assert_true(child.id >= 0);
    if (child.id == 0) {
        dup2(ends[1], STDOUT_FILENO);
        run();
    }
    close(ends[1]);
    child.output = fdopen(ends[0], "r");
    return child;
}

static void expect_line(struct child *child, const char *start_of_line)
{
    char line[512] = "";
    char *read_line = fgets(line, sizeof line, child->output);
    if (!read_line || strncmp(line, start_of_line, strlen(start_of_line)) != 0)
        fail_msg("told '%s', not '%s'", line, start_of_line);
}

static void expect_end(struct child *child, int code)
{
    int status;
    assert_int_equal(fgetc(child->output), EOF);
    assert_int_equal(waitpid(child->id, &status, 0), child->id);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
    fclose(child->output);
}

static void check_life(const char *request, const char *told, const char *last)
{
    struct krt_endpoint endpoint;
    struct krt_error error;
    struct child child = start();
    assert_int_equal(krt_endpoint_resolve(&endpoint, name, &error), KRT_OK);
    expect_line(&child, "init\n");
    expect_line(&child, "ready ");
    int client = client_open(&endpoint);
    client_send(client, request, strlen(request));
    expect_line(&child, told);
    kill(child.id, SIGTERM);
    if (last)
        expect_line(&child, last);
    expect_end(&child, 0);
    close(client);
}

static void test_init_comes_first_and_shutdown_last(void **state)
{
    (void)state;
    check_life("GET /call HTTP/1.1\r\nHost: a\r\n\r\n", "call\n", "shutdown\n");
}

/* Its handler may use the data. */
static void test_no_shutdown_while_a_handler_is_left_behind(void **state)
{
    (void)state;
    check_life("GET /late HTTP/1.1\r\nHost: a\r\n\r\n", "late\n", NULL);
}

static void test_failed_init_ends_the_program(void **state)
{
    (void)state;
    init_result = -1;
    struct child child = start();
    expect_line(&child, "init\n");
    expect_end(&child, 1);
    init_result = 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init_comes_first_and_shutdown_last),
        cmocka_unit_test(test_no_shutdown_while_a_handler_is_left_behind),
        cmocka_unit_test(test_failed_init_ends_the_program),
    };
    snprintf(name, sizeof name, "krgen.test.%ld", (long)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
