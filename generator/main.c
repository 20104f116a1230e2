/* krgen: the command line, the phases in their order, the exit code. */
#include "arena.h"
#include "check.h"
#include "client.h"
#include "diag.h"
#include "emit.h"
#include "output.h"
#include "plan.h"
#include "read.h"
#include "source.h"
#include "str.h"
#include "tools.h"
#include "yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_SPEC = 1,
    EXIT_USAGE = 2,
    EXIT_ENVIRONMENT = 3,
};

struct options {
    const char **specs; /* as many as the command line has words */
    size_t n_specs;
    const char *folder;
    bool no_build;
    enum target target;
};

static const char help[] =
    "Usage: krgen SPEC... -o DIR [--no-build] [--target native|windows]\n"
    "       krgen call PIPE METHOD /path [OPTION]...\n"
    "\n"
    "Compiles each SPEC (a YAML file, '-' for standard input) into an HTTP server on "
    "a\n"
    "local pipe: the sources go to DIR/NAME-src, the executable to DIR/NAME.\n"
    "\n"
    "  -o DIR            folder for the output, made if needed\n"
    "  --no-build        stop at the sources\n"
    "  --target TARGET   native (default), or windows to cross-compile DIR/NAME.exe\n"
    "  --version         print the version\n"
    "  --help            print this help\n"
    "\n"
    "'krgen call' sends one request to a pipe's server and prints the reply. PIPE is "
    "a\n"
    "pipe's name, \\\\.\\pipe\\NAME, or on Linux also the path of a socket.\n"
    "%s"
    "\n"
    "Exit codes: 0 done, 1 the spec has errors, 2 usage error, 3 a file, a tool or a\n"
    "server failed\n";

static int usage_error(const char *problem, const char *subject)
{
    fprintf(stderr, "krgen: %s%s; try 'krgen --help'\n", problem, subject);
    return EXIT_USAGE;
}

static int environment_error(const struct buf *problem)
{
    fprintf(stderr, "krgen: %.*s\n", STR_ARG(buf_str(problem)));
    return EXIT_ENVIRONMENT;
}

/* ---- Compiling ---- */

static void print_diagnostics(const struct diag *diag)
{
    struct buf text;
    buf_init(&text, diag->arena);
    diag_render(diag, &text);
    fwrite(text.at, 1, text.len, stderr);
}

/* All phases that make the model of the spec at `path`. */
static int understand(const char *path, struct spec *spec, struct arena *arena)
{
    struct source *source = arena_alloc(arena, sizeof *source);
    struct diag diag = {.arena = arena};
    struct node *root;
    struct buf problem;
    buf_init(&problem, arena);
    if (!source_read(source, path, arena, &problem))
        return environment_error(&problem);
    if (yaml_read(source, &root, arena, &diag) && read_spec(root, spec, arena, &diag) &&
        check_spec(spec, &diag))
        return EXIT_OK;
    print_diagnostics(&diag);
    return EXIT_SPEC;
}

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

static int generate(const struct spec *spec, const struct options *options,
                    struct arena *arena)
{
    struct plan plan;
    struct output output = {.arena = arena};
    struct buf problem;
    buf_init(&problem, arena);
    plan_build(spec, &plan, arena);
    emit_server(&plan, &output, arena);
    if (!compile_matchers(&output, &problem) ||
        !output_write(&output, options->folder, &problem))
        return environment_error(&problem);
    if (!options->no_build &&
        !tools_build(options->folder, str_z(arena, spec->name.text), options->target,
                     &problem))
        return environment_error(&problem);
    return EXIT_OK;
}

/* Two servers of one name would overwrite each other, in NAME.exe even without regard
 * to case. */
static int check_names(const struct options *options, const struct spec *specs)
{
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
static int compile_all(const struct options *options, struct arena *arena)
{
    struct spec *specs = arena_array(arena, options->n_specs, sizeof *specs);
    int worst = EXIT_OK;
    for (size_t i = 0; i < options->n_specs; i++) {
        int result = understand(options->specs[i], &specs[i], arena);
        worst = result > worst ? result : worst;
    }
    if (worst == EXIT_OK)
        worst = check_names(options, specs);
    for (size_t i = 0; i < options->n_specs && worst == EXIT_OK; i++)
        worst = generate(&specs[i], options, arena);
    return worst;
}

/* ---- Command line ---- */

static int set_target(struct options *options, const char *name)
{
    if (strcmp(name, "native") == 0)
        options->target = TARGET_NATIVE;
    else if (strcmp(name, "windows") == 0)
        options->target = TARGET_WINDOWS;
    else
        return usage_error("--target takes native or windows, not ", name);
    return EXIT_OK;
}

/* Whether the language page has the word, which this krgen does not. */
static bool is_planned(const char *word)
{
    static const char *const planned[] = {
        "--check", "--depfile", "--werror", "--error-format", "check",
        "routes",  "schema",    "handlers", "explain",
    };
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++)
        if (strcmp(word, planned[i]) == 0)
            return true;
    return false;
}

/* Takes an option that needs a value. */
static int take_option(struct options *options, const char *option, const char *value)
{
    bool is_folder = strcmp(option, "-o") == 0;
    if (is_planned(option))
        return usage_error("not supported yet: ", option);
    if (!is_folder && strcmp(option, "--target") != 0)
        return usage_error("unknown option ", option);
    if (!value)
        return usage_error("a value is missing after ", option);
    if (!is_folder)
        return set_target(options, value);
    options->folder = value;
    return EXIT_OK;
}

/* What CMake cannot take as a folder is refused before anything is written there. */
static int check_folder(const struct options *options)
{
    const char *folder = options->folder;
    if (!folder || !*folder)
        return usage_error("the output folder is missing: -o DIR", "");
    if (folder[0] == '-')
        return usage_error("for a folder that starts with '-' write ./", folder);
    if (!options->no_build && strpbrk(folder, ";\"\\\n"))
        return usage_error(
            "CMake cannot build in a folder with ; \" \\ or a line break "
            "in its name: ",
            folder);
    return EXIT_OK;
}

static int read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int result = EXIT_OK;
        if (strcmp(argv[i], "--no-build") == 0)
            options->no_build = true;
        else if (argv[i][0] != '-' || strcmp(argv[i], "-") == 0)
            options->specs[options->n_specs++] = argv[i];
        else {
            result = take_option(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            i++;
        }
        if (result != EXIT_OK)
            return result;
    }
    if (options->n_specs == 0)
        return usage_error("a spec is missing", "");
    return check_folder(options);
}

static int compile_command(int argc, char **argv)
{
    struct arena arena = {0};
    struct options options = {0};
    options.specs = arena_array(&arena, (size_t)argc, sizeof *options.specs);
    int result = read_options(&options, argc, argv);
    if (result == EXIT_OK)
        result = compile_all(&options, &arena);
    arena_free(&arena);
    return result;
}

static int call_command(int argc, char **argv)
{
    if (argc < 3)
        return usage_error("a call needs PIPE, METHOD and /path", "");
    int result = krt_call_main("krgen", argv[2], argc - 3, argv + 3);
    if (result == KRT_ERR_INVALID)
        return EXIT_USAGE;
    return result == KRT_OK ? EXIT_OK : EXIT_ENVIRONMENT;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    bool is_call = strcmp(command, "call") == 0;
    if (is_help(command) || (is_call && argc > 2 && is_help(argv[2]))) {
        printf(help, krt_call_help);
        return EXIT_OK;
    }
    if (strcmp(command, "--version") == 0) {
        printf("krgen %s\n", KRT_VERSION);
        return EXIT_OK;
    }
    if (is_call)
        return call_command(argc, argv);
    if (is_planned(command))
        return usage_error("not supported yet: ", command);
    return compile_command(argc, argv);
}
