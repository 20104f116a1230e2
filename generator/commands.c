#include "commands.h"
#include "arena.h"
#include "blame.h"
#include "cli.h"
#include "depfile.h"
#include "emit.h"
#include "emit_stubs.h"
#include "options.h"
#include "output.h"
#include "phases.h"
#include "plan.h"
#include "report.h"
#include "routes.h"
#include "source.h"
#include "str.h"
#include "tools.h"

#include <stdio.h>
#include <string.h>

/* A run of one of the commands. */
struct run {
    struct arena arena;
    struct options options;
    struct spec *specs; /* one for each of the options' specs */
};

/* ---- Specs ---- */

/* What a spec is read for. A listing on standard output has no place for a report of
 * warnings, and that of handlers is for files that are not there yet. */
enum purpose { FOR_ITSELF, FOR_LISTING, FOR_HANDLERS };

static int understand(struct run *run, size_t i, enum purpose purpose,
                      struct report *report)
{
    struct arena *arena = &run->arena;
    struct source *source = arena_alloc(arena, sizeof *source);
    struct diag diag = {.arena = arena,
                        .warnings_are_errors = run->options.warnings_are_errors};
    struct buf problem;
    buf_init(&problem, arena);
    if (!source_read(source, run->options.specs[i], arena, &problem))
        return environment_error(&problem);
    if (purpose == FOR_HANDLERS)
        diag_silence(&diag, (struct span){source, 0, source->text.len},
                     BIT(HANDLER_FILE));
    bool is_fine = phases_run(source, &run->specs[i], arena, &diag);
    if (!is_fine || purpose == FOR_ITSELF)
        report_add(report, &diag);
    return is_fine ? EXIT_OK : EXIT_SPEC;
}

/* Makes the models of all specs; the exit code of the worst. */
static int understand_all(struct run *run, enum purpose purpose)
{
    const struct options *options = &run->options;
    struct report report;
    report_init(&report, options->format, &run->arena);
    run->specs = arena_array(&run->arena, options->n_specs, sizeof *run->specs);
    int worst = EXIT_OK;
    for (size_t i = 0; i < options->n_specs; i++) {
        int result = understand(run, i, purpose, &report);
        worst = result > worst ? result : worst;
    }
    if (purpose != FOR_ITSELF && worst == EXIT_OK)
        return EXIT_OK;
    int result = report_finish(&report);
    return result > worst ? result : worst;
}

/* ---- Compiling ---- */

static bool is_matcher_file(const char *path)
{
    size_t len = strlen(path);
    return len > 3 && strcmp(path + len - 3, ".re") == 0;
}

/* Adds the compiled form of each file of matchers in `output`. */
static bool compile_matchers(struct output *output, struct buf *problem)
{
    struct arena *arena = output->arena;
    for (size_t i = 0, n = output->n_files; i < n; i++) {
        struct output_file file = output->files[i];
        struct str compiled;
        struct buf path;
        if (!is_matcher_file(file.path))
            continue;
        if (!tools_re2c(file.text, &compiled, arena, problem))
            return false;
        buf_init(&path, arena);
        buf_printf(&path, "%.*sc", (int)strlen(file.path) - 2, file.path);
        output_add(output, str_z(arena, buf_str(&path)), compiled);
    }
    return true;
}

static int build(const struct spec *spec, const struct options *options,
                 struct arena *arena)
{
    struct buf problem;
    buf_init(&problem, arena);
    if (tools_build(options->folder, str_z(arena, spec->name.text), options->target,
                    &problem))
        return EXIT_OK;
    blame_put(spec, str_from(str_z(arena, buf_str(&problem))), &problem);
    while (problem.len > 0 && problem.at[problem.len - 1] == '\n')
        problem.len--;
    return environment_error(&problem);
}

/* The file that stands for all that is made of `spec`. */
static const char *main_output(const struct spec *spec, const struct options *options,
                               struct arena *arena)
{
    struct str name = spec->name.text;
    bool is_windows = options->target == TARGET_WINDOWS;
    struct buf path;
    buf_init(&path, arena);
    if (options->no_build)
        buf_printf(&path, "%s/%.*s-src/%.*s.c", options->folder, STR_ARG(name),
                   STR_ARG(name));
    else
        buf_printf(&path, "%s/%.*s%s", options->folder, STR_ARG(name),
                   is_windows ? ".exe" : "");
    return str_z(arena, buf_str(&path));
}

/* What krgen emits does not depend on what is in files of handlers, a build does. */
static int write_depfile(const struct run *run, struct arena *arena)
{
    const struct options *options = &run->options;
    struct output output = {.arena = arena};
    struct buf text;
    struct buf problem;
    buf_init(&text, arena);
    buf_init(&problem, arena);
    for (size_t i = 0; i < options->n_specs; i++)
        depfile_put(&run->specs[i], main_output(&run->specs[i], options, arena),
                    !options->no_build, &text);
    const char *slash = strrchr(options->depfile, '/');
    output_add(&output, slash ? slash + 1 : options->depfile, buf_str(&text));
    struct str folder = {options->depfile,
                         slash ? (size_t)(slash - options->depfile) : 0};
    if (output_write(&output, slash ? str_z(arena, folder) : ".", &problem))
        return EXIT_OK;
    return environment_error(&problem);
}

/* Compares with what is there. */
static int judge(const struct output *output, const char *folder)
{
    struct buf stale;
    buf_init(&stale, output->arena);
    if (output_check(output, folder, &stale))
        return EXIT_OK;
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&stale)));
    return EXIT_STALE;
}

static int generate(const struct spec *spec, const struct options *options,
                    struct arena *arena)
{
    struct plan plan;
    struct output output = {.arena = arena};
    struct buf problem;
    buf_init(&problem, arena);
    plan_build(spec, &plan, arena);
    emit_server(&plan, options->folder, &output, arena);
    if (!compile_matchers(&output, &problem))
        return environment_error(&problem);
    if (options->is_check)
        return judge(&output, options->folder);
    if (!output_write(&output, options->folder, &problem))
        return environment_error(&problem);
    return options->no_build ? EXIT_OK : build(spec, options, arena);
}

/* Two servers of one name would overwrite each other, in NAME.exe even without regard
 * to case. */
static int check_names(const struct run *run)
{
    const struct options *options = &run->options;
    const struct spec *specs = run->specs;
    for (size_t i = 0; i < options->n_specs; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!str_equal_fold(specs[i].name.text, specs[j].name.text))
                continue;
            fprintf(
                stderr,
                "krgen: %s and %s both make a server called '%.*s'; give one of them "
                "another 'name'\n",
                options->specs[j], options->specs[i], STR_ARG(specs[i].name.text));
            return EXIT_SPEC;
        }
    }
    return EXIT_OK;
}

/* Nothing is written before all specs are known to be right. */
static int compile_all(struct run *run)
{
    int result = understand_all(run, FOR_ITSELF);
    if (result == EXIT_OK)
        result = check_names(run);
    bool is_fine = result == EXIT_OK;
    for (size_t i = 0; i < run->options.n_specs && is_fine; i++) {
        int one = generate(&run->specs[i], &run->options, &run->arena);
        result = one == EXIT_OK ? result : one;
        is_fine = one == EXIT_OK || one == EXIT_STALE;
    }
    if (result == EXIT_OK && run->options.depfile)
        result = write_depfile(run, &run->arena);
    return result;
}

static int check_all(struct run *run)
{
    return understand_all(run, FOR_ITSELF);
}

/* The model of the only spec, for what `command` prints. */
static int understand_one(struct run *run, enum purpose purpose, const char *command)
{
    struct buf usage;
    if (run->options.n_specs == 1)
        return understand_all(run, purpose);
    buf_init(&usage, &run->arena);
    buf_printf(&usage, "'%s' takes one spec, not also ", command);
    return usage_error(str_z(&run->arena, buf_str(&usage)), run->options.specs[1]);
}

static int list_routes(struct run *run)
{
    struct buf text;
    int result = understand_one(run, FOR_LISTING, "routes");
    if (result != EXIT_OK)
        return result;
    buf_init(&text, &run->arena);
    routes_print(&run->specs[0], &run->arena, &text);
    return print_text(&text);
}

static int print_stubs(struct run *run)
{
    struct buf text;
    struct plan plan;
    int result = understand_one(run, FOR_HANDLERS, "handlers");
    if (result != EXIT_OK)
        return result;
    buf_init(&text, &run->arena);
    plan_build(&run->specs[0], &plan, &run->arena);
    if (plan.n_calls == 0) {
        fprintf(stderr, "krgen: no route of %s has a 'handler'\n",
                run->options.specs[0]);
        return EXIT_SPEC;
    }
    emit_stubs(&plan, &run->arena, &text);
    return print_text(&text);
}

/* ---- Commands ---- */

static int run_command(int (*command)(struct run *run), unsigned groups, size_t n,
                       char **words)
{
    struct run run = {0};
    int result = options_read(&run.options, groups, n, words, &run.arena);
    if (result == EXIT_OK)
        result = command(&run);
    arena_free(&run.arena);
    return result;
}

int compile_command(size_t n, char **words)
{
    return run_command(compile_all, OPTIONS_READ | OPTIONS_WRITE, n, words);
}

int check_command(size_t n, char **words)
{
    return run_command(check_all, OPTIONS_READ, n, words);
}

int routes_command(size_t n, char **words)
{
    return run_command(list_routes, OPTIONS_READ, n, words);
}

int handlers_command(size_t n, char **words)
{
    return run_command(print_stubs, OPTIONS_READ, n, words);
}
