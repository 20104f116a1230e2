/* The generated program: what its command line asks for. */
#include "tables.h"

#include "client.h"
#include "options.h"
#include "run.h"

#include <stdio.h>

static const char help[] =
    "Usage: %s [OPTION]...                      serve until Ctrl+C or SIGTERM\n"
    "       %s [OPTION]... -- COMMAND ARG...    serve while COMMAND runs\n"
    "       %s [OPTION]... --call METHOD /path  be a client of a running instance\n"
    "\n"
    "Serves the routes of %s over the local pipe '%s'.\n"
    "\n"
    "%s"
    "\n"
    "Each but the last three may be given as a variable, too: KRGEN_READY_FILE.\n"
    "COMMAND sees KRGEN_PIPE, KRGEN_PIPE_PATH and, on Linux, KRGEN_SOCKET.\n"
    "\n"
    "After --call METHOD /path:\n"
    "%s"
    "\n"
    "Exit codes: 0 done, COMMAND's if not 0, 1 runtime error, 2 usage error, 3 pipe "
    "name\n"
    "in use or denied, 4 not what was expected, 124 timeout, 126 COMMAND cannot be "
    "run,\n"
    "127 there is no COMMAND\n";

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
    return 0;
}

static int print_help(const struct krt_program *program)
{
    const char *name = program->name;
    printf(help, name, name, name, program->spec, program->pipe, krt_options_help,
           krt_call_help);
    return 0;
}

static int print_version(const struct krt_program *program)
{
    printf("%s, krgen runtime %s\n", program->name, KRT_VERSION);
    return 0;
}

int krt_main(const struct krt_program *program, int argc, char **argv)
{
    struct krt_options options;
    int result = krt_options_read(&options, program, argc, argv);
    if (result != 0)
        return result;
    switch (options.action) {
    case KRT_ACTION_HELP:
        return print_help(program);
    case KRT_ACTION_VERSION:
        return print_version(program);
    case KRT_ACTION_ROUTES:
        return print_routes(program);
    case KRT_ACTION_CALL:
        return krt_exit_code(
            krt_call_main(program->name, options.pipe, options.argc, options.argv));
    default:
        return krt_run(program, &options);
    }
}
