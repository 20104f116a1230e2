#include "data.h"

const struct datum *data_find(const struct data *data, struct str bytes)
{
    return data->n > 0 ? table_find(&data->by_bytes, bytes) : NULL;
}

bool data_has_rows(const struct datum *datum)
{
    return datum->bytes.len > DATA_LITERAL_MAX;
}

static const char *make_ident(const struct data *data)
{
    struct buf out;
    buf_init(&out, data->arena);
    buf_printf(&out, "%s_data_%lu", data->prefix, (unsigned long)data->n + 1);
    return str_z(data->arena, buf_str(&out));
}

void data_add(struct data *data, struct str bytes, size_t min, struct str origin)
{
    if (bytes.len <= min || data_find(data, bytes))
        return;
    if (data->n == 0 || data->file_size + bytes.len > DATA_FILE_SIZE) {
        data->n_files++;
        data->file_size = 0;
    }
    data->file_size += bytes.len;
    struct datum *datum = arena_alloc(data->arena, sizeof *datum);
    *datum = (struct datum){bytes, origin, make_ident(data), data->n_files - 1};
    data->items = arena_grow(data->arena, data->items, data->n, sizeof(struct datum *));
    data->items[data->n++] = datum;
    data->by_bytes.arena = data->arena;
    table_put(&data->by_bytes, bytes, datum);
}
