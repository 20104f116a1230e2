#include "blame.h"
#include "ascii.h"
#include "table.h"

#include <stdbool.h>
#include <string.h>

static bool is_word_char(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

/* Whether `line` has `name`, which is not empty, as a word. */
static bool has_word(struct str line, struct str name)
{
    for (size_t i = 0; i + name.len <= line.len; i++)
        if (memcmp(line.at + i, name.at, name.len) == 0 &&
            (i == 0 || !is_word_char(line.at[i - 1])) &&
            (i + name.len == line.len || !is_word_char(line.at[i + name.len])))
            return true;
    return false;
}

static bool is_error(struct str line)
{
    static const char *const words[] = {"error", "undefined", "unresolved", "multiple",
                                        "duplicate"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has_word(line, str_from(words[i])))
            return true;
    return false;
}

static void add_words(struct table *words, struct str line)
{
    for (size_t at = 0, end; at < line.len; at = end + 1) {
        for (end = at; end < line.len && is_word_char(line.at[end]); end++) {
            /* To the end of the word. */
        }
        struct str word = str_slice(line, at, end);
        if (word.len > 0 && !table_find(words, word))
            table_put(words, word, words);
    }
}

/* Adds the words of all lines that tell of an error. */
static void add_errors(struct table *words, struct str said)
{
    for (size_t at = 0; at < said.len;) {
        const char *end = memchr(said.at + at, '\n', said.len - at);
        size_t next = end ? (size_t)(end - said.at) + 1 : said.len;
        struct str line = str_slice(said, at, next);
        if (is_error(line))
            add_words(words, line);
        at = next;
    }
}

/* Linkers of some systems put an underscore before the names of C. */
static bool is_named(const struct table *words, const struct located *name,
                     const char *suffix)
{
    struct buf word;
    if (name->text.len == 0)
        return false;
    buf_init(&word, words->arena);
    buf_printf(&word, "_%.*s%s", STR_ARG(name->text), suffix);
    struct str with_underscore = buf_str(&word);
    struct str plain = str_slice(with_underscore, 1, with_underscore.len);
    return table_find(words, plain) || table_find(words, with_underscore);
}

static void put_note(const struct located *name, const char *suffix, struct buf *out)
{
    const struct source *source = name->span.source;
    struct place place = source_place(source, name->span.start);
    buf_printf(out, "%s:%lu:%lu: note: '%.*s%s' is ", source->path,
               (unsigned long)place.line, (unsigned long)place.column,
               STR_ARG(name->text), suffix);
}

static void put_route(const struct route *route, const char *suffix, struct buf *out)
{
    put_note(&route->response.handler.name, suffix, out);
    buf_printf(out, "%s of '", *suffix ? "for the bodies" : "the handler");
    for (size_t i = 0; i < route->n_methods; i++)
        buf_printf(out, "%s%.*s", i > 0 ? "," : "", STR_ARG(route->methods[i].text));
    buf_printf(out, " %.*s'\n", STR_ARG(route->template.source.text));
}

void blame_put(const struct spec *spec, struct str said, struct buf *out)
{
    const struct handlers *handlers = &spec->handlers;
    struct table words = {.arena = out->arena};
    add_errors(&words, said);
    if (out->len > 0 && out->at[out->len - 1] != '\n')
        buf_putc(out, '\n');
    if (is_named(&words, &handlers->init, "")) {
        put_note(&handlers->init, "", out);
        buf_put(out, STR("what 'init' names\n"));
    }
    if (is_named(&words, &handlers->shutdown, "")) {
        put_note(&handlers->shutdown, "", out);
        buf_put(out, STR("what 'shutdown' names\n"));
    }
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct handler *handler = &spec->routes[i].response.handler;
        if (is_named(&words, &handler->name, ""))
            put_route(&spec->routes[i], "", out);
        if (handler->is_streamed && is_named(&words, &handler->name, "_take"))
            put_route(&spec->routes[i], "_take", out);
    }
}
