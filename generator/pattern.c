#include "pattern.h"

#include "precedence.h"
#include "quote.h"
#include "tables.h"
#include "weight.h"

#include <stdbool.h>

/* A pattern while it grows. */
struct pattern {
    struct buf *out;
    const struct plan *plan;
    size_t start;     /* of the pattern in `out` */
    size_t parameter; /* number of the next one */
    bool is_in_string;
    bool is_second;    /* in the second form of a segment */
    bool tests_values; /* see struct rule */
    bool is_left_out;  /* the segment's constraints are */
    bool is_marked;    /* its parameters are */
};

/* Single quotes mean any case. */
static char quote_mark(const struct pattern *p)
{
    return p->plan->spec->matching.ignore_case ? '\'' : '"';
}

static void close_string(struct pattern *p)
{
    if (p->is_in_string)
        buf_putc(p->out, quote_mark(p));
    p->is_in_string = false;
}

static void put_text(struct pattern *p, struct str text)
{
    if (text.len == 0)
        return;
    if (!p->is_in_string && p->out->len > p->start)
        buf_putc(p->out, ' ');
    if (!p->is_in_string)
        buf_putc(p->out, quote_mark(p));
    p->is_in_string = true;
    quote_re2c(p->out, text, quote_mark(p));
}

/* An element that is no text. */
static void put_element(struct pattern *p, const char *element)
{
    close_string(p);
    if (p->out->len > p->start)
        buf_putc(p->out, ' ');
    buf_put(p->out, str_from(element));
}

static const char *language_name(const struct pattern *p,
                                 const struct parameter *parameter)
{
    if (parameter->n_constraints > 0 && !p->is_left_out)
        return plan_value(p->plan, parameter)->definition;
    return parameter->is_catch_all ? "rest" : "segment";
}

static void put_parameter(struct pattern *p, const struct parameter *parameter)
{
    unsigned long i = (unsigned long)p->parameter++;
    const char *language = language_name(p, parameter);
    close_string(p);
    if (p->out->len > p->start)
        buf_putc(p->out, ' ');
    if (p->is_marked)
        buf_printf(p->out, "@%c%lu %s @%c%lu", p->is_second ? 'w' : 'v', i, language,
                   p->is_second ? 'f' : 'e', i);
    else
        buf_put(p->out, str_from(language));
}

static void open_group(struct pattern *p)
{
    put_element(p, "(");
    p->start = p->out->len;
}

static void close_group(struct pattern *p)
{
    close_string(p);
    buf_put(p->out, STR(")?"));
}

static void put_part(struct pattern *p, const struct part *part)
{
    if (part->parameter)
        put_parameter(p, part->parameter);
    else
        put_text(p, part->literal);
}

static void put_parts(struct pattern *p, const struct segment *segment, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_part(p, &segment->parts[i]);
    close_string(p);
}

/* "{name}.{ext?}" has two forms. The first wins where both match, for re2c prefers it;
 * an optional end alone would leave everything to the name. */
static void put_forms(struct pattern *p, const struct segment *segment)
{
    size_t parameter = p->parameter;
    open_group(p);
    put_parts(p, segment, segment->n_parts);
    buf_put(p->out, STR(" |"));
    size_t next = p->parameter;
    p->parameter = parameter;
    p->is_second = true;
    put_parts(p, segment, segment->n_parts - 2);
    p->is_second = false;
    p->parameter = next;
    buf_putc(p->out, ')');
}

static size_t count_parameters(const struct segment *segment)
{
    size_t n = 0;
    for (size_t i = 0; i < segment->n_parts; i++)
        n += segment->parts[i].parameter != NULL;
    return n;
}

bool pattern_is_divided(const struct segment *segment, bool tests_values)
{
    return segment->n_parts > 1 &&
           (segment->needs_division || weight_is_left_out(segment, tests_values));
}

/* The end that may be absent is a group. */
static void put_unmarked(struct pattern *p, const struct segment *segment)
{
    size_t n = segment->n_parts - (segment->has_optional_end ? 2 : 0);
    for (size_t i = 0; i < n; i++)
        put_part(p, &segment->parts[i]);
    if (!segment->has_optional_end)
        return;
    open_group(p);
    put_part(p, &segment->parts[n]);
    put_part(p, &segment->parts[n + 1]);
    close_group(p);
}

/* What a function divides has marks at both ends only. */
static void put_divided(struct pattern *p, const struct segment *segment)
{
    size_t first = p->parameter;
    close_string(p);
    if (p->out->len > p->start)
        buf_putc(p->out, ' ');
    buf_printf(p->out, "@v%lu", (unsigned long)first);
    if (p->is_left_out)
        put_element(p, "segment");
    else
        put_unmarked(p, segment);
    p->parameter = first + count_parameters(segment);
    close_string(p);
    buf_printf(p->out, " @e%lu", (unsigned long)p->parameter - 1);
}

static void put_segment(struct pattern *p, const struct segment *segment)
{
    p->is_left_out = weight_is_left_out(segment, p->tests_values);
    p->is_marked = !pattern_is_divided(segment, p->tests_values);
    if (!p->is_marked)
        put_divided(p, segment);
    else if (segment->has_optional_end)
        put_forms(p, segment);
    else
        for (size_t i = 0; i < segment->n_parts; i++)
            put_part(p, &segment->parts[i]);
}

static bool takes_final_slash(const struct pattern *p, const struct template *template)
{
    const struct segment *last = &template->segments[template->n_segments - 1];
    return p->plan->spec->matching.trailing_slash == TRAILING_SLASH_IGNORE &&
           last->rank < RANK_CONSTRAINED_CATCH_ALL &&
           (template->n_segments > 1 || last->n_parts > 0);
}

size_t pattern_count(const struct template *template, size_t i)
{
    size_t n = 0;
    for (size_t j = 0; j < i; j++)
        n += count_parameters(&template->segments[j]);
    return n;
}

static struct pattern begin(struct buf *out, const struct plan *plan,
                            const struct template *template, size_t first)
{
    return (struct pattern){.out = out,
                            .plan = plan,
                            .start = out->len,
                            .parameter = pattern_count(template, first)};
}

void pattern_put_prefix(struct buf *out, const struct plan *plan,
                        const struct template *template, size_t first, size_t end,
                        bool tests_values)
{
    struct pattern p = begin(out, plan, template, first);
    p.tests_values = tests_values;
    for (size_t i = first; i < end; i++) {
        put_text(&p, STR("/"));
        put_segment(&p, &template->segments[i]);
    }
    close_string(&p);
}

/* The path "/" is that of no segments, so there the first slash is always present, and
 * a final one needs a segment. */
void pattern_put_rest(struct buf *out, const struct plan *plan,
                      const struct template *template, size_t first, bool tests_values)
{
    struct pattern p = begin(out, plan, template, first);
    p.tests_values = tests_values;
    size_t n_open = 0;
    bool is_absent_root = precedence_may_end(template, 0);
    for (size_t i = first; i < template->n_segments; i++) {
        if (i == 0)
            put_text(&p, STR("/"));
        if (precedence_may_end(template, i)) {
            open_group(&p);
            n_open++;
        }
        if (i > 0)
            put_text(&p, STR("/"));
        put_segment(&p, &template->segments[i]);
    }
    for (; n_open > (is_absent_root ? 1 : 0); n_open--)
        close_group(&p);
    if (takes_final_slash(&p, template))
        put_element(&p, "\"/\"?");
    for (; n_open > 0; n_open--)
        close_group(&p);
    put_element(&p, "end");
}

bool pattern_has_second(const struct template *template, size_t parameter)
{
    size_t n = 0;
    for (size_t i = 0; i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        for (size_t j = 0; j < segment->n_parts; j++)
            if (segment->parts[j].parameter && n++ == parameter)
                return segment->has_optional_end && j + 1 < segment->n_parts;
    }
    return false;
}

/* ---- Globs ---- */

static void put_glob_part(struct buf *out, const struct part *part)
{
    if (!part->parameter)
        buf_put(out, part->literal);
    else
        buf_putc(out,
                 part->parameter->is_catch_all ? KRT_PATTERN_REST : KRT_PATTERN_VALUE);
}

void pattern_put_glob(struct buf *out, const struct template *template)
{
    for (size_t i = 0; i < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        if (i == 0)
            buf_putc(out, '/');
        bool takes_rest = i == 0 && segment->rank >= RANK_CONSTRAINED_CATCH_ALL;
        if (precedence_may_end(template, i) && !takes_rest)
            buf_putc(out, KRT_PATTERN_END);
        if (i > 0)
            buf_putc(out, '/');
        for (size_t j = 0; j < segment->n_parts; j++) {
            if (segment->has_optional_end && j + 2 == segment->n_parts)
                buf_putc(out, KRT_PATTERN_END);
            put_glob_part(out, &segment->parts[j]);
        }
    }
}
