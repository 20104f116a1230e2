/* Stop requests that come while the command starts. The command is imitated. */
#include "wrapper.h"

#include "child.h"
#include "os.h"

#include "unit.h"

enum { SIGNAL = 15 };

static struct krt_wrapper *wrapper;
static bool is_asked_amid;    /* a request comes when the command runs already, */
static int result_of_start;   /* or cannot be started */
static int n_forwarded;       /* of SIGNAL */
static atomic_int n_stops;    /* of the server */
static atomic_bool has_ended; /* the command */

int __wrap_krt_child_start(char *const *argv, const struct krt_variable *variables,
                           size_t n_variables, struct krt_error *error);
int __wrap_krt_child_start(char *const *argv, const struct krt_variable *variables,
                           size_t n_variables, struct krt_error *error)
{
    (void)argv;
    (void)variables;
    (void)n_variables;
    if (is_asked_amid)
        krt_wrapper_stop(wrapper, SIGNAL);
    error->text[0] = '\0';
    return result_of_start;
}

int __wrap_krt_child_wait(void);
int __wrap_krt_child_wait(void)
{
    while (!atomic_load(&has_ended))
        krt_os_sleep_ms(1);
    return 7;
}

void __wrap_krt_child_forward(int signal);
void __wrap_krt_child_forward(int signal)
{
    assert_int_equal(signal, SIGNAL);
    n_forwarded++;
    atomic_store(&has_ended, true);
}

void __wrap_krt_child_kill(void);
void __wrap_krt_child_kill(void)
{
    atomic_store(&has_ended, true);
}

void __wrap_krt_server_stop(void *context);
void __wrap_krt_server_stop(void *context)
{
    (void)context;
    atomic_fetch_add(&n_stops, 1);
}

static int start(struct krt_wrapper *started, struct krt_error *error)
{
    static char *command[] = {"command", NULL};
    struct krt_options options = {.argc = 1, .argv = command, .pipe = "pipe"};
    struct krt_endpoint endpoint = {.path = "/pipe"};
    return krt_wrapper_start(started, &options, &endpoint, error);
}

static int set_up(void **state)
{
    (void)state;
    is_asked_amid = false;
    result_of_start = KRT_OK;
    n_forwarded = 0;
    atomic_store(&n_stops, 0);
    atomic_store(&has_ended, false);
    return 0;
}

static void test_request_amid_the_start_is_the_commands(void **state)
{
    struct krt_server server = {.explain = false};
    struct krt_wrapper started = KRT_WRAPPER(&server);
    struct krt_error error;
    (void)state;
    wrapper = &started;
    is_asked_amid = true;
    assert_int_equal(start(&started, &error), KRT_OK);
    krt_wrapper_end(&started);
    assert_int_equal(n_forwarded, 1);
    assert_int_equal(started.code, 7);
    assert_int_equal(atomic_load(&n_stops), 1); /* by the command's end */
}

static void test_request_to_the_running_command_is_passed_on(void **state)
{
    struct krt_server server = {.explain = false};
    struct krt_wrapper started = KRT_WRAPPER(&server);
    struct krt_error error;
    (void)state;
    assert_int_equal(start(&started, &error), KRT_OK);
    assert_int_equal(n_forwarded, 0);
    krt_wrapper_stop(&started, SIGNAL);
    krt_wrapper_end(&started);
    assert_int_equal(n_forwarded, 1);
    assert_int_equal(started.code, 7);
}

static void test_request_before_the_start_keeps_the_command_from_it(void **state)
{
    struct krt_server server = {.explain = false};
    struct krt_wrapper started = KRT_WRAPPER(&server);
    struct krt_error error;
    (void)state;
    krt_wrapper_stop(&started, SIGNAL);
    assert_int_equal(atomic_load(&n_stops), 1);
    assert_int_equal(start(&started, &error), KRT_ERR_ABORTED);
    krt_wrapper_end(&started);
    assert_int_equal(n_forwarded, 0);
}

static void test_command_that_cannot_be_started_gets_nothing(void **state)
{
    struct krt_server server = {.explain = false};
    struct krt_wrapper started = KRT_WRAPPER(&server);
    struct krt_error error;
    (void)state;
    wrapper = &started;
    is_asked_amid = true;
    result_of_start = KRT_ERR_ABSENT;
    assert_int_equal(start(&started, &error), KRT_ERR_ABSENT);
    krt_wrapper_end(&started);
    assert_int_equal(n_forwarded, 0);
    assert_int_equal(started.code, 127);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_request_amid_the_start_is_the_commands),
        TEST(test_request_to_the_running_command_is_passed_on),
        TEST(test_request_before_the_start_keeps_the_command_from_it),
        TEST(test_command_that_cannot_be_started_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
