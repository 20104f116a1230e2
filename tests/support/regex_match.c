/* From the set of places where a part may start follows the set where it may end. */
#include "regex_match.h"
#include "utf8.h"

#include <assert.h>

enum { LENGTH_MAX = 300 };

struct subject {
    uint32_t chars[LENGTH_MAX];
    size_t n;
};

struct places {
    bool has[LENGTH_MAX + 1];
};

static struct places match(const struct subject *text, const struct regex *regex,
                           struct places from);

/* Adds `more`; false if nothing is new. */
static bool add(const struct subject *text, struct places *places,
                const struct places *more)
{
    bool is_new = false;
    for (size_t i = 0; i <= text->n; i++) {
        is_new = is_new || (more->has[i] && !places->has[i]);
        places->has[i] = places->has[i] || more->has[i];
    }
    return is_new;
}

static struct places match_char(const struct subject *text, struct charset chars,
                                struct places from)
{
    struct places to = {0};
    for (size_t i = 0; i < text->n; i++)
        to.has[i + 1] = from.has[i] && charset_has(chars, text->chars[i]);
    return to;
}

static struct places match_repeat(const struct subject *text, const struct regex *regex,
                                  struct places from)
{
    for (int i = 0; i < regex->min; i++)
        from = match(text, regex->items[0], from);
    struct places to = from;
    for (int i = regex->min; regex->max == REGEX_UNBOUNDED || i < regex->max; i++) {
        from = match(text, regex->items[0], from);
        if (!add(text, &to, &from))
            break;
    }
    return to;
}

static struct places match(const struct subject *text, const struct regex *regex,
                           struct places from)
{
    if (regex->kind == REGEX_CHARS)
        return match_char(text, regex->chars, from);
    if (regex->kind == REGEX_REPEAT)
        return match_repeat(text, regex, from);
    if (regex->kind == REGEX_SEQUENCE) {
        for (size_t i = 0; i < regex->n_items; i++)
            from = match(text, regex->items[i], from);
        return from;
    }
    struct places to = {0};
    for (size_t i = 0; i < regex->n_items; i++) {
        struct places item = match(text, regex->items[i], from);
        add(text, &to, &item);
    }
    return to;
}

bool regex_matches(const struct regex *regex, struct str text)
{
    static struct subject subject;
    subject.n = 0;
    for (size_t at = 0; at < text.len;) {
        size_t len = utf8_decode(text, at, &subject.chars[subject.n]);
        assert(len > 0 && subject.n < LENGTH_MAX - 1);
        at += len;
        subject.n++;
    }
    return match(&subject, regex, (struct places){.has = {true}}).has[subject.n];
}
