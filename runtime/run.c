#include "run.h"

#include "cut.h"
#include "endpoint.h"
#include "io.h"
#include "log.h"
#include "os.h"
#include "permission.h"
#include "server.h"
#include "text.h"
#include "wrapper.h"

#include <stdbool.h>
#include <string.h>

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

static int write_ready_file(const struct krt_options *options,
                            const struct krt_endpoint *endpoint,
                            struct krt_error *error)
{
    char storage[2 * (KRT_PIPE_NAME_MAX + KRT_ENDPOINT_MAX) + 64];
    struct krt_buffer json = KRT_BUFFER(storage);
    krt_put_text(&json, "{\"pipe\":");
    krt_put_json(&json, options->pipe, strlen(options->pipe), SIZE_MAX);
    krt_put_text(&json, ",\"path\":");
    krt_put_json(&json, endpoint->path, strlen(endpoint->path), SIZE_MAX);
    krt_put_text(&json, ",\"pid\":");
    krt_put_number(&json, krt_os_pid(), 1);
    krt_put_text(&json, "}\n");
    return krt_os_write_file(options->ready_file, json.data, json.len, error);
}

static void log_start(const struct krt_program *program, struct krt_log *log,
                      const struct krt_endpoint *endpoint)
{
    char storage[KRT_ENDPOINT_MAX + KRT_AUDIENCE_MAX + 64];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_put_text(&line, "serving ");
    krt_put_number(&line, (unsigned long)program->n_routes, 1);
    krt_put_text(&line, program->n_routes == 1 ? " route on " : " routes on ");
    krt_put_text(&line, endpoint->path);
    krt_put_text(&line, " for ");
    krt_put_audience(&line, &program->access);
    krt_log(log, KRT_LOG_INFO, krt_end_text(&line));
}

static int announce(const struct krt_options *options,
                    const struct krt_endpoint *endpoint, struct krt_error *error)
{
    if (options->ready_file) {
        int result = write_ready_file(options, endpoint, error);
        if (result != KRT_OK)
            return result;
    }
    if (options->argc > 0)
        return KRT_OK; /* standard output is the command's alone */
    char storage[KRT_ENDPOINT_MAX + sizeof "ready \n"];
    struct krt_buffer line = KRT_BUFFER(storage);
    krt_put_text(&line, "ready ");
    krt_put_text(&line, endpoint->url);
    krt_put_text(&line, "\n");
    if (krt_os_print(KRT_STDOUT, line.data, line.len) != KRT_OK)
        return krt_error_set(error, KRT_ERR_SYSTEM,
                             "cannot write the ready line to standard output");
    return KRT_OK;
}

/* A command is started when clients can connect, and ends before its server. */
static int serve(struct krt_wrapper *wrapper, const struct krt_options *options,
                 const struct krt_endpoint *endpoint, struct krt_error *error)
{
    struct krt_server *server = wrapper->server;
    log_start(server->program, server->log, endpoint);
    int result = krt_wrapper_start(wrapper, options, endpoint, error);
    if (result != KRT_OK)
        return result;
    result = krt_server_run(server);
    krt_wrapper_end(wrapper);
    if (result != KRT_OK) { /* the command's end follows from it */
        krt_error_set(error, result, "out of memory");
        wrapper->code = krt_exit_code(result);
    }
    krt_log(server->log, KRT_LOG_INFO, "stopped");
    return result;
}

static int run_server(struct krt_wrapper *wrapper, const struct krt_options *options,
                      const struct krt_endpoint *endpoint, struct krt_error *error)
{
    int result = announce(options, endpoint, error);
    if (result == KRT_OK)
        result = serve(wrapper, options, endpoint, error);
    if (options->ready_file)
        krt_os_remove_file(options->ready_file);
    return result;
}

/* A pipe's clients run on the same machine and want their share of it. */
static int count_workers(const struct krt_options *options)
{
    if (options->workers > 0)
        return options->workers;
    int half = (krt_os_processors() + 1) / 2;
    return half < KRT_WORKERS_AUTO_MAX ? half : KRT_WORKERS_AUTO_MAX;
}

/* Calls the user's init function. */
static int init_data(struct krt_server *server, struct krt_error *error)
{
    const struct krt_program *program = server->program;
    if (!program->init || program->init(&server->data) == 0)
        return KRT_OK;
    return krt_error_set(error, KRT_ERR_SYSTEM,
                         "the init function of the server failed");
}

/* The user's data is left alone while a handler may use it. */
static void shut_down(struct krt_server *server)
{
    if (server->n_left_behind > 0)
        krt_log(server->log, KRT_LOG_ERROR,
                "handlers that have not ended in time are left behind");
    else if (server->program->shutdown)
        server->program->shutdown(server->data);
}

/* The last that is heard of the server, before the system may end the process. */
static void end_log(struct krt_log *log, int result, const struct krt_error *error)
{
    if (result != KRT_OK)
        krt_log(log, KRT_LOG_NONE, error->text);
    krt_log_close(log);
}

/* Stop requests are heard before the name is taken, so that none leaves it behind. */
static int open_server(struct krt_wrapper *wrapper, const struct krt_options *options,
                       const struct krt_endpoint *endpoint, struct krt_error *error)
{
    struct krt_server *server = wrapper->server;
    const struct krt_limits *limits = &server->program->limits;
    struct krt_io_config config = {
        .instances = limits->instances,
        .connections = limits->connections,
        .access = &server->program->access,
        .workers = server->workers,
    };
    struct krt_io *io = NULL;
    krt_os_on_stop(krt_wrapper_stop, krt_wrapper_kill, wrapper);
    int result = init_data(server, error);
    bool has_data = result == KRT_OK;
    if (has_data)
        result = krt_io_open(&io, endpoint, &config, error);
    if (io) {
        atomic_store(&server->io, io);
        result = run_server(wrapper, options, endpoint, error);
        krt_io_stop(io); /* whatever comes next, the name is free */
    }
    if (has_data)
        shut_down(server);
    end_log(server->log, result, error);
    krt_os_stopped();
    if (io)
        krt_io_free(io);
    return result;
}

int krt_run(const struct krt_program *program, const struct krt_options *options)
{
    static struct krt_log log;
    struct krt_server server = {
        .program = program,
        .log = &log,
        .explain = options->explain,
        .workers = count_workers(options),
    };
    struct krt_wrapper wrapper = KRT_WRAPPER(&server);
    struct krt_endpoint endpoint;
    struct krt_error error;
    log.program = program->name;
    log.level = options->level;
    log.format = options->format;
    if (program->environment)
        program->environment->load(program->environment);
    krt_log_open(&log);
    int result = krt_endpoint_resolve(&endpoint, options->pipe, &error);
    if (result == KRT_OK)
        result = open_server(&wrapper, options, &endpoint, &error);
    else
        end_log(&log, result, &error);
    return wrapper.code != 0 ? wrapper.code : krt_exit_code(result);
}
