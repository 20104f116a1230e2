/* Two passes over the operations: the first counts, the second writes, so that a
 * response is one piece of memory of just its size. */
#include "render.h"

#include "date.h"
#include "request.h"

#include <stdatomic.h>
#include <string.h>

/* ---- Values ---- */

static const struct krt_slice absent = {NULL, 0};

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

struct krt_slice krt_get_text(struct krt_render *render,
                              const struct krt_source *source)
{
    (void)render;
    return slice_of(source->text);
}

struct krt_slice krt_get_path_value(struct krt_render *render,
                                    const struct krt_source *source)
{
    struct krt_slice value = render->exchange->values[source->index];
    return !value.at && source->text ? slice_of(source->text) : value;
}

struct krt_slice krt_get_query_value(struct krt_render *render,
                                     const struct krt_source *source)
{
    return render->exchange->query_values[source->index];
}

static char *take(struct krt_render *render, size_t size)
{
    char *room = krt_arena_take(render->exchange->arena, size);
    render->has_failed = render->has_failed || !room;
    return room;
}

static struct krt_slice decode(struct krt_render *render, struct krt_slice text)
{
    size_t len;
    unsigned char *room = (unsigned char *)take(render, text.len + 1);
    if (!room || !krt_query_decode(text, room, &len))
        return absent;
    return (struct krt_slice){room, len};
}

struct krt_slice krt_get_query(struct krt_render *render,
                               const struct krt_source *source)
{
    struct krt_slice rest = krt_query_of(render->exchange->head);
    struct krt_query_pair pair;
    while (krt_query_next(&rest, &pair))
        if (krt_query_is(pair.name, source->text))
            return decode(render, pair.value);
    return absent;
}

struct krt_slice krt_get_header(struct krt_render *render,
                                const struct krt_source *source)
{
    struct krt_slice value = absent;
    krt_head_find(render->exchange->head, source->text, &value);
    return value;
}

struct krt_slice krt_get_cookie(struct krt_render *render,
                                const struct krt_source *source)
{
    struct krt_slice value = absent;
    krt_cookie_find(render->exchange->head, source->text, &value);
    return value;
}

struct krt_slice krt_get_body(struct krt_render *render,
                              const struct krt_source *source)
{
    (void)source;
    struct krt_slice body = render->exchange->body;
    return body.len > 0 ? body : absent;
}

struct krt_slice krt_get_method(struct krt_render *render,
                                const struct krt_source *source)
{
    (void)source;
    return render->exchange->head->method;
}

struct krt_slice krt_get_path(struct krt_render *render,
                              const struct krt_source *source)
{
    (void)source;
    return render->exchange->path;
}

/* What was put to `buffer`, over memory from take(), which may have been NULL. */
static struct krt_slice result_of(const struct krt_buffer *buffer)
{
    return (struct krt_slice){(const unsigned char *)buffer->data, buffer->len};
}

struct krt_slice krt_render_number(struct krt_render *render, uint64_t number)
{
    struct krt_buffer out = {take(render, 24), 0, 24};
    if (out.data)
        krt_put_number(&out, number, 1);
    return result_of(&out);
}

struct krt_slice krt_get_now(struct krt_render *render, const struct krt_source *source)
{
    enum { TO_SECONDS = sizeof "2024-12-31T23:59:59" - 1 };
    (void)source;
    struct krt_buffer out = {take(render, 32), 0, 32};
    if (!out.data)
        return absent;
    krt_put_timestamp(&out, render->exchange->unix_seconds * 1000);
    out.data[TO_SECONDS] = 'Z';
    out.len = TO_SECONDS + 1;
    return result_of(&out);
}

struct krt_slice krt_get_seq(struct krt_render *render, const struct krt_source *source)
{
    static atomic_uint_fast64_t count;
    (void)source;
    return krt_render_number(render, atomic_fetch_add(&count, 1) + 1);
}

struct krt_slice krt_get_either(struct krt_render *render,
                                const struct krt_source *source)
{
    struct krt_slice first = render->values[source->first];
    return first.at ? first : render->values[source->second];
}

struct krt_slice krt_get_filtered(struct krt_render *render,
                                  const struct krt_source *source)
{
    struct krt_slice value = render->values[source->first];
    size_t len = source->escape(value, NULL);
    bool is_absent = !value.at && len == 0;
    char *room = is_absent ? NULL : take(render, len);
    if (!room)
        return absent;
    return (struct krt_slice){(const unsigned char *)room, source->escape(value, room)};
}

/* ---- Responses ---- */

/* Asks every source, in order: later ones are made of earlier ones. */
static bool find_values(struct krt_render *render, const struct krt_template *template)
{
    size_t n = template->n_sources;
    render->values =
        krt_arena_take(render->exchange->arena, n * sizeof *render->values);
    if (!render->values)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct krt_source *source = &template->sources[i];
        render->values[i] = source->get(render, source);
    }
    return !render->has_failed;
}

/* The bytes that the operations put together, at most a little more than
 * KRT_RENDER_MAX. */
static size_t measure(const struct krt_render *render, const struct krt_op *ops,
                      size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n && len <= KRT_RENDER_MAX; i++) {
        len += ops[i].literal.len;
        if (ops[i].escape)
            len += ops[i].escape(render->values[ops[i].source], NULL);
    }
    return len;
}

static char *write_ops(const struct krt_render *render, const struct krt_op *ops,
                       size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out, ops[i].literal.data, ops[i].literal.len);
        out += ops[i].literal.len;
        if (ops[i].escape)
            out += ops[i].escape(render->values[ops[i].source], out);
    }
    return out;
}

int krt_answer_template(struct krt_exchange *exchange, const void *data)
{
    const struct krt_template *template = data;
    struct krt_render render = {.exchange = exchange};
    if (!find_values(&render, template))
        return KRT_FAILED;
    size_t fields_len = measure(&render, template->fields, template->n_fields);
    size_t body_len = measure(&render, template->body, template->n_body);
    if (fields_len > KRT_RENDER_MAX || body_len > KRT_RENDER_MAX)
        return KRT_FAILED;
    char *fields = take(&render, fields_len + body_len);
    if (!fields)
        return KRT_FAILED;
    char *body = write_ops(&render, template->fields, template->n_fields, fields);
    write_ops(&render, template->body, template->n_body, body);
    exchange->made = (struct krt_made){
        .status = template->status,
        .head = template->head,
        .fields = {fields, fields_len},
        .body = {body, body_len},
    };
    return KRT_DONE;
}
