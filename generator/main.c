/* krgen: one table of commands. */
#include "arena.h"
#include "cli.h"
#include "client.h"
#include "commands.h"
#include "explain.h"
#include "options.h"
#include "schema.h"
#include "str.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: krgen SPEC... -o DIR [--no-build] [--target native|windows]\n"
    "       krgen check SPEC...\n"
    "       krgen routes SPEC\n"
    "       krgen handlers SPEC\n"
    "       krgen explain [CHECK]\n"
    "       krgen schema\n"
    "       krgen call PIPE METHOD /path [OPTION]...\n"
    "\n"
    "Compiles each SPEC (a YAML file, '-' for standard input) into an HTTP server on "
    "a\n"
    "local pipe: the sources go to DIR/NAME-src, the executable to DIR/NAME.\n"
    "\n"
    "  -o DIR            folder for the output, made if needed\n"
    "  --no-build        stop at the sources\n"
    "  --target TARGET   native (default), or windows to cross-compile DIR/NAME.exe\n"
    "  --check           write nothing; exit with 4 if the sources in DIR are not "
    "what\n"
    "                    they would be\n"
    "  --depfile FILE    write to FILE, in the syntax of make, what the output is "
    "made\n"
    "                    of: of NAME.c, or unless --no-build of the executable\n"
    "  --error-format FORMAT\n"
    "                    how the errors of a spec are told: text (default) on "
    "standard\n"
    "                    error, json or github-actions on standard output; where\n"
    "                    GITHUB_ACTIONS is true, annotations follow the text\n"
    "  --werror          warnings are errors\n"
    "  --version         print the version\n"
    "  --help            print this help\n"
    "\n"
    "'krgen check' only tells the errors and warnings of each SPEC. 'krgen routes' "
    "lists\n"
    "the routes of a SPEC in their order of precedence, with a path for each. Both "
    "take\n"
    "--error-format and --werror.\n"
    "'krgen handlers' prints a first version of the C file whose functions SPEC "
    "names.\n"
    "'krgen explain' says what an error's name in brackets means, and without CHECK "
    "lists\n"
    "all names. 'krgen schema' prints a JSON Schema of specs for editors.\n"
    "\n"
    "'krgen call' sends a request to a pipe's server and prints the reply. PIPE is a\n"
    "pipe's name, \\\\.\\pipe\\NAME, or on Linux also the path of a socket.\n"
    "%s"
    "\n"
    "Exit codes: 0 done, 1 a spec has errors, 2 usage error, 3 a file, a tool or a "
    "server\n"
    "failed,\n4 --check found sources that are stale\n";

static int call_command(size_t n, char **words)
{
    if (n == 0)
        return usage_error("a call needs PIPE, METHOD and /path", "");
    int result = krt_call_main("krgen", words[0], (int)n - 1, words + 1);
    if (result == KRT_ERR_INVALID)
        return EXIT_USAGE;
    return result == KRT_OK ? EXIT_OK : EXIT_ENVIRONMENT;
}

static int fail_unknown_check(const char *name)
{
    const char *meant = explain_suggest(str_from(name));
    fprintf(stderr, "krgen: no check is called '%s'; ", name);
    if (meant)
        fprintf(stderr, "did you mean '%s'?\n", meant);
    else
        fputs("try 'krgen explain' for a list\n", stderr);
    return EXIT_USAGE;
}

static int explain_command(size_t n, char **words)
{
    struct arena arena = {0};
    struct buf text;
    buf_init(&text, &arena);
    int result;
    if (n > 1)
        result = usage_error("'explain' takes one check, not also ", words[1]);
    else if (n == 1 && !explain_check(str_from(words[0]), &text))
        result = fail_unknown_check(words[0]);
    else {
        if (n == 0)
            explain_list(&text);
        result = print_text(&text);
    }
    arena_free(&arena);
    return result;
}

static int schema_command(size_t n, char **words)
{
    struct arena arena = {0};
    struct buf text;
    if (n > 0)
        return usage_error("'schema' takes nothing, not ", words[0]);
    buf_init(&text, &arena);
    schema_print(&text);
    int result = print_text(&text);
    arena_free(&arena);
    return result;
}

static const struct command {
    const char *name;
    int (*run)(size_t n, char **words);
} commands[] = {
    {"check", check_command},       {"routes", routes_command},
    {"handlers", handlers_command}, {"explain", explain_command},
    {"schema", schema_command},     {"call", call_command},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)argc - 1 : 0;
    char **words = argv + 1;
    const char *first = n > 0 ? words[0] : "";
    const struct command *command = find_command(first);
    if (is_help(first) || (command && n > 1 && is_help(words[1]))) {
        printf(help, krt_call_help);
        return EXIT_OK;
    }
    if (strcmp(first, "--version") == 0) {
        printf("krgen %s\n", KRT_VERSION);
        return EXIT_OK;
    }
    if (command)
        return command->run(n - 1, words + 1);
    return compile_command(n, words);
}
