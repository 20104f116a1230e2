#include "draft.h"

void set_body(struct reader *r, struct response *response, struct span span,
              struct str body)
{
    if (!spend(r, span, body.len))
        return;
    response->has_body = true;
    response->body_span = span;
    response->body = body;
}

void set_type(struct response *response, const char *type, struct span span)
{
    response->media_type = (struct located){str_from(type), span};
}

void add_header(struct reader *r, struct response *response, struct header header)
{
    if (!spend(r, header.name.span,
               DRAFT_FIXED_COST + header.name.text.len + header.value.text.len))
        return;
    response->headers = arena_grow(r->arena, response->headers, response->n_headers,
                                   sizeof *response->headers);
    response->headers[response->n_headers++] = header;
}
