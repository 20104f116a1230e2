#include "emit_data.h"

#include "emitter.h"
#include "quote.h"

void emit_data_declarations(const void *context, struct buf *out)
{
    const struct data *data = &((const struct emitter *)context)->plan->data;
    for (size_t i = 0; i < data->n; i++)
        buf_printf(out, "extern const unsigned char %s[][%d];\n", data->items[i]->ident,
                   DATA_LITERAL_MAX);
}

void emit_data(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct data *data = &emitter->plan->data;
    for (size_t i = 0; i < data->n; i++) {
        const struct datum *datum = data->items[i];
        if (datum->file != emitter->file)
            continue;
        buf_put(out, STR("\n/* "));
        quote_comment(out, datum->origin);
        buf_printf(out, " */\nconst unsigned char %s[][%d] = {\n", datum->ident,
                   DATA_LITERAL_MAX);
        quote_rows(out, datum->bytes, DATA_LITERAL_MAX);
        buf_put(out, STR("};\n"));
    }
}

void emit_data_sources(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->data.n_files; i++)
        buf_printf(out, "    data/data_%lu.c\n", (unsigned long)i + 1);
}

void emit_data_include(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->plan->data.n > 0)
        buf_put(out, STR("\n#include \"data/data.h\"\n"));
}
