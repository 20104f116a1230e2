#include "log_answer.h"

#include "cut.h"
#include "problem.h"

#include <string.h>

/* The most bytes of a text in a line, as it is there; all but the values of parameters
 * has room in KRT_LOG_LINE_MAX. */
enum {
    METHOD_LEN = 40,
    TARGET_LEN = 240,
    ROUTE_LEN = 240,
    VALUE_LEN = 96,
    USER_LEN = 192,
    REASON_LEN = 1100,
};

/* The most that follows the values: the time and the peer. */
enum { TAIL_LEN = USER_LEN + 100 };

/* A line as it is put together. */
struct entry {
    struct krt_buffer line;
    bool is_json;
};

/* Both lines are put together by one code, from pairs of what is in text and what is in
 * JSON. */
#define PAIR(in_text, in_json) in_text "\0" in_json

static void put_word(struct entry *entry, const char *pair)
{
    krt_put_text(&entry->line, entry->is_json ? pair + strlen(pair) + 1 : pair);
}

/* A number and what is before it. */
static void put_number(struct entry *entry, const char *before, uint64_t number)
{
    put_word(entry, before);
    krt_put_number(&entry->line, number, 1);
}

/* How a text is put if not as JSON: krt_put_cut() or krt_put_encoded(). */
typedef void (*put_fn)(struct krt_buffer *buffer, const void *text, size_t len,
                       size_t max);

/* A text and what is before it. */
static void put_slice(struct entry *entry, const char *before, struct krt_slice text,
                      size_t max, put_fn put)
{
    put_word(entry, before);
    if (entry->is_json)
        put = krt_put_json;
    put(&entry->line, text.at, text.len, max);
}

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

/* The request and where its line goes on. */
static void put_request(struct entry *entry, const struct krt_answer *answer)
{
    struct krt_slice path = answer->target;
    struct krt_slice query = {0};
    const unsigned char *mark = path.len > 0 ? memchr(path.at, '?', path.len) : NULL;
    if (mark) {
        path.len = (size_t)(mark - path.at);
        query = (struct krt_slice){mark + 1, answer->target.len - path.len - 1};
    }
    put_slice(entry, PAIR(" ", ",\"method\":"), answer->method, METHOD_LEN,
              krt_put_cut);
    put_slice(entry, PAIR(" ", ",\"path\":"), path, TARGET_LEN, krt_put_cut);
    if (mark)
        put_slice(entry, PAIR("?", ",\"query\":"), query, TARGET_LEN, krt_put_cut);
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
static bool put_value(struct entry *entry, const char *before, const char *name,
                      struct krt_slice value)
{
    size_t len = entry->line.len;
    put_slice(entry, before, slice_of(name), SIZE_MAX, krt_put_cut);
    put_slice(entry, PAIR("=", ":"), value, VALUE_LEN, krt_put_encoded);
    if (entry->line.len < entry->line.cap)
        return true;
    entry->line.len = len;
    return false;
}

static void put_values(struct entry *entry, const struct krt_route *route,
                       const struct krt_slice *values)
{
    const char *before = PAIR(" ", ",\"values\":{");
    const char *after = PAIR("", "");
    for (size_t i = 0; i < route->n_parameters; i++) {
        struct krt_slice value = value_of(&route->parameters[i], values[i]);
        if (value.at && !put_value(entry, before, route->parameters[i].name, value))
            break;
        if (value.at) {
            before = PAIR(" ", ",");
            after = PAIR("", "}");
        }
    }
    entry->line.cap += TAIL_LEN;
    put_word(entry, after);
    entry->line.cap -= TAIL_LEN;
}

static void put_route(struct entry *entry, const struct krt_route *route,
                      const struct krt_slice *values)
{
    put_slice(entry, PAIR(" -> ", ",\"route\":"), slice_of(route->name), ROUTE_LEN,
              krt_put_cut);
    if (entry->is_json)
        put_number(entry, PAIR("", ",\"line\":"), (uint64_t)route->line);
    put_values(entry, route, values);
}

static void put_peer(struct entry *entry, const struct krt_identity *identity)
{
    if (identity->pid != 0)
        put_number(entry, PAIR(", pid ", ",\"pid\":"), identity->pid);
    if (identity->user[0])
        put_slice(entry, PAIR(", user ", ",\"user\":"), slice_of(identity->user),
                  USER_LEN, krt_put_encoded);
}

static struct entry begin(const struct krt_log *log, enum krt_log_level level,
                          char storage[KRT_LOG_LINE_MAX],
                          const struct krt_answer *answer)
{
    struct entry entry = {{storage, 0, KRT_LOG_LINE_MAX}, log->format == KRT_LOG_JSON};
    krt_log_begin(log, &entry.line, level);
    put_number(&entry, PAIR("", ",\"status\":"), (uint64_t)answer->status);
    return entry;
}

static void log_access(struct krt_log *log, const struct krt_program *program,
                       const struct krt_answer *answer,
                       const struct krt_identity *identity, int64_t us)
{
    char storage[KRT_LOG_LINE_MAX];
    struct entry entry = begin(log, KRT_LOG_DEBUG, storage, answer);
    const struct krt_verdict *verdict = answer->verdict;
    put_number(&entry, PAIR(" ", ",\"bytes\":"), answer->body_len);
    put_request(&entry, answer);
    entry.line.cap -= TAIL_LEN;
    if (verdict && verdict->route != KRT_NO_ROUTE)
        put_route(&entry, &program->routes[verdict->route], verdict->values);
    entry.line.cap += TAIL_LEN;
    put_number(&entry, PAIR(" in ", ",\"us\":"), (uint64_t)us);
    put_word(&entry, PAIR(" us", ""));
    put_peer(&entry, identity);
    krt_log_end(log, &entry.line);
}

static void log_miss(struct krt_log *log, const struct krt_program *program,
                     const struct krt_answer *answer)
{
    char storage[KRT_LOG_LINE_MAX];
    char reason_storage[KRT_REASON_MAX];
    struct krt_buffer reason = KRT_BUFFER(reason_storage);
    struct entry entry = begin(log, KRT_LOG_INFO, storage, answer);
    put_request(&entry, answer);
    krt_put_reason(&reason, program, answer->verdict);
    put_slice(&entry, PAIR(": ", ",\"message\":"), slice_of(krt_end_text(&reason)),
              REASON_LEN, krt_put_cut);
    krt_log_end(log, &entry.line);
}

static bool is_missed(const struct krt_answer *answer)
{
    const struct krt_verdict *verdict = answer->verdict;
    return verdict && verdict->route == KRT_NO_ROUTE &&
           (verdict->status == 404 || verdict->status == 405);
}

void krt_log_answer(struct krt_log *log, const struct krt_program *program,
                    const struct krt_answer *answer,
                    const struct krt_identity *identity, int64_t us)
{
    if (log->level >= KRT_LOG_DEBUG)
        log_access(log, program, answer, identity, us);
    if (log->level >= KRT_LOG_INFO && is_missed(answer))
        log_miss(log, program, answer);
}
