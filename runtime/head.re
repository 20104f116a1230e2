#include "head.h"

#include "scan.h"

#include <string.h>

/* No rule below takes a NUL, so each lexer stops at the one behind the input, where a
 * line has not come wholly. */

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cursor;
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;
    re2c:sentinel = 0;
    re2c:tags:prefix = tag_;

    eol       = "\r\n";
    digit     = [0-9];
    hex       = [0-9A-Fa-f];
    token     = [!#$%&'*+\-.^_`|~0-9A-Za-z]+;

    // RFC 9112 section 7; what is quoted is of no interest, so no bytes are told apart.
    ows       = [ \t]*;
    quoted    = ["] ([^"\\\x00-\x08\x0a-\x1f\x7f] | [\\] [^\x00-\x08\x0a-\x1f\x7f])* ["];
    parameter = ows ";" ows token ows "=" ows (token | quoted);

    // RFC 3986 section 3.2.2; a registered name may be empty, then without a port.
    reg_name  = ([A-Za-z0-9._~!$&'()*+,;=\-] | "%" hex hex)+;
    ip        = "[" [0-9A-Fa-f:.]+ "]";
    authority = (reg_name | ip) (":" digit*)?;

    // Visible ASCII without the fragment's mark; '?' ends the path.
    path_char   = [\x21-\x7e] \ [#?];
    target_char = [\x21-\x7e] \ [#];
    path        = "/" path_char*;
    query       = "?" target_char*;
    version     = "HTTP/" digit "." digit;

    // A path that is its own normal form: no escapes, no segment "." or "..".
    plain_char    = path_char \ [%/];
    no_dot        = plain_char \ [.];
    plain_segment = (no_dot plain_char* | "." no_dot plain_char* | ".." plain_char+)?;
    plain_path    = ("/" plain_segment)+;
*/

/* What a line is while it is read; beside these, the status to reject it with. */
enum line {
    LINE_READ = 0,
    LINE_UNFINISHED = 1, /* or malformed, where it has an LF all the same */
};

/* Member by member: a memset() of so many bytes takes longer. */
void krt_head_init(struct krt_head *head)
{
    static const struct krt_slice none = {NULL, 0};
    head->len = 0;
    head->n_fields = 0;
    head->has_request_line = head->is_http_1_0 = head->is_path_plain = false;
    head->method = head->target = head->authority = head->path = head->host = none;
    head->has_host = head->has_content_length = false;
    head->wants_close = head->wants_keep_alive = head->expects_continue = false;
    head->coding = KRT_CODING_NONE;
    head->content_length = 0;
    head->kept = head->repeated = 0;
}

static struct krt_slice slice(const unsigned char *at, const unsigned char *end)
{
    return (struct krt_slice){at, (size_t)(end - at)};
}

static int set_version(struct krt_head *head, const unsigned char *version)
{
    if (memcmp(version, "HTTP/1.", 7) != 0 || version[7] > '1')
        return 505;
    head->is_http_1_0 = version[7] == '0';
    head->has_request_line = true;
    return 0;
}

static void set_target(struct krt_head *head, struct krt_slice target,
                       struct krt_slice path, bool is_path_plain)
{
    static const unsigned char root[] = "/";
    head->target = target;
    head->path = path.len > 0 ? path : slice(root, root + 1);
    head->is_path_plain = is_path_plain;
}

/* RFC 9112 section 3. Moves *at behind the line if it is one. */
static int read_request_line(struct krt_head *head, const unsigned char **at)
{
    const unsigned char *line = *at;
    const unsigned char *cursor = line;
    const unsigned char *marker;
    const unsigned char *t, *p, *q, *a, *z, *v;
    /*!stags:re2c format = "const unsigned char *@@;\n"; */
    /*!re2c
    token " " @t plain_path @q query? @z " " @v version eol {
        head->method = slice(line, t - 1);
        set_target(head, slice(t, z), slice(t, q), true);
        *at = cursor;
        return set_version(head, v);
    }
    token " " @t path @q query? @z " " @v version eol {
        head->method = slice(line, t - 1);
        set_target(head, slice(t, z), slice(t, q), false);
        *at = cursor;
        return set_version(head, v);
    }
    token " " @t 'http' 's'? "://" @a authority @p plain_path? @q query? @z " "
        @v version eol {
        head->method = slice(line, t - 1);
        head->authority = slice(a, p);
        set_target(head, slice(t, z), slice(p, q), true);
        *at = cursor;
        return set_version(head, v);
    }
    token " " @t 'http' 's'? "://" @a authority @p path @q query? @z " "
        @v version eol {
        head->method = slice(line, t - 1);
        head->authority = slice(a, p);
        set_target(head, slice(t, z), slice(p, q), false);
        *at = cursor;
        return set_version(head, v);
    }
    token " " @t "*" @z " " @v version eol {
        head->method = slice(line, t - 1);
        head->target = slice(t, z);
        head->is_path_plain = true;
        *at = cursor;
        return set_version(head, v);
    }
    * { return LINE_UNFINISHED; }
    */
}

/* The field that the server acts on whose name and colon stand at `line`, its value at
 * *value; OTHER, and *value is as it was, when it is none of them. */
static enum krt_field known_field(const unsigned char *line,
                                  const unsigned char **value)
{
    const unsigned char *cursor = line;
    const unsigned char *marker;
    enum krt_field field;
    /*!re2c
    'accept-encoding:'     { field = KRT_FIELD_ACCEPT_ENCODING; goto done; }
    'connection:'          { field = KRT_FIELD_CONNECTION; goto done; }
    'content-length:'      { field = KRT_FIELD_CONTENT_LENGTH; goto done; }
    'expect:'              { field = KRT_FIELD_EXPECT; goto done; }
    'host:'                { field = KRT_FIELD_HOST; goto done; }
    'if-match:'            { field = KRT_FIELD_IF_MATCH; goto done; }
    'if-modified-since:'   { field = KRT_FIELD_IF_MODIFIED_SINCE; goto done; }
    'if-none-match:'       { field = KRT_FIELD_IF_NONE_MATCH; goto done; }
    'if-range:'            { field = KRT_FIELD_IF_RANGE; goto done; }
    'if-unmodified-since:' { field = KRT_FIELD_IF_UNMODIFIED_SINCE; goto done; }
    'range:'               { field = KRT_FIELD_RANGE; goto done; }
    'transfer-encoding:'   { field = KRT_FIELD_TRANSFER_ENCODING; goto done; }
    *                      { return KRT_FIELD_OTHER; }
    */
done:
    *value = cursor;
    return field;
}

/* RFC 9112 section 5.1: no white space before the colon. */
static bool has_name(const unsigned char *line, const unsigned char *end)
{
    const unsigned char *plain_end = krt_skip_plain(line, end);
    if (plain_end > line && *plain_end == ':')
        return true;
    const unsigned char *cursor = line;
    const unsigned char *marker;
    /*!re2c
    token ":" { return true; }
    *         { return false; }
    */
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* The value at `at`, which `end` bounds, without the white space around it; its line
 * must go on at value->at + value->len with white space and a CRLF. */
static struct krt_slice read_value(const unsigned char *at, const unsigned char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    return slice(at, end);
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool equal_fold(struct krt_slice a, struct krt_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static bool is_word(struct krt_slice value, const char *word)
{
    const unsigned char *at = (const unsigned char *)word;
    return equal_fold(value, slice(at, at + strlen(word)));
}

/* Whether `host`, which its line's OWS or CRLF follows, is one; it may be empty (RFC
 * 9110 section 7.2). */
static bool is_host(struct krt_slice host)
{
    if (host.len == 0)
        return true;
    const unsigned char *cursor = host.at;
    const unsigned char *marker;
    /*!re2c
    authority { return cursor == host.at + host.len; }
    *         { return false; }
    */
}

static int set_host(struct krt_head *head, struct krt_slice host)
{
    if (head->has_host || !is_host(host))
        return 400;
    head->has_host = true;
    head->host = host;
    return 0;
}

/* RFC 9112 section 6.3: one field with one decimal number, nothing else. */
static int set_content_length(struct krt_head *head, struct krt_slice digits)
{
    if (head->has_content_length || digits.len == 0)
        return 400;
    head->has_content_length = true;
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = digits.at[i] - (unsigned)'0';
        if (digit > 9 || head->content_length > (UINT64_MAX - digit) / 10)
            return 400;
        head->content_length = head->content_length * 10 + digit;
    }
    return 0;
}

/* RFC 9110 section 7.6.1; elements of a list may be empty (section 5.6.1). */
static int set_connection(struct krt_head *head, struct krt_slice list)
{
    const unsigned char *cursor = list.at;
    const unsigned char *end = list.at + list.len;
    const unsigned char *marker;
    while (cursor < end) {
        /*!re2c
        'close'      { head->wants_close = true; continue; }
        'keep-alive' { head->wants_keep_alive = true; continue; }
        token        { continue; }
        ows "," ows  { continue; }
        *            { return 400; }
        */
    }
    return 0;
}

/* RFC 9110 section 10.1.1. */
static int set_expect(struct krt_head *head, struct krt_slice value)
{
    head->expects_continue = is_word(value, "100-continue");
    return head->expects_continue ? 0 : 417;
}

/* Moves *at behind a comma and the white space around it, if there is one. */
static bool is_comma(const unsigned char **at)
{
    const unsigned char *cursor = *at;
    const unsigned char *marker;
    /*!re2c
    ows "," ows { *at = cursor; return true; }
    *           { return false; }
    */
}

/* "chunked" stands once and last; false where it does not. */
static bool add_coding(struct krt_head *head, bool is_chunked)
{
    bool is_behind_chunked =
        head->coding == KRT_CODING_CHUNKED || head->coding == KRT_CODING_LAYERED;
    if (!is_chunked)
        head->coding = KRT_CODING_UNKNOWN;
    else
        head->coding =
            head->coding == KRT_CODING_NONE ? KRT_CODING_CHUNKED : KRT_CODING_LAYERED;
    return !is_behind_chunked;
}

/* RFC 9112 sections 6.1 and 7. An empty element is refused, which the RFC would have
 * ignored: it is how one of two parsers is made to overlook a coding. */
static int set_coding(struct krt_head *head, struct krt_slice list)
{
    const unsigned char *cursor = list.at;
    const unsigned char *end = list.at + list.len;
    const unsigned char *marker;
    bool is_chunked;
    do {
        /*!re2c
        'chunked'        { is_chunked = true; goto coding; }
        token parameter* { is_chunked = false; goto coding; }
        *                { return 400; }
        */
    coding:
        if (!add_coding(head, is_chunked))
            return 400;
    } while (cursor < end && is_comma(&cursor));
    return cursor == end ? 0 : 400;
}

static int keep(struct krt_head *head, enum krt_field field, struct krt_slice value)
{
    unsigned bit = 1U << field;
    if (head->kept & bit)
        head->repeated |= bit;
    else
        head->values[field] = value;
    head->kept |= bit;
    return 0;
}

static int set_field(struct krt_head *head, enum krt_field field,
                     struct krt_slice value)
{
    switch (field) {
    case KRT_FIELD_CONNECTION:
        return set_connection(head, value);
    case KRT_FIELD_CONTENT_LENGTH:
        return set_content_length(head, value);
    case KRT_FIELD_EXPECT:
        return set_expect(head, value);
    case KRT_FIELD_HOST:
        return set_host(head, value);
    case KRT_FIELD_TRANSFER_ENCODING:
        return set_coding(head, value);
    default:
        return field >= 0 ? keep(head, field, value) : 0;
    }
}

/* ---- Lines ---- */

/* The empty line at the end of the fields, or before a request line. */
static bool is_empty_line(const unsigned char *line)
{
    return line[0] == '\r' && line[1] == '\n';
}

/* RFC 9112 section 5. Moves *at behind the line if it is one. */
static int read_field(struct krt_head *head, struct krt_stops *stops,
                      const unsigned char **at, const unsigned char *end)
{
    const unsigned char *line = *at;
    const unsigned char *value = line;
    enum krt_field field = known_field(line, &value);
    if (field == KRT_FIELD_OTHER && !has_name(line, end))
        return LINE_UNFINISHED;
    const unsigned char *stop = krt_stops_find(stops, line);
    if (end - stop < 2)
        return LINE_UNFINISHED;
    if (!is_empty_line(stop))
        return 400;
    *at = stop + 2;
    head->n_fields++;
    if (field == KRT_FIELD_OTHER)
        return 0;
    return set_field(head, field, read_value(value, stop));
}

bool krt_head_next(const struct krt_head *head, enum krt_field field,
                   struct krt_slice *value)
{
    if (!krt_head_has(head, field))
        return false;
    if (!value->at) {
        *value = head->values[field];
        return true;
    }
    if (!(head->repeated >> field & 1U))
        return false;
    const unsigned char *at = value->at;
    do {
        at += strcspn((const char *)at, "\n") + 1;
        if (is_empty_line(at))
            return false;
    } while (known_field(at, &at) != field);
    *value = read_value(at, at + strcspn((const char *)at, "\r"));
    return true;
}

/* What only the whole head can tell (RFC 9112 sections 3.2, 6.1 and 6.3). */
static int finish(const struct krt_head *head)
{
    bool has_coding = head->coding != KRT_CODING_NONE;
    if (!head->has_host && !head->is_http_1_0)
        return 400;
    if (head->authority.len > 0 && head->has_host &&
        !equal_fold(head->authority, head->host))
        return 400;
    if (has_coding && (head->has_content_length || head->is_http_1_0))
        return 400;
    if (head->coding == KRT_CODING_UNKNOWN)
        return 400;
    return head->coding == KRT_CODING_LAYERED ? 501 : KRT_HEAD_COMPLETE;
}

/* Whether a request line can start with `c`; other protocols seldom do. */
static bool starts_request(unsigned char c)
{
    return c == '\r' || (c > ' ' && c < 0x7f);
}

/* The status for a line of `len` bytes that the limits do not allow, else 0. */
static int check_len(const struct krt_head *head, const struct krt_limits *limits,
                     bool is_field, size_t len)
{
    if (len <= limits->head - head->len && (is_field || len <= limits->request_line))
        return 0;
    return is_field ? 431 : 414;
}

/* What to make of a line that is malformed or has not come wholly. */
static int judge_rest(const struct krt_head *head, const struct krt_limits *limits,
                      const unsigned char *line, const unsigned char *end)
{
    const unsigned char *lf = memchr(line, '\n', (size_t)(end - line));
    /* Where there is no LF, one byte more is sure to come. */
    size_t len = (size_t)((lf ? lf : end) + 1 - line);
    int status = check_len(head, limits, head->has_request_line, len);
    if (status)
        return status;
    return lf ? 400 : KRT_HEAD_PARTIAL;
}

/* Reads the line before the fields at *at, the request line or an empty one (RFC 9112
 * section 2.2), and moves behind it, or stays where it is no line (yet). */
static int read_start(struct krt_head *head, const unsigned char **at,
                      const unsigned char *end)
{
    if (is_empty_line(*at)) {
        *at += 2;
        return LINE_READ;
    }
    if (*at < end && !starts_request(**at))
        return 400;
    return read_request_line(head, at);
}

/* Reads up to the fields. Returns as krt_head_read() does. */
static int read_starts(struct krt_head *head, const struct krt_limits *limits,
                       const unsigned char *input, const unsigned char *end)
{
    while (!head->has_request_line) {
        const unsigned char *line = input + head->len;
        const unsigned char *at = line;
        int status = read_start(head, &at, end);
        if (status == LINE_UNFINISHED)
            return judge_rest(head, limits, line, end);
        size_t len = (size_t)(at - line);
        int excess = check_len(head, limits, false, len);
        if (excess || status)
            return excess ? excess : status;
        head->len += len;
    }
    return KRT_HEAD_COMPLETE;
}

/* Likewise reads the fields and the empty line behind them. */
static int read_fields(struct krt_head *head, const struct krt_limits *limits,
                       const unsigned char *input, const unsigned char *end)
{
    const unsigned char *at = input + head->len;
    struct krt_stops stops;
    krt_stops_init(&stops, input, at, end);
    while (!is_empty_line(at)) {
        int status = read_field(head, &stops, &at, end);
        if (status == LINE_UNFINISHED)
            return judge_rest(head, limits, at, end);
        if ((size_t)(at - input) > limits->head || head->n_fields > limits->fields)
            return 431;
        if (status)
            return status;
        head->len = (size_t)(at - input);
    }
    if (limits->head - head->len < 2)
        return 431;
    head->len += 2;
    return finish(head);
}

int krt_head_read(struct krt_head *head, const struct krt_limits *limits,
                  const unsigned char *input, size_t len)
{
    int status = read_starts(head, limits, input, input + len);
    return status == KRT_HEAD_COMPLETE ? read_fields(head, limits, input, input + len)
                                       : status;
}
