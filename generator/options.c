/* One table of options. */
#include "options.h"
#include "cli.h"

#include <string.h>

static int set_folder(struct options *options, const char *value)
{
    options->folder = value;
    return EXIT_OK;
}

static int set_no_build(struct options *options, const char *value)
{
    (void)value;
    options->no_build = true;
    return EXIT_OK;
}

static int set_check(struct options *options, const char *value)
{
    options->is_check = true;
    return set_no_build(options, value);
}

static int set_depfile(struct options *options, const char *value)
{
    options->depfile = value;
    return EXIT_OK;
}

static int set_werror(struct options *options, const char *value)
{
    (void)value;
    options->warnings_are_errors = true;
    return EXIT_OK;
}

static int set_target(struct options *options, const char *value)
{
    if (strcmp(value, "native") == 0)
        options->target = TARGET_NATIVE;
    else if (strcmp(value, "windows") == 0)
        options->target = TARGET_WINDOWS;
    else
        return usage_error("--target takes native or windows, not ", value);
    return EXIT_OK;
}

static int set_format(struct options *options, const char *value)
{
    if (strcmp(value, "text") == 0)
        options->format = DIAG_TEXT;
    else if (strcmp(value, "json") == 0)
        options->format = DIAG_JSON;
    else if (strcmp(value, "github-actions") == 0)
        options->format = DIAG_GITHUB;
    else
        return usage_error("--error-format takes text, json or github-actions, not ",
                           value);
    return EXIT_OK;
}

static const struct option {
    const char *name;
    enum option_group group;
    bool has_value;
    int (*set)(struct options *options, const char *value);
} table[] = {
    {"-o", OPTIONS_WRITE, true, set_folder},
    {"--no-build", OPTIONS_WRITE, false, set_no_build},
    {"--target", OPTIONS_WRITE, true, set_target},
    {"--check", OPTIONS_WRITE, false, set_check},
    {"--depfile", OPTIONS_WRITE, true, set_depfile},
    {"--error-format", OPTIONS_READ, true, set_format},
    {"--werror", OPTIONS_READ, false, set_werror},
};

static const struct option *find_option(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].name) == len && memcmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}

/* Takes the option words[0] and moves *i behind it and its value, which is part of the
 * word (--name=value) or the next one. */
static int take_option(struct options *options, unsigned groups, const char *word,
                       const char *next, size_t *i)
{
    size_t len = strcspn(word, "=");
    const struct option *option = find_option(word, len);
    bool is_joined = word[len] == '=';
    if (!option || (groups & option->group) == 0 || (is_joined && !option->has_value))
        return usage_error("unknown option ", word);
    ++*i;
    if (!option->has_value || is_joined)
        return option->set(options, is_joined ? word + len + 1 : NULL);
    if (!next)
        return usage_error("a value is missing after ", word);
    ++*i;
    return option->set(options, next);
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

static int check_writing(const struct options *options)
{
    if (options->is_check && options->depfile)
        return usage_error("--check writes nothing, so no --depfile ",
                           options->depfile);
    return check_folder(options);
}

int options_read(struct options *options, unsigned groups, size_t n, char **words,
                 struct arena *arena)
{
    *options = (struct options){.specs = arena_array(arena, n + 1, sizeof(char *))};
    for (size_t i = 0; i < n;) {
        if (words[i][0] != '-' || strcmp(words[i], "-") == 0) {
            options->specs[options->n_specs++] = words[i++];
            continue;
        }
        const char *next = i + 1 < n ? words[i + 1] : NULL;
        int result = take_option(options, groups, words[i], next, &i);
        if (result != EXIT_OK)
            return result;
    }
    if (options->n_specs == 0)
        return usage_error("a spec is missing", "");
    return (groups & OPTIONS_WRITE) != 0 ? check_writing(options) : EXIT_OK;
}
