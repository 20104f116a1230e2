#include "emit_matchers.h"

#include "emitter.h"
#include "pattern.h"
#include "regex.h"
#include "tables.h"
#include "weight.h"

#include <stdbool.h>
#include <string.h>

enum {
    ACTION_COLUMN_MAX = 60,
    METHOD_WIDTH = sizeof "CONNECT" - 1,
};

/* ---- Definitions ---- */

/* The segments [first, end) of a template have a parameter with these constraints. */
static bool has_value(const struct value_plan *value, const struct template *template,
                      size_t first, size_t end)
{
    for (size_t i = pattern_count(template, first); i < pattern_count(template, end);
         i++)
        if (template->parameters[i]->language == value->parameter->language)
            return true;
    return false;
}

static const struct template *rule_template(const struct rule *rule)
{
    return rule->route ? &rule->route->route->template : rule->prefix;
}

static size_t rule_end(const struct rule *rule)
{
    return rule->route ? rule->route->route->template.n_segments : rule->end;
}

static bool is_used_by(const struct matcher *matcher, const struct value_plan *value)
{
    for (size_t i = 0; i < matcher->n_rules; i++) {
        const struct rule *rule = &matcher->rules[i];
        if (has_value(value, rule_template(rule), matcher->first, rule_end(rule)))
            return true;
    }
    return false;
}

static bool is_used_in_file(const struct emitter *emitter,
                            const struct value_plan *value)
{
    for (size_t i = 0; i < emitter->plan->n_matchers; i++)
        if (plan_has_function(emitter->plan->matchers[i]) &&
            emitter->plan->matchers[i]->file == emitter->file &&
            is_used_by(emitter->plan->matchers[i], value))
            return true;
    return false;
}

void emit_definitions(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    size_t start = out->len;
    for (size_t i = 0; i < emitter->plan->n_values; i++) {
        const struct value_plan *value = &emitter->plan->values[i];
        if (value->is_table || (emitter->file > 0 && !is_used_in_file(emitter, value)))
            continue;
        struct str constraints = value->parameter->constraints.text;
        buf_printf(out, "%s    // %.*s\n    %s = ", out->len == start ? "\n" : "",
                   STR_ARG(emitter_comment(emitter, constraints)), value->definition);
        regex_put_re2c(out, value->parameter->language);
        buf_put(out, STR(";\n"));
    }
}

/* ---- Values ---- */

void emit_value_lexers(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_values && emitter->file == 0; i++) {
        const struct value_plan *value = &emitter->plan->values[i];
        if (value->is_table)
            continue;
        const struct tmpl_value values[] = {
            {"function", str_from(value->function)},
            {"definition", str_from(value->definition)},
            {"end", value->parameter->is_catch_all ? STR("end") : STR("boundary")},
        };
        emitter_render(emitter, "value.re.tmpl",
                       &(struct marks){values, LENGTH(values), NULL, 0}, out);
    }
}

/* ---- Matchers ---- */

static struct str rule_pattern(const struct emitter *emitter, const struct rule *rule)
{
    const struct matcher *matcher = emitter->matcher;
    struct buf out;
    buf_init(&out, emitter->arena);
    if (rule->route) {
        pattern_put_rest(&out, emitter->plan, rule_template(rule), matcher->first,
                         rule->tests_values);
    } else {
        pattern_put_prefix(&out, emitter->plan, rule->prefix, matcher->first, rule->end,
                           rule->tests_values);
        buf_put(&out, STR(" boundary"));
    }
    return buf_str(&out);
}

/* The numbers of the values that a rule finds. */
static size_t first_value(const struct emitter *emitter, const struct rule *rule)
{
    return pattern_count(rule_template(rule), emitter->matcher->first);
}

static size_t end_value(const struct rule *rule)
{
    return pattern_count(rule_template(rule), rule_end(rule));
}

static void put_result(const struct emitter *emitter, const struct rule *rule,
                       struct buf *out)
{
    const struct matcher *otherwise = emitter->matcher->otherwise;
    if (rule->next)
        buf_printf(out, "%s%s(cursor - 1, values%s);",
                   otherwise ? "int route = " : "return ", rule->next->ident,
                   rule->next->twin ? ", routes" : "");
    else if (emitter->matcher->twin)
        buf_printf(out, "return routes[%lu];",
                   (unsigned long)(rule - emitter->matcher->rules));
    else
        buf_printf(out, "return %s;", rule->route->ident);
    if (rule->next && otherwise)
        buf_printf(out,
                   "\n        return route != KRT_NO_ROUTE ? route : %s(path, values);",
                   otherwise->ident);
}

static void put_value(const struct template *template, unsigned long i, struct buf *out)
{
    buf_printf(out, "        values[%lu] = ", i);
    if (pattern_has_second(template, i))
        buf_printf(out, "v%lu ? krt_value(v%lu, e%lu) : krt_value(w%lu, f%lu);\n", i, i,
                   i, i, i);
    else
        buf_printf(out, "krt_value(v%lu, e%lu);\n", i, i);
}

/* What a path leads to that the rules of the matcher do not take. */
static void put_otherwise(const struct emitter *emitter, struct buf *out)
{
    const struct matcher *otherwise = emitter->matcher->otherwise;
    if (otherwise)
        buf_printf(out, "return %s(path, values);", otherwise->ident);
    else
        buf_put(out, STR("return KRT_NO_ROUTE;"));
}

/* Tests the constraints of a parameter. */
static void put_test(const struct emitter *emitter, const struct parameter *parameter,
                     unsigned long i, struct buf *out)
{
    const char *function = plan_value(emitter->plan, parameter)->function;
    if (parameter->may_be_absent)
        buf_printf(out, "        if (v%lu && !%s(v%lu))\n            ", i, function, i);
    else
        buf_printf(out, "        if (!%s(v%lu))\n            ", function, i);
    put_otherwise(emitter, out);
    buf_putc(out, '\n');
}

/* Tests what the rule's pattern leaves out of its segment `i`, or divides that. A path
 * that is no UTF-8 may match what cannot be divided. */
static void put_segment_test(const struct emitter *emitter, const struct rule *rule,
                             size_t i, struct buf *out)
{
    const struct template *template = rule_template(rule);
    const struct segment *segment = &template->segments[i];
    unsigned long first = (unsigned long)pattern_count(template, i);
    unsigned long end = (unsigned long)pattern_count(template, i + 1);
    if (!pattern_is_divided(segment, rule->tests_values)) {
        put_test(emitter, segment->parts[0].parameter, first, out);
        return;
    }
    buf_printf(out, "        if (!%s(v%lu, e%lu, &values[%lu]))\n            ",
               plan_division(emitter->plan, segment), first, end - 1, first);
    put_otherwise(emitter, out);
    buf_putc(out, '\n');
}

static void put_tests(const struct emitter *emitter, const struct rule *rule,
                      struct buf *out)
{
    const struct template *template = rule_template(rule);
    for (size_t i = emitter->matcher->first; i < rule_end(rule); i++)
        if (weight_is_left_out(&template->segments[i], rule->tests_values) ||
            pattern_is_divided(&template->segments[i], rule->tests_values))
            put_segment_test(emitter, rule, i, out);
}

/* Stores the values of the rule's segment `i`; a function that divides it has done so.
 */
static void put_values(const struct rule *rule, size_t i, struct buf *out)
{
    const struct template *template = rule_template(rule);
    if (pattern_is_divided(&template->segments[i], rule->tests_values))
        return;
    for (size_t j = pattern_count(template, i); j < pattern_count(template, i + 1); j++)
        put_value(template, (unsigned long)j, out);
}

/* What a function that others share returns for this rule. */
static void put_routes(const struct emitter *emitter, const struct matcher *next,
                       struct buf *out)
{
    buf_put(out, STR("        static const int routes[] = {\n"));
    for (size_t i = 0; i < next->n_rules; i++) {
        buf_put(out, STR("            // "));
        emitter_put_origin(emitter, next->rules[i].route, out);
        buf_printf(out, "\n            %s,\n", next->rules[i].route->ident);
    }
    buf_put(out, STR("        };\n"));
}

/* A rule whose action has several lines. */
static void put_long_rule(const struct emitter *emitter, const struct rule *rule,
                          struct str pattern, struct buf *out)
{
    buf_printf(out, "    %.*s {\n", STR_ARG(pattern));
    if (rule->next && rule->next->twin)
        put_routes(emitter, rule->next, out);
    put_tests(emitter, rule, out);
    for (size_t i = emitter->matcher->first; i < rule_end(rule); i++)
        put_values(rule, i, out);
    buf_put(out, STR("        "));
    put_result(emitter, rule, out);
    buf_put(out, STR("\n    }\n"));
}

static bool is_long(const struct emitter *emitter, const struct rule *rule)
{
    return first_value(emitter, rule) < end_value(rule) ||
           (rule->next && (emitter->matcher->otherwise || rule->next->twin));
}

static void put_rule(const struct emitter *emitter, const struct rule *rule,
                     struct str pattern, size_t width, struct buf *out)
{
    if (rule->route && !emitter->matcher->twin) {
        buf_put(out, STR("    // "));
        emitter_put_origin(emitter, rule->route, out);
        buf_putc(out, '\n');
    }
    if (is_long(emitter, rule)) {
        put_long_rule(emitter, rule, pattern, out);
        return;
    }
    buf_printf(out, "    %-*.*s { ", (int)width, STR_ARG(pattern));
    put_result(emitter, rule, out);
    buf_put(out, STR(" }\n"));
}

static void emit_rules(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct matcher *matcher = emitter->matcher;
    size_t width = 0;
    struct str *patterns =
        arena_array(emitter->arena, matcher->n_rules, sizeof *patterns);
    for (size_t i = 0; i < matcher->n_rules; i++) {
        patterns[i] = rule_pattern(emitter, &matcher->rules[i]);
        if (patterns[i].len > width && patterns[i].len <= ACTION_COLUMN_MAX &&
            !is_long(emitter, &matcher->rules[i]))
            width = patterns[i].len;
    }
    for (size_t i = 0; i < matcher->n_rules; i++)
        put_rule(emitter, &matcher->rules[i], patterns[i], width, out);
}

/* What the rules of a matcher mark. */
struct marking {
    bool starts[KRT_PARAMETERS_MAX];
    bool ends[KRT_PARAMETERS_MAX];
    bool seconds[KRT_PARAMETERS_MAX];
    bool is_any;
};

/* A segment that a function divides has marks at both ends only. */
static void mark_segment(struct marking *marking, const struct rule *rule, size_t i)
{
    const struct template *template = rule_template(rule);
    size_t first = pattern_count(template, i);
    size_t end = pattern_count(template, i + 1);
    bool is_divided = pattern_is_divided(&template->segments[i], rule->tests_values);
    for (size_t j = first; j < end; j++) {
        marking->is_any = true;
        marking->starts[j] |= !is_divided || j == first;
        marking->ends[j] |= !is_divided || j + 1 == end;
        marking->seconds[j] |= !is_divided && pattern_has_second(template, j);
    }
}

static struct marking find_marking(const struct emitter *emitter)
{
    const struct matcher *matcher = emitter->matcher;
    struct marking marking = {.is_any = false};
    for (size_t i = 0; i < matcher->n_rules; i++)
        for (size_t j = matcher->first; j < rule_end(&matcher->rules[i]); j++)
            mark_segment(&marking, &matcher->rules[i], j);
    return marking;
}

/* Declares the marks that are `set`, of two kinds and one number. */
static void put_marks(struct buf *out, const char *kinds, const bool set[2],
                      unsigned long i)
{
    if (set[0] && set[1])
        buf_printf(out, "    const unsigned char *%c%lu, *%c%lu;\n", kinds[0], i,
                   kinds[1], i);
    else if (set[0] || set[1])
        buf_printf(out, "    const unsigned char *%c%lu;\n", kinds[set[0] ? 0 : 1], i);
}

/* The variables that mark values: where each starts and ends. */
static void emit_marks(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    struct marking marking = find_marking(emitter);
    for (unsigned long i = 0; i < KRT_PARAMETERS_MAX; i++) {
        put_marks(out, "ve", (const bool[]){marking.starts[i], marking.ends[i]}, i);
        put_marks(out, "wf", (const bool[]){marking.seconds[i], marking.seconds[i]}, i);
    }
    if (marking.is_any)
        buf_printf(out,
                   "    /*!stags:re2c:%s format = \"const unsigned char *@@ = NULL;\"; "
                   "separator = \"\\n    \"; */\n",
                   emitter->matcher->ident);
}

static void emit_default(const void *context, struct buf *out)
{
    buf_put(out, STR("    * { "));
    put_otherwise(context, out);
    buf_put(out, STR(" }\n"));
}

static void emit_matcher(const struct emitter *emitter, struct buf *out)
{
    static const struct tmpl_section sections[] = {
        {"marks", emit_marks},
        {"rules", emit_rules},
        {"default", emit_default},
    };
    const struct tmpl_value values[] = {
        {"matcher", str_from(emitter->matcher->ident)},
        {"results", str_from(emitter_results(emitter->matcher))},
    };
    emitter_render(emitter, "matcher.re.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

void emit_matchers(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_matchers; i++) {
        struct emitter inner = *emitter;
        inner.matcher = emitter->plan->matchers[i];
        if (plan_has_function(inner.matcher) && inner.matcher->file == emitter->file)
            emit_matcher(&inner, out);
    }
}

/* ---- Methods ---- */

static bool is_used(const struct plan *plan, struct str method)
{
    for (size_t i = 0; i < plan->n_methods; i++)
        if (str_equal(plan->methods[i].name, method))
            return true;
    return false;
}

/* The methods of RFC 9110 section 9.3 and RFC 5789. */
static void emit_method_rules(const void *context, struct buf *out)
{
    static const char *const known[] = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS",
                                        "PATCH",   "POST",   "PUT", "TRACE"};
    const struct emitter *emitter = context;
    const struct plan *plan = emitter->plan;
    for (size_t i = 0; i < plan->n_methods; i++) {
        int pad = METHOD_WIDTH - (int)plan->methods[i].name.len;
        buf_printf(out, "    \"%.*s \"%*s { return %lu; }\n",
                   STR_ARG(plan->methods[i].name), pad > 0 ? pad : 0, "",
                   (unsigned long)i);
    }
    for (size_t i = 0; i < LENGTH(known); i++)
        if (!is_used(plan, str_from(known[i])))
            buf_printf(out, "    \"%s \"%*s { return KRT_METHOD_UNUSED; }\n", known[i],
                       METHOD_WIDTH - (int)strlen(known[i]), "");
}

/* The method lexer stands in the first file. */
void emit_method_lexer(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->file > 0)
        return;
    const struct tmpl_value values[] = {{"ident", str_from(emitter->plan->ident)}};
    const struct tmpl_section sections[] = {{"methods", emit_method_rules}};
    emitter_render(emitter, "method.re.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
