#include "emitter.h"

#include "embed.h"
#include "quote.h"

#include <stdio.h>
#include <stdlib.h>

/* Templates are part of krgen, so a faulty one is a defect, never the user's fault. */
void emitter_render(const struct emitter *emitter, const char *name,
                    const struct marks *marks, struct buf *out)
{
    struct buf problem;
    const struct embedded *file = embedded_find(name);
    buf_init(&problem, emitter->arena);
    struct tmpl tmpl = {
        .name = name,
        .text = file ? embedded_text(file) : STR("%% missing"),
        .values = marks->values,
        .n_values = marks->n_values,
        .sections = marks->sections,
        .n_sections = marks->n_sections,
        .context = emitter,
    };
    if (tmpl_render(&tmpl, out, &problem))
        return;
    fprintf(stderr, "krgen: defect in template %.*s\n", STR_ARG(buf_str(&problem)));
    abort();
}

struct str emitter_c_string(const struct emitter *emitter, struct str text,
                            size_t indent)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    quote_c_string(&out, text, indent);
    return buf_str(&out);
}

struct str emitter_bytes(const struct emitter *emitter, struct str bytes, size_t indent)
{
    const struct datum *datum = data_find(&emitter->plan->data, bytes);
    struct buf out;
    buf_init(&out, emitter->arena);
    if (datum) {
        buf_printf(&out, "{%s, %lu}", datum->ident, (unsigned long)bytes.len);
        return buf_str(&out);
    }
    buf_put(&out, STR("KRT_LITERAL("));
    quote_c_string(&out, bytes, indent);
    buf_putc(&out, ')');
    return buf_str(&out);
}

struct str emitter_comment(const struct emitter *emitter, struct str text)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    quote_comment(&out, text);
    return buf_str(&out);
}

struct str emitter_number(const struct emitter *emitter, size_t value)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    buf_printf(&out, "%lu", (unsigned long)value);
    return buf_str(&out);
}

size_t emitter_index(const struct emitter *emitter, const struct route_plan *route)
{
    return (size_t)(route - emitter->plan->routes);
}

/* A string literal, or NULL for an empty text. */
static struct str optional_string(const struct emitter *emitter, struct str text)
{
    return text.len > 0 ? emitter_c_string(emitter, text, 0) : STR("NULL");
}

void emitter_put_parameter(const struct emitter *emitter,
                           const struct parameter *parameter, struct buf *out)
{
    const struct value_plan *value =
        parameter->n_constraints > 0 ? plan_value(emitter->plan, parameter) : NULL;
    struct str name = emitter_c_string(emitter, parameter->name.text, 0);
    struct str constraints = optional_string(emitter, parameter->constraints.text);
    struct str default_value = optional_string(emitter, parameter->default_value.text);
    buf_printf(out, "{%.*s, %.*s, %s, %.*s}", STR_ARG(name), STR_ARG(constraints),
               value ? value->function : "NULL", STR_ARG(default_value));
}

void emitter_put_origin(const struct emitter *emitter, const struct route_plan *route,
                        struct buf *out)
{
    quote_comment(out, route->name);
    buf_putc(out, ' ');
    buf_putc(out, '(');
    quote_comment(out, str_from(emitter->plan->spec_name));
    buf_printf(out, ":%lu)", (unsigned long)route->line);
}

struct str emitter_origin(const struct emitter *emitter, const struct route_plan *route)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    emitter_put_origin(emitter, route, &out);
    return buf_str(&out);
}

bool emitter_has_data(const struct emitter *emitter)
{
    return emitter->plan->data.n > 0 || emitter->plan->n_directories > 0;
}

const char *emitter_results(const struct matcher *matcher)
{
    return matcher->twin ? "struct krt_slice *values, const int *routes"
                         : "struct krt_slice *values";
}

struct str emitter_product(const struct emitter *emitter, int value, int unit)
{
    int n_units = 0;
    struct buf out;
    while (unit > 1 && value > unit && value % unit == 0) {
        value /= unit;
        n_units++;
    }
    buf_init(&out, emitter->arena);
    buf_printf(&out, "%d", value);
    while (n_units-- > 0)
        buf_printf(&out, " * %d", unit);
    return buf_str(&out);
}
