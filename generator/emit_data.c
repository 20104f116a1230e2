#include "emit_data.h"

#include "emitter.h"
#include "quote.h"

enum { STRING_INDENT = 4 };

/* "data/data_1.c" and its like. */
static void put_source(struct buf *out, const char *kind, size_t number)
{
    buf_printf(out, "    data/%s_%lu.c\n", kind, (unsigned long)number);
}

void emit_directory_declarations(const void *context, struct buf *out)
{
    const struct plan *plan = ((const struct emitter *)context)->plan;
    if (plan->n_directories > 0)
        buf_put(out, STR("\n#include \"../runtime/directory.h\"\n\n"));
    for (size_t i = 0; i < plan->n_routes; i++)
        if (plan->routes[i].directory)
            buf_printf(out, "extern const struct krt_directory %s;\n",
                       plan->routes[i].directory->ident);
}

static void put_declarator(struct buf *out, const struct datum *datum)
{
    buf_printf(out, "const unsigned char %s[]", datum->ident);
    if (data_has_rows(datum))
        buf_printf(out, "[%d]", DATA_LITERAL_MAX);
}

void emit_data_declarations(const void *context, struct buf *out)
{
    const struct data *data = &((const struct emitter *)context)->plan->data;
    if (data->n > 0)
        buf_put(out, STR("\n/* What an array of rows has behind its bytes are zeros. "
                         "*/\n"));
    for (size_t i = 0; i < data->n; i++) {
        buf_put(out, STR("extern "));
        put_declarator(out, data->items[i]);
        buf_put(out, STR(";\n"));
    }
}

static void put_datum(struct buf *out, const struct datum *datum)
{
    buf_put(out, STR("\n/* "));
    quote_comment(out, datum->origin);
    buf_put(out, STR(" */\n"));
    put_declarator(out, datum);
    if (data_has_rows(datum)) {
        buf_put(out, STR(" = {\n"));
        quote_rows(out, datum->bytes, DATA_LITERAL_MAX);
        buf_put(out, STR("};\n"));
    } else {
        buf_put(out, STR(" =\n    "));
        quote_c_string(out, datum->bytes, STRING_INDENT);
        buf_put(out, STR(";\n"));
    }
}

void emit_data(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct data *data = &emitter->plan->data;
    for (size_t i = 0; i < data->n; i++)
        if (data->items[i]->file == emitter->file)
            put_datum(out, data->items[i]);
}

void emit_data_sources(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->data.n_files; i++)
        put_source(out, "data", i + 1);
    for (size_t i = 0; i < emitter->plan->n_directories; i++)
        put_source(out, "directory", i + 1);
}

void emit_data_include(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter_has_data(emitter))
        buf_put(out, STR("\n#include \"data/data.h\"\n"));
}
