#include "chunked_twice.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- By the letter ---- */

/* Every function that reads returns false once `outcome->result` is known. */
struct reader {
    const struct chunked_input *input;
    const unsigned char *at;
    struct chunked_outcome *outcome;
    bool has_ended; /* the result is known */
    size_t n_extension_bytes;
    size_t n_trailer_bytes;
    int n_fields;
};

static bool end(struct reader *reader, int result)
{
    reader->has_ended = true;
    reader->outcome->result = result;
    return false;
}

/* The next byte, or -1. */
static int look(const struct reader *reader)
{
    size_t consumed = reader->outcome->consumed;
    return consumed < reader->input->len ? reader->at[consumed] : -1;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t';
}

static bool is_vchar(int c)
{
    return c >= 0x21 && c <= 0x7e;
}

static bool is_obs_text(int c)
{
    return c >= 0x80;
}

static bool is_tchar(int c)
{
    return is_vchar(c) && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

static bool is_qdtext(int c)
{
    return is_blank(c) || (is_vchar(c) && c != '"' && c != '\\') || is_obs_text(c);
}

static bool is_quotable(int c)
{
    return is_blank(c) || is_vchar(c) || is_obs_text(c);
}

static bool is_cr(int c)
{
    return c == '\r';
}

static bool is_lf(int c)
{
    return c == '\n';
}

static bool is_hex(int c)
{
    return c >= 0 && c < 0x80 && isxdigit(c);
}

/* Takes a byte of the kind. */
static bool take(struct reader *reader, bool (*is_kind)(int))
{
    int c = look(reader);
    if (c < 0)
        return end(reader, KRT_CHUNKED_MORE);
    bool is_too_much = reader->outcome->consumed >= reader->input->max;
    reader->outcome->consumed++;
    if (!is_kind(c))
        return end(reader, 400);
    return is_too_much ? end(reader, 413) : true;
}

static bool take_eol(struct reader *reader)
{
    return take(reader, is_cr) && take(reader, is_lf);
}

static bool take_extension_byte(struct reader *reader, bool (*is_kind)(int))
{
    if (!take(reader, is_kind))
        return false;
    if (++reader->n_extension_bytes > KRT_CHUNK_EXTENSIONS_MAX)
        return end(reader, 413);
    return true;
}

static bool take_extension_run(struct reader *reader, bool (*is_kind)(int))
{
    while (is_kind(look(reader)))
        if (!take_extension_byte(reader, is_kind))
            return false;
    return true;
}

static bool is_quote(int c)
{
    return c == '"';
}

static bool is_backslash(int c)
{
    return c == '\\';
}

static bool is_qdtext_or_quote_or_backslash(int c)
{
    return is_qdtext(c) || is_quote(c) || is_backslash(c);
}

/* quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE */
static bool take_quoted(struct reader *reader)
{
    if (!take_extension_byte(reader, is_quote))
        return false;
    for (;;) {
        int c = look(reader);
        if (!take_extension_byte(reader, is_qdtext_or_quote_or_backslash))
            return false;
        if (is_quote(c))
            return true;
        if (is_backslash(c) && !take_extension_byte(reader, is_quotable))
            return false;
    }
}

/* token = 1*tchar */
static bool take_token(struct reader *reader)
{
    return take_extension_byte(reader, is_tchar) &&
           take_extension_run(reader, is_tchar);
}

static bool is_semicolon(int c)
{
    return c == ';';
}

static bool is_equals(int c)
{
    return c == '=';
}

static bool is_semicolon_or_equals(int c)
{
    return is_semicolon(c) || is_equals(c);
}

/* chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), and the
 * CRLF behind it */
static bool take_extensions(struct reader *reader)
{
    bool may_have_value = false;
    for (;;) {
        size_t start = reader->outcome->consumed;
        if (!take_extension_run(reader, is_blank))
            return false;
        bool has_blank = reader->outcome->consumed > start;
        if (!has_blank && is_cr(look(reader)))
            return take_eol(reader);
        if (look(reader) < 0)
            return end(reader, KRT_CHUNKED_MORE);
        bool is_value = is_equals(look(reader));
        if (!take_extension_byte(reader, may_have_value ? is_semicolon_or_equals
                                                        : is_semicolon))
            return false;
        if (!take_extension_run(reader, is_blank))
            return false;
        bool is_quoted = is_value && is_quote(look(reader));
        if (!(is_quoted ? take_quoted(reader) : take_token(reader)))
            return false;
        may_have_value = !is_value;
    }
}

static uint64_t value_of(int digit)
{
    return (uint64_t)(isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
}

/* chunk-size = 1*HEXDIG */
static bool take_size(struct reader *reader, uint64_t *size)
{
    int n_digits = 0;
    *size = 0;
    do {
        int digit = look(reader);
        if (!take(reader, is_hex))
            return false;
        if (++n_digits > KRT_CHUNK_DIGITS_MAX)
            return end(reader, 400);
        *size = *size * 16 + value_of(digit);
    } while (is_hex(look(reader)));
    return true;
}

static bool is_any(int c)
{
    return c >= 0;
}

static bool take_data(struct reader *reader, uint64_t size)
{
    if (size > reader->input->max - reader->outcome->consumed)
        return end(reader, 413);
    for (; size > 0; size--) {
        int c = look(reader);
        if (!take(reader, is_any))
            return false;
        reader->outcome->body[reader->outcome->body_len++] = (unsigned char)c;
    }
    return true;
}

static bool take_field_byte(struct reader *reader, bool (*is_kind)(int))
{
    if (!take(reader, is_kind))
        return false;
    if (++reader->n_trailer_bytes > reader->input->trailer_max)
        return end(reader, 431);
    return true;
}

static bool is_refused(const unsigned char *name, size_t len)
{
    static const char *const names[] = {"host", "content-length", "transfer-encoding"};
    for (size_t i = 0; i < 3; i++) {
        size_t at = 0;
        while (at < len && tolower(name[at]) == names[i][at])
            at++;
        if (at == len && names[i][at] == '\0')
            return true;
    }
    return false;
}

static bool is_tchar_or_colon(int c)
{
    return is_tchar(c) || c == ':';
}

static bool is_cr_or_text(int c)
{
    return is_cr(c) || is_quotable(c);
}

/* field-line = field-name ":" OWS field-value OWS, and its CRLF */
static bool take_field(struct reader *reader)
{
    const unsigned char *name = reader->at + reader->outcome->consumed;
    if (!take_field_byte(reader, is_tchar))
        return false;
    if (++reader->n_fields > reader->input->fields_max)
        return end(reader, 431);
    const unsigned char *at = name;
    do {
        at++;
        if (!take_field_byte(reader, is_tchar_or_colon))
            return false;
    } while (*at != ':');
    if (is_refused(name, (size_t)(at - name)))
        return end(reader, 400);
    do {
        at++;
        if (!take_field_byte(reader, is_cr_or_text))
            return false;
    } while (*at != '\r');
    return take_field_byte(reader, is_lf);
}

/* chunked-body = *chunk last-chunk trailer-section CRLF */
static bool take_body(struct reader *reader)
{
    uint64_t size;
    do {
        if (!take_size(reader, &size) || !take_extensions(reader) ||
            !take_data(reader, size) || (size > 0 && !take_eol(reader)))
            return false;
    } while (size > 0);
    while (look(reader) >= 0 && !is_cr(look(reader)))
        if (!take_field(reader))
            return false;
    return take_eol(reader);
}

void chunked_by_the_letter(struct chunked_outcome *outcome,
                           const struct chunked_input *input)
{
    struct reader reader = {.input = input, .at = input->at, .outcome = outcome};
    outcome->consumed = outcome->body_len = 0;
    if (take_body(&reader))
        end(&reader, KRT_CHUNKED_END);
}

/* ---- In pieces ---- */

static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

/* Reads a piece to its end, or to the end of the body. */
static int read_piece(struct krt_chunked *chunked, struct chunked_outcome *outcome,
                      const unsigned char *piece, size_t piece_len)
{
    int result;
    size_t at = 0;
    do {
        size_t len = piece_len - at;
        struct krt_slice data;
        result = krt_chunked_read(chunked, piece + at, &len, &data);
        require(len <= piece_len - at, "no more is consumed than has come");
        at += len;
        require(data.at + data.len == piece + at && data.len <= len,
                "data ends what was consumed");
        require((data.len > 0) == (result == KRT_CHUNKED_DATA), "a piece has bytes");
        memcpy(outcome->body + outcome->body_len, data.at, data.len);
        outcome->body_len += data.len;
    } while (result == KRT_CHUNKED_DATA);
    require(result != KRT_CHUNKED_MORE || at == piece_len, "more is asked at the end");
    outcome->consumed += at;
    return result;
}

static int read_copy(struct krt_chunked *chunked, struct chunked_outcome *outcome,
                     const unsigned char *piece, size_t len)
{
    unsigned char *copy = malloc(len > 0 ? len : 1);
    require(copy != NULL, "there is memory");
    memcpy(copy, piece, len);
    int result = read_piece(chunked, outcome, copy, len);
    free(copy);
    return result;
}

void chunked_in_pieces(struct chunked_outcome *outcome,
                       const struct chunked_input *input, const size_t *lens,
                       size_t n_lens)
{
    struct krt_chunked chunked;
    size_t n_pieces = 0;
    krt_chunked_init(&chunked, input->max, input->trailer_max, input->fields_max);
    outcome->result = KRT_CHUNKED_MORE;
    outcome->consumed = outcome->body_len = 0;
    while (outcome->result == KRT_CHUNKED_MORE && outcome->consumed < input->len) {
        const unsigned char *at = (const unsigned char *)input->at + outcome->consumed;
        size_t left = input->len - outcome->consumed;
        size_t len = lens[n_pieces < n_lens ? n_pieces : n_lens - 1];
        n_pieces++;
        outcome->result = read_copy(&chunked, outcome, at, len < left ? len : left);
    }
}
