/* Recursive descent over the notation; the first fault ends it. */
#include "regex_read.h"
#include "ascii.h"
#include "utf8.h"

#include <assert.h>
#include <string.h>

enum { DEPTH_MAX = 50 }; /* of groups */

/* A notation while it is read. A reading function returns NULL, or false, after it has
 * reported a fault. */
struct notation {
    struct reader *reader;
    struct located source;
    size_t at;
    size_t depth;
};

static struct diagnostic *fail(const struct notation *s, size_t start, size_t end,
                               const char *text)
{
    return diag_error(s->reader->diag, CHECK_REGEX,
                      located_part(s->source, start, end).span, "%s", text);
}

static void fail_with_hint(const struct notation *s, size_t start, size_t end,
                           const char *text, const char *hint)
{
    diag_hint(s->reader->diag, fail(s, start, end, text), "%s", hint);
}

/* The byte `offset` behind the place where reading is, or NUL behind the end. */
static char peek(const struct notation *s, size_t offset)
{
    struct str text = s->source.text;
    return s->at + offset < text.len ? text.at[s->at + offset] : '\0';
}

static bool is_at_end(const struct notation *s)
{
    return s->at == s->source.text.len;
}

static bool starts_with(const struct notation *s, const char *text)
{
    struct str rest = str_slice(s->source.text, s->at, s->source.text.len);
    return str_has_prefix(rest, str_from(text));
}

/* The character where reading is and its length. A doubled brace is one character. */
static size_t decode(const struct notation *s, uint32_t *c)
{
    size_t len = utf8_decode(s->source.text, s->at, c);
    assert(len > 0);
    bool is_brace = *c == '{' || *c == '}';
    return is_brace && peek(s, 1) == (char)*c ? 2 : len;
}

/* Where the character at `at` ends, for spans. */
static size_t char_end(const struct notation *s, size_t at)
{
    uint32_t c = 0;
    return at < s->source.text.len ? at + utf8_decode(s->source.text, at, &c) : at;
}

static struct charset complement_if(const struct notation *s, bool is_negated,
                                    struct charset chars)
{
    return is_negated ? charset_complement(s->reader->arena, chars) : chars;
}

static const struct char_range digits[] = {{'0', '9'}};
static const struct char_range words[] = {
    {'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct char_range blanks[] = {{'\t', '\r'}, {' ', ' '}};

/* The set that '\' and `c` stand for, as \d does. */
static bool find_class(const struct notation *s, char c, struct charset *chars)
{
    switch (to_lower(c)) {
    case 'd':
        *chars = (struct charset){digits, 1};
        break;
    case 'w':
        *chars = (struct charset){words, 4};
        break;
    case 's':
        *chars = (struct charset){blanks, 2};
        break;
    default:
        return false;
    }
    *chars = complement_if(s, is_upper(c), *chars);
    return true;
}

/* Says what is wrong with '\' before a letter or digit that it gives no meaning. */
static bool fail_escape(const struct notation *s)
{
    char c = peek(s, 1);
    size_t end = char_end(s, s->at + 1);
    if (c == '\0')
        fail_with_hint(s, s->at, end, "'\\' escapes nothing",
                       "'\\\\' stands for itself");
    else if ((c >= '1' && c <= '9') || c == 'k')
        fail(s, s->at, end, "a back-reference is nothing that an automaton can decide");
    else if (c == 'b' || c == 'B')
        fail(s, s->at, end, "word boundaries are not supported");
    else if (strchr("AzZG", c))
        fail_with_hint(s, s->at, end, "a value always matches as a whole",
                       "leave this anchor out");
    else if (c == 'p' || c == 'P')
        fail(s, s->at, end, "classes are those of ASCII, not of Unicode");
    else
        diag_error(s->reader->diag, CHECK_REGEX,
                   located_part(s->source, s->at, end).span, "unknown escape '%.*s'",
                   STR_ARG(str_slice(s->source.text, s->at, end)));
    return false;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH or \uHHHH. */
static bool read_code(struct notation *s, uint32_t *c)
{
    bool is_long = peek(s, 1) == 'u';
    size_t len = is_long ? 6 : 4;
    uint32_t code = 0;
    for (size_t i = 2; i < len; i++) {
        int value = hex_value(peek(s, i));
        if (value < 0) {
            fail_with_hint(s, s->at, s->at + i,
                           is_long ? "'\\u' needs four hexadecimal digits"
                                   : "'\\x' needs two hexadecimal digits",
                           is_long ? "as in '\\u00e9'" : "as in '\\x7e'");
            return false;
        }
        code = code << 4 | (uint32_t)value;
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        fail(s, s->at, s->at + len, "a surrogate is no character");
        return false;
    }
    *c = code;
    s->at += len;
    return true;
}

/* An escape that stands for one character. */
static bool read_escaped(struct notation *s, uint32_t *c)
{
    static const char letters[] = "tnr";
    static const char meanings[] = "\t\n\r";
    char escape = peek(s, 1);
    if (escape == 'x' || escape == 'u')
        return read_code(s, c);
    const char *letter = escape != '\0' ? strchr(letters, escape) : NULL;
    if (letter) {
        *c = (unsigned char)meanings[letter - letters];
        s->at += 2;
        return true;
    }
    bool is_ascii = (unsigned char)escape <= 0x7F;
    if (escape == '\0' || !is_ascii || is_letter(escape) || is_digit(escape))
        return fail_escape(s);
    s->at++;
    s->at += decode(s, c);
    return true;
}

/* A character as itself or escaped. */
static bool read_char(struct notation *s, uint32_t *c)
{
    size_t start = s->at;
    if (peek(s, 0) == '\\') {
        if (!read_escaped(s, c))
            return false;
    } else {
        s->at += decode(s, c);
    }
    if (*c == 0)
        fail(s, start, s->at, "no path holds NUL");
    return *c != 0;
}

/* A class in brackets while it is read. */
struct class
{
    size_t start; /* of its '[' */
    struct char_range *ranges;
    size_t n;
};

static void add_range(struct notation *s, struct class *class, uint32_t first,
                      uint32_t last)
{
    class->ranges =
        arena_grow(s->reader->arena, class->ranges, class->n, sizeof *class->ranges);
    class->ranges[class->n++] = (struct char_range){first, last};
}

static bool fail_range(const struct notation *s, size_t start)
{
    diag_error(s->reader->diag, CHECK_REGEX, located_part(s->source, start, s->at).span,
               "range '%.*s' is reversed",
               STR_ARG(str_slice(s->source.text, start, s->at)));
    return false;
}

/* Whether a '-' is next that stands for a range, which it does not at a class's end. */
static bool is_range_mark(const struct notation *s)
{
    return peek(s, 0) == '-' && peek(s, 1) != ']' && peek(s, 1) != '\0';
}

/* A set such as \d inside of a class. */
static bool read_class_set(struct notation *s, struct class *class,
                           struct charset chars)
{
    size_t start = s->at;
    s->at += 2;
    for (size_t i = 0; i < chars.n; i++)
        add_range(s, class, chars.ranges[i].first, chars.ranges[i].last);
    if (is_range_mark(s)) {
        fail_with_hint(s, start, s->at + 1, "a range goes between two characters",
                       "'\\-' stands for itself");
        return false;
    }
    return true;
}

/* Why an item cannot start where reading is, or NULL. */
static const char *find_class_fault(const struct notation *s, const struct class *class)
{
    if (starts_with(s, "[:"))
        return "named classes such as '[:alpha:]' are not supported";
    if (peek(s, 0) == '-' && peek(s, 1) == '[')
        return "subtraction of classes is not supported";
    if (class->n > 0 && is_range_mark(s))
        return "this '-' belongs to no range";
    return NULL;
}

static bool read_class_item(struct notation *s, struct class *class)
{
    struct charset chars;
    size_t start = s->at;
    const char *fault = find_class_fault(s, class);
    if (fault) {
        fail_with_hint(s, start, start + 1, fault,
                       peek(s, 0) == '-' ? "'\\-' stands for itself"
                                         : "'\\[' stands for itself");
        return false;
    }
    if (peek(s, 0) == '\\' && find_class(s, peek(s, 1), &chars))
        return read_class_set(s, class, chars);
    uint32_t first = 0;
    if (!read_char(s, &first))
        return false;
    uint32_t last = first;
    if (is_range_mark(s)) {
        s->at++;
        if (peek(s, 0) == '\\' && find_class(s, peek(s, 1), &chars)) {
            fail(s, start, s->at + 2, "a range goes between two characters");
            return false;
        }
        if (!read_char(s, &last))
            return false;
    }
    if (last < first)
        return fail_range(s, start);
    add_range(s, class, first, last);
    return true;
}

static const struct regex *read_class(struct notation *s)
{
    struct class class = {.start = s->at++};
    bool is_negated = peek(s, 0) == '^';
    s->at += is_negated;
    if (peek(s, 0) == ']') {
        fail_with_hint(s, class.start, s->at + 1, "a class is empty",
                       "'\\]' stands for itself");
        return NULL;
    }
    while (peek(s, 0) != ']') {
        if (is_at_end(s)) {
            fail(s, class.start, class.start + 1, "this '[' is never closed");
            return NULL;
        }
        if (!read_class_item(s, &class))
            return NULL;
    }
    s->at++;
    struct arena *arena = s->reader->arena;
    struct charset chars = charset_of_ranges(arena, class.ranges, class.n);
    return regex_chars(arena, complement_if(s, is_negated, chars));
}

static const struct regex *read_choice(struct notation *s);

/* Refuses what "(?" may start beyond "(?:". */
static void fail_group(const struct notation *s)
{
    char kind = peek(s, 2);
    char next = peek(s, 3);
    bool is_behind = kind == '<' && (next == '=' || next == '!');
    if (kind == '=' || kind == '!' || is_behind)
        fail(s, s->at, s->at + (is_behind ? 4 : 3), "look-around is not supported");
    else if (kind == '<' || kind == 'P' || kind == '\'')
        fail_with_hint(s, s->at, s->at + 3, "a group has no name", "write '('");
    else if (kind == '#')
        fail(s, s->at, s->at + 3, "comments are not supported");
    else if (kind == '>')
        fail(s, s->at, s->at + 3, "groups that never give back are not supported");
    else if (is_letter(kind) || kind == '-')
        fail(s, s->at, s->at + 3, "options are not supported");
    else
        fail(s, s->at, s->at + 2, "a group cannot start so");
}

static const struct regex *read_group(struct notation *s)
{
    size_t start = s->at;
    if (peek(s, 1) == '?' && peek(s, 2) != ':') {
        fail_group(s);
        return NULL;
    }
    if (s->depth == DEPTH_MAX) {
        diag_error(s->reader->diag, CHECK_REGEX,
                   located_part(s->source, start, start + 1).span,
                   "groups nest deeper than %d levels", DEPTH_MAX);
        return NULL;
    }
    s->at += peek(s, 1) == '?' ? 3 : 1;
    s->depth++;
    const struct regex *regex = read_choice(s);
    s->depth--;
    if (!regex)
        return NULL;
    if (is_at_end(s)) {
        fail(s, start, start + 1, "this '(' is never closed");
        return NULL;
    }
    s->at++; /* the ')' */
    return regex;
}

/* A character that cannot stand for itself where it stands. */
struct misplaced {
    char c;
    const char *text;
    const char *hint;
};

static const struct misplaced misplaced[] = {
    {'*', "'*' repeats nothing", "'\\*' stands for itself"},
    {'+', "'+' repeats nothing", "'\\+' stands for itself"},
    {'?', "'?' repeats nothing", "'\\?' stands for itself"},
    {'{', "'{' repeats nothing", "'\\{' stands for itself"},
    {'}', "this '}' closes no '{'", "'\\}' stands for itself"},
    {']', "this ']' closes no '['", "'\\]' stands for itself"},
    {'^', "'^' is an anchor only at the start", "'\\^' stands for itself"},
    {'$', "'$' is an anchor only at the end", "'\\$' stands for itself"},
};

static bool is_misplaced(const struct notation *s)
{
    for (size_t i = 0; i < sizeof misplaced / sizeof *misplaced; i++) {
        if (peek(s, 0) != misplaced[i].c)
            continue;
        fail_with_hint(s, s->at, s->at + 1, misplaced[i].text, misplaced[i].hint);
        return true;
    }
    return false;
}

static const struct regex *read_atom(struct notation *s)
{
    struct arena *arena = s->reader->arena;
    struct charset chars;
    if (peek(s, 0) == '(')
        return read_group(s);
    if (peek(s, 0) == '[')
        return read_class(s);
    if (is_misplaced(s))
        return NULL;
    if (peek(s, 0) == '.') {
        s->at++;
        return regex_chars(arena, charset_complement(arena, charset_of(arena, "\n")));
    }
    if (peek(s, 0) == '\\' && find_class(s, peek(s, 1), &chars)) {
        s->at += 2;
        return regex_chars(arena, chars);
    }
    uint32_t c = 0;
    if (!read_char(s, &c))
        return NULL;
    return regex_chars(arena, charset_range(arena, c, c));
}

/* A count of a repetition, or REGEX_UNBOUNDED where no digit is. */
static bool read_count(struct notation *s, int *count)
{
    size_t start = s->at;
    int value = 0;
    while (is_digit(peek(s, 0))) {
        value = value * 10 + (peek(s, 0) - '0');
        if (value > REGEX_COUNT_MAX)
            value = REGEX_COUNT_MAX + 1;
        s->at++;
    }
    if (value > REGEX_COUNT_MAX) {
        diag_error(s->reader->diag, CHECK_REGEX,
                   located_part(s->source, start, s->at).span,
                   "'%.*s' repetitions are too many; at most %d can be counted",
                   STR_ARG(str_slice(s->source.text, start, s->at)), REGEX_COUNT_MAX);
        return false;
    }
    *count = s->at > start ? value : REGEX_UNBOUNDED;
    return true;
}

/* Braces, doubled or not, around counts. */
static bool read_counts(struct notation *s, int *min, int *max)
{
    size_t start = s->at;
    const char *close = starts_with(s, "{{") ? "}}" : "}";
    s->at += strlen(close);
    size_t inner = s->at;
    if (!read_count(s, min))
        return false;
    *max = *min;
    if (*min != REGEX_UNBOUNDED && peek(s, 0) == ',') {
        s->at++;
        if (!read_count(s, max))
            return false;
    }
    if (*min == REGEX_UNBOUNDED || !starts_with(s, close)) {
        fail_with_hint(s, start, inner,
                       "this is no repetition such as '{2}' or '{2,5}'",
                       "'\\{' stands for itself");
        return false;
    }
    if (*max != REGEX_UNBOUNDED && *max < *min) {
        diag_error(s->reader->diag, CHECK_REGEX,
                   located_part(s->source, inner, s->at).span,
                   "the lower bound %d is above the upper bound %d", *min, *max);
        return false;
    }
    s->at += strlen(close);
    return true;
}

static bool is_repetition(char c)
{
    return c == '*' || c == '+' || c == '?' || c == '{';
}

/* '*', '+', '?' or counts. */
static bool read_bounds(struct notation *s, int *min, int *max)
{
    char c = peek(s, 0);
    if (c == '{')
        return read_counts(s, min, max);
    *min = c == '+' ? 1 : 0;
    *max = c == '?' ? 1 : REGEX_UNBOUNDED;
    s->at++;
    return true;
}

/* Refuses the second of two repetitions in a row. */
static void fail_repetition(const struct notation *s, size_t start)
{
    size_t end = s->at + 1;
    if (peek(s, 0) == '?')
        fail_with_hint(s, start, end, "lazy repetition changes nothing in whole values",
                       "leave out the '?'");
    else if (peek(s, 0) == '+')
        fail(s, start, end, "possessive repetition is not supported");
    else
        fail(s, start, end, "a repetition repeats another one directly");
}

static const struct regex *read_repeat(struct notation *s)
{
    const struct regex *item = read_atom(s);
    if (!item || !is_repetition(peek(s, 0)))
        return item;
    size_t start = s->at;
    int min = 0;
    int max = 0;
    if (!read_bounds(s, &min, &max))
        return NULL;
    if (is_repetition(peek(s, 0))) {
        fail_repetition(s, start);
        return NULL;
    }
    return regex_repeat(s->reader->arena, item, min, max);
}

/* Trees that are read one after another. */
struct items {
    const struct regex **at;
    size_t n;
};

static void add_item(struct notation *s, struct items *items, const struct regex *item)
{
    items->at = arena_grow(s->reader->arena, items->at, items->n, sizeof *items->at);
    items->at[items->n++] = item;
}

static const struct regex *read_sequence(struct notation *s)
{
    struct items items = {0};
    while (!is_at_end(s) && peek(s, 0) != '|' && peek(s, 0) != ')') {
        const struct regex *item = read_repeat(s);
        if (!item)
            return NULL;
        add_item(s, &items, item);
    }
    return regex_sequence(s->reader->arena, items.at, items.n);
}

/* Up to the end or a ')'. */
static const struct regex *read_choice(struct notation *s)
{
    struct items items = {0};
    for (;;) {
        const struct regex *item = read_sequence(s);
        if (!item)
            return NULL;
        add_item(s, &items, item);
        if (peek(s, 0) != '|')
            return regex_choice(s->reader->arena, items.at, items.n);
        s->at++;
    }
}

/* Whether `source` ends in a '$' that is not escaped. */
static bool has_end_anchor(struct str source)
{
    size_t start = source.len;
    if (start == 0 || source.at[start - 1] != '$')
        return false;
    for (start--; start > 0 && source.at[start - 1] == '\\'; start--)
        ;
    return (source.len - 1 - start) % 2 == 0;
}

const struct regex *regex_read(struct reader *r, struct located source)
{
    size_t start = source.text.len > 0 && source.text.at[0] == '^';
    size_t end = source.text.len - has_end_anchor(source.text);
    struct notation s = {.reader = r, .source = located_part(source, start, end)};
    const struct regex *regex = read_choice(&s);
    if (regex && !is_at_end(&s)) {
        fail_with_hint(&s, s.at, s.at + 1, "this ')' closes no '('",
                       "'\\)' stands for itself");
        return NULL;
    }
    return regex;
}
