/* What command_line.c puts together is taken apart again by slow models of the rules
 * that its header tells: of programs, and of cmd.exe. */
#define _POSIX_C_SOURCE 200809L

#include "command_line.h"
#include "unit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ARGUMENTS = 12, MAX_TEXT = 4096 };

/* ---- Programs ---- */

enum dialect {
    SINCE_2008,           /* "" within quotes is a quote, and the quotes go on */
    COMMAND_LINE_TO_ARGV, /* "" within quotes is a quote, and the quotes end */
};

struct arguments {
    char texts[MAX_ARGUMENTS][MAX_TEXT];
    size_t n;
};

/* Takes one argument off the front of *line. */
static void take_argument(const char **line, enum dialect dialect, char *text)
{
    const char *at = *line;
    bool is_quoted = false;
    while (*at && (is_quoted || !isspace((unsigned char)*at))) {
        size_t n_backslashes = strspn(at, "\\");
        at += n_backslashes;
        size_t n_kept = *at == '"' ? n_backslashes / 2 : n_backslashes;
        memset(text, '\\', n_kept);
        text += n_kept;
        if (*at == '"' && n_backslashes % 2 == 1) {
            *text++ = *at++;
        } else if (*at == '"' && is_quoted && at[1] == '"') {
            *text++ = '"';
            at += 2;
            is_quoted = dialect == SINCE_2008;
        } else if (*at == '"') {
            is_quoted = !is_quoted;
            at++;
        } else if (n_backslashes == 0) {
            *text++ = *at++;
        }
    }
    *text = '\0';
    *line = at;
}

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static void take_arguments(const char *line, enum dialect dialect,
                           struct arguments *arguments)
{
    arguments->n = 0;
    for (line = skip_space(line); *line; line = skip_space(line)) {
        assert_true(arguments->n < MAX_ARGUMENTS);
        take_argument(&line, dialect, arguments->texts[arguments->n++]);
    }
}

/* The program's name ends at the first space or, if it starts with a quote, at the
 * second one. */
static const char *skip_name(const char *line)
{
    if (*line != '"')
        return line + strcspn(line, " \t");
    const char *end = strchr(line + 1, '"');
    assert_non_null(end);
    return end + 1;
}

static void check_arguments(const char *line, const char *rest, enum dialect dialect,
                            char *const *expected)
{
    static struct arguments arguments;
    take_arguments(rest, dialect, &arguments);
    for (size_t i = 0; i < arguments.n || expected[i]; i++) {
        if (!expected[i] || i == arguments.n)
            fail_msg("%s: %zu arguments", line, arguments.n);
        expect_text(line, arguments.texts[i], expected[i]);
    }
}

/* ---- cmd.exe ---- */

/* The value of a variable; in the model every name of letters is one but "nothing". */
static const char *value_of(const char *name, size_t len)
{
    bool is_name = len > 0;
    for (size_t i = 0; i < len; i++)
        is_name = is_name && isalpha((unsigned char)name[i]);
    if (!is_name || (len == 7 && strncmp(name, "nothing", len) == 0))
        return NULL;
    return "\"&EVIL&\"";
}

/* %NAME% and %NAME:...% as on a command line: what is no variable stays as it is. */
static void expand(const char *line, char *out)
{
    while (*line) {
        const char *end = *line == '%' ? strchr(line + 1, '%') : NULL;
        size_t len = end ? strcspn(line + 1, ":%") : 0;
        const char *value = end ? value_of(line + 1, len) : NULL;
        if (!value) {
            *out++ = *line++;
            continue;
        }
        if (strncmp(line, "%cd:~,%", 7) != 0)
            out = stpcpy(out, value);
        line = end + 1;
    }
    *out = '\0';
}

/* Nothing that has a meaning stands outside of quotes. */
static void check_quiet(const char *line)
{
    bool is_quoted = false;
    for (const char *at = line; *at; at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        if (!is_quoted && strchr("&|<>^()!,;=", *at))
            fail_msg("%s: '%c' outside of quotes", line, *at);
        if (strchr("\r\n", *at))
            fail_msg("%s: two lines", line);
    }
    if (is_quoted)
        fail_msg("%s: an odd number of quotes", line);
}

/* What a file gets as %*, after its own path. */
static void run_batch(const char *line, const char *path, char *rest)
{
    static const char start[] = "cmd.exe /e:ON /v:OFF /d /s /c ";
    char stripped[MAX_TEXT];
    assert_int_equal(strncmp(line, start, sizeof start - 1), 0);
    const char *command = line + sizeof start - 1;
    const char *last = strrchr(command, '"');
    assert_int_equal(*command, '"');
    assert_string_equal(last, "\"");
    snprintf(stripped, sizeof stripped, "%.*s", (int)(last - command - 1), command + 1);
    char expanded[MAX_TEXT];
    expand(stripped, expanded);
    check_quiet(expanded);
    const char *after = skip_name(expanded);
    expect_size(line, (size_t)(after - expanded), strlen(path) + 2);
    assert_int_equal(strncmp(expanded + 1, path, strlen(path)), 0);
    strcpy(rest, after);
}

static void check_program(char *const *argv)
{
    char *line = krt_command_line(argv);
    assert_non_null(line);
    assert_int_equal(strncmp(line + 1, argv[0], strlen(argv[0])), 0);
    expect_size(line, (size_t)(skip_name(line) - line), strlen(argv[0]) + 2);
    check_arguments(line, skip_name(line), SINCE_2008, argv + 1);
    check_arguments(line, skip_name(line), COMMAND_LINE_TO_ARGV, argv + 1);
    free(line);
}

/* The file calls a program with %*, where percent signs of it mean nothing any more. */
static void check_batch(const char *path, char *const *argv)
{
    char rest[MAX_TEXT];
    char *line = krt_batch_line(path, argv);
    assert_non_null(line);
    run_batch(line, path, rest);
    check_quiet(rest);
    check_arguments(line, rest, SINCE_2008, argv + 1);
    free(line);
}

/* ---- Tests ---- */

struct row {
    const char *argument;
    const char *for_program;
    const char *for_batch;
};

static const struct row rows[] = {
    {"", "\"\"", "\"\""},
    {"a", "a", "a"},
    {"-x=1", "-x=1", "\"-x=1\""},
    {"a b", "\"a b\"", "\"a b\""},
    {"a\tb", "\"a\tb\"", "\"a\tb\""},
    {"*.js", "\"*.js\"", "\"*.js\""},
    {"C:\\x\\", "C:\\x\\", "\"C:\\x\\\\\""},
    {"C:\\x y\\", "\"C:\\x y\\\\\"", "\"C:\\x y\\\\\""},
    {"a\"b", "\"a\\\"b\"", "\"a\"\"b\""},
    {"a\\\"b", "\"a\\\\\\\"b\"", "\"a\\\\\"\"b\""},
    {"a\\\\b c", "\"a\\\\b c\"", "\"a\\\\b c\""},
    {"%PATH%", "%PATH%", "\"%%cd:~,%PATH%%cd:~,%\""},
    {"\"&calc\"", "\"\\\"&calc\\\"\"", "\"\"\"&calc\"\"\""},
    {"a^b", "a^b", "\"a^b\""},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
    {"!x!", "!x!", "\"!x!\""},
};

static void test_arguments_are_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char program[] = "a b.exe";
        char *argument = strdup(rows[i].argument);
        char *argv[] = {program, argument, argument, NULL};
        char expected[MAX_TEXT];
        char *line = krt_command_line(argv);
        snprintf(expected, sizeof expected, "\"a b.exe\" %s %s", rows[i].for_program,
                 rows[i].for_program);
        expect_text(argument, line, expected);
        free(line);
        line = krt_batch_line("C:\\a b.cmd", argv);
        snprintf(expected, sizeof expected,
                 "cmd.exe /e:ON /v:OFF /d /s /c \"\"C:\\a b.cmd\" %s %s\"",
                 rows[i].for_batch, rows[i].for_batch);
        expect_text(argument, line, expected);
        free(line);
        check_program(argv);
        check_batch("C:\\a b.cmd", argv);
        free(argument);
    }
}

static void test_names_of_programs_are_taken_as_they_are(void **state)
{
    (void)state;
    char folder[] = "C:\\a b\\";
    char *argv[] = {folder, NULL};
    char *line = krt_command_line(argv);
    assert_string_equal(line, "\"C:\\a b\\\"");
    free(line);
}

static void test_paths_of_batch_files_hold_anything(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "C:\\%PATH%\\a.cmd",    "C:\\a&b\\c.bat",      "C:\\(x)\\a.cmd",
        "C:\\50% off\\a^b.cmd", "\\\\host\\x!\\a.cmd", "C:\\%nothing%a%\\x.cmd",
        "C:\\\xc3\xbc\\a.cmd",
    };
    char argument[] = "%PATH% & \"x\"";
    char *argv[] = {argument, argument, NULL};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        check_batch(paths[i], argv);
}

static void test_lines_are_not_for_batch_files(void **state)
{
    (void)state;
    assert_true(krt_is_for_batch(""));
    assert_true(krt_is_for_batch("a%PATH%\"&^|<>!\t\v\x1a"));
    assert_false(krt_is_for_batch("\n"));
    assert_false(krt_is_for_batch("a\n"));
    assert_false(krt_is_for_batch("\rb"));
}

/* What an argument is put together of: single characters, and what is dangerous. */
static const char *const pieces[] = {
    "\"",      "\"",   "\\",          "\\",
    " ",       "%",    "%",           "a",
    "^",       "&",    "|",           "<",
    ">",       "!",    "(",           ")",
    ",",       ";",    "=",           "\t",
    "*",       "'",    ":~,",         "cd",
    "%cd:~,%", "PATH", "nothing",     "%%",
    "\"\"",    "\\\"", "\xc3\xa9",    "\xf0\x9f\x98\x80",
    "-",       "/c",   "%PATH:~0,1%", "%*",
    "%1",
};

static uint32_t next(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

static void fill(char *argument, uint32_t *random)
{
    *argument = '\0';
    for (uint32_t n = next(random) % 9; n > 0; n--)
        strcat(argument, pieces[next(random) % (sizeof pieces / sizeof *pieces)]);
}

static void test_any_arguments_arrive(void **state)
{
    (void)state;
    uint32_t random = 7;
    char program[] = "p.exe";
    for (int i = 0; i < 100000; i++) {
        char texts[5][200];
        char *argv[7] = {program};
        size_t n = next(&random) % 6;
        for (size_t j = 0; j < n; j++)
            fill(argv[j + 1] = texts[j], &random);
        check_program(argv);
        check_batch("C:\\b%PATH%.cmd", argv);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_are_quoted),
        cmocka_unit_test(test_names_of_programs_are_taken_as_they_are),
        cmocka_unit_test(test_paths_of_batch_files_hold_anything),
        cmocka_unit_test(test_lines_are_not_for_batch_files),
        cmocka_unit_test(test_any_arguments_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
