#include "query.h"

#include "cut.h"
#include "problem.h"
#include "request.h"

#include <string.h>

/* The most bytes of texts in a problem: of JSON strings, escapes included, and of what
 * is quoted in them; in all fewer than the room for one error. */
enum {
    NAME_JSON_LEN = 80,
    DETAIL_JSON_LEN = 400,
    DETAIL_LEN = 300,
    VALUE_LEN = 96,
    CONSTRAINTS_LEN = 160,
    ERROR_ROOM = 560,
    PROBLEM_ROOM = 256, /* without the errors */
    REFUSAL_ROOM = 300,
};

enum state {
    STATE_ABSENT,
    STATE_FINE,
    STATE_REPEATED,
    STATE_MALFORMED,
    STATE_REFUSED,
};

/* The query while it is read. */
struct reading {
    struct krt_exchange *exchange;
    const struct krt_query *query;
    struct krt_slice *values;
    enum state states[KRT_PARAMETERS_MAX];
    bool is_out_of_memory;
};

static const struct krt_parameter *parameter_of(const struct reading *r, size_t i)
{
    return &r->query->parameters[i].parameter;
}

/* The parameter called `name`, or the number of all. */
static size_t find_parameter(const struct krt_query *query, struct krt_slice name)
{
    size_t i = 0;
    while (i < query->n_parameters &&
           !krt_query_is(name, query->parameters[i].parameter.name))
        i++;
    return i;
}

/* A value that is malformed stays as it was written. */
static void read_value(struct reading *r, size_t i, struct krt_slice text)
{
    bool (*accepts)(const unsigned char *) = parameter_of(r, i)->accepts;
    unsigned char *value = krt_arena_take(r->exchange->arena, text.len + 1);
    size_t len = 0;
    r->values[i] = text;
    if (!value) {
        r->is_out_of_memory = true;
        return;
    }
    r->states[i] = STATE_MALFORMED;
    if (!krt_query_decode(text, value, &len))
        return;
    r->values[i] = (struct krt_slice){value, len};
    r->states[i] = !accepts || accepts(value) ? STATE_FINE : STATE_REFUSED;
}

static void read_pairs(struct reading *r)
{
    struct krt_slice rest = krt_query_of(r->exchange->head);
    struct krt_query_pair pair;
    while (krt_query_next(&rest, &pair)) {
        size_t i = find_parameter(r->query, pair.name);
        if (i == r->query->n_parameters)
            continue;
        if (r->states[i] == STATE_ABSENT)
            read_value(r, i, pair.value);
        else if (r->states[i] == STATE_FINE)
            r->states[i] = STATE_REPEATED;
    }
}

static void set_default(struct reading *r, size_t i)
{
    const char *text = parameter_of(r, i)->default_value;
    if (text)
        r->values[i] = (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

static bool is_violated(const struct reading *r, size_t i)
{
    if (r->states[i] == STATE_ABSENT)
        return r->query->parameters[i].is_required;
    return r->states[i] != STATE_FINE;
}

/* Puts defaults where values are absent. Returns the number of violations. */
static size_t finish(struct reading *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->query->n_parameters; i++) {
        if (r->states[i] == STATE_ABSENT)
            set_default(r, i);
        n += is_violated(r, i);
    }
    return n;
}

/* ---- Violations ---- */

static void put_value(struct krt_buffer *detail, struct krt_slice value)
{
    krt_put_text(detail, "'");
    krt_put_cut(detail, value.at, value.len, VALUE_LEN);
    krt_put_text(detail, "' ");
}

/* What is wrong with a parameter, whose name or value is before it. */
static void put_fault(struct krt_buffer *text, const struct reading *r, size_t i)
{
    const char *constraints = parameter_of(r, i)->constraints;
    switch (r->states[i]) {
    case STATE_REPEATED:
        krt_put_text(text, "is given more than once");
        return;
    case STATE_MALFORMED:
        krt_put_text(text, "is not percent-encoded UTF-8");
        return;
    case STATE_REFUSED:
        krt_put_text(text, "does not satisfy ");
        krt_put_cut(text, constraints, strlen(constraints), CONSTRAINTS_LEN);
        return;
    default:
        krt_put_text(text, "is missing");
        return;
    }
}

static void put_detail(struct krt_buffer *detail, const struct reading *r, size_t i)
{
    if (r->states[i] == STATE_MALFORMED || r->states[i] == STATE_REFUSED)
        put_value(detail, r->values[i]);
    put_fault(detail, r, i);
}

static void put_error(struct krt_buffer *body, const struct reading *r, size_t i)
{
    const char *name = parameter_of(r, i)->name;
    char storage[DETAIL_LEN];
    struct krt_buffer detail = KRT_BUFFER(storage);
    put_detail(&detail, r, i);
    krt_put_text(body, "{\"in\":\"query\",\"name\":");
    krt_put_json(body, name, strlen(name), NAME_JSON_LEN);
    krt_put_text(body, ",\"detail\":");
    krt_put_json(body, detail.data, detail.len, DETAIL_JSON_LEN);
    krt_put_text(body, "}");
}

static void put_problem(struct krt_buffer *body, const struct reading *r, size_t n)
{
    krt_put_problem_start(body, 400);
    krt_put_text(body, ",\"detail\":\"");
    krt_put_number(body, n, 1);
    krt_put_text(body, n == 1 ? " parameter of the query is not as it must be"
                              : " parameters of the query are not as they must be");
    krt_put_text(body, "\",\"errors\":[");
    for (size_t i = 0, n_put = 0; i < r->query->n_parameters; i++) {
        if (!is_violated(r, i))
            continue;
        krt_put_text(body, n_put++ > 0 ? "," : "");
        put_error(body, r, i);
    }
    krt_put_text(body, "]}");
}

/* Says what is wrong with the first parameter that is, without words of the client. */
static struct krt_bytes describe(const struct reading *r)
{
    struct krt_buffer text = {.cap = REFUSAL_ROOM};
    size_t i = 0;
    while (!is_violated(r, i))
        i++;
    text.data = krt_arena_take(r->exchange->arena, text.cap);
    if (!text.data)
        return (struct krt_bytes){0};
    const char *name = parameter_of(r, i)->name;
    krt_put_text(&text, "the query's ");
    krt_put_cut(&text, name, strlen(name), NAME_JSON_LEN);
    krt_put_text(&text, " ");
    put_fault(&text, r, i);
    return (struct krt_bytes){text.data, text.len};
}

/* Makes the response to `n` violations. */
static void refuse(const struct reading *r, size_t n)
{
    static const char fields[] = "Content-Type: application/problem+json\r\n";
    struct krt_buffer body = {.cap = PROBLEM_ROOM + n * ERROR_ROOM};
    r->exchange->made = (struct krt_made){.status = 500};
    body.data = krt_arena_take(r->exchange->arena, body.cap);
    if (!body.data)
        return;
    put_problem(&body, r, n);
    r->exchange->refusal = describe(r);
    r->exchange->made = (struct krt_made){
        .status = 400,
        .fields = {fields, sizeof fields - 1},
        .body = {body.data, body.len},
    };
}

/* False when memory runs out. */
static bool read_query(struct reading *r)
{
    size_t size = r->query->n_parameters * sizeof *r->values;
    r->values = krt_arena_take(r->exchange->arena, size);
    if (!r->values)
        return false;
    memset(r->values, 0, size);
    read_pairs(r);
    return !r->is_out_of_memory;
}

bool krt_query_read(struct krt_exchange *exchange, const struct krt_query *query)
{
    struct reading r = {.exchange = exchange, .query = query};
    if (!read_query(&r)) {
        exchange->made = (struct krt_made){.status = 500};
        return false;
    }
    exchange->query_values = r.values;
    size_t n = finish(&r);
    if (n > 0)
        refuse(&r, n);
    return n == 0;
}
