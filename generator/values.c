#include "values.h"

#include "ascii.h"
#include "constraint.h"
#include "dfa.h"
#include "precedence.h"
#include "regex.h"
#include "table.h"

#include <stdbool.h>

enum { DIVISION_STATES_MAX = 2048 }; /* for each a server needs memory on its stack */

/* The values of a parameter. */
struct language {
    const struct regex *regex;
    const struct dfa *dfa;
};

/* What all templates of a spec share. */
struct values {
    struct arena *arena;
    struct diag *diag;
    const struct matching *matching;
    struct table languages;     /* struct language by constraints */
    struct table automata;      /* const struct dfa by shape */
    struct language segment;    /* any text of one segment */
    struct language rest;       /* any text */
    const struct dfa *not_dots; /* any text but dot segments */
};

/* ---- Languages of parameters ---- */

static const struct regex *any_text(struct arena *arena, const char *without, int min)
{
    struct charset chars = charset_complement(arena, charset_of(arena, without));
    return regex_repeat(arena, regex_chars(arena, chars), min, REGEX_UNBOUNDED);
}

static struct language any_language(struct arena *arena, const char *without, int min)
{
    const struct regex *regex = any_text(arena, without, min);
    return (struct language){regex, dfa_build(regex, arena)};
}

/* What a segment's value is beyond its constraints: not empty and without '/'. */
static const struct regex *within_segment(struct values *v, const struct regex *regex)
{
    struct charset slash = charset_of(v->arena, "/");
    return regex_nonempty(v->arena, regex_without(v->arena, regex, slash));
}

static void fail_constraints(struct values *v, const struct parameter *parameter,
                             enum conjunction reason)
{
    bool is_empty = reason == CONJUNCTION_EMPTY;
    struct diagnostic *error = diag_error(
        v->diag, is_empty ? CHECK_NO_VALUE : CHECK_COMPLEX, parameter->constraints.span,
        is_empty ? "no value satisfies '%.*s'"
                 : "the automaton of '%.*s' would be too large",
        STR_ARG(parameter->constraints.text));
    if (is_empty && !parameter->is_catch_all)
        diag_hint(v->diag, error, "a segment's value is not empty and holds no '/'");
    if (!is_empty)
        diag_hint(v->diag, error, "combine fewer constraints, or lower their bounds");
}

/* The constraints of a parameter, in any case where the case does not count. */
static const struct constraint *folded(struct values *v,
                                       const struct parameter *parameter)
{
    size_t n = parameter->n_constraints;
    struct constraint *list = arena_array(v->arena, n, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        list[i] = parameter->constraint_list[i];
        if (v->matching->ignore_case && !list[i].is_number)
            list[i].language = regex_fold(v->arena, list[i].language);
    }
    return list;
}

/* The language of a parameter with constraints. */
static enum conjunction constrained_language(struct values *v,
                                             const struct parameter *parameter,
                                             struct language *language)
{
    enum conjunction result = constraint_join(
        folded(v, parameter), parameter->n_constraints, v->arena, &language->regex);
    if (result != CONJUNCTION_FINE)
        return result;
    bool has_expression = language->regex->kind != REGEX_DFA;
    if (has_expression && !parameter->is_catch_all)
        language->regex = within_segment(v, language->regex);
    language->dfa = dfa_build(language->regex, v->arena);
    if (language->dfa && !has_expression && !parameter->is_catch_all)
        language->dfa = dfa_intersect(language->dfa, v->segment.dfa, v->arena);
    if (!language->dfa)
        return CONJUNCTION_TOO_COMPLEX;
    if (dfa_is_empty(language->dfa))
        return CONJUNCTION_EMPTY;
    if (!has_expression)
        language->regex = regex_dfa(v->arena, language->dfa);
    return CONJUNCTION_FINE;
}

/* Constraints as a name; those of a catch-all may mean other texts. */
static struct str language_name(struct values *v, const struct parameter *parameter)
{
    struct buf name;
    buf_init(&name, v->arena);
    buf_put(&name, parameter->is_catch_all ? STR("*:") : STR(":"));
    buf_put(&name, parameter->constraints.text);
    return buf_str(&name);
}

/* NULL after an error. */
static const struct language *language_of(struct values *v,
                                          const struct parameter *parameter)
{
    if (parameter->n_constraints == 0)
        return parameter->is_catch_all ? &v->rest : &v->segment;
    struct str name = language_name(v, parameter);
    struct language *language = table_find(&v->languages, name);
    if (language)
        return language;
    language = arena_alloc(v->arena, sizeof *language);
    enum conjunction result = constrained_language(v, parameter, language);
    if (result != CONJUNCTION_FINE) {
        fail_constraints(v, parameter, result);
        return NULL;
    }
    table_put(&v->languages, name, language);
    return language;
}

static void check_default(struct values *v, const struct parameter *parameter)
{
    if (!parameter->has_default || parameter->n_constraints == 0)
        return;
    if (!dfa_accepts(parameter->dfa, parameter->default_value.text))
        diag_error(v->diag, CHECK_DEFAULT_VALUE, parameter->default_value.span,
                   "the default '%.*s' does not satisfy '%.*s'",
                   STR_ARG(parameter->default_value.text),
                   STR_ARG(parameter->constraints.text));
}

/* ---- Segments ---- */

/* Characters that no literal holds mark the parts. */
static void put_shape(struct values *v, struct buf *out, const struct part *part)
{
    if (part->parameter) {
        buf_putc(out, '\1');
        buf_put(out, language_name(v, part->parameter));
        buf_put(out, part->parameter->may_be_absent ? STR("?\1") : STR("\1"));
        return;
    }
    for (size_t i = 0; i < part->literal.len; i++) {
        char c = part->literal.at[i];
        buf_putc(out, v->matching->ignore_case ? to_lower(c) : c);
    }
}

static const struct regex *part_language(struct values *v, const struct part *part)
{
    if (part->parameter)
        return part->parameter->language;
    const struct regex *literal = regex_text(v->arena, part->literal);
    return v->matching->ignore_case ? regex_fold(v->arena, literal) : literal;
}

static const struct regex *segment_language(struct values *v,
                                            const struct segment *segment)
{
    const struct regex **items =
        arena_array(v->arena, segment->n_parts + 1, sizeof *items);
    size_t n = segment->n_parts;
    for (size_t i = 0; i < n; i++)
        items[i] = part_language(v, &segment->parts[i]);
    if (segment->has_optional_end) {
        n -= 2;
        const struct regex *end = regex_sequence(v->arena, items + n, 2);
        items[n++] = regex_repeat(v->arena, end, 0, 1);
    }
    return regex_sequence(v->arena, items, n);
}

/* Requests lose their dot segments before they are matched. */
static const struct dfa *segment_automaton(struct values *v,
                                           const struct segment *segment)
{
    const struct dfa *dfa = dfa_build(segment_language(v, segment), v->arena);
    bool is_catch_all = segment->rank >= RANK_CONSTRAINED_CATCH_ALL;
    if (dfa && segment->rank != RANK_LITERAL && !is_catch_all)
        dfa = dfa_intersect(dfa, v->not_dots, v->arena);
    return dfa;
}

/* Whether the parameter `part` may go on where the literal behind it may start, whose
 * edges are single characters. */
static bool is_overlapping(const struct part *part, const struct part *literal)
{
    const struct dfa_state *first = &literal->dfa->states[0];
    for (size_t i = 0; i < part->dfa->n_states; i++)
        for (size_t j = 0; j < first->n_edges; j++)
            if (part->dfa->states[i].is_accepting &&
                dfa_step(part->dfa, (uint32_t)i, first->edges[j].first) != DFA_DEAD)
                return true;
    return false;
}

/* The parts of a mixed segment. Where a parameter's end is not seen at once, marks of
 * re2c divide only one or two parameters without constraints as they should be: from
 * left to right each takes as much as it can. */
static void build_parts(struct values *v, struct segment *segment)
{
    bool is_ambiguous = false;
    size_t n_states = 0;
    size_t n_parameters = 0;
    size_t n_constrained = 0;
    for (size_t i = 0; i < segment->n_parts; i++) {
        struct part *part = &segment->parts[i];
        part->dfa = part->parameter ? part->parameter->dfa
                                    : dfa_build(part_language(v, part), v->arena);
        if (!part->dfa)
            return;
        n_states += part->dfa->n_states;
        n_parameters += part->parameter != NULL;
        n_constrained += part->parameter && part->parameter->n_constraints > 0;
        if (i > 0 && !part->parameter)
            is_ambiguous = is_ambiguous || is_overlapping(part - 1, part);
    }
    segment->needs_division = is_ambiguous && (n_constrained > 0 || n_parameters > 2);
    if (n_states > DIVISION_STATES_MAX)
        diag_error(v->diag, CHECK_COMPLEX, segment->span,
                   "the automata of this segment would be too large together");
}

static void build_segment(struct values *v, struct segment *segment)
{
    if (segment->n_parts > 1)
        build_parts(v, segment);
    struct buf shape;
    buf_init(&shape, v->arena);
    for (size_t i = 0; i < segment->n_parts; i++)
        put_shape(v, &shape, &segment->parts[i]);
    segment->shape = buf_str(&shape);
    struct dfa *known = table_find(&v->automata, segment->shape);
    const struct dfa *dfa = known ? known : segment_automaton(v, segment);
    segment->dfa = dfa;
    if (!dfa) {
        diag_error(v->diag, CHECK_COMPLEX, segment->span,
                   "the automaton of this segment would be too large");
    } else if (dfa_is_empty(dfa)) {
        diag_error(v->diag, CHECK_NO_VALUE, segment->span,
                   "only a dot segment satisfies this; requests lose theirs first");
    } else if (!known) {
        known = arena_alloc(v->arena, sizeof *known);
        *known = *dfa;
        table_put(&v->automata, segment->shape, known);
    }
}

/* ---- Templates ---- */

/* False where a language is missing, so that no segment can be built of it. */
static bool build_parameters(struct values *v, struct parameter **parameters, size_t n)
{
    bool is_fine = true;
    for (size_t i = 0; i < n; i++) {
        struct parameter *parameter = parameters[i];
        const struct language *language = language_of(v, parameter);
        is_fine = is_fine && language;
        if (!language)
            continue;
        parameter->language = language->regex;
        parameter->dfa = language->dfa;
        check_default(v, parameter);
    }
    return is_fine;
}

static const struct dfa *build_not_dots(struct arena *arena)
{
    /* Nothing, '.', '..', and everything that goes on otherwise. */
    struct charset dot = charset_of(arena, ".");
    const struct regex *rest = any_text(arena, "", 0);
    const struct regex *other = regex_chars(arena, charset_complement(arena, dot));
    const struct regex *one = regex_chars(arena, dot);
    const struct regex *any =
        regex_chars(arena, charset_complement(arena, (struct charset){0}));
    const struct regex *first[] = {other, rest};
    const struct regex *second[] = {one, other, rest};
    const struct regex *third[] = {one, one, any, rest};
    const struct regex *choices[] = {
        regex_sequence(arena, first, 2),
        regex_sequence(arena, second, 3),
        regex_sequence(arena, third, 4),
    };
    return dfa_build(regex_choice(arena, choices, 3), arena);
}

/* `/a/` means `/a` where the slash at the end does not count. */
static void drop_final_slash(struct template *template)
{
    size_t n = template->n_segments;
    if (n > 1 && template->segments[n - 1].n_parts == 0)
        template->n_segments--;
}

/* A catch-all whose constraints refuse the empty text keeps what is before it. */
static void check_absence(struct values *v, const struct template *template)
{
    for (size_t i = 0; i + 1 < template->n_segments; i++) {
        const struct segment *segment = &template->segments[i];
        const struct parameter *parameter =
            segment->n_parts == 1 ? segment->parts[0].parameter : NULL;
        if (!parameter || !parameter->may_be_absent || precedence_may_end(template, i))
            continue;
        diag_error(v->diag, CHECK_OPTIONAL, parameter->name.span,
                   "parameter '%.*s' can never be absent, as what follows cannot be",
                   STR_ARG(parameter->name.text));
        return;
    }
}

/* Where the slash at the end counts, what is before it cannot be absent. */
static bool check_final_slash(struct values *v, const struct template *template)
{
    size_t n = template->n_segments;
    if (n < 2 || template->segments[n - 1].n_parts > 0 ||
        template->segments[n - 2].n_parts != 1)
        return true;
    const struct parameter *parameter = template->segments[n - 2].parts[0].parameter;
    if (!parameter || !parameter->may_be_absent)
        return true;
    diag_error(v->diag, CHECK_OPTIONAL, parameter->name.span,
               "parameter '%.*s' may be absent only at the end, but a slash follows",
               STR_ARG(parameter->name.text));
    return false;
}

static void build_template(struct values *v, struct template *template)
{
    size_t n_before = v->diag->n_errors;
    if (v->matching->trailing_slash == TRAILING_SLASH_IGNORE)
        drop_final_slash(template);
    if (!check_final_slash(v, template) ||
        !build_parameters(v, template->parameters, template->n_parameters))
        return;
    for (size_t i = 0; i < template->n_segments; i++)
        build_segment(v, &template->segments[i]);
    if (v->diag->n_errors == n_before)
        check_absence(v, template);
}

void values_build(struct spec *spec, struct arena *arena, struct diag *diag)
{
    struct values v = {
        .arena = arena,
        .diag = diag,
        .matching = &spec->matching,
        .languages = {.arena = arena},
        .automata = {.arena = arena},
        .segment = any_language(arena, "/", 1),
        .rest = any_language(arena, "", 0),
        .not_dots = build_not_dots(arena),
    };
    struct values query = v;
    query.matching = &(const struct matching){.ignore_case = false};
    for (size_t i = 0; i < spec->n_routes; i++) {
        struct route *route = &spec->routes[i];
        diag->subject = DIAG_ROUTE(i);
        if (!diag_may_check(diag, diag->subject, CHECK_NO_VALUE))
            continue;
        build_template(&v, &route->template);
        build_parameters(&query, route->query, route->n_query);
    }
    diag->subject = DIAG_SPEC;
}
