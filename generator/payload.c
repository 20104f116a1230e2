#include "payload.h"

#include "ascii.h"
#include "base64.h"
#include "expression.h"
#include "redirect.h"
#include "utf8.h"

#include <string.h>

const struct type base64_text = {
    .kind = TYPE_TEXT,
    .example = "write '' for an empty body",
    .pattern = "^[A-Za-z0-9+/=\\s]*$",
};
const struct type target_text = {
    .kind = TYPE_TEXT,
    .example = "write a path such as /new, or a URL",
    .is_string = true,
    .pattern = "^([!#-;=?-\\[\\]_a-z~]|\\{\\{[^}]*\\}\\})+$",
};

/* ---- base64 ---- */

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

/* The bytes of the character at `at`. */
static size_t character_len(struct str text, size_t at)
{
    uint32_t code;
    return utf8_decode(text, at, &code);
}

/* The source's bytes of the character at `at` of a scalar's text, which is no white
 * space: those of both follow each other in the same order, whatever the scalar's
 * style. The whole scalar where it is escaped. */
static struct span span_of_character(const struct node *node, size_t at)
{
    struct str source = span_text(node->span);
    size_t n = 0;
    size_t i = 0;
    for (size_t j = 0; j < at; j++)
        n += !is_space(node->text.at[j]);
    if (source.len > 0 && strchr("|>", source.at[0]))
        while (i < source.len && source.at[i] != '\n')
            i++;
    else if (source.len > 0 && strchr("'\"", source.at[0]))
        i++;
    for (; i < source.len; i++) {
        if (is_space(source.at[i]))
            continue;
        if (n-- == 0)
            return source.at[i] == node->text.at[at]
                       ? span_part(node->span, i, character_len(node->text, at))
                       : node->span;
    }
    return node->span;
}

static void fail_base64(struct reader *r, const struct node *node,
                        const struct base64_fault *fault)
{
    struct diagnostic *error;
    if (fault->at == node->text.len)
        error =
            diag_error(r->diag, CHECK_BASE64, node->span, "base64 %s", fault->message);
    else
        error = diag_error(r->diag, CHECK_BASE64, span_of_character(node, fault->at),
                           "'%.*s' %s", (int)character_len(node->text, fault->at),
                           node->text.at + fault->at, fault->message);
    if (fault->hint)
        diag_hint(r->diag, error, "%s", fault->hint);
}

void read_base64(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    struct str bytes = {0};
    struct base64_fault fault;
    if (pair->key != draft->body_key ||
        !spend(r, pair->key->span, pair->value->text.len))
        return;
    if (!base64_decode(pair->value->text, r->arena, &bytes, &fault))
        fail_base64(r, pair->value, &fault);
    set_body(r, response, pair->key->span, bytes);
    set_type(response, "application/octet-stream", pair->key->span);
}

/* ---- redirect ---- */

void read_redirect(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    if (pair->key != draft->body_key)
        return;
    struct located target = scalar_located(pair->value);
    draft->redirect = pair;
    struct header header = {.name = {STR("Location"), pair->key->span}};
    if (!draft->is_literal)
        target.text = expression_read(r, target, &header.inserts);
    if (header.inserts.n == 0 || target.text.len > 0)
        redirect_check(r, target);
    header.value = target;
    add_header(r, &draft->route->response, header);
}

void settle_redirect(struct reader *r, const struct draft *draft)
{
    struct response *response = &draft->route->response;
    if (!draft->redirect)
        return;
    if (!draft->status_key)
        response->status = REDIRECT_STATUS;
    else if (!redirect_has_status(response->status))
        diag_error(r->diag, CHECK_STATUS, response->status_span,
                   "a redirect has status 301, 302, 303, 307 or 308, not %d",
                   response->status);
}
