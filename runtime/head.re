#include "head.h"

#include <string.h>

/* Each lexer below reads one line that ends in LF. No rule can pass the LF, so the NUL
 * that re2c takes for the end of the input is never needed. */

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

void krt_head_init(struct krt_head *head)
{
    memset(head, 0, sizeof *head);
}

bool krt_head_has_method(const struct krt_head *head, const char *method)
{
    return head->method.len == strlen(method) &&
           memcmp(head->method.at, method, head->method.len) == 0;
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

/* RFC 9112 section 3. */
static int read_request_line(struct krt_head *head, const unsigned char *line)
{
    const unsigned char *cursor = line;
    const unsigned char *marker;
    const unsigned char *t, *p, *q, *a, *z, *v;
    /*!stags:re2c format = "const unsigned char *@@;\n"; */
    /*!re2c
    token " " @t plain_path @q query? @z " " @v version eol {
        head->method = slice(line, t - 1);
        set_target(head, slice(t, z), slice(t, q), true);
        return set_version(head, v);
    }
    token " " @t path @q query? @z " " @v version eol {
        head->method = slice(line, t - 1);
        set_target(head, slice(t, z), slice(t, q), false);
        return set_version(head, v);
    }
    token " " @t 'http' 's'? "://" @a authority @p plain_path? @q query? @z " "
        @v version eol {
        head->method = slice(line, t - 1);
        head->authority = slice(a, p);
        set_target(head, slice(t, z), slice(p, q), true);
        return set_version(head, v);
    }
    token " " @t 'http' 's'? "://" @a authority @p path @q query? @z " "
        @v version eol {
        head->method = slice(line, t - 1);
        head->authority = slice(a, p);
        set_target(head, slice(t, z), slice(p, q), false);
        return set_version(head, v);
    }
    token " " @t "*" @z " " @v version eol {
        head->method = slice(line, t - 1);
        head->target = slice(t, z);
        head->is_path_plain = true;
        return set_version(head, v);
    }
    * { return 400; }
    */
}

enum field {
    FIELD_MALFORMED,
    FIELD_OTHER,
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_CONNECTION,
    FIELD_EXPECT,
};

/* Reads a field's name with its colon and moves *line behind it; the names are those
 * that the server acts on (RFC 9112 section 5.1). */
static enum field read_name(const unsigned char **line)
{
    const unsigned char *cursor = *line;
    const unsigned char *marker;
    enum field field;
    /*!re2c
    'host:'              { field = FIELD_HOST; goto done; }
    'content-length:'    { field = FIELD_CONTENT_LENGTH; goto done; }
    'transfer-encoding:' { field = FIELD_TRANSFER_ENCODING; goto done; }
    'connection:'        { field = FIELD_CONNECTION; goto done; }
    'expect:'            { field = FIELD_EXPECT; goto done; }
    token ":"            { field = FIELD_OTHER; goto done; }
    *                    { field = FIELD_MALFORMED; goto done; }
    */
done:
    *line = cursor;
    return field;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* Reads a field's value up to its CRLF, without the white space around it. */
static bool read_value(const unsigned char *at, struct krt_slice *value)
{
    while (is_blank(*at))
        at++;
    const unsigned char *end = at;
    while (is_blank(*end) || (*end > ' ' && *end != 0x7f))
        end++;
    if (end[0] != '\r' || end[1] != '\n')
        return false;
    while (end > at && is_blank(end[-1]))
        end--;
    *value = slice(at, end);
    return true;
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

/* RFC 9110 section 7.6.1. */
static int set_connection(struct krt_head *head, struct krt_slice list)
{
    const unsigned char *cursor = list.at;
    while (cursor < list.at + list.len) {
        /*!re2c
        'close'      { head->wants_close = true; continue; }
        'keep-alive' { head->wants_keep_alive = true; continue; }
        token        { continue; }
        [ \t,]       { continue; }
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

/* RFC 9112 section 5. */
static int read_field(struct krt_head *head, const unsigned char *line)
{
    enum field field = read_name(&line);
    struct krt_slice value;
    if (field == FIELD_MALFORMED || !read_value(line, &value))
        return 400;
    switch (field) {
    case FIELD_HOST:
        return set_host(head, value);
    case FIELD_CONTENT_LENGTH:
        return set_content_length(head, value);
    case FIELD_TRANSFER_ENCODING:
        head->has_transfer_encoding = true;
        return 0;
    case FIELD_CONNECTION:
        return set_connection(head, value);
    case FIELD_EXPECT:
        return set_expect(head, value);
    default:
        return 0;
    }
}

/* What only the whole head can tell (RFC 9112 sections 3.2, 6.1 and 6.3). */
static int finish(const struct krt_head *head)
{
    if (!head->has_host && !head->is_http_1_0)
        return 400;
    if (head->authority.len > 0 && head->has_host &&
        !equal_fold(head->authority, head->host))
        return 400;
    if (head->has_transfer_encoding)
        return head->has_content_length || head->is_http_1_0 ? 400 : 501;
    return KRT_HEAD_COMPLETE;
}

/* Whether a request line can start with `c`; other protocols seldom do. */
static bool starts_request(unsigned char c)
{
    return c == '\r' || (c > ' ' && c < 0x7f);
}

/* What to make of a line whose end has not arrived. */
static int judge_partial(const struct krt_head *head, size_t len)
{
    if (head->has_request_line)
        return len >= KRT_REQUEST_HEAD_MAX ? 431 : KRT_HEAD_PARTIAL;
    bool is_too_long =
        len >= KRT_REQUEST_HEAD_MAX || len - head->len >= KRT_REQUEST_LINE_MAX;
    return is_too_long ? 414 : KRT_HEAD_PARTIAL;
}

static bool is_empty_line(const unsigned char *line)
{
    return line[0] == '\r' && line[1] == '\n';
}

static int read_line(struct krt_head *head, const unsigned char *line, size_t len)
{
    if (!head->has_request_line)
        return len > KRT_REQUEST_LINE_MAX ? 414 : read_request_line(head, line);
    if (++head->n_fields > KRT_FIELDS_MAX)
        return 431;
    return read_field(head, line);
}

int krt_head_read(struct krt_head *head, const unsigned char *input, size_t len)
{
    for (;;) {
        const unsigned char *line = input + head->len;
        if (!head->has_request_line && len > head->len && !starts_request(*line))
            return 400;
        const unsigned char *lf = memchr(line, '\n', len - head->len);
        if (!lf)
            return judge_partial(head, len);
        size_t line_len = (size_t)(lf + 1 - line);
        if (head->len + line_len > KRT_REQUEST_HEAD_MAX)
            return head->has_request_line ? 431 : 414;
        if (is_empty_line(line)) {
            head->len += line_len;
            if (head->has_request_line)
                return finish(head);
            continue; /* RFC 9112 section 2.2: before a request line, ignored */
        }
        int status = read_line(head, line, line_len);
        if (status)
            return status;
        head->len += line_len;
    }
}
