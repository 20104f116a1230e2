#include "content.h"

#include "date.h"

#include <string.h>

/* ---- The fields of a request ---- */

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t';
}

/* Skips white space and, where `commas` says so, what else separates elements of a list
 * (RFC 9110 section 5.6.1); false at the end. */
static bool skip(struct krt_slice *text, bool commas)
{
    while (text->len > 0 && (is_space(*text->at) || (commas && *text->at == ','))) {
        text->at++;
        text->len--;
    }
    return text->len > 0;
}

static void drop(struct krt_slice *text, size_t len)
{
    text->at += len;
    text->len -= len;
}

/* The value of a field that has one; a second one makes both worthless. */
static bool find_only(const struct krt_head *head, enum krt_field field,
                      struct krt_slice *value)
{
    *value = head->values[field];
    return krt_head_has(head, field) && !(head->repeated >> field & 1u);
}

/* ---- Accept-Encoding ---- */

enum { UNSAID = -1, MALFORMED = -2, QUALITY_MAX = 1000 };

/* How much the client likes each coding, in thousandths. */
struct taste {
    int gzip;
    int identity;
    int any;
};

static bool is_word(struct krt_slice text, const char *word)
{
    size_t len = strlen(word);
    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((text.at[i] | 0x20) != (word[i] | 0x20))
            return false;
    return true;
}

/* A qvalue (section 12.4.2), MALFORMED if it is none. */
static int read_quality(struct krt_slice text)
{
    int quality = 0;
    int unit = QUALITY_MAX;
    for (size_t i = 0; i < text.len; i++) {
        bool is_point = i == 1 && text.at[i] == '.';
        if (is_point)
            continue;
        if (i > 4 || i == 1 || text.at[i] < '0' || text.at[i] > '9')
            return MALFORMED;
        quality += (text.at[i] - '0') * unit;
        unit /= 10;
    }
    return text.len > 0 && quality <= QUALITY_MAX ? quality : MALFORMED;
}

/* The weight behind a coding's name, QUALITY_MAX where there is none. */
static int read_weight(struct krt_slice text)
{
    if (!skip(&text, false))
        return QUALITY_MAX;
    if (*text.at != ';')
        return MALFORMED;
    drop(&text, 1);
    if (!skip(&text, false) || text.len < 2 || (*text.at | 0x20) != 'q' ||
        text.at[1] != '=')
        return MALFORMED;
    drop(&text, 2);
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    return read_quality(text);
}

static size_t span_until(struct krt_slice text, const char *ends)
{
    size_t len = 0;
    while (len < text.len && (text.at[len] == '\0' || !strchr(ends, text.at[len])))
        len++;
    return len;
}

/* An element that is malformed says nothing. */
static void take_coding(struct krt_slice element, struct taste *taste)
{
    struct krt_slice name = {element.at, span_until(element, "; \t")};
    drop(&element, name.len);
    int weight = read_weight(element);
    if (weight == MALFORMED)
        return;
    if (is_word(name, "gzip") || is_word(name, "x-gzip"))
        taste->gzip = weight;
    else if (is_word(name, "identity"))
        taste->identity = weight;
    else if (name.len == 1 && *name.at == '*')
        taste->any = weight;
}

/* Where neither form is acceptable the plain one is sent: better than a 406. */
static bool prefers_gzip(const struct krt_head *head)
{
    struct taste taste = {UNSAID, UNSAID, UNSAID};
    struct krt_slice value = {NULL, 0};
    while (krt_head_next(head, KRT_FIELD_ACCEPT_ENCODING, &value)) {
        struct krt_slice rest = value;
        while (skip(&rest, true)) {
            struct krt_slice element = {rest.at, span_until(rest, ",")};
            take_coding(element, &taste);
            drop(&rest, element.len);
        }
    }
    if (taste.gzip == UNSAID)
        taste.gzip = taste.any;
    if (taste.identity == UNSAID)
        taste.identity = taste.any;
    return taste.gzip > 0 && taste.gzip >= taste.identity;
}

/* ---- Conditions ---- */

static bool is_weak(struct krt_slice tag)
{
    return tag.len >= 2 && tag.at[0] == 'W' && tag.at[1] == '/';
}

/* The length of the entity tag at the front of `text`, 0 if there is none. */
static size_t tag_len(struct krt_slice text)
{
    size_t start = is_weak(text) ? 2 : 0;
    if (start >= text.len || text.at[start] != '"')
        return 0;
    const unsigned char *end = memchr(text.at + start + 1, '"', text.len - start - 1);
    return end ? (size_t)(end + 1 - text.at) : 0;
}

/* Section 8.8.3.2. */
static bool is_same_tag(struct krt_slice a, struct krt_slice b, bool is_strong)
{
    if (is_strong && (is_weak(a) || is_weak(b)))
        return false;
    drop(&a, is_weak(a) ? 2 : 0);
    drop(&b, is_weak(b) ? 2 : 0);
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* What the conditions of a request are about. */
struct subject {
    const struct krt_response *response;
    const struct krt_head *head;
    struct krt_slice etag;
    int64_t now;
};

/* What is behind a malformed element cannot be told from it. */
static bool lists_etag(const struct subject *subject, enum krt_field field,
                       bool is_strong)
{
    struct krt_slice value = {NULL, 0};
    while (krt_head_next(subject->head, field, &value)) {
        struct krt_slice rest = value;
        while (skip(&rest, true)) {
            struct krt_slice tag = {rest.at, tag_len(rest)};
            if (*rest.at == '*' ||
                (tag.len > 0 && is_same_tag(tag, subject->etag, is_strong)))
                return true;
            if (tag.len == 0)
                break;
            drop(&rest, tag.len);
        }
    }
    return false;
}

/* Whether the field's date can be compared with the response's. */
static bool find_date(const struct subject *subject, enum krt_field field,
                      int64_t *unix_seconds)
{
    struct krt_slice value;
    return subject->response->has_last_modified &&
           find_only(subject->head, field, &value) &&
           krt_date_read(value.at, value.len, subject->now, unix_seconds);
}

/* Section 13.1.5; a field that cannot be relied on asks for the whole. */
static bool if_range_holds(const struct subject *subject)
{
    struct krt_slice value;
    int64_t date;
    if (!krt_head_has(subject->head, KRT_FIELD_IF_RANGE))
        return true;
    if (find_date(subject, KRT_FIELD_IF_RANGE, &date))
        return date == subject->response->last_modified;
    return find_only(subject->head, KRT_FIELD_IF_RANGE, &value) &&
           is_same_tag(value, subject->etag, true);
}

/* The status by section 13.2.2, 200 where every condition holds. */
static int judge(const struct subject *subject, bool is_get_or_head)
{
    int64_t last_modified = subject->response->last_modified;
    int64_t date;
    if (krt_head_has(subject->head, KRT_FIELD_IF_MATCH)) {
        if (!lists_etag(subject, KRT_FIELD_IF_MATCH, true))
            return 412;
    } else if (find_date(subject, KRT_FIELD_IF_UNMODIFIED_SINCE, &date)) {
        if (last_modified > date)
            return 412;
    }
    if (krt_head_has(subject->head, KRT_FIELD_IF_NONE_MATCH)) {
        if (lists_etag(subject, KRT_FIELD_IF_NONE_MATCH, false))
            return is_get_or_head ? 304 : 412;
    } else if (is_get_or_head &&
               find_date(subject, KRT_FIELD_IF_MODIFIED_SINCE, &date)) {
        if (last_modified <= date)
            return 304;
    }
    return 200;
}

static struct krt_range whole(const struct krt_representation *form)
{
    return (struct krt_range){0, form->body.len};
}

/* Section 13.2.1. */
static bool ignores_conditions(const struct krt_head *head)
{
    return krt_head_has_method(head, "OPTIONS") || krt_head_has_method(head, "TRACE") ||
           krt_head_has_method(head, "CONNECT");
}

static void apply_range(struct krt_content *content, const struct subject *subject)
{
    struct krt_slice value;
    if (!content->response->boundary ||
        !find_only(subject->head, KRT_FIELD_RANGE, &value) || !if_range_holds(subject))
        return;
    int n = krt_ranges_read(value, content->form->body.len, content->ranges);
    if (n == KRT_RANGES_IGNORED) {
        content->ranges[0] = whole(content->form);
        return;
    }
    content->n_ranges = n;
    content->status = n == KRT_RANGES_UNSATISFIABLE ? 416 : 206;
}

static void apply_conditions(struct krt_content *content, const struct krt_head *head,
                             int64_t now)
{
    const char *etag = content->form->etag;
    struct subject subject = {
        .response = content->response,
        .head = head,
        .etag = {(const unsigned char *)etag, strlen(etag)},
        .now = now,
    };
    bool is_get = krt_head_has_method(head, "GET");
    int status = judge(&subject, is_get || krt_head_has_method(head, "HEAD"));
    if (status != 200) {
        content->status = status;
        content->n_ranges = 0;
    } else if (is_get) {
        apply_range(content, &subject);
    }
}

static bool has_conditions(const struct krt_head *head)
{
    const unsigned conditions =
        1u << KRT_FIELD_IF_MATCH | 1u << KRT_FIELD_IF_NONE_MATCH |
        1u << KRT_FIELD_IF_MODIFIED_SINCE | 1u << KRT_FIELD_IF_UNMODIFIED_SINCE |
        1u << KRT_FIELD_RANGE;
    return (head->kept & conditions) != 0;
}

void krt_content_choose(struct krt_content *content,
                        const struct krt_response *response,
                        const struct krt_head *head, int64_t now)
{
    bool is_gzip = response->gzip && krt_head_has(head, KRT_FIELD_ACCEPT_ENCODING) &&
                   prefers_gzip(head);
    content->response = response;
    content->form = is_gzip ? response->gzip : &response->plain;
    content->status = response->status;
    content->n_ranges = content->form->body.len > 0;
    content->n_given = 0;
    content->ranges[0] = whole(content->form);
    if (content->form->etag && has_conditions(head) && !ignores_conditions(head))
        apply_conditions(content, head, now);
    if (krt_head_has_method(head, "HEAD"))
        content->n_ranges = 0;
}

/* ---- The body ---- */

void krt_content_put_range(struct krt_buffer *output, const struct krt_content *content,
                           int i)
{
    const struct krt_range *range = &content->ranges[i];
    krt_put_text(output, "Content-Range: bytes ");
    krt_put_number(output, (unsigned long)range->at, 1);
    krt_put_text(output, "-");
    krt_put_number(output, (unsigned long)(range->at + range->len - 1), 1);
    krt_put_text(output, "/");
    krt_put_number(output, (unsigned long)content->form->body.len, 1);
    krt_put_text(output, "\r\n");
}

/* The longest delimiter with its Content-Range. */
enum { DELIMITER_MAX = KRT_BOUNDARY_MAX + 128 };

/* What comes in front of the type of range number `i`, or behind the last range. */
static void put_delimiter(struct krt_buffer *output, const struct krt_content *content,
                          int i)
{
    krt_put_text(output, "\r\n--");
    krt_put_text(output, content->response->boundary);
    if (i == content->n_ranges) {
        krt_put_text(output, "--\r\n");
        return;
    }
    krt_put_text(output, "\r\n");
    krt_content_put_range(output, content, i);
}

static size_t delimiter_len(const struct krt_content *content, int i)
{
    char storage[DELIMITER_MAX];
    struct krt_buffer delimiter = KRT_BUFFER(storage);
    put_delimiter(&delimiter, content, i);
    return delimiter.len;
}

size_t krt_content_len(const struct krt_content *content)
{
    int n = content->n_ranges;
    if (n <= 1)
        return n == 1 ? content->ranges[0].len : 0;
    size_t type_len = content->form->head.len - content->form->type_at;
    size_t len = delimiter_len(content, n);
    for (int i = 0; i < n; i++)
        len += delimiter_len(content, i) + type_len + 2 + content->ranges[i].len;
    return len;
}

struct krt_bytes krt_content_next(struct krt_content *content,
                                  struct krt_buffer *output)
{
    const struct krt_representation *form = content->form;
    int i = content->n_given++;
    if (content->n_ranges > 1) {
        put_delimiter(output, content, i);
        if (i == content->n_ranges)
            return (struct krt_bytes){NULL, 0};
        krt_put(output, (const char *)form->head.data + form->type_at,
                form->head.len - form->type_at);
        krt_put_text(output, "\r\n");
    }
    const struct krt_range *range = &content->ranges[i];
    return (struct krt_bytes){(const char *)form->body.data + range->at, range->len};
}
