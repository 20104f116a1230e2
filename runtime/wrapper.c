#include "wrapper.h"

#include "child.h"
#include "os.h"
#include "run.h"

/* ---- Stop requests ---- */

/* Whoever comes later, the request or the start of the command, passes it on. */
static void pass_on(struct krt_wrapper *wrapper)
{
    int asked = atomic_exchange(&wrapper->asked, 0);
    if (asked > 0)
        krt_child_forward(asked - 1);
}

void krt_wrapper_stop(void *context, int signal)
{
    struct krt_wrapper *wrapper = context;
    atomic_store(&wrapper->asked, signal + 1);
    int state = atomic_load(&wrapper->state);
    if (state == KRT_WRAPPER_NONE)
        krt_server_stop(wrapper->server);
    else if (state == KRT_WRAPPER_RUNNING)
        pass_on(wrapper);
}

void krt_wrapper_kill(void *context)
{
    struct krt_wrapper *wrapper = context;
    if (atomic_load(&wrapper->state) == KRT_WRAPPER_RUNNING)
        krt_child_kill();
}

/* ---- Threads ---- */

static void await_command(void *context)
{
    struct krt_wrapper *wrapper = context;
    wrapper->code = krt_child_wait();
    krt_lock(&wrapper->mutex);
    wrapper->has_ended = true;
    krt_condition_signal(&wrapper->ended);
    krt_unlock(&wrapper->mutex);
    krt_server_stop(wrapper->server);
}

/* Waits until the command ends or is late. */
static void watch_deadline(void *context)
{
    struct krt_wrapper *wrapper = context;
    krt_lock(&wrapper->mutex);
    while (!wrapper->has_ended && !wrapper->is_late) {
        int64_t left = wrapper->deadline - krt_os_now_ms();
        wrapper->is_late = left <= 0;
        if (left > 0)
            krt_condition_wait(&wrapper->ended, &wrapper->mutex,
                               left < INT32_MAX ? (int)left : INT32_MAX);
    }
    if (wrapper->is_late)
        krt_child_kill();
    krt_unlock(&wrapper->mutex);
}

/* ---- The start ---- */

static int start_threads(struct krt_wrapper *wrapper)
{
    int result = krt_thread_start(&wrapper->waiter, await_command, wrapper);
    if (result != KRT_OK || wrapper->deadline == 0)
        return result;
    result = krt_thread_start(&wrapper->watch, watch_deadline, wrapper);
    if (result != KRT_OK) {
        krt_child_kill();
        krt_thread_join(&wrapper->waiter);
    }
    return result;
}

/* What the command needs to find the server: by the option's name, by what other
 * programs open, and by what curl and its like are given on Linux. */
static int start_child(const struct krt_options *options,
                       const struct krt_endpoint *endpoint, struct krt_error *error)
{
    const struct krt_variable variables[] = {
        {"KRGEN_PIPE", options->pipe},
        {"KRGEN_PIPE_PATH", endpoint->path},
        {"KRGEN_SOCKET", endpoint->path[0] == '/' ? endpoint->path : NULL},
    };
    return krt_child_start(options->argv, variables,
                           sizeof variables / sizeof *variables, error);
}

static int code_of_failure(int error)
{
    switch (error) {
    case KRT_ERR_NO_MEMORY:
        return KRT_EXIT_RUNTIME;
    case KRT_ERR_ABSENT:
        return KRT_EXIT_NOT_FOUND;
    default:
        return KRT_EXIT_NOT_RUNNABLE;
    }
}

static int stopped_early(struct krt_error *error)
{
    return krt_error_set(error, KRT_ERR_ABORTED,
                         "asked to stop before the command was started");
}

static int watch_command(struct krt_wrapper *wrapper, struct krt_error *error)
{
    atomic_store(&wrapper->state, KRT_WRAPPER_RUNNING);
    pass_on(wrapper);
    int result = start_threads(wrapper);
    if (result == KRT_ERR_NO_MEMORY)
        krt_error_set(error, result, "cannot wait for the command: no thread is left");
    if (result != KRT_OK) {
        krt_child_kill();
        atomic_store(&wrapper->state, KRT_WRAPPER_NONE);
    }
    return result;
}

int krt_wrapper_start(struct krt_wrapper *wrapper, const struct krt_options *options,
                      const struct krt_endpoint *endpoint, struct krt_error *error)
{
    if (options->argc == 0)
        return KRT_OK;
    atomic_store(&wrapper->state, KRT_WRAPPER_STARTING);
    if (atomic_load(&wrapper->asked) > 0)
        return stopped_early(error);
    int result = start_child(options, endpoint, error);
    if (result != KRT_OK) {
        wrapper->code = code_of_failure(result);
        return result;
    }
    if (error->text[0])
        krt_log(wrapper->server->log, KRT_LOG_ERROR, error->text);
    if (options->timeout_ms > 0)
        wrapper->deadline = krt_os_now_ms() + options->timeout_ms;
    return watch_command(wrapper, error);
}

/* ---- The end ---- */

void krt_wrapper_end(struct krt_wrapper *wrapper)
{
    if (atomic_load(&wrapper->state) != KRT_WRAPPER_RUNNING)
        return;
    krt_child_kill(); /* the server may have failed */
    krt_thread_join(&wrapper->waiter);
    if (wrapper->deadline > 0)
        krt_thread_join(&wrapper->watch);
    if (!wrapper->is_late)
        return;
    wrapper->code = KRT_EXIT_TIMEOUT;
    krt_log(wrapper->server->log, KRT_LOG_ERROR,
            "the command has not ended within --timeout: it was ended, and what it had "
            "started with it");
}
