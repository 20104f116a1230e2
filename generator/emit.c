#include "emit.h"

#include "embed.h"
#include "quote.h"
#include "tmpl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LITERAL_MAX = 4000, /* C11 section 5.2.4.1 promises literals of 4095 characters */
    ACTION_COLUMN_MAX = 60,
    METHOD_WIDTH = sizeof "CONNECT" - 1,
    ROUTE_STRING_INDENT = 16,
    ROUTE_BYTES_INDENT = 32,
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* What the sections of a template need. */
struct emitter {
    const struct plan *plan;
    struct arena *arena;
    size_t file;                   /* of matchers, while one is emitted */
    const struct matcher *matcher; /* likewise */
};

/* A template's marks. */
struct marks {
    const struct tmpl_value *values;
    size_t n_values;
    const struct tmpl_section *sections;
    size_t n_sections;
};

static const struct embedded *find_embedded(const char *name)
{
    for (size_t i = 0; i < n_embedded; i++)
        if (strcmp(embedded[i].name, name) == 0)
            return &embedded[i];
    return NULL;
}

static struct str embedded_text(const struct embedded *file)
{
    return (struct str){(const char *)file->data, file->len};
}

/* Templates are part of krgen, so a faulty one is a defect, never the user's fault. */
static void render(const struct emitter *emitter, const char *name,
                   const struct marks *marks, struct buf *out)
{
    struct buf problem;
    const struct embedded *file = find_embedded(name);
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

/* ---- Values ---- */

static struct str quoted(struct arena *arena, struct str text,
                         void (*quote)(struct buf *out, struct str text))
{
    struct buf out;
    buf_init(&out, arena);
    quote(&out, text);
    return buf_str(&out);
}

static struct str c_string(struct arena *arena, struct str text, size_t indent)
{
    struct buf out;
    buf_init(&out, arena);
    quote_c_string(&out, text, indent);
    return buf_str(&out);
}

static struct str number(struct arena *arena, size_t value)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%lu", (unsigned long)value);
    return buf_str(&out);
}

static struct str comment(const struct emitter *emitter, const char *text)
{
    return quoted(emitter->arena, str_from(text), quote_comment);
}

static void put_origin(const struct emitter *emitter, const struct route_plan *route,
                       struct buf *out)
{
    quote_comment(out, route->name);
    buf_putc(out, ' ');
    buf_putc(out, '(');
    quote_comment(out, str_from(emitter->plan->spec_name));
    buf_printf(out, ":%lu)", (unsigned long)route->line);
}

/* ---- NAME.h ---- */

static void emit_enumerators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++) {
        const struct route_plan *route = &emitter->plan->routes[i];
        buf_printf(out, "    %s, /* ", route->ident);
        put_origin(emitter, route, out);
        buf_put(out, STR(" */\n"));
    }
}

static void emit_prototypes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_matchers; i++)
        buf_printf(out, "int %s(const unsigned char *path);\n",
                   emitter->plan->matchers[i]->ident);
}

/* ---- NAME.c ---- */

/* The name of an array for bytes that are too many for a literal. */
static const char *array_name(struct arena *arena, const char *kind, size_t index)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s_%lu", kind, (unsigned long)index);
    return str_z(arena, buf_str(&out));
}

static void emit_array(const struct emitter *emitter, const char *kind, size_t index,
                       struct str bytes, struct buf *out)
{
    if (bytes.len <= LITERAL_MAX)
        return;
    const struct route_plan *route = &emitter->plan->routes[index];
    buf_printf(out, "/* %s of ", kind);
    put_origin(emitter, route, out);
    buf_printf(out, " */\nstatic const unsigned char %s[] = {\n",
               array_name(emitter->arena, kind, index));
    quote_bytes(out, bytes);
    buf_put(out, STR("};\n\n"));
}

static void emit_arrays(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++) {
        const struct route_plan *route = &emitter->plan->routes[i];
        emit_array(emitter, "head", i, route->head, out);
        emit_array(emitter, "body", i, route->route->response.body, out);
    }
}

/* An initialiser for struct krt_bytes. */
static struct str bytes_value(const struct emitter *emitter, const char *kind,
                              size_t index, struct str bytes)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    if (bytes.len > LITERAL_MAX) {
        const char *array = array_name(emitter->arena, kind, index);
        buf_printf(&out, "{%s, sizeof %s}", array, array);
    } else {
        buf_put(&out, STR("KRT_LITERAL("));
        quote_c_string(&out, bytes, ROUTE_BYTES_INDENT);
        buf_putc(&out, ')');
    }
    return buf_str(&out);
}

static void emit_route(const struct emitter *emitter, size_t index, struct buf *out)
{
    struct arena *arena = emitter->arena;
    const struct route_plan *route = &emitter->plan->routes[index];
    const struct response *response = &route->route->response;
    const struct tmpl_value values[] = {
        {"route", quoted(arena, route->name, quote_comment)},
        {"spec", comment(emitter, emitter->plan->spec_name)},
        {"line", number(arena, route->line)},
        {"enumerator", str_from(route->ident)},
        {"route_string", c_string(arena, route->name, ROUTE_STRING_INDENT)},
        {"status", number(arena, (size_t)response->status)},
        {"head", bytes_value(emitter, "head", index, route->head)},
        {"body", bytes_value(emitter, "body", index, response->body)},
    };
    render(emitter, "route.c.tmpl", &(struct marks){values, LENGTH(values), NULL, 0},
           out);
}

static void emit_routes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++)
        emit_route(emitter, i, out);
}

static void emit_method_table(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_methods; i++) {
        const struct method_plan *method = &emitter->plan->methods[i];
        buf_printf(out, "    {\"%.*s\", %s},\n", STR_ARG(method->name),
                   method->matcher->ident);
    }
}

/* ---- routes.re ---- */

static void put_segment(struct buf *out, const struct segment *segment,
                        bool *is_in_string)
{
    if (!*is_in_string)
        buf_put(out, out->len > 0 ? STR(" \"") : STR("\""));
    buf_putc(out, '/');
    *is_in_string = segment && segment->kind == SEGMENT_LITERAL;
    if (*is_in_string)
        quote_re2c(out, segment->text);
    else
        buf_put(out, STR("\" segment"));
}

/* The rest of a route's path from segment `first` on. */
static void put_route_pattern(struct buf *out, const struct template *template,
                              size_t first)
{
    bool is_in_string = false;
    for (size_t i = first; i < template->n_segments; i++)
        put_segment(out, &template->segments[i], &is_in_string);
    if (is_in_string)
        buf_putc(out, '"');
    buf_put(out, out->len > 0 ? STR(" end") : STR("end"));
}

static struct str rule_pattern(const struct emitter *emitter, const struct rule *rule)
{
    struct buf out;
    bool is_in_string = false;
    buf_init(&out, emitter->arena);
    if (rule->route) {
        put_route_pattern(&out, &rule->route->route->template, emitter->matcher->first);
        return buf_str(&out);
    }
    put_segment(&out, rule->segment, &is_in_string);
    buf_put(&out, is_in_string ? STR("\" [/ ?]") : STR(" [/ ?]"));
    return buf_str(&out);
}

/* A literal's rule whose further matcher may find nothing: then the parameter's goes
 * on. */
static bool has_alternative(const struct matcher *matcher, const struct rule *rule)
{
    return rule->next && rule->segment && matcher->otherwise;
}

static void emit_branch(const struct emitter *emitter, const struct rule *rule,
                        struct str pattern, struct buf *out)
{
    const struct tmpl_value values[] = {
        {"pattern", pattern},
        {"next", str_from(rule->next->ident)},
        {"otherwise", str_from(emitter->matcher->otherwise->ident)},
    };
    render(emitter, "branch.re.tmpl", &(struct marks){values, LENGTH(values), NULL, 0},
           out);
}

static void emit_rule(const struct emitter *emitter, const struct rule *rule,
                      struct str pattern, size_t width, struct buf *out)
{
    if (has_alternative(emitter->matcher, rule)) {
        emit_branch(emitter, rule, pattern, out);
        return;
    }
    if (rule->route) {
        buf_put(out, STR("    // "));
        put_origin(emitter, rule->route, out);
        buf_putc(out, '\n');
    }
    buf_printf(out, "    %-*.*s { return ", (int)width, STR_ARG(pattern));
    if (rule->route)
        buf_printf(out, "%s; }\n", rule->route->ident);
    else
        buf_printf(out, "%s(cursor - 1); }\n", rule->next->ident);
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
        if (patterns[i].len > width && patterns[i].len <= ACTION_COLUMN_MAX)
            width = patterns[i].len;
    }
    for (size_t i = 0; i < matcher->n_rules; i++)
        emit_rule(emitter, &matcher->rules[i], patterns[i], width, out);
}

static void emit_matchers(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_matchers; i++) {
        struct emitter inner = *emitter;
        inner.matcher = emitter->plan->matchers[i];
        if (inner.matcher->file != emitter->file)
            continue;
        const struct tmpl_value values[] = {
            {"matcher", str_from(inner.matcher->ident)}};
        const struct tmpl_section sections[] = {{"rules", emit_rules}};
        render(&inner, "matcher.re.tmpl",
               &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
               out);
    }
}

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
static void emit_method_lexer(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->file > 0)
        return;
    const struct tmpl_value values[] = {{"ident", str_from(emitter->plan->ident)}};
    const struct tmpl_section sections[] = {{"methods", emit_method_rules}};
    render(emitter, "method.re.tmpl",
           &(struct marks){values, LENGTH(values), sections, LENGTH(sections)}, out);
}

/* ---- CMakeLists.txt ---- */

static bool has_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t suffix_len = strlen(suffix);
    return len >= suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static void put_sources(struct buf *out, const char *indent,
                        bool (*is_wanted)(const char *name))
{
    for (size_t i = 0; i < n_embedded; i++)
        if (is_wanted(embedded[i].name))
            buf_printf(out, "%sruntime/%s\n", indent, embedded[i].name);
}

static bool is_windows_source(const char *name)
{
    return has_suffix(name, "_windows.c");
}

static bool is_linux_source(const char *name)
{
    return has_suffix(name, "_linux.c");
}

static bool is_common_source(const char *name)
{
    return has_suffix(name, ".c") && !is_windows_source(name) && !is_linux_source(name);
}

static void emit_common_sources(const void *context, struct buf *out)
{
    (void)context;
    put_sources(out, "    ", is_common_source);
}

static void emit_windows_sources(const void *context, struct buf *out)
{
    (void)context;
    put_sources(out, "        ", is_windows_source);
}

static void emit_linux_sources(const void *context, struct buf *out)
{
    (void)context;
    put_sources(out, "        ", is_linux_source);
}

/* "routes.re", "routes_2.re" and so on. */
static const char *matcher_file(struct arena *arena, size_t file_number,
                                const char *extension)
{
    struct buf out;
    buf_init(&out, arena);
    buf_put(&out, STR("routes"));
    if (file_number > 0)
        buf_printf(&out, "_%lu", (unsigned long)file_number + 1);
    buf_printf(&out, ".%s", extension);
    return str_z(arena, buf_str(&out));
}

static void emit_matcher_sources(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_files; i++)
        buf_printf(out, "    %s\n", matcher_file(emitter->arena, i, "c"));
}

/* ---- The files ---- */

/* One generated file and its template. */
static void emit_file(const struct emitter *emitter, struct output *output,
                      const char *template_name, const char *file_name)
{
    const struct plan *plan = emitter->plan;
    struct str name = plan->spec->name.text;
    const struct tmpl_value values[] = {
        {"spec", comment(emitter, plan->spec_name)},
        {"spec_string", c_string(emitter->arena, str_from(plan->spec_name), 12)},
        {"name", name},
        {"pipe", plan->spec->pipe.text},
        {"ident", str_from(plan->ident)},
        {"macro", str_from(plan->macro)},
    };
    static const struct tmpl_section sections[] = {
        {"enumerators", emit_enumerators},
        {"prototypes", emit_prototypes},
        {"arrays", emit_arrays},
        {"routes", emit_routes},
        {"methods", emit_method_table},
        {"method_lexer", emit_method_lexer},
        {"matchers", emit_matchers},
        {"matcher_sources", emit_matcher_sources},
        {"common_sources", emit_common_sources},
        {"windows_sources", emit_windows_sources},
        {"linux_sources", emit_linux_sources},
    };
    struct buf text;
    buf_init(&text, emitter->arena);
    render(emitter, template_name,
           &(struct marks){values, LENGTH(values), sections, LENGTH(sections)}, &text);
    struct buf path;
    buf_init(&path, emitter->arena);
    buf_printf(&path, "%.*s-src/%s", STR_ARG(name), file_name);
    output_add(output, str_z(emitter->arena, buf_str(&path)), buf_str(&text));
}

static void emit_named_file(const struct emitter *emitter, struct output *output,
                            const char *template_name, const char *extension)
{
    struct buf name;
    buf_init(&name, emitter->arena);
    buf_printf(&name, "%.*s.%s", STR_ARG(emitter->plan->spec->name.text), extension);
    emit_file(emitter, output, template_name, str_z(emitter->arena, buf_str(&name)));
}

static void emit_runtime(const struct emitter *emitter, struct output *output)
{
    for (size_t i = 0; i < n_embedded; i++) {
        struct buf path;
        if (has_suffix(embedded[i].name, ".tmpl"))
            continue;
        buf_init(&path, emitter->arena);
        buf_printf(&path, "%.*s-src/runtime/%s",
                   STR_ARG(emitter->plan->spec->name.text), embedded[i].name);
        output_add(output, str_z(emitter->arena, buf_str(&path)),
                   embedded_text(&embedded[i]));
    }
}

void emit_server(const struct plan *plan, struct output *output, struct arena *arena)
{
    struct emitter emitter = {.plan = plan, .arena = arena};
    emit_named_file(&emitter, output, "server.h.tmpl", "h");
    emit_named_file(&emitter, output, "server.c.tmpl", "c");
    emit_file(&emitter, output, "server.cmake.tmpl", "CMakeLists.txt");
    for (; emitter.file < plan->n_files; emitter.file++)
        emit_file(&emitter, output, "routes.re.tmpl",
                  matcher_file(arena, emitter.file, "re"));
    emit_runtime(&emitter, output);
}
