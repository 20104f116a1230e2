/* The generated program: its command line, its messages, its exit code. */
#include "tables.h"

#include "client.h"
#include "cut.h"
#include "endpoint.h"
#include "io.h"
#include "log.h"
#include "os.h"
#include "permission.h"
#include "server.h"
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_RUNTIME = 1,
    EXIT_USAGE = 2,
    EXIT_IN_USE = 3,
};

enum action { ACTION_SERVE, ACTION_CALL, ACTION_ROUTES, ACTION_VERSION, ACTION_HELP };

struct options {
    const char *pipe;
    const char *ready_file;
    enum krt_log_level level;
    enum krt_log_format format;
    bool explain;
    int workers; /* 0: half of the processors */
    enum action action;
    int call_argc; /* what follows --call */
    char **call_argv;
};

static const char help[] =
    "Usage: %s [OPTION]...                      serve until Ctrl+C or SIGTERM\n"
    "       %s [OPTION]... --call METHOD /path  be a client of a running instance\n"
    "\n"
    "Serves the routes of %s over the local pipe '%s'.\n"
    "\n"
    "  --pipe NAME       serve or call another pipe name\n"
    "  --ready-file F    write {pipe, path, pid} to F once clients can connect\n"
    "  --log LEVEL       none, error, info (default) or debug, on standard error\n"
    "  --log-format F    text (default) or json\n"
    "  --explain         tell in the body of a 404 or 405 which route came nearest\n"
    "  --workers N       threads that serve, 1 to 64, or auto: half of the processors\n"
    "  --routes          list the routes\n"
    "  --version         print the version\n"
    "  --help            print this help\n"
    "\n"
    "After --call METHOD /path:\n"
    "%s"
    "\n"
    "Exit codes: 0 done, 1 runtime error, 2 usage error, 3 pipe name in use or "
    "denied\n";

static int exit_code(int error)
{
    switch (error) {
    case KRT_OK:
        return EXIT_OK;
    case KRT_ERR_INVALID:
        return EXIT_USAGE;
    case KRT_ERR_IN_USE:
    case KRT_ERR_DENIED:
        return EXIT_IN_USE;
    default:
        return EXIT_RUNTIME;
    }
}

static int usage_error(const struct krt_program *program, const char *problem,
                       const char *subject)
{
    fprintf(stderr, "%s: %s%s; try '%s --help'\n", program->name, problem, subject,
            program->name);
    return EXIT_USAGE;
}

/* ---- Options ---- */

/* Takes an option without value; false if `option` is none. */
static bool take_flag(struct options *options, const char *option)
{
    static const struct {
        char option[sizeof "--version"];
        enum action action;
    } actions[] = {
        {"--routes", ACTION_ROUTES},
        {"--version", ACTION_VERSION},
        {"--help", ACTION_HELP},
        {"-h", ACTION_HELP},
    };
    if (strcmp(option, "--explain") == 0) {
        options->explain = true;
        return true;
    }
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(option, actions[i].option) == 0) {
            options->action = actions[i].action;
            return true;
        }
    }
    return false;
}

static int set_level(const struct krt_program *program, struct options *options,
                     const char *name)
{
    int level = krt_log_level_find(name);
    if (level < 0)
        return usage_error(program, "--log takes none, error, info or debug, not ",
                           name);
    options->level = (enum krt_log_level)level;
    return EXIT_OK;
}

static int set_workers(const struct krt_program *program, struct options *options,
                       const char *text)
{
    int n = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i < len && text[i] >= '0' && text[i] <= '9' && n < 100; i++)
        n = 10 * n + (text[i] - '0');
    bool is_number = len > 0 && strspn(text, "0123456789") == len;
    if (strcmp(text, "auto") != 0 && (!is_number || n < 1 || n > KRT_WORKERS_MAX))
        return usage_error(
            program, "--workers takes a number from 1 to 64, or auto, not ", text);
    options->workers = is_number ? n : 0;
    return EXIT_OK;
}

static int set_format(const struct krt_program *program, struct options *options,
                      const char *name)
{
    int format = krt_log_format_find(name);
    if (format < 0)
        return usage_error(program, "--log-format takes text or json, not ", name);
    options->format = (enum krt_log_format)format;
    return EXIT_OK;
}

/* Whether the language page has the option, which this runtime does not. */
static bool is_planned(const char *option)
{
    static const char planned[][sizeof "--max-requests"] = {
        "--unique",  "--strict",    "--no-verify",    "--journal", "--junit",
        "--timeout", "--idle-exit", "--max-requests", "--spec",    "--",
    };
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++)
        if (strcmp(option, planned[i]) == 0)
            return true;
    return false;
}

static int take_option(const struct krt_program *program, struct options *options,
                       const char *option, const char *value)
{
    const char **target = NULL;
    bool is_level = strcmp(option, "--log") == 0;
    bool is_workers = strcmp(option, "--workers") == 0;
    bool is_format = strcmp(option, "--log-format") == 0;
    if (is_planned(option))
        return usage_error(program, "not supported yet: ", option);
    if (strcmp(option, "--pipe") == 0)
        target = &options->pipe;
    else if (strcmp(option, "--ready-file") == 0)
        target = &options->ready_file;
    else if (!is_level && !is_workers && !is_format)
        return usage_error(
            program, option[0] == '-' ? "unknown option " : "unexpected argument ",
            option);
    if (!value)
        return usage_error(program, "a value is missing after ", option);
    if (is_level)
        return set_level(program, options, value);
    if (is_workers)
        return set_workers(program, options, value);
    if (is_format)
        return set_format(program, options, value);
    *target = value;
    return EXIT_OK;
}

static int read_options(const struct krt_program *program, struct options *options,
                        int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--call") == 0) {
            options->action = ACTION_CALL;
            options->call_argc = argc - i - 1;
            options->call_argv = argv + i + 1;
            return EXIT_OK;
        }
        if (take_flag(options, argv[i]))
            continue;
        int result =
            take_option(program, options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (result != EXIT_OK)
            return result;
        i++;
    }
    return EXIT_OK;
}

/* ---- Serving ---- */

static int write_ready_file(const struct options *options,
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

static int announce(const struct options *options, const struct krt_endpoint *endpoint,
                    struct krt_error *error)
{
    if (options->ready_file) {
        int result = write_ready_file(options, endpoint, error);
        if (result != KRT_OK)
            return result;
    }
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

static int run_server(struct krt_server *server, const struct options *options,
                      const struct krt_endpoint *endpoint, struct krt_error *error)
{
    int result = announce(options, endpoint, error);
    if (result == KRT_OK) {
        log_start(server->program, server->log, endpoint);
        result = krt_server_run(server);
        if (result != KRT_OK)
            krt_error_set(error, result, "out of memory");
        krt_log(server->log, KRT_LOG_INFO, "stopped");
    }
    if (options->ready_file)
        krt_os_remove_file(options->ready_file);
    return result;
}

/* A pipe's clients run on the same machine and want their share of it. */
static int count_workers(const struct options *options)
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
static int open_server(struct krt_server *server, const struct options *options,
                       const struct krt_endpoint *endpoint, struct krt_error *error)
{
    const struct krt_limits *limits = &server->program->limits;
    struct krt_io_config config = {
        .instances = limits->instances,
        .connections = limits->connections,
        .access = &server->program->access,
        .workers = server->workers,
    };
    struct krt_io *io = NULL;
    krt_os_on_stop(krt_server_stop, server);
    int result = init_data(server, error);
    bool has_data = result == KRT_OK;
    if (has_data)
        result = krt_io_open(&io, endpoint, &config, error);
    if (io) {
        atomic_store(&server->io, io);
        result = run_server(server, options, endpoint, error);
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

static int serve(const struct krt_program *program, const struct options *options)
{
    static struct krt_log log;
    struct krt_server server = {
        .program = program,
        .log = &log,
        .explain = options->explain,
        .workers = count_workers(options),
    };
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
        result = open_server(&server, options, &endpoint, &error);
    else
        end_log(&log, result, &error);
    return exit_code(result);
}

/* ---- The other actions ---- */

static int print_routes(const struct krt_program *program)
{
    for (size_t i = 0; i < program->n_routes; i++) {
        const struct krt_route *route = &program->routes[i];
        printf("%s:%d: %s -> ", program->spec, route->line, route->name);
        if (route->response.status == 0)
            puts("handler");
        else
            printf("%d\n", route->response.status);
    }
    return EXIT_OK;
}

static int print_help(const struct krt_program *program)
{
    printf(help, program->name, program->name, program->spec, program->pipe,
           krt_call_help);
    return EXIT_OK;
}

static int print_version(const struct krt_program *program)
{
    printf("%s, krgen runtime %s\n", program->name, KRT_VERSION);
    return EXIT_OK;
}

int krt_main(const struct krt_program *program, int argc, char **argv)
{
    struct options options = {
        .pipe = program->pipe, .level = KRT_LOG_INFO, .workers = program->workers};
    int result = read_options(program, &options, argc, argv);
    if (result != EXIT_OK)
        return result;
    switch (options.action) {
    case ACTION_HELP:
        return print_help(program);
    case ACTION_VERSION:
        return print_version(program);
    case ACTION_ROUTES:
        return print_routes(program);
    case ACTION_CALL:
        return exit_code(krt_call_main(program->name, options.pipe, options.call_argc,
                                       options.call_argv));
    default:
        return serve(program, &options);
    }
}
