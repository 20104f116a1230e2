/* An automaton over bytes whose table is the grammar; the data of chunks passes it by.
 */
#include "chunked.h"

#include <stdbool.h>

/* ---- The grammar ---- */

/* What the grammar tells apart. */
enum kind {
    CONTROL, /* stands nowhere */
    TEXT,    /* stands only in quoted strings and field values */
    HEX,
    TOKEN, /* stands in a token and is no HEX */
    BLANK,
    CR,
    LF,
    SEMICOLON,
    EQUALS,
    QUOTE,
    BACKSLASH,
    COLON,
    N_KINDS
};

static enum kind kind_of(unsigned char c)
{
    unsigned char lower = c | 0x20;
    if ((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f'))
        return HEX;
    if (lower >= 'g' && lower <= 'z')
        return TOKEN;
    switch (c) {
    case '\r':
        return CR;
    case '\n':
        return LF;
    case ' ':
    case '\t':
        return BLANK;
    case ';':
        return SEMICOLON;
    case '=':
        return EQUALS;
    case '"':
        return QUOTE;
    case '\\':
        return BACKSLASH;
    case ':':
        return COLON;
    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '*':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~':
        return TOKEN;
    default:
        return c < ' ' || c == 0x7f ? CONTROL : TEXT;
    }
}

/* What was read last, or what must follow. */
enum state {
    MALFORMED,
    START, /* of a chunk */
    SIZE,
    EXTENSION_BLANK, /* a semicolon must follow */
    EXTENSION_START,
    EXTENSION_NAME,
    EXTENSION_NAME_BLANK, /* a semicolon or equals sign must follow */
    EXTENSION_EQUALS,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPE,
    EXTENSION_QUOTED_END,
    SIZE_CR,
    DATA,
    DATA_END,
    DATA_CR,
    FIELD_NAME,
    FIELD_VALUE,
    FIELD_CR,
    FIELD_START,
    END_CR,
    END,
    N_STATES
};

/* RFC 9112 sections 7.1 to 7.1.2. A blank before a semicolon or equals sign, or behind
 * it, is grammar ("BWS"); before a CRLF it is not. */
static const unsigned char next[N_STATES][N_KINDS] = {
    [START] = {[HEX] = SIZE},
    [SIZE] = {[HEX] = SIZE,
              [BLANK] = EXTENSION_BLANK,
              [SEMICOLON] = EXTENSION_START,
              [CR] = SIZE_CR},
    [EXTENSION_BLANK] = {[BLANK] = EXTENSION_BLANK, [SEMICOLON] = EXTENSION_START},
    [EXTENSION_START] =
        {[BLANK] = EXTENSION_START, [HEX] = EXTENSION_NAME, [TOKEN] = EXTENSION_NAME},
    [EXTENSION_NAME] = {[HEX] = EXTENSION_NAME,
                        [TOKEN] = EXTENSION_NAME,
                        [BLANK] = EXTENSION_NAME_BLANK,
                        [SEMICOLON] = EXTENSION_START,
                        [EQUALS] = EXTENSION_EQUALS,
                        [CR] = SIZE_CR},
    [EXTENSION_NAME_BLANK] = {[BLANK] = EXTENSION_NAME_BLANK,
                              [SEMICOLON] = EXTENSION_START,
                              [EQUALS] = EXTENSION_EQUALS},
    [EXTENSION_EQUALS] = {[BLANK] = EXTENSION_EQUALS,
                          [HEX] = EXTENSION_VALUE,
                          [TOKEN] = EXTENSION_VALUE,
                          [QUOTE] = EXTENSION_QUOTED},
    [EXTENSION_VALUE] = {[HEX] = EXTENSION_VALUE,
                         [TOKEN] = EXTENSION_VALUE,
                         [BLANK] = EXTENSION_BLANK,
                         [SEMICOLON] = EXTENSION_START,
                         [CR] = SIZE_CR},
    [EXTENSION_QUOTED] = {[TEXT] = EXTENSION_QUOTED,
                          [HEX] = EXTENSION_QUOTED,
                          [TOKEN] = EXTENSION_QUOTED,
                          [BLANK] = EXTENSION_QUOTED,
                          [SEMICOLON] = EXTENSION_QUOTED,
                          [EQUALS] = EXTENSION_QUOTED,
                          [COLON] = EXTENSION_QUOTED,
                          [BACKSLASH] = EXTENSION_ESCAPE,
                          [QUOTE] = EXTENSION_QUOTED_END},
    [EXTENSION_ESCAPE] = {[TEXT] = EXTENSION_QUOTED,
                          [HEX] = EXTENSION_QUOTED,
                          [TOKEN] = EXTENSION_QUOTED,
                          [BLANK] = EXTENSION_QUOTED,
                          [SEMICOLON] = EXTENSION_QUOTED,
                          [EQUALS] = EXTENSION_QUOTED,
                          [COLON] = EXTENSION_QUOTED,
                          [BACKSLASH] = EXTENSION_QUOTED,
                          [QUOTE] = EXTENSION_QUOTED},
    [EXTENSION_QUOTED_END] =
        {[BLANK] = EXTENSION_BLANK, [SEMICOLON] = EXTENSION_START, [CR] = SIZE_CR},
    [SIZE_CR] = {[LF] = DATA},
    [DATA_END] = {[CR] = DATA_CR},
    [DATA_CR] = {[LF] = START},
    [FIELD_NAME] = {[HEX] = FIELD_NAME, [TOKEN] = FIELD_NAME, [COLON] = FIELD_VALUE},
    [FIELD_VALUE] = {[TEXT] = FIELD_VALUE,
                     [HEX] = FIELD_VALUE,
                     [TOKEN] = FIELD_VALUE,
                     [BLANK] = FIELD_VALUE,
                     [SEMICOLON] = FIELD_VALUE,
                     [EQUALS] = FIELD_VALUE,
                     [QUOTE] = FIELD_VALUE,
                     [BACKSLASH] = FIELD_VALUE,
                     [COLON] = FIELD_VALUE,
                     [CR] = FIELD_CR},
    [FIELD_CR] = {[LF] = FIELD_START},
    [FIELD_START] = {[HEX] = FIELD_NAME, [TOKEN] = FIELD_NAME, [CR] = END_CR},
    [END_CR] = {[LF] = END},
};

/* ---- What the grammar leaves open ---- */

static int add_digit(struct krt_chunked *chunked, unsigned char digit)
{
    if (++chunked->n_digits > KRT_CHUNK_DIGITS_MAX)
        return 400;
    unsigned value = digit <= '9' ? digit & 15U : (digit & 15U) + 9;
    chunked->chunk_left = chunked->chunk_left << 4 | value;
    return 0;
}

static int begin_data(struct krt_chunked *chunked)
{
    chunked->n_digits = 0;
    if (chunked->chunk_left == 0)
        chunked->state = FIELD_START;
    return chunked->chunk_left > chunked->left ? 413 : 0;
}

static int count_extension(struct krt_chunked *chunked)
{
    return chunked->extensions_left-- == 0 ? 413 : 0;
}

static const char refused_names[][sizeof "transfer-encoding"] = {
    "content-length", "host", "transfer-encoding"};

enum { N_REFUSED_NAMES = sizeof refused_names / sizeof *refused_names };

static int begin_field(struct krt_chunked *chunked)
{
    chunked->name_len = 0;
    chunked->names = (1U << N_REFUSED_NAMES) - 1;
    return chunked->fields_left-- <= 0 ? 431 : 0;
}

/* The refused names that have `c` where the field's name is. */
static unsigned char find_names(const struct krt_chunked *chunked, unsigned char c)
{
    unsigned names = 0;
    for (unsigned i = 0; i < N_REFUSED_NAMES; i++)
        if (chunked->names >> i & 1 && refused_names[i][chunked->name_len] == c)
            names |= 1U << i;
    return (unsigned char)names;
}

static int read_name(struct krt_chunked *chunked, unsigned char c)
{
    if (c == ':')
        return find_names(chunked, '\0') ? 400 : 0;
    chunked->names = find_names(chunked, c | 0x20);
    if (chunked->names)
        chunked->name_len++;
    return 0;
}

static int read_field(struct krt_chunked *chunked, enum state from, unsigned char c)
{
    int status = from == FIELD_START ? begin_field(chunked) : 0;
    if (status == 0 && chunked->trailer_left-- == 0)
        status = 431;
    if (status == 0 && (from == FIELD_START || from == FIELD_NAME))
        status = read_name(chunked, c);
    return status;
}

/* ---- Reading ---- */

/* Reads a byte of the framing; returns as krt_chunked_read(). */
static int read_byte(struct krt_chunked *chunked, unsigned char c)
{
    enum state from = (enum state)chunked->state;
    enum state to = (enum state)next[from][kind_of(c)];
    if (to == MALFORMED)
        return 400;
    if (chunked->left == 0)
        return 413;
    chunked->left--;
    chunked->state = (unsigned char)to;
    if (to >= EXTENSION_BLANK && to <= EXTENSION_QUOTED_END)
        return count_extension(chunked);
    if (to >= FIELD_NAME && to <= FIELD_START)
        return read_field(chunked, from, c);
    if (to == SIZE)
        return add_digit(chunked, c);
    if (to == DATA)
        return begin_data(chunked);
    return to == END ? KRT_CHUNKED_END : KRT_CHUNKED_MORE;
}

static struct krt_slice take_data(struct krt_chunked *chunked, const unsigned char *at,
                                  size_t len)
{
    if (len >= chunked->chunk_left) {
        len = (size_t)chunked->chunk_left;
        chunked->state = DATA_END;
    }
    chunked->chunk_left -= len;
    chunked->left -= len;
    return (struct krt_slice){at, len};
}

void krt_chunked_init(struct krt_chunked *chunked, uint64_t max, size_t trailer_max,
                      int fields_max)
{
    *chunked = (struct krt_chunked){
        .left = max,
        .extensions_left = KRT_CHUNK_EXTENSIONS_MAX,
        .trailer_left = trailer_max,
        .fields_left = fields_max,
        .state = START,
    };
}

int krt_chunked_read(struct krt_chunked *chunked, const unsigned char *input,
                     size_t *len, struct krt_slice *data)
{
    size_t at = 0;
    int result = KRT_CHUNKED_MORE;
    while (at < *len && result == KRT_CHUNKED_MORE && chunked->state != DATA)
        result = read_byte(chunked, input[at++]);
    *data = (struct krt_slice){input + at, 0};
    if (at < *len && result == KRT_CHUNKED_MORE) {
        *data = take_data(chunked, input + at, *len - at);
        result = KRT_CHUNKED_DATA;
    }
    *len = at + data->len;
    return result;
}
