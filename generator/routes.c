#include "routes.h"

#include "precedence.h"
#include "rivals.h"
#include "table.h"
#include "utf8.h"

#include <stdlib.h>

enum { N_COLUMNS = 5 };

/* One line of the listing. */
struct row {
    const struct route *route;
    struct str columns[N_COLUMNS];
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int order = precedence_compare(&a->route->template, &b->route->template);
    if (order == 0)
        order =
            str_compare(a->route->template.source.text, b->route->template.source.text);
    return order != 0 ? order : (a->route > b->route) - (a->route < b->route);
}

static struct str ranks_text(const struct template *template, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < template->n_segments; i++)
        buf_printf(&out, "%s%d", i == 1 ? "." : "", (int)template->segments[i].rank);
    return buf_str(&out);
}

static struct str methods_text(const struct route *route, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < route->n_methods; i++)
        buf_printf(&out, "%s%.*s", i > 0 ? "," : "", STR_ARG(route->methods[i].text));
    return buf_str(&out);
}

static struct str place_text(const struct route *route, struct arena *arena)
{
    const struct source *source = route->span.source;
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s:%lu", source->path,
               (unsigned long)source_place(source, route->span.start).line);
    return buf_str(&out);
}

/* The routes of `method`, indexed when they are first asked for. */
static const struct rivals *rivals_of(struct table *indices, const struct spec *spec,
                                      struct str method)
{
    struct rivals *rivals = table_find(indices, method);
    if (rivals)
        return rivals;
    size_t *budget = arena_alloc(indices->arena, sizeof *budget);
    *budget = PATHS_BUDGET;
    rivals = arena_alloc(indices->arena, sizeof *rivals);
    rivals_init(rivals, spec, method, budget, indices->arena);
    for (size_t i = 0; i < spec->n_routes; i++)
        if (rivals_answers(&spec->routes[i], method))
            rivals_add(rivals, &spec->routes[i]);
    table_put(indices, method, rivals);
    return rivals;
}

static struct row make_row(const struct spec *spec, const struct route *route,
                           struct table *indices)
{
    struct arena *arena = indices->arena;
    struct buf example;
    buf_init(&example, arena);
    rivals_alone(rivals_of(indices, spec, route->methods[0].text), route, &example);
    return (struct row){route,
                        {ranks_text(&route->template, arena),
                         methods_text(route, arena), route->template.source.text,
                         buf_str(&example), place_text(route, arena)}};
}

/* The columns that a terminal gives to `text`. */
static size_t width_of(struct str text)
{
    size_t width = 0;
    uint32_t code = 0;
    for (size_t at = 0, len; at<text.len; at += len> 0 ? len : 1) {
        len = utf8_decode(text, at, &code);
        width += utf8_width(code);
    }
    return width;
}

static void put_row(struct buf *out, const struct row *row, const size_t *widths)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        bool is_last = i + 1 == N_COLUMNS;
        buf_put(out, row->columns[i]);
        if (!is_last)
            buf_printf(out, "%*s", (int)(widths[i] - width_of(row->columns[i]) + 2),
                       "");
    }
    buf_putc(out, '\n');
}

void routes_print(const struct spec *spec, struct arena *arena, struct buf *out)
{
    struct table indices = {.arena = arena};
    size_t widths[N_COLUMNS] = {0};
    struct row *rows = arena_array(arena, spec->n_routes, sizeof *rows);
    for (size_t i = 0; i < spec->n_routes; i++) {
        rows[i] = make_row(spec, &spec->routes[i], &indices);
        for (size_t j = 0; j < N_COLUMNS; j++)
            if (width_of(rows[i].columns[j]) > widths[j])
                widths[j] = width_of(rows[i].columns[j]);
    }
    qsort(rows, spec->n_routes, sizeof *rows, compare_rows);
    for (size_t i = 0; i < spec->n_routes; i++)
        put_row(out, &rows[i], widths);
}
