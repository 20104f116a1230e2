#include "escape.h"

#include "cut.h"

#include <stdbool.h>
#include <string.h>

enum { PIECE_MAX = 6 }; /* bytes that stand for one byte or character at most */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Writes what stands for the character at `rest` to `piece`, stores in *taken how many
 * bytes that has and returns how many were written. */
typedef size_t (*piece_fn)(struct krt_slice rest, size_t *taken, char *piece);

/* Copies what is plain and asks for the rest. Inline, so that both functions are. */
static inline size_t escape(struct krt_slice value, char *out,
                            bool (*is_plain)(unsigned char), piece_fn make_piece)
{
    size_t len = 0;
    for (size_t at = 0; at < value.len;) {
        size_t start = at;
        while (at < value.len && is_plain(value.at[at]))
            at++;
        if (out)
            memcpy(out + len, value.at + start, at - start);
        len += at - start;
        if (at == value.len)
            break;
        char piece[PIECE_MAX];
        size_t taken;
        size_t piece_len = make_piece((struct krt_slice){value.at + at, value.len - at},
                                      &taken, piece);
        if (out)
            memcpy(out + len, piece, piece_len);
        len += piece_len;
        at += taken;
    }
    return len;
}

static size_t put(char *piece, const char *text, size_t len)
{
    memcpy(piece, text, len);
    return len;
}

/* The character at `rest` as it is, or what stands for a byte that is none. */
static size_t put_character(struct krt_slice rest, size_t *taken, char *piece)
{
    size_t len = krt_character_len(rest.at, rest.len);
    *taken = len > 0 ? len : 1;
    if (len == 0)
        return put(piece, replacement, sizeof replacement - 1);
    return put(piece, (const char *)rest.at, len);
}

static char hex_digit(unsigned value)
{
    return "0123456789ABCDEF"[value & 15];
}

size_t krt_escape_none(struct krt_slice value, char *out)
{
    if (out && value.len > 0)
        memcpy(out, value.at, value.len);
    return value.len;
}

/* ---- JSON ---- */

static bool is_plain_in_json(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static size_t put_json(struct krt_slice rest, size_t *taken, char *piece)
{
    unsigned char c = *rest.at;
    if (c >= 0x80)
        return put_character(rest, taken, piece);
    *taken = 1;
    const char *found = strchr("\"\"\\\\\nn\rr\tt", c);
    if (found && c != '\0') {
        piece[0] = '\\';
        piece[1] = found[1];
        return 2;
    }
    memcpy(piece, "\\u00", 4);
    piece[4] = hex_digit(c >> 4);
    piece[5] = hex_digit(c);
    return 6;
}

size_t krt_escape_json(struct krt_slice value, char *out)
{
    return escape(value, out, is_plain_in_json, put_json);
}

static size_t put_null(char *out)
{
    return krt_escape_none(
        (struct krt_slice){(const unsigned char *)"null", strlen("null")}, out);
}

size_t krt_json_string(struct krt_slice value, char *out)
{
    if (!value.at)
        return put_null(out);
    if (out)
        *out++ = '"';
    size_t len = krt_escape_json(value, out);
    if (out)
        out[len] = '"';
    return len + 2;
}

/* Text that is put together at `out`, or only counted. */
struct counter {
    char *out;
    size_t len;
};

static void count(struct counter *counter, const unsigned char *at, size_t len)
{
    if (counter->out)
        memcpy(counter->out + counter->len, at, len);
    counter->len += len;
}

static size_t skip_digits(struct krt_slice text, size_t at)
{
    while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at;
}

static bool is_at(struct krt_slice text, size_t at, char c)
{
    return at < text.len && text.at[at] == (unsigned char)c;
}

/* Puts the digits [start, end), of which there may be none. */
static void count_digits(struct counter *counter, struct krt_slice text, size_t start,
                         size_t end)
{
    if (start == end)
        count(counter, (const unsigned char *)"0", 1);
    else
        count(counter, text.at + start, end - start);
}

size_t krt_json_number(struct krt_slice value, char *out)
{
    struct counter counter = {out, 0};
    if (!value.at)
        return put_null(out);
    if (is_at(value, 0, '-'))
        count(&counter, value.at, 1);
    size_t at = is_at(value, 0, '-') || is_at(value, 0, '+');
    size_t end = skip_digits(value, at);
    while (at + 1 < end && is_at(value, at, '0'))
        at++;
    count_digits(&counter, value, at, end);
    if (is_at(value, end, '.')) {
        at = end + 1;
        count(&counter, value.at + end, 1);
        end = skip_digits(value, at);
        count_digits(&counter, value, at, end);
    }
    count(&counter, value.at + end, value.len - end); /* the exponent */
    return counter.len;
}

size_t krt_json_boolean(struct krt_slice value, char *out)
{
    if (!value.at)
        return put_null(out);
    for (size_t i = 0; out && i < value.len; i++)
        out[i] = (char)(value.at[i] | 0x20);
    return value.len;
}

/* ---- HTML and XML ---- */

static bool is_plain_in_markup(unsigned char c)
{
    return c >= ' ' && c < 0x7f &&
           !(c == '&' || c == '<' || c == '>' || c == '"' || c == '\'');
}

static const char *find_entity(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* U+FFFE and U+FFFF, which are no characters of XML. */
static bool is_noncharacter(struct krt_slice rest)
{
    return rest.len >= 3 && rest.at[0] == 0xef && rest.at[1] == 0xbf &&
           rest.at[2] >= 0xbe;
}

static size_t put_markup(struct krt_slice rest, size_t *taken, char *piece)
{
    unsigned char c = *rest.at;
    const char *entity = find_entity(c);
    *taken = 1;
    if (entity)
        return put(piece, entity, strlen(entity));
    if (c == '\t' || c == '\n' || c == '\r' || c == 0x7f)
        return put(piece, (const char *)rest.at, 1);
    if (c < ' ')
        return put(piece, replacement, sizeof replacement - 1);
    size_t len = put_character(rest, taken, piece);
    return is_noncharacter(rest) ? put(piece, replacement, sizeof replacement - 1)
                                 : len;
}

size_t krt_escape_markup(struct krt_slice value, char *out)
{
    return escape(value, out, is_plain_in_markup, put_markup);
}

/* ---- URLs and headers ---- */

static size_t put_percent(struct krt_slice rest, size_t *taken, char *piece)
{
    *taken = 1;
    piece[0] = '%';
    piece[1] = hex_digit(*rest.at >> 4);
    piece[2] = hex_digit(*rest.at);
    return 3;
}

static bool is_unreserved(unsigned char c)
{
    unsigned char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

size_t krt_escape_url(struct krt_slice value, char *out)
{
    return escape(value, out, is_unreserved, put_percent);
}

/* A '/' that the client has encoded, so that it divides nothing, stays as it is where
 * paths are decoded. */
static bool is_encoded_slash(struct krt_slice value, size_t at)
{
    return value.len - at >= 3 && value.at[at] == '%' && value.at[at + 1] == '2' &&
           (value.at[at + 2] | 0x20) == 'f';
}

/* Several segments; `divides` tells whether a '/' that comes first is left alone. */
static size_t escape_segments(struct krt_slice value, char *out, bool divides)
{
    size_t len = 0;
    for (size_t at = 0; at < value.len; at++) {
        struct krt_slice one = {value.at + at, 1};
        char *room = out ? out + len : NULL;
        bool is_slash = *one.at == '/';
        bool is_left = (is_slash && divides) || is_encoded_slash(value, at);
        len += is_left ? krt_escape_none(one, room) : krt_escape_url(one, room);
        divides = !is_slash;
    }
    return len;
}

size_t krt_escape_path(struct krt_slice value, char *out)
{
    return escape_segments(value, out, true);
}

size_t krt_escape_rest(struct krt_slice value, char *out)
{
    return escape_segments(value, out, false);
}

static bool is_plain_in_header(unsigned char c)
{
    return (c >= ' ' && c != 0x7f) || c == '\t';
}

size_t krt_escape_header(struct krt_slice value, char *out)
{
    return escape(value, out, is_plain_in_header, put_percent);
}
