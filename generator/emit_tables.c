#include "emit_tables.h"

#include "dfa.h"
#include "emitter.h"

#include <stdbool.h>

enum { LINE_MAX_LEN = 88 };

/* ---- Automata ---- */

/* One or more automata whose states have numbers one after another. */
struct row {
    struct arena *arena;
    const struct dfa **automata;
    const struct part *parts; /* whose automata they are, or NULL */
    size_t n;
};

/* Items in lines that are filled. */
struct filling {
    struct buf *out;
    size_t line; /* where it starts in `out` */
};

static void put_item(struct filling *f, struct str item)
{
    struct buf *out = f->out;
    bool is_first = out->len == f->line;
    if (!is_first && out->len - f->line + 1 + item.len > LINE_MAX_LEN) {
        buf_putc(out, '\n');
        f->line = out->len;
        is_first = true;
    }
    buf_put(out, is_first ? STR("        ") : STR(" "));
    buf_put(out, item);
}

static struct str edge_item(const struct row *row, const struct dfa_edge *edge,
                            size_t first)
{
    struct buf item;
    buf_init(&item, row->arena);
    buf_printf(&item, "{0x%lx, 0x%lx, %lu},", (unsigned long)edge->first,
               (unsigned long)edge->last, (unsigned long)(first + edge->target));
    return buf_str(&item);
}

static void emit_edges(const void *context, struct buf *out)
{
    const struct row *row = ((const struct emitter *)context)->row;
    struct filling filling = {out, out->len};
    size_t first = 0;
    for (size_t i = 0; i < row->n; i++) {
        const struct dfa *dfa = row->automata[i];
        for (size_t j = 0; j < dfa->n_states; j++)
            for (size_t k = 0; k < dfa->states[j].n_edges; k++)
                put_item(&filling, edge_item(row, &dfa->states[j].edges[k], first));
        first += dfa->n_states;
    }
    buf_putc(out, '\n');
}

static void put_state(struct filling *f, const struct row *row, size_t n_edges,
                      bool is_accepting)
{
    struct buf item;
    buf_init(&item, row->arena);
    buf_printf(&item, "{%lu, %s},", (unsigned long)n_edges,
               is_accepting ? "true" : "false");
    put_item(f, buf_str(&item));
}

static void emit_states(const void *context, struct buf *out)
{
    const struct row *row = ((const struct emitter *)context)->row;
    struct filling filling = {out, out->len};
    size_t n_edges = 0;
    for (size_t i = 0; i < row->n; i++) {
        const struct dfa *dfa = row->automata[i];
        for (size_t j = 0; j < dfa->n_states; j++) {
            put_state(&filling, row, n_edges, dfa->states[j].is_accepting);
            n_edges += dfa->states[j].n_edges;
        }
    }
    put_state(&filling, row, n_edges, false);
    buf_putc(out, '\n');
}

static void emit_parts(const void *context, struct buf *out)
{
    const struct row *row = ((const struct emitter *)context)->row;
    size_t first = 0;
    for (size_t i = 0; i < row->n; i++) {
        const struct part *part = &row->parts[i];
        size_t len = part->parameter ? 0 : part->literal.len;
        buf_printf(out, "        {%lu, %lu},\n", (unsigned long)first,
                   (unsigned long)len);
        first += row->automata[i]->n_states;
    }
}

/* ---- Functions ---- */

static void render(const struct emitter *emitter, const char *name,
                   const struct row *row, struct marks marks, struct buf *out)
{
    static const struct tmpl_section sections[] = {
        {"edges", emit_edges},
        {"states", emit_states},
        {"parts", emit_parts},
    };
    struct emitter inner = *emitter;
    inner.row = row;
    marks.sections = sections;
    marks.n_sections = LENGTH(sections);
    emitter_render(&inner, name, &marks, out);
}

static void put_table(const struct emitter *emitter, const struct value_plan *value,
                      struct buf *out)
{
    const struct parameter *parameter = value->parameter;
    const struct dfa *automata[] = {parameter->dfa};
    struct row row = {emitter->arena, automata, NULL, 1};
    const struct tmpl_value values[] = {
        {"constraints", emitter_comment(emitter, parameter->constraints.text)},
        {"function", str_from(value->function)},
        {"takes_slashes", parameter->is_catch_all ? STR("true") : STR("false")},
    };
    render(emitter, "table.c.tmpl", &row,
           (struct marks){values, LENGTH(values), NULL, 0}, out);
}

static void put_division(const struct emitter *emitter,
                         const struct division_plan *division, struct buf *out)
{
    const struct segment *segment = division->segment;
    struct row row = {emitter->arena, NULL, segment->parts, segment->n_parts};
    row.automata = arena_array(emitter->arena, row.n, sizeof *row.automata);
    for (size_t i = 0; i < row.n; i++)
        row.automata[i] = segment->parts[i].dfa;
    const struct tmpl_value values[] = {
        {"segment", emitter_comment(emitter, span_text(segment->span))},
        {"function", str_from(division->function)},
        {"has_optional_end", segment->has_optional_end ? STR("true") : STR("false")},
    };
    render(emitter, "division.c.tmpl", &row,
           (struct marks){values, LENGTH(values), NULL, 0}, out);
}

void emit_tables(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_values; i++)
        if (emitter->plan->values[i].is_table)
            put_table(emitter, &emitter->plan->values[i], out);
    for (size_t i = 0; i < emitter->plan->n_divisions; i++)
        put_division(emitter, &emitter->plan->divisions[i], out);
}

static bool has_tables(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_values; i++)
        if (plan->values[i].is_table)
            return true;
    return plan->n_divisions > 0;
}

void emit_table_include(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (has_tables(emitter->plan))
        buf_put(out, STR("\n#include \"runtime/automaton.h\"\n"));
}

void emit_division_prototypes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->plan->n_divisions > 0)
        buf_put(out, STR("\n/* The values of a segment: see krt_divide(). */\n"));
    for (size_t i = 0; i < emitter->plan->n_divisions; i++)
        buf_printf(out,
                   "bool %s(const unsigned char *at, const unsigned char *end,\n"
                   "    struct krt_slice *values);\n",
                   emitter->plan->divisions[i].function);
}
