/* The command line of a generated program, and the environment where it is silent. */
#define _GNU_SOURCE

#include "options.h"

#include "capture.h"
#include "unit.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define TRY "; try 'prog --help'\n"

enum { ARGUMENTS_MAX = 8, VARIABLES_MAX = 4 };

static const struct krt_program program = {
    .name = "prog", .pipe = "spec.pipe", .workers = 3};

/* What is said to the program. */
struct input {
    const char *variables[VARIABLES_MAX]; /* "NAME=VALUE" */
    const char *arguments[ARGUMENTS_MAX];
};

/* putenv() keeps what it is given. */
static void set_variables(const struct input *input, char storage[][64])
{
    clearenv();
    for (size_t i = 0; i < VARIABLES_MAX && input->variables[i]; i++)
        putenv(strcpy(storage[i], input->variables[i]));
}

/* Reads `input`, whose arguments stay in `argv`. */
static int read_input(struct krt_options *options, const struct input *input,
                      char *argv[ARGUMENTS_MAX + 2])
{
    static char arguments[ARGUMENTS_MAX][64];
    static char variables[VARIABLES_MAX][64];
    static char name[] = "prog";
    int argc = 1;
    argv[0] = name;
    for (int i = 0; i < ARGUMENTS_MAX && input->arguments[i]; i++)
        argv[argc++] = strcpy(arguments[i], input->arguments[i]);
    argv[argc] = NULL;
    set_variables(input, variables);
    return krt_options_read(options, &program, argc, argv);
}

/* ---- What is understood ---- */

/* The options that `input` makes, which has no fault. */
static struct krt_options understand(struct input input)
{
    static char *argv[ARGUMENTS_MAX + 2];
    struct krt_options options;
    assert_int_equal(read_input(&options, &input, argv), 0);
    return options;
}

static void test_nothing_said_leaves_what_the_spec_says(void **state)
{
    (void)state;
    struct krt_options options = understand((struct input){.arguments = {NULL}});
    assert_int_equal(options.action, KRT_ACTION_SERVE);
    assert_string_equal(options.pipe, "spec.pipe");
    assert_int_equal(options.level, KRT_LOG_INFO);
    assert_int_equal(options.workers, 3);
    assert_null(options.ready_file);
    assert_null(options.journal);
    assert_null(options.junit);
    assert_false(options.is_unique || options.is_strict || options.is_unverified ||
                 options.explain);
    assert_int_equal(options.timeout_ms + options.idle_exit_ms, 0);
    assert_int_equal(options.max_requests, 0);
    assert_int_equal(options.argc, 0);
}

/* One value for each option that has one, said in one of the ways. */
static void check_values(struct input first, struct input second, struct input third)
{
    struct krt_options options = understand(first);
    assert_string_equal(options.pipe, "a");
    assert_string_equal(options.ready_file, "b");
    assert_string_equal(options.journal, "c");
    assert_string_equal(options.junit, "d");
    options = understand(second);
    assert_int_equal(options.timeout_ms, 1500);
    assert_int_equal(options.idle_exit_ms, 120000);
    assert_int_equal(options.max_requests, 1000000000);
    assert_int_equal(options.workers, 64);
    options = understand(third);
    assert_int_equal(options.level, KRT_LOG_NONE);
    assert_int_equal(options.format, KRT_LOG_JSON);
    assert_int_equal(options.workers, 0);
}

static void test_every_value_has_an_option_and_a_variable(void **state)
{
    (void)state;
    check_values((struct input){.arguments = {"--pipe", "a", "--ready-file", "b",
                                              "--journal", "c", "--junit", "d"}},
                 (struct input){.arguments = {"--timeout", "1500ms", "--idle-exit",
                                              "2m", "--max-requests", "1000000000",
                                              "--workers", "64"}},
                 (struct input){.arguments = {"--log", "none", "--log-format", "json",
                                              "--workers", "auto"}});
    check_values(
        (struct input){.variables = {"KRGEN_PIPE=a", "KRGEN_READY_FILE=b",
                                     "KRGEN_JOURNAL=c", "KRGEN_JUNIT=d"}},
        (struct input){.variables = {"KRGEN_TIMEOUT=1500ms", "KRGEN_IDLE_EXIT=2m",
                                     "KRGEN_MAX_REQUESTS=1000000000",
                                     "KRGEN_WORKERS=64"}},
        (struct input){.variables = {"KRGEN_LOG=none", "KRGEN_LOG_FORMAT=json",
                                     "KRGEN_WORKERS=auto"}});
}

static void check_flags(struct input input, bool is_set)
{
    struct krt_options options = understand(input);
    assert_int_equal(options.is_unique, is_set);
    assert_int_equal(options.is_strict, is_set);
    assert_int_equal(options.is_unverified, is_set);
    assert_int_equal(options.explain, is_set);
}

static void test_flags_are_options_or_variables_of_1_and_0(void **state)
{
    (void)state;
    check_flags((struct input){.arguments = {"--unique", "--strict", "--no-verify",
                                             "--explain"}},
                true);
    check_flags((struct input){.variables = {"KRGEN_UNIQUE=1", "KRGEN_STRICT=true",
                                             "KRGEN_NO_VERIFY=1", "KRGEN_EXPLAIN=1"}},
                true);
    check_flags(
        (struct input){.variables = {"KRGEN_UNIQUE=0", "KRGEN_STRICT=0",
                                     "KRGEN_NO_VERIFY=false", "KRGEN_EXPLAIN=0"}},
        false);
    check_flags((struct input){.variables = {"KRGEN_UNIQUE=", "KRGEN_STRICT=",
                                             "KRGEN_NO_VERIFY=", "KRGEN_EXPLAIN="}},
                false);
}

static void test_the_command_line_wins(void **state)
{
    (void)state;
    struct krt_options options = understand(
        (struct input){.variables = {"KRGEN_PIPE=other", "KRGEN_WORKERS=nonsense",
                                     "KRGEN_STRICT=0", "KRGEN_TIMEOUT=1s"},
                       .arguments = {"--pipe", "mine", "--workers", "2", "--strict"}});
    assert_string_equal(options.pipe, "mine");
    assert_int_equal(options.workers, 2);
    assert_true(options.is_strict);
    assert_int_equal(options.timeout_ms, 1000);
}

static void test_an_empty_variable_says_nothing(void **state)
{
    (void)state;
    struct krt_options options =
        understand((struct input){.variables = {"KRGEN_PIPE=", "KRGEN_WORKERS=",
                                                "KRGEN_JOURNAL=", "KRGEN_TIMEOUT="}});
    assert_string_equal(options.pipe, "spec.pipe");
    assert_int_equal(options.workers, 3);
    assert_null(options.journal);
    assert_int_equal(options.timeout_ms, 0);
}

static void test_a_command_is_all_that_follows(void **state)
{
    (void)state;
    struct krt_options options = understand((struct input){
        .arguments = {"--strict", "--", "npm", "--pipe", "--", "--call", ""}});
    assert_int_equal(options.action, KRT_ACTION_SERVE);
    assert_int_equal(options.argc, 5);
    assert_string_equal(options.argv[0], "npm");
    assert_string_equal(options.argv[3], "--call");
    assert_string_equal(options.argv[4], "");
    assert_null(options.argv[5]);
    assert_string_equal(options.pipe, "spec.pipe");
}

/* Whatever else the environment says is not for clients. */
static void test_a_call_takes_the_pipe_alone_from_the_environment(void **state)
{
    (void)state;
    struct krt_options options = understand(
        (struct input){.variables = {"KRGEN_PIPE=given", "KRGEN_WORKERS=nonsense",
                                     "KRGEN_MAX_REQUESTS=1"},
                       .arguments = {"--call", "GET", "/x", "--wait", "1s"}});
    assert_int_equal(options.action, KRT_ACTION_CALL);
    assert_string_equal(options.pipe, "given");
    assert_int_equal(options.argc, 4);
    assert_string_equal(options.argv[0], "GET");
}

static void test_other_actions_ignore_the_environment(void **state)
{
    (void)state;
    static const struct {
        const char *argument;
        enum krt_action action;
    } cases[] = {{"--help", KRT_ACTION_HELP},
                 {"-h", KRT_ACTION_HELP},
                 {"--version", KRT_ACTION_VERSION},
                 {"--routes", KRT_ACTION_ROUTES}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_options options = understand((struct input){
            .variables = {"KRGEN_WORKERS=nonsense"}, .arguments = {cases[i].argument}});
        assert_int_equal(options.action, cases[i].action);
    }
}

/* ---- What is not ---- */

#define DURATION "a duration such as 500ms, 30s, 10m or 1h"
#define COUNT "a number from 1 to 1000000000"

static const struct {
    struct input input;
    const char *message;
} faults[] = {
    {{.arguments = {"--nonsense"}}, "prog: unknown option --nonsense" TRY},
    {{.arguments = {"nonsense"}}, "prog: unexpected argument nonsense" TRY},
    {{.arguments = {"--log=debug"}}, "prog: unknown option --log=debug" TRY},
    {{.arguments = {"--timeout"}}, "prog: a value is missing after --timeout" TRY},
    {{.arguments = {"--"}}, "prog: a command is missing after --" TRY},
    {{.arguments = {"--spec"}}, "prog: not supported yet: --spec" TRY},
    {{.arguments = {"--timeout", "5"}},
     "prog: --timeout takes " DURATION ", not '5'" TRY},
    {{.arguments = {"--idle-exit", "0s"}},
     "prog: --idle-exit takes " DURATION ", not '0s'" TRY},
    {{.arguments = {"--max-requests", "0"}},
     "prog: --max-requests takes " COUNT ", not '0'" TRY},
    {{.arguments = {"--max-requests", "1000000001"}},
     "prog: --max-requests takes " COUNT ", not '1000000001'" TRY},
    {{.arguments = {"--max-requests", "99999999999999999999999"}},
     "prog: --max-requests takes " COUNT ", not '99999999999999999999999'" TRY},
    {{.arguments = {"--ready-file", ""}},
     "prog: --ready-file takes the path of a file, not ''" TRY},
    {{.arguments = {"--log", "loud"}},
     "prog: --log takes none, error, info or debug, not 'loud'" TRY},
    {{.variables = {"KRGEN_LOG=loud"}},
     "prog: KRGEN_LOG takes none, error, info or debug, not 'loud'" TRY},
    {{.variables = {"KRGEN_LOG_FORMAT=xml"}},
     "prog: KRGEN_LOG_FORMAT takes text or json, not 'xml'" TRY},
    {{.variables = {"KRGEN_WORKERS=65"}},
     "prog: KRGEN_WORKERS takes a number from 1 to 64, or auto, not '65'" TRY},
    {{.variables = {"KRGEN_MAX_REQUESTS=-1"}},
     "prog: KRGEN_MAX_REQUESTS takes " COUNT ", not '-1'" TRY},
    {{.variables = {"KRGEN_STRICT=yes"}},
     "prog: KRGEN_STRICT takes 1 or 0, not 'yes'" TRY},
    {{.variables = {"KRGEN_NO_VERIFY=2"}},
     "prog: KRGEN_NO_VERIFY takes 1 or 0, not '2'" TRY},
    {{.arguments = {"--max-requests", "1", "--", "true"}},
     "prog: with a command there is no --max-requests" TRY},
    {{.arguments = {"--idle-exit", "1s", "--", "true"}},
     "prog: with a command there is no --idle-exit" TRY},
    {{.variables = {"KRGEN_IDLE_EXIT=1s"}, .arguments = {"--", "true"}},
     "prog: with a command there is no KRGEN_IDLE_EXIT" TRY},
};

static void test_what_cannot_be_understood_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(faults); i++) {
        char *argv[ARGUMENTS_MAX + 2];
        struct krt_options options;
        struct capture err;
        capture_start(&err, stderr);
        int result = read_input(&options, &faults[i].input, argv);
        capture_end(&err);
        expect_text(faults[i].message, err.text, faults[i].message);
        assert_int_equal(result, 2);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_said_leaves_what_the_spec_says),
        cmocka_unit_test(test_every_value_has_an_option_and_a_variable),
        cmocka_unit_test(test_flags_are_options_or_variables_of_1_and_0),
        cmocka_unit_test(test_the_command_line_wins),
        cmocka_unit_test(test_an_empty_variable_says_nothing),
        cmocka_unit_test(test_a_command_is_all_that_follows),
        cmocka_unit_test(test_a_call_takes_the_pipe_alone_from_the_environment),
        cmocka_unit_test(test_other_actions_ignore_the_environment),
        cmocka_unit_test(test_what_cannot_be_understood_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
