#include "escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEAT_MAX = 4 * 1024 * 1024, WORD_MAX = 100 };

void bytes_append(struct bytes *bytes, const void *data, size_t len)
{
    if (bytes->len + len >= bytes->cap) {
        bytes->cap = 2 * (bytes->len + len) + 16;
        bytes->data = realloc(bytes->data, bytes->cap);
    }
    if (!bytes->data) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    if (len > 0)
        memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    bytes->data[bytes->len] = '\0';
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

/* The byte of the escape behind a backslash; *at moves behind it. -1 if it is none. */
static int read_escape(const char **at, const char *end)
{
    static const char names[] = "rnt0s\\{\"";
    static const char values[] = "\r\n\t\0 \\{\"";
    unsigned value;
    if (*at == end)
        return -1;
    const char *name = strchr(names, **at);
    if (name && **at) {
        ++*at;
        return values[name - names];
    }
    if (**at != 'x' || end - *at < 3 || sscanf(*at + 1, "%2x", &value) != 1)
        return -1;
    *at += 3;
    return (int)value;
}

/* `body` is what stands in the braces: "TEXT*N", with the star at `star`. */
static const char *read_repeat(struct bytes *bytes, const char *body, const char *star,
                               escape_fn word, void *context)
{
    struct bytes unit = {0};
    unsigned long n = strtoul(star + 1, NULL, 10);
    const char *problem =
        escape_read(&unit, body, (size_t)(star - body), word, context);
    if (!problem && (n == 0 || n * unit.len > REPEAT_MAX))
        problem = "a repeat of strange length";
    for (unsigned long i = 0; !problem && i < n; i++)
        bytes_append(bytes, unit.data, unit.len);
    bytes_free(&unit);
    return problem;
}

static const char *read_word(struct bytes *bytes, const char *body, size_t len,
                             escape_fn word, void *context)
{
    char text[WORD_MAX];
    snprintf(text, sizeof text, "%.*s", (int)len, body);
    char *space = strchr(text, ' ');
    if (!space)
        return "braces without a repeat or a word";
    *space = '\0';
    return word && word(context, text, space + 1, bytes) ? NULL : "an unknown word";
}

/* *at is behind the '{'; it moves behind the '}'. */
static const char *read_braces(struct bytes *bytes, const char **at, const char *end,
                               escape_fn word, void *context)
{
    const char *body = *at;
    const char *close = body;
    const char *star = NULL;
    for (; close < end && *close != '}'; close++) {
        if (*close == '\\' && close + 1 < end)
            close++;
        else if (*close == '*')
            star = close;
    }
    if (close >= end)
        return "'{' without '}'";
    *at = close + 1;
    return star ? read_repeat(bytes, body, star, word, context)
                : read_word(bytes, body, (size_t)(close - body), word, context);
}

const char *escape_read(struct bytes *bytes, const char *text, size_t len,
                        escape_fn word, void *context)
{
    const char *end = text + len;
    while (text < end) {
        char c = *text++;
        const char *problem = NULL;
        if (c == '{') {
            problem = read_braces(bytes, &text, end, word, context);
        } else if (c != '\\') {
            bytes_append(bytes, &c, 1);
        } else {
            int value = read_escape(&text, end);
            c = (char)value;
            if (value < 0)
                return "an unknown escape";
            bytes_append(bytes, &c, 1);
        }
        if (problem)
            return problem;
    }
    return NULL;
}
