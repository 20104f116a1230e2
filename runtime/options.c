#include "options.h"

#include "duration.h"
#include "os.h"
#include "server.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { USAGE_ERROR = 2, NAME_MAX_LEN = 32 };

const char krt_options_help[] =
    "  --pipe NAME       serve or call another pipe name\n"
    "  --unique          append to the name what makes it unique\n"
    "  --ready-file F    write {pipe, path, pid} to F once clients can connect\n"
    "  --strict          a request that is invalid, or that no route takes, is a "
    "failure\n"
    "  --no-verify       leave out what the spec expects\n"
    "  --journal F       write each request to F, a line of JSON each\n"
    "  --junit F         write the report to F as JUnit's XML\n"
    "  --timeout D       end, and fail, after that long (ms, s, m, h)\n"
    "  --idle-exit D     end when no request has come for that long\n"
    "  --max-requests N  end when so many requests have been answered\n"
    "  --log LEVEL       none, error, info (default) or debug, on standard error\n"
    "  --log-format F    text (default) or json\n"
    "  --explain         tell in the body of a 404 or 405 which route came nearest\n"
    "  --workers N       threads that serve, 1 to 64, or auto: half of the processors\n"
    "  --routes          list the routes\n"
    "  --version         print the version\n"
    "  --help            print this help\n";

/* ---- Values ---- */

/* A plain decimal number from 1 to `max`. */
static bool read_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t n = 0;
    for (; *text >= '0' && *text <= '9' && n <= max; text++)
        n = 10 * n + (uint64_t)(*text - '0');
    *number = n;
    return *text == '\0' && n >= 1 && n <= max;
}

static bool take_pipe(struct krt_options *options, const char *value)
{
    options->pipe = value;
    return true;
}

static bool take_ready_file(struct krt_options *options, const char *value)
{
    options->ready_file = value;
    return *value != '\0';
}

static bool take_journal(struct krt_options *options, const char *value)
{
    options->journal = value;
    return *value != '\0';
}

static bool take_junit(struct krt_options *options, const char *value)
{
    options->junit = value;
    return *value != '\0';
}

static bool take_level(struct krt_options *options, const char *value)
{
    int level = krt_log_level_find(value);
    options->level = (enum krt_log_level)level;
    return level >= 0;
}

static bool take_format(struct krt_options *options, const char *value)
{
    int format = krt_log_format_find(value);
    options->format = (enum krt_log_format)format;
    return format >= 0;
}

static bool take_workers(struct krt_options *options, const char *value)
{
    uint64_t n = 0;
    bool is_auto = strcmp(value, "auto") == 0;
    bool is_number = !is_auto && read_number(value, KRT_WORKERS_MAX, &n);
    options->workers = (int)n;
    return is_auto || is_number;
}

static bool take_timeout(struct krt_options *options, const char *value)
{
    return krt_duration_read(value, &options->timeout_ms) && options->timeout_ms > 0;
}

static bool take_idle_exit(struct krt_options *options, const char *value)
{
    return krt_duration_read(value, &options->idle_exit_ms) &&
           options->idle_exit_ms > 0;
}

static bool take_max_requests(struct krt_options *options, const char *value)
{
    return read_number(value, 1000000000, &options->max_requests);
}

/* ---- Flags: of the command line without value, of the environment "0" or "1" ---- */

static bool take_flag(bool *flag, const char *value)
{
    *flag = !value || strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    return *flag || strcmp(value, "0") == 0 || strcmp(value, "false") == 0;
}

static bool take_unique(struct krt_options *options, const char *value)
{
    return take_flag(&options->is_unique, value);
}

static bool take_strict(struct krt_options *options, const char *value)
{
    return take_flag(&options->is_strict, value);
}

static bool take_no_verify(struct krt_options *options, const char *value)
{
    return take_flag(&options->is_unverified, value);
}

static bool take_explain(struct krt_options *options, const char *value)
{
    return take_flag(&options->explain, value);
}

/* ---- Options ---- */

struct option {
    const char *name;
    const char *wanted; /* of its value, for messages; NULL where it is a flag */
    bool (*take)(struct krt_options *options, const char *value);
};

static const char a_file[] = "the path of a file";
static const char a_duration[] = "a duration such as 500ms, 30s, 10m or 1h";

static const struct option table[] = {
    {"pipe", "a pipe name", take_pipe},
    {"unique", NULL, take_unique},
    {"ready-file", a_file, take_ready_file},
    {"strict", NULL, take_strict},
    {"no-verify", NULL, take_no_verify},
    {"journal", a_file, take_journal},
    {"junit", a_file, take_junit},
    {"timeout", a_duration, take_timeout},
    {"idle-exit", a_duration, take_idle_exit},
    {"max-requests", "a number from 1 to 1000000000", take_max_requests},
    {"log", "none, error, info or debug", take_level},
    {"log-format", "text or json", take_format},
    {"explain", NULL, take_explain},
    {"workers", "a number from 1 to 64, or auto", take_workers},
};

enum { N_OPTIONS = sizeof table / sizeof *table };

/* One reading of the command line and the environment. */
struct reading {
    const struct krt_program *program;
    struct krt_options *options;
    bool is_given[N_OPTIONS]; /* on the command line */
};

static int usage_error(const struct reading *r, const char *problem,
                       const char *subject)
{
    const char *name = r->program->name;
    fprintf(stderr, "%s: %s%s; try '%s --help'\n", name, problem, subject, name);
    return USAGE_ERROR;
}

/* `source` is what gave the value: the option or its variable. */
static int take(const struct reading *r, const struct option *option,
                const char *source, const char *value)
{
    const char *name = r->program->name;
    if (option->take(r->options, value))
        return 0;
    fprintf(stderr, "%s: %s takes %s, not '%s'; try '%s --help'\n", name, source,
            option->wanted ? option->wanted : "1 or 0", value, name);
    return USAGE_ERROR;
}

/* ---- The command line ---- */

/* False if `argument` is no option that asks for something else than to serve. */
static bool take_action(struct krt_options *options, const char *argument)
{
    static const struct {
        char argument[sizeof "--version"];
        enum krt_action action;
    } actions[] = {
        {"--routes", KRT_ACTION_ROUTES},
        {"--version", KRT_ACTION_VERSION},
        {"--help", KRT_ACTION_HELP},
        {"-h", KRT_ACTION_HELP},
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(argument, actions[i].argument) == 0) {
            options->action = actions[i].action;
            return true;
        }
    }
    return false;
}

/* The index of an option, N_OPTIONS for anything else. */
static size_t find_option(const char *argument)
{
    size_t i = 0;
    if (strncmp(argument, "--", 2) != 0)
        return N_OPTIONS;
    while (i < N_OPTIONS && strcmp(argument + 2, table[i].name) != 0)
        i++;
    return i;
}

/* Takes the option at argv[*i] and its value; leaves *i at what was taken last. */
static int take_argument(struct reading *r, int argc, char **argv, int *i)
{
    const char *argument = argv[*i];
    size_t index = find_option(argument);
    if (take_action(r->options, argument))
        return 0;
    if (strcmp(argument, "--spec") == 0)
        return usage_error(r, "not supported yet: ", argument);
    if (index == N_OPTIONS)
        return usage_error(
            r, argument[0] == '-' ? "unknown option " : "unexpected argument ",
            argument);
    r->is_given[index] = true;
    if (!table[index].wanted) {
        table[index].take(r->options, NULL);
        return 0;
    }
    if (++*i == argc)
        return usage_error(r, "a value is missing after ", argument);
    return take(r, &table[index], argument, argv[*i]);
}

static bool takes_rest(struct krt_options *options, const char *argument)
{
    if (strcmp(argument, "--call") == 0)
        options->action = KRT_ACTION_CALL;
    return options->action == KRT_ACTION_CALL || strcmp(argument, "--") == 0;
}

static int read_arguments(struct reading *r, int argc, char **argv)
{
    struct krt_options *options = r->options;
    int result = 0;
    for (int i = 1; i < argc && result == 0; i++) {
        if (takes_rest(options, argv[i])) {
            options->argc = argc - i - 1;
            options->argv = argv + i + 1;
            if (options->argc == 0 && options->action == KRT_ACTION_SERVE)
                return usage_error(r, "a command is missing after ", argv[i]);
            break;
        }
        result = take_argument(r, argc, argv, &i);
    }
    return result;
}

/* ---- The environment ---- */

/* "KRGEN_READY_FILE" */
static const char *variable_name(const struct option *option,
                                 char storage[NAME_MAX_LEN])
{
    struct krt_buffer name = {storage, 0, NAME_MAX_LEN};
    krt_put_text(&name, "KRGEN_");
    for (const char *at = option->name; *at; at++) {
        char c = *at == '-' ? '_' : (char)(*at - 'a' + 'A');
        krt_put(&name, &c, 1);
    }
    return krt_end_text(&name);
}

/* An empty variable is as good as none. A client has but the pipe's name of them. */
static int read_environment(const struct reading *r)
{
    enum krt_action action = r->options->action;
    size_t n = action == KRT_ACTION_SERVE ? N_OPTIONS : action == KRT_ACTION_CALL;
    int result = 0;
    for (size_t i = 0; i < n && result == 0; i++) {
        char storage[NAME_MAX_LEN];
        const char *name = variable_name(&table[i], storage);
        const char *value = r->is_given[i] ? NULL : krt_os_variable(name);
        if (value && *value)
            result = take(r, &table[i], name, value);
    }
    return result;
}

/* ---- All of it ---- */

static int refuse_with_command(const struct reading *r, const char *argument)
{
    size_t index = find_option(argument);
    char storage[NAME_MAX_LEN];
    const char *source =
        r->is_given[index] ? argument : variable_name(&table[index], storage);
    return usage_error(r, "with a command there is no ", source);
}

/* A run that has a command ends with it, and not by what its requests are. */
static int check(const struct reading *r)
{
    const struct krt_options *options = r->options;
    bool has_command = options->action == KRT_ACTION_SERVE && options->argc > 0;
    if (has_command && options->max_requests > 0)
        return refuse_with_command(r, "--max-requests");
    if (has_command && options->idle_exit_ms > 0)
        return refuse_with_command(r, "--idle-exit");
    return 0;
}

int krt_options_read(struct krt_options *options, const struct krt_program *program,
                     int argc, char **argv)
{
    struct reading r = {.program = program, .options = options};
    *options = (struct krt_options){
        .pipe = program->pipe,
        .level = KRT_LOG_INFO,
        .workers = program->workers,
    };
    int result = read_arguments(&r, argc, argv);
    if (result == 0)
        result = read_environment(&r);
    return result == 0 ? check(&r) : result;
}
