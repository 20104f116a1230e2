/* Printing for re2c, whose escapes are strict: one that is not needed is an error.
 *
 * A set with all characters from U+0080 on becomes sets of bytes: the first byte of
 * such a character is any of \xc0-\xff, the others are \x80-\xbf. Under a star first
 * and other bytes need not be told apart, so a star can start inside of a character
 * that the set before it has begun. All else counts first bytes and so stays exact;
 * only "one or more" may be taken for bytes where no such set stands before. */
#include "ascii.h"
#include "regex.h"

#include <assert.h>
#include <string.h>

enum { UTF8_MAX = 4 }; /* bytes of a character */

/* How tightly an expression binds. */
enum level {
    LEVEL_CHOICE,
    LEVEL_SEQUENCE,
    LEVEL_REPEAT,
    LEVEL_UNIT,
};

static void put(struct buf *out, const struct regex *regex, enum level least,
                bool is_fresh);

static void put_byte(struct buf *out, uint32_t byte, const char *specials)
{
    char c = (char)byte;
    if (c == '\n')
        buf_put(out, STR("\\n"));
    else if (c == '\r')
        buf_put(out, STR("\\r"));
    else if (c == '\t')
        buf_put(out, STR("\\t"));
    else if (byte < ' ' || byte > '~')
        buf_printf(out, "\\x%02x", (unsigned)byte);
    else if (strchr(specials, c))
        buf_printf(out, "\\%c", c);
    else
        buf_putc(out, c);
}

static void put_class_byte(struct buf *out, uint32_t byte)
{
    bool would_negate = byte == '^' && out->at[out->len - 1] == '[';
    if (would_negate)
        buf_put(out, STR("\\x5e"));
    else
        put_byte(out, byte, "]\\-");
}

static void put_ranges(struct buf *out, struct charset bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        struct char_range range = bytes.ranges[i];
        put_class_byte(out, range.first);
        if (range.last > range.first + 1)
            buf_putc(out, '-');
        if (range.last > range.first)
            put_class_byte(out, range.last);
    }
}

static void put_class(struct buf *out, struct charset bytes)
{
    buf_putc(out, '[');
    put_ranges(out, bytes);
    buf_putc(out, ']');
}

/* A class that goes up to the last byte, as what it lacks where that is shorter. */
static void put_high_class(struct buf *out, struct charset bytes)
{
    struct charset known = charset_range(out->arena, 0x01, 0xFF);
    struct buf others;
    struct buf class;
    buf_init(&others, out->arena);
    buf_put(&others, STR("[^\\x00"));
    put_ranges(&others, charset_without(out->arena, known, bytes));
    buf_putc(&others, ']');
    buf_init(&class, out->arena);
    put_class(&class, bytes);
    buf_put(out, buf_str(others.len <= class.len ? &others : &class));
}

static struct charset ascii_part(struct arena *arena, struct charset chars)
{
    return charset_intersect(arena, chars, charset_range(arena, 0x01, 0x7F));
}

/* The ASCII characters of `chars` and the bytes from `first` on. */
static void put_loose_bytes(struct buf *out, struct charset chars, uint32_t first)
{
    struct arena *arena = out->arena;
    put_high_class(out, charset_union(arena, ascii_part(arena, chars),
                                      charset_range(arena, first, 0xFF)));
}

/* Whether all characters from U+0080 on are in the set. */
static bool is_loose(struct charset chars)
{
    if (chars.n < 2)
        return false;
    const struct char_range *last = &chars.ranges[chars.n - 2];
    return last[0].first <= 0x80 && last[0].last == 0xD7FF && last[1].first == 0xE000 &&
           last[1].last == 0x10FFFF;
}

/* Whether a match may end inside of a character that it has begun. */
static bool ends_loose(const struct regex *regex)
{
    if (regex->kind == REGEX_CHARS)
        return is_loose(regex->chars);
    if (regex->kind == REGEX_REPEAT)
        return ends_loose(regex->items[0]);
    for (size_t i = regex->n_items; i > 0; i--) {
        const struct regex *item = regex->items[i - 1];
        if (ends_loose(item))
            return true;
        if (regex->kind == REGEX_SEQUENCE && !item->takes_empty)
            return false;
    }
    return false;
}

/* Characters of equal length in UTF-8 that differ in their last byte only, or in
 * ranges of independent bytes. */
struct encoded {
    size_t len;
    struct char_range before[UTF8_MAX - 1];
    struct charset last;
};

struct encoding {
    struct arena *arena;
    struct encoded *items;
    size_t n;
};

static size_t encode(uint32_t c, unsigned char *bytes)
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        bytes[i] = (unsigned char)(0x80 | (c & 0x3F));
    bytes[0] = (unsigned char)(marks[len] | c);
    return len;
}

/* `first` and `last` have one length and bound each of their bytes independently. */
static void add_encoded(struct encoding *encoding, uint32_t first, uint32_t last)
{
    unsigned char low[UTF8_MAX] = {0};
    unsigned char high[UTF8_MAX] = {0};
    struct encoded item = {.len = encode(first, low)};
    encode(last, high);
    for (size_t i = 0; i + 1 < item.len; i++)
        item.before[i] = (struct char_range){low[i], high[i]};
    item.last = charset_range(encoding->arena, low[item.len - 1], high[item.len - 1]);
    struct encoded *previous =
        encoding->n > 0 ? &encoding->items[encoding->n - 1] : NULL;
    if (previous && previous->len == item.len &&
        memcmp(previous->before, item.before, sizeof item.before) == 0) {
        previous->last = charset_union(encoding->arena, previous->last, item.last);
        return;
    }
    encoding->items = arena_grow(encoding->arena, encoding->items, encoding->n,
                                 sizeof *encoding->items);
    encoding->items[encoding->n++] = item;
}

/* Divides a range where its bytes depend on each other: first where the length changes,
 * then where the upper bits change before the lower ones have run through. */
static void encode_range(struct encoding *encoding, uint32_t first, uint32_t last)
{
    static const uint32_t length_ends[] = {0x7F, 0x7FF, 0xFFFF};
    uint32_t cut = last; /* the first part's last character */
    for (size_t i = 0; i < 3 && cut == last; i++)
        if (first <= length_ends[i] && last > length_ends[i])
            cut = length_ends[i];
    for (uint32_t low = 0x3F; low <= 0x3FFFF && cut == last; low = low << 6 | 0x3F) {
        if (first > 0x7F && (first & ~low) != (last & ~low)) {
            if ((first & low) != 0)
                cut = first | low;
            else if ((last & low) != low)
                cut = (last & ~low) - 1;
        }
    }
    if (cut == last) {
        add_encoded(encoding, first, last);
        return;
    }
    encode_range(encoding, first, cut);
    encode_range(encoding, cut + 1, last);
}

/* A string as far as the bytes are single ones, classes beyond. */
static void put_encoded(struct buf *out, const struct encoded *item)
{
    bool is_in_string = false;
    for (size_t i = 0; i < item->len; i++) {
        bool is_last = i + 1 == item->len;
        struct charset bytes =
            is_last ? item->last : (struct charset){&item->before[i], 1};
        bool is_single = bytes.n == 1 && bytes.ranges[0].first == bytes.ranges[0].last;
        if (is_in_string && !is_single)
            buf_putc(out, '"');
        if (i > 0 && !(is_in_string && is_single))
            buf_putc(out, ' ');
        if (!is_in_string && is_single)
            buf_putc(out, '"');
        is_in_string = is_single;
        if (is_single)
            put_byte(out, bytes.ranges[0].first, "\"\\");
        else
            put_class(out, bytes);
    }
    if (is_in_string)
        buf_putc(out, '"');
}

/* A set with some of the characters beyond ASCII, exactly. */
static void put_encodings(struct buf *out, struct charset chars, enum level least)
{
    struct charset ascii = ascii_part(out->arena, chars);
    struct encoding encoding = {.arena = out->arena};
    chars = charset_without(out->arena, chars, ascii);
    for (size_t i = 0; i < chars.n; i++)
        encode_range(&encoding, chars.ranges[i].first, chars.ranges[i].last);
    bool is_choice = ascii.n > 0 || encoding.n > 1;
    bool is_inner = least > (is_choice ? LEVEL_CHOICE : LEVEL_SEQUENCE);
    if (is_inner)
        buf_putc(out, '(');
    if (ascii.n > 0)
        put(out, regex_chars(out->arena, ascii), LEVEL_CHOICE, true);
    for (size_t i = 0; i < encoding.n; i++) {
        if (i > 0 || ascii.n > 0)
            buf_put(out, STR(" | "));
        put_encoded(out, &encoding.items[i]);
    }
    if (is_inner)
        buf_putc(out, ')');
}

static void put_chars(struct buf *out, struct charset chars, enum level least)
{
    assert(chars.n > 0);
    if (is_loose(chars)) {
        buf_putc(out, '(');
        put_loose_bytes(out, chars, 0xC0);
        buf_put(out, STR(" [\\x80-\\xbf]*)"));
    } else if (chars.ranges[chars.n - 1].last <= 0x7F) {
        put_class(out, chars);
    } else {
        put_encodings(out, chars, least);
    }
}

/* What a set says about a string that it may be part of. */
enum letter {
    LETTER_SEVERAL, /* no part of a string */
    LETTER_PLAIN,   /* a single character without case */
    LETTER_EXACT,   /* a single letter */
    LETTER_FOLDED,  /* a letter in both cases */
};

static enum letter letter_of(const struct regex *regex)
{
    if (regex->kind != REGEX_CHARS)
        return LETTER_SEVERAL;
    struct charset chars = regex->chars;
    for (size_t i = 0; i < chars.n; i++)
        if (chars.ranges[i].first != chars.ranges[i].last)
            return LETTER_SEVERAL;
    uint32_t first = chars.ranges[0].first;
    bool has_case = first <= 0x7F && is_letter((char)first);
    if (chars.n == 1)
        return has_case ? LETTER_EXACT : LETTER_PLAIN;
    if (chars.n == 2 && has_case && chars.ranges[1].first == (first ^ 0x20))
        return LETTER_FOLDED;
    return LETTER_SEVERAL;
}

/* Items one after another, those of sequences inside of sequences among them. */
struct list {
    const struct regex **items;
    size_t n;
};

static void flatten(struct arena *arena, const struct regex *regex, struct list *list)
{
    if (regex->kind == REGEX_SEQUENCE) {
        for (size_t i = 0; i < regex->n_items; i++)
            flatten(arena, regex->items[i], list);
        return;
    }
    list->items = arena_grow(arena, list->items, list->n, sizeof *list->items);
    list->items[list->n++] = regex;
}

/* How many items from `at` on are one string, and the quotes that it takes: single ones
 * around letters in both cases. */
static size_t string_length(const struct list *list, size_t at, char *quote)
{
    *quote = '\0';
    size_t n = 0;
    for (; at + n < list->n; n++) {
        enum letter letter = letter_of(list->items[at + n]);
        char wanted = letter == LETTER_FOLDED ? '\'' : '"';
        bool has_case = letter == LETTER_EXACT || letter == LETTER_FOLDED;
        if (letter == LETTER_SEVERAL || (has_case && *quote && *quote != wanted))
            break;
        if (has_case)
            *quote = wanted;
    }
    if (!*quote)
        *quote = '"';
    return n;
}

static void put_string(struct buf *out, const struct regex *const *items, size_t n,
                       char quote)
{
    buf_putc(out, quote);
    for (size_t i = 0; i < n; i++) {
        uint32_t c = items[i]->chars.ranges[0].first;
        if (letter_of(items[i]) == LETTER_FOLDED)
            c |= 0x20;
        unsigned char bytes[UTF8_MAX];
        size_t len = encode(c, bytes);
        for (size_t j = 0; j < len; j++)
            put_byte(out, bytes[j], quote == '"' ? "\"\\" : "'\\");
    }
    buf_putc(out, quote);
}

static void put_items(struct buf *out, const struct list *list, bool is_fresh)
{
    for (size_t i = 0; i < list->n;) {
        char quote;
        size_t n = string_length(list, i, &quote);
        if (i > 0)
            buf_putc(out, ' ');
        if (n > 0) {
            put_string(out, list->items + i, n, quote);
            is_fresh = true;
            i += n;
            continue;
        }
        const struct regex *item = list->items[i++];
        put(out, item, LEVEL_REPEAT, is_fresh);
        is_fresh = !ends_loose(item) && (is_fresh || !item->takes_empty);
    }
}

static void put_sequence(struct buf *out, const struct regex *regex, enum level least,
                         bool is_fresh)
{
    struct list list = {0};
    flatten(out->arena, regex, &list);
    if (list.n == 0) {
        buf_put(out, STR("\"\""));
        return;
    }
    char quote;
    bool is_string = string_length(&list, 0, &quote) == list.n;
    bool is_inner = least > LEVEL_SEQUENCE && !is_string;
    if (is_inner)
        buf_putc(out, '(');
    put_items(out, &list, is_fresh);
    if (is_inner)
        buf_putc(out, ')');
}

static void put_choice(struct buf *out, const struct regex *regex, enum level least,
                       bool is_fresh)
{
    assert(regex->n_items > 0);
    if (least > LEVEL_CHOICE)
        buf_putc(out, '(');
    for (size_t i = 0; i < regex->n_items; i++) {
        if (i > 0)
            buf_put(out, STR(" | "));
        put(out, regex->items[i], LEVEL_CHOICE, is_fresh);
    }
    if (least > LEVEL_CHOICE)
        buf_putc(out, ')');
}

static void put_count(struct buf *out, int min, int max)
{
    if (max == 1 && min == 0)
        buf_putc(out, '?');
    else if (max == min)
        buf_printf(out, "{%d}", min);
    else if (max != REGEX_UNBOUNDED)
        buf_printf(out, "{%d,%d}", min, max);
    else if (min <= 1)
        buf_putc(out, min == 0 ? '*' : '+');
    else
        buf_printf(out, "{%d,}", min);
}

static void put_repeat(struct buf *out, const struct regex *regex, enum level least,
                       bool is_fresh)
{
    const struct regex *item = regex->items[0];
    bool is_any_number = regex->max == REGEX_UNBOUNDED &&
                         (regex->min == 0 || (regex->min == 1 && is_fresh));
    if (least > LEVEL_REPEAT)
        buf_putc(out, '(');
    if (item->kind == REGEX_CHARS && is_loose(item->chars) && is_any_number)
        put_loose_bytes(out, item->chars, 0x80);
    else
        put(out, item, LEVEL_UNIT, is_fresh && (regex->max == 1 || !ends_loose(item)));
    put_count(out, regex->min, regex->max);
    if (least > LEVEL_REPEAT)
        buf_putc(out, ')');
}

/* Appends `regex`, in parentheses where it binds less than `least`. `is_fresh` says
 * that it starts where a character starts. */
static void put(struct buf *out, const struct regex *regex, enum level least,
                bool is_fresh)
{
    assert(!regex_is_nothing(regex) && regex->kind != REGEX_DFA);
    if (regex->kind == REGEX_SEQUENCE || letter_of(regex) != LETTER_SEVERAL)
        put_sequence(out, regex, least, is_fresh);
    else if (regex->kind == REGEX_CHARS)
        put_chars(out, regex->chars, least);
    else if (regex->kind == REGEX_CHOICE)
        put_choice(out, regex, least, is_fresh);
    else
        put_repeat(out, regex, least, is_fresh);
}

void regex_put_re2c(struct buf *out, const struct regex *regex)
{
    put(out, regex, LEVEL_REPEAT, true);
}
