#include "head_model.h"

#include <ctype.h>
#include <string.h>

/* ---- Bytes and texts ---- */

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static bool is_vchar(unsigned char c)
{
    return c >= 0x21 && c <= 0x7e;
}

static bool is_tchar(unsigned char c)
{
    return is_vchar(c) && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

static bool is_of_value(unsigned char c)
{
    return is_blank(c) || is_vchar(c) || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(unsigned char c)
{
    return c < 0x80 && isxdigit(c);
}

static struct krt_slice part(struct krt_slice text, size_t start, size_t end)
{
    return (struct krt_slice){text.at + start, end - start};
}

/* Where `c` stands in `text` from `start` on, or the text's length. */
static size_t find(struct krt_slice text, size_t start, unsigned char c)
{
    size_t at = start;
    while (at < text.len && text.at[at] != c)
        at++;
    return at;
}

static bool is_all(struct krt_slice text, bool (*is_kind)(unsigned char))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_kind(text.at[i]))
            return false;
    return true;
}

static bool is_same(struct krt_slice a, struct krt_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (tolower(a.at[i]) != tolower(b.at[i]))
            return false;
    return true;
}

static bool is_word(struct krt_slice text, const char *word)
{
    return is_same(text, (struct krt_slice){(const unsigned char *)word, strlen(word)});
}

static struct krt_slice trim(struct krt_slice text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = part(text, 1, text.len);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

static bool is_token(struct krt_slice text)
{
    return text.len > 0 && is_all(text, is_tchar);
}

/* ---- Results ---- */

bool head_model_allows(const struct head_model *model, int result)
{
    for (size_t i = 0; i < model->n_results; i++)
        if (model->results[i] == result)
            return true;
    return false;
}

static void allow(struct head_model *model, int result)
{
    if (!head_model_allows(model, result))
        model->results[model->n_results++] = result;
}

static void require(struct head_model *model, bool is_right, int status)
{
    if (!is_right)
        allow(model, status);
}

/* ---- Hosts (RFC 3986 section 3.2.2) ---- */

static bool is_of_address(unsigned char c)
{
    return is_hex(c) || c == ':' || c == '.';
}

/* The length of the address in brackets that `text` starts with, or 0. */
static size_t address_len(struct krt_slice text)
{
    size_t end = find(text, 0, ']');
    if (text.at[0] != '[' || end == text.len)
        return 0;
    struct krt_slice address = part(text, 1, end);
    return address.len > 0 && is_all(address, is_of_address) ? end + 1 : 0;
}

/* The length of the registered name that `text` starts with: unreserved characters,
 * sub-delims and escapes. */
static size_t name_len(struct krt_slice text)
{
    size_t at = 0;
    for (;;) {
        size_t left = text.len - at;
        if (left >= 3 && text.at[at] == '%' && is_hex(text.at[at + 1]) &&
            is_hex(text.at[at + 2]))
            at += 3;
        else if (left >= 1 && is_vchar(text.at[at]) &&
                 (isalnum(text.at[at]) || strchr("-._~!$&'()*+,;=", text.at[at])))
            at++;
        else
            return at;
    }
}

/* A host that is not empty, with a port or without. */
static bool is_authority(struct krt_slice text)
{
    if (text.len == 0)
        return false;
    size_t len = text.at[0] == '[' ? address_len(text) : name_len(text);
    if (len == 0 || len == text.len)
        return len > 0;
    return text.at[len] == ':' && is_all(part(text, len + 1, text.len), is_digit);
}

/* ---- Request lines (RFC 9112 section 3) ---- */

static bool is_of_target(unsigned char c)
{
    return is_vchar(c) && c != '#';
}

static bool is_path_plain(struct krt_slice path)
{
    size_t start = 0;
    while (start < path.len) {
        size_t end = find(path, start + 1, '/');
        struct krt_slice segment = part(path, start + 1, end);
        if (is_word(segment, ".") || is_word(segment, "..") ||
            find(segment, 0, '%') < segment.len)
            return false;
        start = end;
    }
    return true;
}

/* Sets what lies from the path on, "" or from '/' or '?' on. */
static void set_path(struct krt_head *head, struct krt_slice rest)
{
    static const unsigned char root[] = "/";
    head->path = part(rest, 0, find(rest, 0, '?'));
    if (head->path.len == 0)
        head->path = (struct krt_slice){root, 1};
    head->is_path_plain = is_path_plain(head->path);
}

/* The length of "http://" or "https://" at the start, or 0. */
static size_t scheme_len(struct krt_slice target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (target.len >= len && is_word(part(target, 0, len), schemes[i]))
            return len;
    }
    return 0;
}

static bool read_target(struct krt_head *head, struct krt_slice target)
{
    size_t start = scheme_len(target);
    head->target = target;
    head->is_path_plain = true;
    if (target.len == 0 || !is_all(target, is_of_target))
        return false;
    if (is_word(target, "*"))
        return true;
    if (start > 0) {
        size_t slash = find(target, start, '/');
        size_t mark = find(target, start, '?');
        size_t end = slash < mark ? slash : mark;
        head->authority = part(target, start, end);
        set_path(head, part(target, end, target.len));
        return is_authority(head->authority);
    }
    set_path(head, target);
    return target.at[0] == '/';
}

/* HTTP-version = "HTTP" "/" DIGIT "." DIGIT */
static bool is_version(struct krt_slice text)
{
    return text.len == 8 && memcmp(text.at, "HTTP/", 5) == 0 && is_digit(text.at[5]) &&
           text.at[6] == '.' && is_digit(text.at[7]);
}

/* `line` is without its LF; false if no CR ends it, which is taken off. */
static bool take_cr(struct krt_slice *line)
{
    if (line->len == 0 || line->at[line->len - 1] != '\r')
        return false;
    line->len--;
    return true;
}

/* request-line = method SP request-target SP HTTP-version */
static void read_request_line(struct head_model *model, struct krt_slice line)
{
    struct krt_head *head = &model->head;
    require(model, take_cr(&line), 400);
    size_t first = find(line, 0, ' ');
    size_t second = first < line.len ? find(line, first + 1, ' ') : line.len;
    if (second == line.len) {
        allow(model, 400);
        return;
    }
    struct krt_slice version = part(line, second + 1, line.len);
    head->method = part(line, 0, first);
    require(model, is_token(head->method), 400);
    require(model, read_target(head, part(line, first + 1, second)), 400);
    require(model, is_version(version), 400);
    if (is_version(version))
        require(model, version.at[5] == '1' && version.at[7] <= '1', 505);
    head->is_http_1_0 = is_version(version) && version.at[7] == '0';
    head->has_request_line = true;
}

/* Whether no more bytes make a request line of this start of one. */
static bool is_request_line_lost(struct krt_slice start)
{
    if (start.len > 0 && start.at[0] == ' ')
        return true;
    for (size_t i = 0; i < start.len; i++) {
        bool is_last_cr = start.at[i] == '\r' && i + 1 == start.len;
        if (!is_vchar(start.at[i]) && start.at[i] != ' ' && !is_last_cr)
            return true;
    }
    return false;
}

/* ---- Fields ---- */

static enum krt_field field_of(struct krt_slice name)
{
    static const struct {
        const char *name;
        enum krt_field field;
    } fields[] = {
        {"accept-encoding", KRT_FIELD_ACCEPT_ENCODING},
        {"connection", KRT_FIELD_CONNECTION},
        {"content-length", KRT_FIELD_CONTENT_LENGTH},
        {"expect", KRT_FIELD_EXPECT},
        {"host", KRT_FIELD_HOST},
        {"if-match", KRT_FIELD_IF_MATCH},
        {"if-modified-since", KRT_FIELD_IF_MODIFIED_SINCE},
        {"if-none-match", KRT_FIELD_IF_NONE_MATCH},
        {"if-range", KRT_FIELD_IF_RANGE},
        {"if-unmodified-since", KRT_FIELD_IF_UNMODIFIED_SINCE},
        {"range", KRT_FIELD_RANGE},
        {"transfer-encoding", KRT_FIELD_TRANSFER_ENCODING},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (is_word(name, fields[i].name))
            return fields[i].field;
    return KRT_FIELD_OTHER;
}

/* Content-Length = 1*DIGIT, once (RFC 9112 section 6.3). */
static bool read_length(struct krt_head *head, struct krt_slice value)
{
    if (head->has_content_length || value.len == 0 || !is_all(value, is_digit))
        return false;
    head->has_content_length = true;
    for (size_t i = 0; i < value.len; i++) {
        uint64_t digit = (uint64_t)(value.at[i] - '0');
        uint64_t more = head->content_length * 10;
        if (more / 10 != head->content_length || more + digit < more)
            return false;
        head->content_length = more + digit;
    }
    return true;
}

/* Connection = [ token *( OWS "," OWS token ) ], where elements may be empty. */
static bool read_connection(struct krt_head *head, struct krt_slice value)
{
    for (size_t start = 0; start <= value.len;) {
        size_t end = find(value, start, ',');
        struct krt_slice option = trim(part(value, start, end));
        if (option.len > 0 && !is_token(option))
            return false;
        if (is_word(option, "close"))
            head->wants_close = true;
        if (is_word(option, "keep-alive"))
            head->wants_keep_alive = true;
        start = end + 1;
    }
    return true;
}

static bool read_host(struct krt_head *head, struct krt_slice value)
{
    if (head->has_host)
        return false;
    head->has_host = true;
    head->host = value;
    return value.len == 0 || is_authority(value);
}

/* ---- Transfer-Encoding (RFC 9112 sections 6.1 and 7) ---- */

/* These move *at behind what they are named after; false if it is not there. */

static void skip_blanks(struct krt_slice text, size_t *at)
{
    while (*at < text.len && is_blank(text.at[*at]))
        ++*at;
}

static bool skip_char(struct krt_slice text, size_t *at, unsigned char c)
{
    if (*at == text.len || text.at[*at] != c)
        return false;
    ++*at;
    return true;
}

static bool skip_token(struct krt_slice text, size_t *at)
{
    size_t start = *at;
    while (*at < text.len && is_tchar(text.at[*at]))
        ++*at;
    return *at > start;
}

/* The bytes are those of a field value, so any of them may be quoted. */
static bool skip_quoted(struct krt_slice text, size_t *at)
{
    if (!skip_char(text, at, '"'))
        return false;
    while (*at < text.len && text.at[*at] != '"')
        *at += text.at[*at] == '\\' ? 2 : 1;
    return *at < text.len && skip_char(text, at, '"');
}

/* transfer-parameter = token BWS "=" BWS ( token / quoted-string ) */
static bool skip_parameter(struct krt_slice text, size_t *at)
{
    if (!skip_token(text, at))
        return false;
    skip_blanks(text, at);
    if (!skip_char(text, at, '='))
        return false;
    skip_blanks(text, at);
    return *at < text.len && text.at[*at] == '"' ? skip_quoted(text, at)
                                                 : skip_token(text, at);
}

static bool add_coding(struct head_model *model, struct krt_slice name,
                       bool has_parameters)
{
    bool is_chunked = is_word(name, "chunked") && !has_parameters;
    bool is_right = !model->is_chunked_last;
    model->n_codings++;
    model->is_chunked_last = is_chunked;
    if (is_word(name, "chunked") && has_parameters)
        model->has_odd_chunked = true;
    return is_right;
}

/* One or more codings; no element may be empty. */
static bool read_codings(struct head_model *model, struct krt_slice value)
{
    size_t at = 0;
    for (;;) {
        size_t start = at;
        if (!skip_token(value, &at))
            return false;
        struct krt_slice name = part(value, start, at);
        skip_blanks(value, &at);
        bool has_parameters = false;
        while (skip_char(value, &at, ';')) {
            skip_blanks(value, &at);
            if (!skip_parameter(value, &at))
                return false;
            skip_blanks(value, &at);
            has_parameters = true;
        }
        if (!add_coding(model, name, has_parameters))
            return false;
        if (at == value.len)
            return true;
        if (!skip_char(value, &at, ','))
            return false;
        skip_blanks(value, &at);
    }
}

/* ---- Field lines (RFC 9112 section 5) ---- */

static void read_meaning(struct head_model *model, enum krt_field field,
                         struct krt_slice value)
{
    struct krt_head *head = &model->head;
    switch (field) {
    case KRT_FIELD_CONNECTION:
        require(model, read_connection(head, value), 400);
        break;
    case KRT_FIELD_CONTENT_LENGTH:
        require(model, read_length(head, value), 400);
        break;
    case KRT_FIELD_EXPECT:
        require(model, is_word(value, "100-continue"), 417);
        head->expects_continue = true;
        break;
    case KRT_FIELD_HOST:
        require(model, read_host(head, value), 400);
        break;
    case KRT_FIELD_TRANSFER_ENCODING:
        require(model, read_codings(model, value), 400);
        break;
    default:
        break;
    }
}

static void read_field(struct head_model *model, const struct krt_limits *limits,
                       struct krt_slice line)
{
    bool has_cr = take_cr(&line);
    size_t colon = find(line, 0, ':');
    model->head.n_fields++;
    require(model, model->head.n_fields <= limits->fields, 431);
    if (!has_cr || colon == line.len || !is_token(part(line, 0, colon)) ||
        !is_all(part(line, colon + 1, line.len), is_of_value)) {
        allow(model, 400);
        return;
    }
    enum krt_field field = field_of(part(line, 0, colon));
    struct krt_slice value = trim(part(line, colon + 1, line.len));
    read_meaning(model, field, value);
    if (field >= 0 && field < KRT_N_KEPT && model->n_kept < HEAD_MODEL_FIELDS_MAX)
        model->kept[model->n_kept++] = (struct head_model_line){field, value};
}

/* Whether no more bytes make a field line, or the empty line, of this start of one. */
static bool is_field_lost(struct krt_slice start)
{
    struct krt_slice line = start;
    bool has_cr = take_cr(&line);
    size_t colon = find(line, 0, ':');
    struct krt_slice name = part(line, 0, colon);
    if (line.len == 0)
        return false;
    if (colon == line.len)
        return has_cr || !is_all(name, is_tchar);
    return !is_token(name) || !is_all(part(line, colon + 1, line.len), is_of_value);
}

/* ---- Heads ---- */

/* Refuses a line of `len` bytes that the limits do not allow. */
static void check_len(struct head_model *model, const struct krt_limits *limits,
                      size_t len)
{
    bool is_head_too_long = model->head.len + len > limits->head;
    if (model->head.has_request_line) {
        require(model, !is_head_too_long, 431);
    } else if (len > limits->request_line) {
        allow(model, 414);
    } else if (is_head_too_long) {
        allow(model, 414);
        allow(model, 431);
    }
}

/* What only the whole head can tell (RFC 9112 sections 3.2, 6.1 and 6.3). */
static void finish(struct head_model *model)
{
    struct krt_head *head = &model->head;
    require(model, head->has_host || head->is_http_1_0, 400);
    if (head->authority.len > 0 && head->has_host)
        require(model, is_same(head->authority, head->host), 400);
    if (model->n_codings > 0) {
        require(model, !head->has_content_length, 400);
        require(model, !head->is_http_1_0, 400);
        require(model, model->is_chunked_last, 400);
        require(model, !model->has_odd_chunked, 400);
        head->coding = KRT_CODING_CHUNKED;
    }
    if (model->n_codings > 1 && model->is_chunked_last)
        allow(model, 501);
    if (model->n_results == 0)
        allow(model, KRT_HEAD_COMPLETE);
}

static void judge_start(struct head_model *model, const struct krt_limits *limits,
                        struct krt_slice start)
{
    bool is_lost = model->head.has_request_line ? is_field_lost(start)
                                                : is_request_line_lost(start);
    check_len(model, limits, start.len + 1);
    if (model->n_results == 0)
        allow(model, KRT_HEAD_PARTIAL);
    if (is_lost)
        allow(model, 400);
}

void head_model_read(struct head_model *model, const struct krt_limits *limits,
                     const void *input, size_t len)
{
    struct krt_slice rest = {input, len};
    memset(model, 0, sizeof *model);
    while (model->n_results == 0) {
        size_t lf = find(rest, 0, '\n');
        struct krt_slice line = part(rest, 0, lf);
        bool is_empty = is_word(line, "\r");
        if (lf == rest.len) {
            judge_start(model, limits, line);
            return;
        }
        check_len(model, limits, lf + 1);
        if (is_empty && model->head.has_request_line && model->n_results == 0)
            finish(model);
        else if (model->head.has_request_line && !is_empty)
            read_field(model, limits, line);
        else if (!is_empty)
            read_request_line(model, line);
        model->head.len += lf + 1;
        rest = part(rest, lf + 1, rest.len);
    }
}
