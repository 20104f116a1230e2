#include "run.h"

#include "cut.h"
#include "endpoint.h"
#include "io.h"
#include "journal.h"
#include "log.h"
#include "os.h"
#include "permission.h"
#include "report.h"
#include "server.h"
#include "text.h"
#include "wrapper.h"

#include <stdbool.h>
#include <string.h>

/* "-4294967295-0123456789" */
enum { UNIQUE_LEN = 1 + 10 + 1 + 10, BASE_MAX = KRT_PIPE_NAME_MAX - UNIQUE_LEN };

/* One run: what it has opened is closed in the reverse order. */
struct run {
    struct krt_options options; /* with the name that the pipe has in the end */
    struct krt_server server;
    struct krt_wrapper wrapper;
    char pipe[KRT_PIPE_NAME_MAX + 1]; /* where the name is made here */
    struct krt_endpoint endpoint;
    struct krt_error error; /* of what has failed */
};

/* ---- The name ---- */

/* The process alone would do, were its number not another's soon. */
static int make_unique(struct run *run)
{
    struct krt_buffer name = KRT_BUFFER(run->pipe);
    const char *base = run->options.pipe;
    uint32_t random;
    if (strlen(base) > BASE_MAX)
        return krt_error_set(&run->error, KRT_ERR_INVALID,
                             "pipe name '%.100s' is longer than the %d characters to "
                             "which --unique can append; choose a shorter one",
                             base, BASE_MAX);
    if (!krt_os_random(&random, sizeof random))
        return krt_error_set(&run->error, KRT_ERR_SYSTEM,
                             "the system has no random number for --unique");
    krt_put_text(&name, base);
    krt_put_text(&name, "-");
    krt_put_number(&name, krt_os_pid(), 1);
    krt_put_text(&name, "-");
    krt_put_number(&name, random, 10);
    run->options.pipe = krt_end_text(&name);
    return KRT_OK;
}

static int choose_name(struct run *run)
{
    int result = KRT_OK;
    if (run->options.is_unique)
        result = make_unique(run);
    if (result == KRT_OK)
        result = krt_endpoint_resolve(&run->endpoint, run->options.pipe, &run->error);
    return result;
}

/* ---- Telling that clients can connect ---- */

static int write_ready_file(struct run *run)
{
    const struct krt_endpoint *endpoint = &run->endpoint;
    char storage[2 * (KRT_PIPE_NAME_MAX + KRT_ENDPOINT_MAX) + 64];
    struct krt_buffer json = KRT_BUFFER(storage);
    krt_put_text(&json, "{\"pipe\":");
    krt_put_json(&json, run->options.pipe, strlen(run->options.pipe), SIZE_MAX);
    krt_put_text(&json, ",\"path\":");
    krt_put_json(&json, endpoint->path, strlen(endpoint->path), SIZE_MAX);
    krt_put_text(&json, ",\"pid\":");
    krt_put_number(&json, krt_os_pid(), 1);
    krt_put_text(&json, "}\n");
    if (krt_os_write_file(run->options.ready_file, json.data, json.len, &run->error) ==
        KRT_OK)
        return KRT_OK;
    return run->error.kind = KRT_ERR_SYSTEM; /* the pipe is not what is denied */
}

static int print_ready_line(struct run *run)
{
    char storage[KRT_ENDPOINT_MAX + sizeof "ready \n"];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_put_text(&line, "ready ");
    krt_put_text(&line, run->endpoint.url);
    krt_put_text(&line, "\n");
    if (krt_os_print(KRT_STDOUT, line.data, line.len) != KRT_OK)
        return krt_error_set(&run->error, KRT_ERR_SYSTEM,
                             "cannot write the ready line to standard output");
    return KRT_OK;
}

static void log_start(const struct run *run)
{
    const struct krt_program *program = run->server.program;
    char storage[KRT_ENDPOINT_MAX + KRT_AUDIENCE_MAX + 64];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_put_text(&line, "serving ");
    krt_put_number(&line, (unsigned long)program->n_routes, 1);
    krt_put_text(&line, program->n_routes == 1 ? " route on " : " routes on ");
    krt_put_text(&line, run->endpoint.path);
    krt_put_text(&line, " for ");
    krt_put_audience(&line, &program->access);
    krt_log(run->server.log, KRT_LOG_INFO, krt_end_text(&line));
}

/* Standard output is the command's, where there is one. */
static int announce(struct run *run)
{
    const struct krt_options *options = &run->options;
    int result = options->ready_file ? write_ready_file(run) : KRT_OK;
    if (result == KRT_OK && options->argc == 0)
        result = print_ready_line(run);
    if (result == KRT_OK)
        log_start(run);
    return result;
}

/* ---- Serving ---- */

static void log_end(const struct run *run)
{
    static const char *const texts[] = {
        [KRT_END_ASKED] = "stopped",
        [KRT_END_TIMEOUT] = "stopped, as the time of --timeout is over",
        [KRT_END_IDLE] = "stopped, as no request came for the time of --idle-exit",
        [KRT_END_MAX_REQUESTS] = "stopped, as the requests of --max-requests have come",
    };
    int end = atomic_load(&run->server.lifetime.end);
    enum krt_log_level level = end == KRT_END_TIMEOUT ? KRT_LOG_ERROR : KRT_LOG_INFO;
    krt_log(run->server.log, level, texts[end]);
}

/* A command runs from the start to the end, for which it is the reason. */
static int serve_command(struct run *run)
{
    struct krt_wrapper *wrapper = &run->wrapper;
    int result = krt_wrapper_start(wrapper, &run->options, &run->endpoint, &run->error);
    if (result != KRT_OK)
        return result;
    result = krt_server_run(&run->server);
    krt_wrapper_end(wrapper);
    if (result != KRT_OK) { /* the command's end follows from it */
        krt_error_set(&run->error, result, "out of memory");
        wrapper->code = krt_exit_code(result);
    }
    log_end(run);
    return result;
}

/* From the first moment when clients can connect to the last. */
static int serve(struct run *run)
{
    int result = announce(run);
    if (result == KRT_OK)
        result = serve_command(run);
    if (run->options.ready_file)
        krt_os_remove_file(run->options.ready_file);
    return result;
}

/* ---- Recording ---- */

static int open_verification(struct run *run)
{
    const struct krt_options *options = &run->options;
    struct krt_server *server = &run->server;
    bool verifies = !options->is_unverified && krt_has_expectations(server->program);
    if (!verifies && !options->is_strict && !options->junit)
        return KRT_OK;
    server->verification =
        krt_verification_new(server->program, verifies, options->is_strict);
    return server->verification
               ? KRT_OK
               : krt_error_set(&run->error, KRT_ERR_NO_MEMORY, "out of memory");
}

/* The file is made anew once the name is ours: it may be the one of the server that has
 * it. */
static int serve_recorded(struct run *run)
{
    const struct krt_options *options = &run->options;
    struct krt_server *server = &run->server;
    int result = open_verification(run);
    if (result == KRT_OK && (options->journal || options->junit))
        result = krt_journal_open(&server->journal, server->program, options->journal,
                                  server->log, &run->error);
    return result == KRT_OK ? serve(run) : result;
}

/* Tells what has come of the run, if `result` is no failure. The log has ended, so that
 * this comes behind it. */
static int end_records(struct run *run, int result)
{
    struct krt_server *server = &run->server;
    const struct krt_report report = {server->verification, server->journal,
                                      server->log, run->options.junit};
    struct krt_error error;
    bool has_report = result == KRT_OK && server->verification;
    int reported = has_report ? krt_report(&report, &error) : KRT_OK;
    if (reported != KRT_OK)
        krt_log(server->log, KRT_LOG_NONE, error.text);
    int closed = krt_journal_close(server->journal, &error);
    if (closed != KRT_OK)
        krt_log(server->log, KRT_LOG_NONE, error.text);
    if (result == KRT_OK)
        result = reported;
    return result == KRT_OK ? closed : result;
}

/* ---- The name and the data ---- */

/* The name is free when this returns. */
static int open_and_serve(struct run *run)
{
    struct krt_server *server = &run->server;
    const struct krt_program *program = server->program;
    struct krt_io_config config = {
        .instances = program->limits.instances,
        .connections = program->limits.connections,
        .access = &program->access,
        .workers = server->workers,
    };
    struct krt_io *io = NULL;
    int result = krt_io_open(&io, &run->endpoint, &config, &run->error);
    if (result != KRT_OK)
        return result;
    atomic_store(&server->io, io);
    result = serve_recorded(run);
    krt_io_stop(io);
    return result;
}

/* Calls the user's init function. */
static int init_data(struct run *run)
{
    const struct krt_program *program = run->server.program;
    if (!program->init || program->init(&run->server.data) == 0)
        return KRT_OK;
    return krt_error_set(&run->error, KRT_ERR_SYSTEM,
                         "the init function of the server failed");
}

/* The data is left alone while a handler may use it. */
static void shut_down(struct run *run)
{
    struct krt_server *server = &run->server;
    if (server->n_left_behind > 0)
        krt_log(server->log, KRT_LOG_ERROR,
                "handlers that have not ended in time are left behind");
    else if (server->program->shutdown)
        server->program->shutdown(server->data);
}

static int serve_data(struct run *run)
{
    int result = init_data(run);
    if (result != KRT_OK)
        return result;
    result = open_and_serve(run);
    shut_down(run);
    return result;
}

/* ---- All of it ---- */

/* A pipe's clients run on the same machine and want their share of it. */
static int count_workers(const struct krt_options *options)
{
    if (options->workers > 0)
        return options->workers;
    int half = (krt_os_processors() + 1) / 2;
    return half < KRT_WORKERS_AUTO_MAX ? half : KRT_WORKERS_AUTO_MAX;
}

/* Stop requests are heard before the name is taken, so that none leaves it behind. */
static void begin(struct run *run, struct krt_log *log)
{
    const struct krt_program *program = run->server.program;
    log->program = program->name;
    log->level = run->options.level;
    log->format = run->options.format;
    if (program->environment)
        program->environment->load(program->environment);
    krt_log_open(log);
    krt_os_on_stop(krt_wrapper_stop, krt_wrapper_kill, &run->wrapper);
}

static int exit_code(const struct run *run, int result)
{
    if (run->wrapper.code != 0)
        return run->wrapper.code;
    const struct krt_server *server = &run->server;
    if (result != KRT_OK)
        return krt_exit_code(result);
    if (atomic_load(&server->lifetime.end) == KRT_END_TIMEOUT)
        return KRT_EXIT_TIMEOUT;
    bool has_passed =
        !server->verification || krt_verification_has_passed(server->verification);
    return has_passed ? KRT_EXIT_OK : KRT_EXIT_UNEXPECTED;
}

/* All has been said before the system may end the process. */
static int end(struct run *run, int result)
{
    struct krt_log *log = run->server.log;
    if (result != KRT_OK)
        krt_log(log, KRT_LOG_NONE, run->error.text);
    krt_log_close(log);
    int code = exit_code(run, end_records(run, result));
    krt_os_stopped();
    if (run->server.io)
        krt_io_free(run->server.io);
    krt_verification_free(run->server.verification);
    return code;
}

int krt_exit_code(int error)
{
    switch (error) {
    case KRT_OK:
        return KRT_EXIT_OK;
    case KRT_ERR_INVALID:
        return KRT_EXIT_USAGE;
    case KRT_ERR_IN_USE:
    case KRT_ERR_DENIED:
        return KRT_EXIT_IN_USE;
    default:
        return KRT_EXIT_RUNTIME;
    }
}

int krt_run(const struct krt_program *program, const struct krt_options *options)
{
    static struct krt_log log;
    struct run run = {
        .options = *options,
        .server =
            {
                .program = program,
                .log = &log,
                .explain = options->explain,
                .workers = count_workers(options),
                .lifetime =
                    {
                        /* a command's time ends by the wrapper */
                        .timeout_ms = options->argc > 0 ? 0 : options->timeout_ms,
                        .idle_ms = options->idle_exit_ms,
                        .max_requests = options->max_requests,
                    },
            },
        .wrapper = KRT_WRAPPER(&run.server),
    };
    begin(&run, &log);
    int result = choose_name(&run);
    if (result == KRT_OK)
        result = serve_data(&run);
    return end(&run, result);
}
