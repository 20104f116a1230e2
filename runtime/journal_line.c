#include "journal_line.h"

#include "account.h"
#include "cut.h"
#include "problem.h"
#include "reply.h"
#include "request.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

static const char redaction[] = "[redacted]";

enum {
    ESCAPED_MAX = 6, /* bytes of JSON for one of a text */
    NAMES_LEN = 512, /* of the members' names and numbers, all together */
};

/* ---- Parts of the request ---- */

/* The lines with fields, as far as they were read and are well-formed. */
static struct krt_slice field_lines(const struct krt_answer *answer)
{
    const struct krt_head *head = answer->head;
    struct krt_slice none = {NULL, 0};
    if (!head->has_request_line)
        return none;
    const unsigned char *end = answer->received.at + head->len;
    const unsigned char *at = head->target.at + head->target.len;
    at = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return at ? (struct krt_slice){at + 1, (size_t)(end - at - 1)} : none;
}

/* `other` is in lower case. */
static bool is_called(struct krt_slice name, const char *other)
{
    if (name.len != strlen(other))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (krt_to_lower(name.at[i]) != (unsigned char)other[i])
            return false;
    return true;
}

static bool is_redacted(const struct krt_journal_limits *limits, struct krt_slice name)
{
    for (size_t i = 0; i < limits->n_redacted; i++)
        if (is_called(name, limits->redacted[i]))
            return true;
    return false;
}

/* Whether what came in place of a request line is a field whose value is not shown. */
static bool is_secret(const struct krt_journal_limits *limits, struct krt_slice line)
{
    const unsigned char *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
    return colon &&
           is_redacted(limits, (struct krt_slice){line.at, (size_t)(colon - line.at)});
}

/* What came in place of a request line, up to its end and a limit. */
static struct krt_slice refused_line(const struct krt_journal_facts *facts)
{
    struct krt_slice line = facts->answer->received;
    size_t max = facts->program->limits.request_line;
    if (facts->answer->head->has_request_line)
        line.len = 0;
    if (line.len > max)
        line.len = max;
    const unsigned char *lf = line.len > 0 ? memchr(line.at, '\n', line.len) : NULL;
    if (lf)
        line.len = (size_t)(lf - line.at);
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    if (is_secret(&facts->program->journal, line))
        line =
            (struct krt_slice){(const unsigned char *)redaction, sizeof redaction - 1};
    return line;
}

static const struct krt_route *route_at(const struct krt_journal_facts *facts,
                                        int number)
{
    return number == KRT_NO_ROUTE ? NULL : &facts->program->routes[number];
}

static const struct krt_route *route_of(const struct krt_journal_facts *facts)
{
    const struct krt_verdict *verdict = facts->answer->verdict;
    return verdict ? route_at(facts, verdict->route) : NULL;
}

static const struct krt_route *nearest_of(const struct krt_journal_facts *facts)
{
    return krt_is_missed(facts->answer)
               ? route_at(facts, facts->answer->verdict->near.route)
               : NULL;
}

/* ---- Fields ---- */

static void put_field(struct krt_buffer *line, const struct krt_journal_limits *limits,
                      struct krt_slice name, struct krt_slice value)
{
    krt_put_text(line, "[\"");
    for (size_t i = 0; i < name.len; i++)
        krt_put(line, &(char){(char)krt_to_lower(name.at[i])}, 1);
    krt_put_text(line, "\",");
    if (is_redacted(limits, name))
        krt_put_json(line, redaction, sizeof redaction - 1, SIZE_MAX);
    else
        krt_put_json(line, value.at, value.len, SIZE_MAX);
    krt_put_text(line, "]");
}

/* Each line is a name, a colon and a value: the head was read already. */
static void put_fields(struct krt_buffer *line, const struct krt_journal_facts *facts)
{
    struct krt_slice lines = field_lines(facts->answer);
    const unsigned char *at = lines.at;
    const unsigned char *end = lines.len > 0 ? at + lines.len : at;
    bool has_fields = at < end && *at != '\r';
    krt_put_text(line, has_fields ? ",\"fields\":" : "");
    const char *separator = "[";
    while (at < end && *at != '\r') {
        const unsigned char *lf = memchr(at, '\n', (size_t)(end - at));
        const unsigned char *colon = memchr(at, ':', (size_t)(lf - at));
        krt_put_text(line, separator);
        put_field(line, &facts->program->journal,
                  (struct krt_slice){at, (size_t)(colon - at)},
                  krt_trim(colon + 1, lf - 1));
        separator = ",";
        at = lf + 1;
    }
    krt_put_text(line, has_fields ? "]" : "");
}

/* ---- Bodies ---- */

/* Whether `len` bytes, which are no character, may be the start of one. */
static bool is_start(const unsigned char *at, size_t len)
{
    if (*at < 0xc2 || *at > 0xf4 || len > 3)
        return false;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* Whether the body is text. Of one that is cut the last character may be, too, and is
 * then left out of *len. */
static bool is_text(const struct krt_recording *recording, size_t *len)
{
    bool is_cut = recording->len < recording->received;
    size_t at = 0;
    while (at < recording->len) {
        const unsigned char *character = recording->data + at;
        size_t left = recording->len - at;
        size_t n = krt_character_len(character, left);
        if (n == 0 && !(is_cut && is_start(character, left)))
            return false;
        if (n == 0)
            break;
        at += n;
    }
    *len = at;
    return true;
}

/* RFC 4648 section 4. */
static void put_base64(struct krt_buffer *line, const unsigned char *data, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < len; at += 3) {
        unsigned bits = (unsigned)data[at] << 16;
        bits |= at + 1 < len ? (unsigned)data[at + 1] << 8 : 0;
        bits |= at + 2 < len ? data[at + 2] : 0;
        char digits[] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                         alphabet[bits >> 6 & 63], alphabet[bits & 63]};
        if (at + 1 >= len)
            digits[2] = '=';
        if (at + 2 >= len)
            digits[3] = '=';
        krt_put(line, digits, sizeof digits);
    }
}

static void put_body(struct krt_buffer *line, const struct krt_recording *recording)
{
    size_t len;
    if (recording->received == 0)
        return;
    if (is_text(recording, &len)) {
        krt_put_text(line, ",\"body\":");
        krt_put_json(line, recording->data, len, SIZE_MAX);
    } else {
        krt_put_text(line, ",\"base64\":\"");
        put_base64(line, recording->data, recording->len);
        krt_put_text(line, "\"");
    }
    krt_put_text(line, ",\"received\":");
    krt_put_number(line, recording->received, 1);
    if (recording->len < recording->received)
        krt_put_text(line, ",\"cut\":true");
}

/* ---- The line ---- */

/* Why the server has refused the request. */
static void put_refusal(struct krt_buffer *text, const struct krt_journal_facts *facts)
{
    const struct krt_answer *answer = facts->answer;
    if (krt_is_missed(answer))
        krt_put_reason(text, facts->program, answer->verdict);
    else if (answer->refusal.len > 0)
        krt_put(text, answer->refusal.data, answer->refusal.len);
    else
        krt_put_text(text, krt_reason(answer->status));
}

static void put_message(struct krt_account *account,
                        const struct krt_journal_facts *facts)
{
    char storage[KRT_REASON_MAX];
    struct krt_buffer reason = KRT_BUFFER(storage);
    const struct krt_route *nearest = nearest_of(facts);
    krt_put_text(&account->line, ",\"invalid\":true");
    put_refusal(&reason, facts);
    krt_account_text(account, KRT_PAIR("", ",\"message\":"), krt_end_text(&reason),
                     SIZE_MAX);
    if (!nearest)
        return;
    krt_account_text(account, KRT_PAIR("", ",\"nearest\":"), nearest->name, SIZE_MAX);
    krt_account_number(account, KRT_PAIR("", ",\"nearest_line\":"),
                       (uint64_t)nearest->line);
}

static void put_request(struct krt_account *account,
                        const struct krt_journal_facts *facts)
{
    struct krt_slice refused = refused_line(facts);
    if (facts->answer->method.len > 0)
        krt_account_request(account, facts->answer);
    if (refused.len > 0) {
        krt_put_text(&account->line, ",\"start\":");
        krt_put_json(&account->line, refused.at, refused.len, SIZE_MAX);
    }
    put_fields(&account->line, facts);
    put_body(&account->line, facts->recording);
}

void krt_put_journal_line(struct krt_buffer *line,
                          const struct krt_journal_facts *facts)
{
    const struct krt_answer *answer = facts->answer;
    const struct krt_route *route = route_of(facts);
    struct krt_account account = {.line = *line, .is_json = true, .is_whole = true};
    put_request(&account, facts);
    krt_account_number(&account, KRT_PAIR("", ",\"status\":"),
                       (uint64_t)answer->status);
    krt_account_number(&account, KRT_PAIR("", ",\"bytes\":"), answer->body_len);
    if (route)
        krt_account_route(&account, route, answer->verdict->values);
    krt_account_number(&account, KRT_PAIR("", ",\"us\":"), (uint64_t)facts->us);
    krt_account_peer(&account, facts->identity);
    if (answer->is_invalid)
        put_message(&account, facts);
    krt_put_text(&account.line, "}\n");
    line->len = account.line.len;
}

/* ---- Its room ---- */

static size_t values_max(const struct krt_journal_facts *facts,
                         const struct krt_route *route)
{
    size_t len = 0;
    for (size_t i = 0; i < route->n_parameters; i++) {
        const struct krt_parameter *parameter = &route->parameters[i];
        const char *other = parameter->default_value;
        len += strlen(parameter->name) + facts->answer->verdict->values[i].len;
        len += (other ? strlen(other) : 0) + sizeof ",\"\":\"\"";
    }
    return len;
}

/* A field has four bytes at least, its brackets, quotes and what is in place of its
 * value less than four times as many. */
static size_t head_max(const struct krt_journal_facts *facts)
{
    const struct krt_answer *answer = facts->answer;
    return answer->method.len + answer->target.len + refused_line(facts).len +
           field_lines(answer).len * 2;
}

size_t krt_journal_line_max(const struct krt_journal_facts *facts)
{
    const struct krt_route *route = route_of(facts);
    const struct krt_route *nearest = nearest_of(facts);
    size_t len = head_max(facts) + facts->recording->len + KRT_USER_MAX;
    if (route)
        len += strlen(route->name) + values_max(facts, route);
    if (nearest)
        len += strlen(nearest->name);
    if (facts->answer->is_invalid)
        len += KRT_REASON_MAX;
    return NAMES_LEN + KRT_ACCOUNT_TAIL + ESCAPED_MAX * len;
}

/* ---- The summary ---- */

void krt_put_summary(struct krt_buffer *summary, const struct krt_journal_facts *facts)
{
    enum { START_LEN = 240 };
    const struct krt_answer *answer = facts->answer;
    struct krt_account account = {.line = *summary};
    struct krt_slice refused = refused_line(facts);
    if (answer->method.len > 0)
        krt_account_request(&account, answer);
    else
        krt_put_encoded(&account.line, refused.at, refused.len, START_LEN);
    *summary = account.line;
    krt_put_text(summary, ": ");
    krt_put_number(summary, (uint64_t)answer->status, 1);
    if (answer->is_invalid) {
        krt_put_text(summary, ", ");
        put_refusal(summary, facts);
    }
}
