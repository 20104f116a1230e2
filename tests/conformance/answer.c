#include "answer.h"

#include <stdint.h>
#include <string.h>

/* What the bytes are read with; `problem` ends the reading. */
struct reader {
    char *at;
    char *end;
    const char *problem;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_token_char(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_value_char(char c)
{
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

bool span_is(struct span span, const char *text)
{
    if (strlen(text) != span.len)
        return false;
    for (size_t i = 0; i < span.len; i++)
        if (lower(span.at[i]) != lower(text[i]))
            return false;
    return true;
}

const struct span *answer_field(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_fields; i++)
        if (span_is(answer->fields[i].name, name))
            return &answer->fields[i].value;
    return NULL;
}

static bool fail(struct reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

/* Takes a line without its CRLF; false when it has not ended or ends otherwise. */
static bool take_line(struct reader *reader, struct span *line)
{
    char *lf = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    if (!lf)
        return false;
    if (lf == reader->at || lf[-1] != '\r')
        return fail(reader, "a line does not end in CRLF");
    *line = (struct span){reader->at, (size_t)(lf - 1 - reader->at)};
    reader->at = lf + 1;
    return true;
}

/* RFC 9112 section 4. */
static bool read_status_line(struct reader *reader, struct span line,
                             struct answer *answer)
{
    static const char version[] = "HTTP/1.1 ";
    size_t start = sizeof version - 1;
    if (line.len < start + 4 || memcmp(line.at, version, start) != 0)
        return fail(reader, "no status line");
    const char *code = line.at + start;
    if (code[0] < '1' || code[0] > '5' || !is_digit(code[1]) || !is_digit(code[2]) ||
        code[3] != ' ')
        return fail(reader, "a status line without a status");
    for (size_t i = start + 4; i < line.len; i++)
        if (!is_value_char(line.at[i]))
            return fail(reader, "a control character in the reason");
    answer->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    return true;
}

/* RFC 9112 section 5; servers put one space behind the colon and none at the end. */
static bool read_field(struct reader *reader, struct span line, struct field *field)
{
    size_t colon = 0;
    while (colon < line.len && is_token_char(line.at[colon]))
        colon++;
    if (colon == 0 || colon == line.len || line.at[colon] != ':')
        return fail(reader, "a line that is no field");
    size_t start = colon + 1;
    if (start < line.len && line.at[start] == ' ')
        start++;
    field->name = (struct span){line.at, colon};
    field->value = (struct span){line.at + start, line.len - start};
    for (size_t i = start; i < line.len; i++)
        if (!is_value_char(line.at[i]))
            return fail(reader, "a control character in a field");
    return true;
}

static bool read_fields(struct reader *reader, struct answer *answer)
{
    struct span line;
    while (take_line(reader, &line)) {
        if (line.len == 0)
            return true;
        if (answer->n_fields == ANSWER_FIELDS_MAX)
            return fail(reader, "too many fields");
        if (!read_field(reader, line, &answer->fields[answer->n_fields++]))
            return false;
    }
    return false;
}

/* Those of which two would be a contradiction (RFC 9110 section 5.3). */
static bool check_single(struct reader *reader, const struct answer *answer)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding",
                                        "Connection",     "Date",
                                        "Content-Type",   "ETag",
                                        "Content-Range",  "Last-Modified",
                                        "Location",       "Allow"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int n = 0;
        for (size_t f = 0; f < answer->n_fields; f++)
            n += span_is(answer->fields[f].name, names[i]);
        if (n > 1)
            return fail(reader, "a field that may stand once stands twice");
    }
    return true;
}

/* IMF-fixdate, which every final answer of a server with a clock has (RFC 9110 section
 * 6.6.1). */
static bool check_date(struct reader *reader, const struct answer *answer)
{
    static const char form[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    const struct span *date = answer_field(answer, "Date");
    if (answer->status < 200)
        return true;
    if (!date || date->len != sizeof form - 1)
        return fail(reader, "no Date, or not in its form");
    for (size_t i = 0; i < date->len; i++) {
        char c = date->at[i];
        bool is_fine = form[i] == '0'   ? is_digit(c)
                       : form[i] == 'A' ? c >= 'A' && c <= 'Z'
                       : form[i] == 'a' ? c >= 'a' && c <= 'z'
                                        : c == form[i];
        if (!is_fine)
            return fail(reader, "no Date, or not in its form");
    }
    return true;
}

static bool read_length(struct reader *reader, struct span digits, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_digit(digits.at[i]))
            return fail(reader, "a Content-Length that is no number");
        *len = *len * 10 + (size_t)(digits.at[i] - '0');
    }
    return (digits.len > 0 && digits.len < 10) ||
           fail(reader, "a Content-Length of strange length");
}

static int hex_value(char c)
{
    c = lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A chunk's size line; this server needs no extensions. */
static bool read_chunk_size(struct reader *reader, size_t *size)
{
    struct span line;
    if (!take_line(reader, &line))
        return false;
    *size = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (hex_value(line.at[i]) < 0)
            return fail(reader, "a chunk size that is no number");
        *size = *size * 16 + (size_t)hex_value(line.at[i]);
    }
    return (line.len > 0 && line.len < 8) ||
           fail(reader, "a chunk size of strange length");
}

/* RFC 9112 section 7.1. With `joined` the data are moved there. */
static bool read_chunks(struct reader *reader, char *joined, size_t *len)
{
    struct span line;
    size_t size;
    *len = 0;
    while (read_chunk_size(reader, &size)) {
        if (size == 0) {
            while (take_line(reader, &line))
                if (line.len == 0)
                    return true;
            return false;
        }
        if ((size_t)(reader->end - reader->at) < size + 2)
            return false;
        if (memcmp(reader->at + size, "\r\n", 2) != 0)
            return fail(reader, "a chunk without its end");
        if (joined)
            memmove(joined + *len, reader->at, size);
        *len += size;
        reader->at += size + 2;
    }
    return false;
}

static bool read_chunked(struct reader *reader, struct answer *answer)
{
    struct reader again = *reader;
    char *joined = reader->at;
    size_t len;
    if (!read_chunks(reader, NULL, &len))
        return false;
    read_chunks(&again, joined, &len);
    answer->body = (struct span){joined, len};
    return true;
}

static bool read_counted(struct reader *reader, struct answer *answer, size_t len)
{
    if ((size_t)(reader->end - reader->at) < len)
        return false;
    answer->body = (struct span){reader->at, len};
    reader->at += len;
    return true;
}

/* RFC 9112 section 6.3. An end that only the connection's end would tell is a fault. */
static bool read_body(struct reader *reader, struct answer *answer, bool is_to_head)
{
    const struct span *length = answer_field(answer, "Content-Length");
    const struct span *coding = answer_field(answer, "Transfer-Encoding");
    size_t len = 0;
    if (length && coding)
        return fail(reader, "Content-Length with Transfer-Encoding");
    if (coding && !span_is(*coding, "chunked"))
        return fail(reader, "a Transfer-Encoding other than chunked");
    if (length && !read_length(reader, *length, &len))
        return false;
    answer->body = (struct span){reader->at, 0};
    if (answer->status < 200 || answer->status == 204)
        return !(length || coding) || fail(reader, "a body's length where none may be");
    if (answer->status == 304 || (is_to_head && (length || coding)))
        return true;
    if (coding)
        return read_chunked(reader, answer);
    return length ? read_counted(reader, answer, len)
                  : fail(reader, "nothing tells the body's end");
}

enum answer_result answer_read(struct answer *answer, char *data, size_t len,
                               bool is_to_head, const char **problem)
{
    struct reader reader = {data, data + len, NULL};
    struct span line;
    *answer = (struct answer){0};
    bool is_whole =
        take_line(&reader, &line) && read_status_line(&reader, line, answer) &&
        read_fields(&reader, answer) && check_single(&reader, answer) &&
        check_date(&reader, answer) && read_body(&reader, answer, is_to_head);
    answer->len = (size_t)(reader.at - data);
    *problem = reader.problem;
    if (is_whole)
        return ANSWER_WHOLE;
    return reader.problem ? ANSWER_MALFORMED : ANSWER_PARTIAL;
}
