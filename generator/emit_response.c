#include "emit_response.h"

enum { BYTES_INDENT = 36, GZIP_BYTES_INDENT = 24 };

/* The members of struct krt_representation that conditions and Range need. */
static void put_validators(const struct emitter *emitter,
                           const struct representation *form, int indent,
                           struct buf *out)
{
    struct str etag = emitter_c_string(emitter, form->etag, 0);
    if (form->etag.len == 0)
        return;
    buf_printf(out, "%*s.kept_at = %lu,\n", indent, "", (unsigned long)form->kept_at);
    buf_printf(out, "%*s.kept_end = %lu,\n", indent, "", (unsigned long)form->kept_end);
    buf_printf(out, "%*s.type_at = %lu,\n", indent, "", (unsigned long)form->type_at);
    buf_printf(out, "%*s.etag = %.*s,\n", indent, "", STR_ARG(etag));
}

static void emit_gzip_validators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_validators(emitter, &emitter->naming->response->gzip, 4, out);
}

void emit_gzip(const struct emitter *emitter, const struct naming *naming,
               struct str origin, struct buf *out)
{
    const struct representation *gzip = &naming->response->gzip;
    if (!naming->response->has_gzip)
        return;
    const struct tmpl_value values[] = {
        {"origin", origin},
        {"name", str_from(naming->gzip)},
        {"head", emitter_bytes(emitter, gzip->head, GZIP_BYTES_INDENT)},
        {"body", emitter_bytes(emitter, gzip->body, GZIP_BYTES_INDENT)},
    };
    static const struct tmpl_section sections[] = {
        {"validators", emit_gzip_validators}};
    struct emitter inner = *emitter;
    inner.naming = naming;
    emitter_render(&inner, "gzip.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

static void emit_validators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_validators(emitter, &emitter->naming->response->plain, 16, out);
}

static void emit_conditions(const void *context, struct buf *out)
{
    const struct naming *naming = ((const struct emitter *)context)->naming;
    const struct response_plan *response = naming->response;
    if (response->has_gzip)
        buf_printf(out, "            .gzip = &%s,\n", naming->gzip);
    if (response->boundary.len > 0)
        buf_printf(out, "            .boundary = \"%.*s\",\n",
                   STR_ARG(response->boundary));
    if (response->has_last_modified)
        buf_printf(out,
                   "            .has_last_modified = true,\n"
                   "            .last_modified = %lld,\n",
                   (long long)response->last_modified);
}

void emit_response(const struct emitter *emitter, const struct naming *naming,
                   struct buf *out)
{
    const struct response_plan *response = naming->response;
    const struct representation *plain = &response->plain;
    const struct tmpl_value values[] = {
        {"status", emitter_number(emitter, (size_t)response->status)},
        {"head", emitter_bytes(emitter, plain->head, BYTES_INDENT)},
        {"body", emitter_bytes(emitter, plain->body, BYTES_INDENT)},
    };
    static const struct tmpl_section sections[] = {{"validators", emit_validators},
                                                   {"conditions", emit_conditions}};
    struct emitter inner = *emitter;
    inner.naming = naming;
    emitter_render(&inner, "response.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
