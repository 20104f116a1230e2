#include "command_line.h"

#include "text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A percent sign is what becomes longest. */
static const char percent[] = "%%cd:~,%";
static const char shell[] = "cmd.exe /e:ON /v:OFF /d /s /c \"";

enum { LONGEST = sizeof percent - 1, AROUND = sizeof "\"\" " };

/* Empty, with room for all that is made of the texts; without when memory ran out. */
static struct krt_buffer make_room(const char *path, char *const *argv)
{
    size_t cap = sizeof shell + LONGEST * strlen(path) + AROUND + 1;
    for (; *argv; argv++)
        cap += LONGEST * strlen(*argv) + AROUND;
    char *data = malloc(cap);
    return (struct krt_buffer){data, 0, data ? cap : 0};
}

static void put_backslashes(struct krt_buffer *line, size_t n)
{
    while (n-- > 0)
        krt_put(line, "\\", 1);
}

/* How arguments are written for whoever reads them. */
struct style {
    bool (*is_bare)(const char *argument); /* whether it needs no quotes */
    const char *before_quote;              /* what makes a quote one of the text */
    const char *percent;
};

/* Backslashes count only before a quote: one of the text, or the one at the end. */
static void put_quoted(struct krt_buffer *line, const struct style *style,
                       const char *argument)
{
    size_t n_backslashes = 0;
    krt_put(line, "\"", 1);
    for (; *argument; argument++) {
        if (*argument == '"') {
            put_backslashes(line, n_backslashes);
            krt_put_text(line, style->before_quote);
        }
        n_backslashes = *argument == '\\' ? n_backslashes + 1 : 0;
        if (*argument == '%')
            krt_put_text(line, style->percent);
        else
            krt_put(line, argument, 1);
    }
    put_backslashes(line, n_backslashes);
    krt_put(line, "\"", 1);
}

static void put_arguments(struct krt_buffer *line, const struct style *style,
                          char *const *arguments)
{
    for (; *arguments; arguments++) {
        krt_put(line, " ", 1);
        if (style->is_bare(*arguments))
            krt_put_text(line, *arguments);
        else
            put_quoted(line, style, *arguments);
    }
}

/* ---- For programs ---- */

static bool is_bare(const char *argument)
{
    return *argument && !strpbrk(argument, " \t\n\v\"*?");
}

char *krt_command_line(char *const *argv)
{
    static const struct style style = {is_bare, "\\", "%"};
    struct krt_buffer line = make_room("", argv);
    if (!line.data)
        return NULL;
    /* A program's name knows no backslashes: those before its last quote stay. */
    krt_put(&line, "\"", 1);
    krt_put_text(&line, *argv);
    krt_put(&line, "\"", 1);
    put_arguments(&line, &style, argv + 1);
    krt_end_text(&line);
    return line.data;
}

/* ---- For batch files ---- */

/* What means nothing to cmd.exe. Batch files compare arguments as they are written,
 * quotes included, so these get none. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("#$+-./:@\\_", c));
}

/* A backslash at the end would meet the quote that a file puts after "%~1". */
static bool is_plain_text(const char *argument)
{
    size_t len = 0;
    while (is_plain(argument[len]))
        len++;
    return len > 0 && !argument[len] && argument[len - 1] != '\\';
}

char *krt_batch_line(const char *path, char *const *argv)
{
    static const struct style style = {is_plain_text, "\"", percent};
    struct krt_buffer line = make_room(path, argv);
    if (!line.data)
        return NULL;
    krt_put_text(&line, shell);
    put_quoted(&line, &style, path);
    put_arguments(&line, &style, argv + 1);
    krt_put(&line, "\"", 1);
    krt_end_text(&line);
    return line.data;
}

bool krt_is_for_batch(const char *text)
{
    return !strpbrk(text, "\r\n");
}
