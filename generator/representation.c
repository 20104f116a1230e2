#include "representation.h"

#include "digest.h"
#include "gzip.h"
#include "reply.h"
#include "rivals.h"
#include "tables.h"
#include "validator.h"

#include <assert.h>
#include <string.h>

/* What a head is made of besides the headers of the spec. */
struct form {
    const struct response *response;
    struct str body;
    struct str etag; /* empty: the spec's, if any */
    bool is_compressed;
    bool varies; /* with Accept-Encoding */
    bool tells_ranges;
};

/* ---- Headers of the spec ---- */

static const struct header *find_header(const struct response *response,
                                        struct str name)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (str_equal_fold(response->headers[i].name.text, name))
            return &response->headers[i];
    return NULL;
}

static struct str trim(struct str text)
{
    while (text.len > 0 && strchr(" \t", text.at[0]))
        text = str_slice(text, 1, text.len);
    while (text.len > 0 && strchr(" \t", text.at[text.len - 1]))
        text.len--;
    return text;
}

/* Whether a header of the spec is a list that holds `word`. */
static bool lists(const struct response *response, struct str name, struct str word)
{
    const struct header *header = find_header(response, name);
    struct str rest = header ? header->value.text : (struct str){0};
    while (rest.len > 0) {
        const char *comma = memchr(rest.at, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.at) : rest.len;
        if (str_equal_fold(trim(str_slice(rest, 0, len)), word))
            return true;
        rest = str_slice(rest, comma ? len + 1 : len, rest.len);
    }
    return false;
}

/* ---- Heads ---- */

enum section { SECTION_KEPT, SECTION_OTHER, SECTION_TYPE };

/* RFC 9110 section 15.4.5; Date is the server's own. */
static enum section section_of(struct str name)
{
    static const char *const kept[] = {"ETag", "Cache-Control", "Content-Location",
                                       "Expires", "Vary"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (str_equal_fold(name, str_from(kept[i])))
            return SECTION_KEPT;
    return str_equal_fold(name, STR("Content-Type")) ? SECTION_TYPE : SECTION_OTHER;
}

void representation_put_field(struct buf *out, struct str name, struct str value)
{
    buf_put(out, name);
    buf_put(out, STR(": "));
    buf_put(out, value);
    buf_put(out, STR("\r\n"));
}

/* Vary of the spec need not know that there is a compressed form. */
static struct str merged_vary(const struct response *response, struct arena *arena)
{
    const struct header *vary = find_header(response, STR("Vary"));
    struct buf out;
    buf_init(&out, arena);
    buf_put(&out, trim(vary->value.text));
    if (!lists(response, STR("Vary"), STR("*")) &&
        !lists(response, STR("Vary"), STR("Accept-Encoding"))) {
        if (out.len > 0)
            buf_put(&out, STR(", "));
        buf_put(&out, STR("Accept-Encoding"));
    }
    return buf_str(&out);
}

static void put_headers(struct buf *out, const struct form *form, enum section section)
{
    const struct response *response = form->response;
    for (size_t i = 0; i < response->n_headers; i++) {
        struct str name = response->headers[i].name.text;
        struct str value = response->headers[i].value.text;
        if (form->varies && str_equal_fold(name, STR("Vary")))
            value = merged_vary(response, out->arena);
        if (section_of(name) == section)
            representation_put_field(out, name, value);
    }
}

static void put_kept(struct buf *out, const struct form *form)
{
    if (form->etag.len > 0)
        representation_put_field(out, STR("ETag"), form->etag);
    if (form->varies && !find_header(form->response, STR("Vary")))
        representation_put_field(out, STR("Vary"), STR("Accept-Encoding"));
    put_headers(out, form, SECTION_KEPT);
}

static void put_others(struct buf *out, const struct form *form)
{
    if (form->is_compressed)
        representation_put_field(out, STR("Content-Encoding"), STR("gzip"));
    if (form->tells_ranges)
        representation_put_field(out, STR("Accept-Ranges"), STR("bytes"));
    put_headers(out, form, SECTION_OTHER);
}

/* RFC 9110 sections 8.6 and 15.4.5: 204 has no Content-Length, 304 need not. */
static bool has_length(int status)
{
    return status != 204 && status != 304;
}

static struct representation plan_form(const struct form *form, struct arena *arena)
{
    const struct response *response = form->response;
    struct representation plan = {.body = form->body, .etag = form->etag};
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "HTTP/1.1 %d %s\r\n", response->status,
               krt_reason(response->status));
    if (has_length(response->status))
        buf_printf(&out, "Content-Length: %lu\r\n", (unsigned long)form->body.len);
    plan.kept_at = out.len;
    put_kept(&out, form);
    plan.kept_end = out.len;
    put_others(&out, form);
    plan.type_at = out.len;
    if (response->media_type.text.len > 0)
        representation_put_field(&out, STR("Content-Type"), response->media_type.text);
    put_headers(&out, form, SECTION_TYPE);
    assert(out.len <= KRT_RESPONSE_HEAD_MAX);
    plan.head = buf_str(&out);
    return plan;
}

/* ---- Forms ---- */

static struct str make_etag(struct str body, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    buf_putc(&out, '"');
    buf_put(&out, digest_hex(arena, body));
    buf_putc(&out, '"');
    return buf_str(&out);
}

/* An ETag of the spec names one sequence of bytes, so there is no other one. */
static bool may_compress(const struct response *response)
{
    return !response->omits_gzip && !find_header(response, STR("ETag")) &&
           !find_header(response, STR("Content-Encoding")) &&
           !find_header(response, STR("Content-Range")) &&
           !lists(response, STR("Cache-Control"), STR("no-transform"));
}

/* The compressed body, empty where it would not pay. */
static struct str compress(const struct response *response, struct arena *arena)
{
    size_t extra = strlen("Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
    struct str body = response->body;
    if (body.len <= extra || !may_compress(response))
        return (struct str){0};
    struct str compressed = gzip_compress(arena, body);
    return compressed.len + extra < body.len ? compressed : (struct str){0};
}

static bool may_divide(const struct response *response)
{
    const struct header *ranges = find_header(response, STR("Accept-Ranges"));
    return !find_header(response, STR("Content-Range")) &&
           (!ranges || str_equal(trim(ranges->value.text), STR("bytes")));
}

static bool holds(struct str text, struct str word)
{
    for (size_t i = 0; i + word.len <= text.len; i++)
        if (memcmp(text.at + i, word.at, word.len) == 0)
            return true;
    return false;
}

/* A text that no body holds: nobody can write a text that holds its own digest, nor one
 * that does so when it is compressed. */
static struct str choose_boundary(const struct response_plan *plan, struct arena *arena)
{
    struct str usual = STR("krgen-part");
    struct buf out;
    if (!holds(plan->plain.body, usual) && !holds(plan->gzip.body, usual))
        return usual;
    buf_init(&out, arena);
    buf_put(&out, usual);
    buf_putc(&out, '-');
    buf_put(&out, digest_hex(arena, plan->plain.body));
    assert(out.len <= KRT_BOUNDARY_MAX);
    return buf_str(&out);
}

void representation_of(const struct response *response, bool is_got,
                       struct response_plan *plan, struct arena *arena)
{
    const struct header *etag = find_header(response, STR("ETag"));
    const struct header *date = find_header(response, STR("Last-Modified"));
    struct form form = {.response = response, .body = response->body};
    *plan = (struct response_plan){.status = response->status};
    if (response->status != 200 || response->body.len == 0 || !is_got) {
        plan->plain = plan_form(&form, arena);
        return;
    }
    struct str compressed = compress(response, arena);
    bool has_etag = etag || !response->omits_etag;
    bool is_divided = has_etag && may_divide(response);
    form.varies = plan->has_gzip = compressed.len > 0;
    form.tells_ranges = is_divided && !find_header(response, STR("Accept-Ranges"));
    if (!etag && has_etag)
        form.etag = make_etag(form.body, arena);
    plan->plain = plan_form(&form, arena);
    if (etag)
        plan->plain.etag = etag->value.text;
    if (plan->has_gzip) {
        form.is_compressed = true;
        form.body = compressed;
        if (has_etag)
            form.etag = make_etag(form.body, arena);
        plan->gzip = plan_form(&form, arena);
    }
    if (is_divided)
        plan->boundary = choose_boundary(plan, arena);
    plan->has_last_modified =
        date && validator_read_date(date->value.text, &plan->last_modified);
}
