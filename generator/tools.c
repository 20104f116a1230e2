#include "tools.h"

#include "process.h"

#include <stddef.h>

enum { ARGUMENTS_MAX = 16 };

/* A command line that grows. */
struct command {
    const char *arguments[ARGUMENTS_MAX + 1]; /* ends with NULL */
    size_t n;
};

static void add(struct command *command, const char *argument)
{
    if (command->n < ARGUMENTS_MAX)
        command->arguments[command->n++] = argument;
}

static const char *format(struct arena *arena, const char *before, const char *middle,
                          const char *after)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s%s%s", before, middle, after);
    return str_z(arena, buf_str(&out));
}

/* Runs a tool whose failure is told with its own words. */
static bool run(const struct command *command, struct str input, struct buf *out,
                struct buf *problem)
{
    struct buf errors;
    buf_init(&errors, problem->arena);
    struct process_result result = {.out = out ? out : &errors, .err = &errors};
    if (!process_run(command->arguments, input, &result, problem)) {
        buf_put(problem, STR("; is it installed and in PATH?"));
        return false;
    }
    if (result.exit_code == 0)
        return true;
    buf_printf(problem, "%s failed with exit code %d:\n%.*s", command->arguments[0],
               result.exit_code, STR_ARG(buf_str(&errors)));
    return false;
}

/* Flags: warnings are errors, so that re2c itself refuses a rule that can never match
 * and a matcher that could run past its line; no line directives, nested ifs, and
 * nothing that differs from run to run. */
bool tools_re2c(struct str source, struct str *compiled, struct arena *arena,
                struct buf *problem)
{
    static const struct command re2c = {
        .arguments = {"re2c", "-W", "-Werror", "-Wno-nondeterministic-tags", "-i", "-s",
                      "--tags", "--no-generation-date", "--no-version", "-", NULL},
    };
    struct buf out;
    buf_init(&out, arena);
    if (!run(&re2c, source, &out, problem))
        return false;
    *compiled = buf_str(&out);
    return true;
}

/* CMake keeps the generator of an existing cache. Its default wants make, which
 * machines with Ninja may lack. */
static void add_generator(struct command *command)
{
    if (process_exists("ninja") && !process_exists("make")) {
        add(command, "-G");
        add(command, "Ninja");
    }
}

static void add_target(struct command *command, enum target target)
{
    if (target == TARGET_NATIVE)
        return;
    add(command, "-DCMAKE_SYSTEM_NAME=Windows");
    add(command, "-DCMAKE_SYSTEM_PROCESSOR=x86_64");
    add(command, "-DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc");
    add(command, "-DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++");
    add(command, "--no-warn-unused-cli"); /* few servers have C++ */
}

/* A cache that does not fit, say after the folder was moved, is made anew. */
static bool configure(struct command *command, struct buf *problem)
{
    struct buf ignored;
    buf_init(&ignored, problem->arena);
    if (run(command, STR(""), NULL, &ignored))
        return true;
    add(command, "--fresh");
    return run(command, STR(""), NULL, problem);
}

static const char *parallelism(struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%u", process_parallelism());
    return str_z(arena, buf_str(&out));
}

bool tools_build(const char *folder, const char *name, enum target target,
                 struct buf *problem)
{
    struct arena *arena = problem->arena;
    const char *sources = format(arena, folder, "/", format(arena, name, "-src", ""));
    const char *suffix = target == TARGET_WINDOWS ? "-windows" : "-native";
    const char *build =
        format(arena, folder, "/.krgen/", format(arena, name, suffix, ""));
    struct command configuring = {.arguments = {"cmake", "-S", sources, "-B", build},
                                  .n = 5};
    struct command building = {.arguments = {"cmake", "--build", build, "--parallel"},
                               .n = 4};
    add_generator(&configuring);
    add_target(&configuring, target);
    add(&building, parallelism(arena));
    add(&configuring, "-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=../.."); /* from `build` */
    return configure(&configuring, problem) && run(&building, STR(""), NULL, problem);
}
