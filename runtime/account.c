#include "account.h"

#include "cut.h"

#include <string.h>

/* The most bytes of a text, as it is there, unless it is told whole. */
enum {
    METHOD_LEN = 40,
    TARGET_LEN = 240,
    ROUTE_LEN = 240,
    VALUE_LEN = 96,
};

void krt_account_word(struct krt_account *account, const char *pair)
{
    krt_put_text(&account->line, account->is_json ? pair + strlen(pair) + 1 : pair);
}

void krt_account_number(struct krt_account *account, const char *before,
                        uint64_t number)
{
    krt_account_word(account, before);
    krt_put_number(&account->line, number, 1);
}

/* How a text is put if not as JSON: krt_put_cut() or krt_put_encoded(). */
typedef void (*put_fn)(struct krt_buffer *buffer, const void *text, size_t len,
                       size_t max);

/* A text and what is before it. */
static void put_slice(struct krt_account *account, const char *before,
                      struct krt_slice text, size_t max, put_fn put)
{
    krt_account_word(account, before);
    if (account->is_json)
        put = krt_put_json;
    put(&account->line, text.at, text.len, account->is_whole ? SIZE_MAX : max);
}

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

void krt_account_text(struct krt_account *account, const char *before, const char *text,
                      size_t max)
{
    put_slice(account, before, slice_of(text), max, krt_put_cut);
}

void krt_account_request(struct krt_account *account, const struct krt_answer *answer)
{
    struct krt_slice path = answer->target;
    struct krt_slice query = {0};
    const unsigned char *mark = path.len > 0 ? memchr(path.at, '?', path.len) : NULL;
    if (mark) {
        path.len = (size_t)(mark - path.at);
        query = (struct krt_slice){mark + 1, answer->target.len - path.len - 1};
    }
    put_slice(account, KRT_PAIR("", ",\"method\":"), answer->method, METHOD_LEN,
              krt_put_cut);
    put_slice(account, KRT_PAIR(" ", ",\"path\":"), path, TARGET_LEN, krt_put_cut);
    if (mark)
        put_slice(account, KRT_PAIR("?", ",\"query\":"), query, TARGET_LEN,
                  krt_put_cut);
}

/* What a handler would be given: nothing when the value is absent and has no default.
 */
static struct krt_slice value_of(const struct krt_parameter *parameter,
                                 struct krt_slice value)
{
    return value.at || !parameter->default_value ? value
                                                 : slice_of(parameter->default_value);
}

/* False, and nothing is put, when the line would be full. */
static bool put_value(struct krt_account *account, const char *before, const char *name,
                      struct krt_slice value)
{
    size_t len = account->line.len;
    krt_account_text(account, before, name, SIZE_MAX);
    put_slice(account, KRT_PAIR("=", ":"), value, VALUE_LEN, krt_put_encoded);
    if (account->line.len < account->line.cap)
        return true;
    account->line.len = len;
    return false;
}

static void put_values(struct krt_account *account, const struct krt_route *route,
                       const struct krt_slice *values)
{
    const char *before = KRT_PAIR(" ", ",\"values\":{");
    const char *after = KRT_PAIR("", "");
    for (size_t i = 0; i < route->n_parameters; i++) {
        struct krt_slice value = value_of(&route->parameters[i], values[i]);
        if (value.at && !put_value(account, before, route->parameters[i].name, value))
            break;
        if (value.at) {
            before = KRT_PAIR(" ", ",");
            after = KRT_PAIR("", "}");
        }
    }
    account->line.cap += KRT_ACCOUNT_TAIL;
    krt_account_word(account, after);
    account->line.cap -= KRT_ACCOUNT_TAIL;
}

void krt_account_route(struct krt_account *account, const struct krt_route *route,
                       const struct krt_slice *values)
{
    account->line.cap -= KRT_ACCOUNT_TAIL;
    krt_account_text(account, KRT_PAIR(" -> ", ",\"route\":"), route->name, ROUTE_LEN);
    if (account->is_json)
        krt_account_number(account, KRT_PAIR("", ",\"line\":"), (uint64_t)route->line);
    put_values(account, route, values);
    account->line.cap += KRT_ACCOUNT_TAIL;
}

void krt_account_peer(struct krt_account *account, const struct krt_identity *identity)
{
    if (identity->pid != 0)
        krt_account_number(account, KRT_PAIR(", pid ", ",\"pid\":"), identity->pid);
    if (identity->user[0])
        put_slice(account, KRT_PAIR(", user ", ",\"user\":"), slice_of(identity->user),
                  KRT_USER_MAX, krt_put_encoded);
}

bool krt_is_missed(const struct krt_answer *answer)
{
    const struct krt_verdict *verdict = answer->verdict;
    return verdict && verdict->route == KRT_NO_ROUTE &&
           (verdict->status == 404 || verdict->status == 405);
}
