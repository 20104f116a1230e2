#include "emit.h"

#include "embed.h"
#include "emit_access.h"
#include "emit_handlers.h"
#include "emit_limits.h"
#include "emit_matchers.h"
#include "emit_tables.h"
#include "emitter.h"
#include "pattern.h"
#include "quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the runtime, and not wanted by every server. */
#define DOUBLE_SOURCE "convert_double.c"

enum {
    LITERAL_MAX = 4000, /* C11 section 5.2.4.1 promises literals of 4095 characters */
    ROUTE_STRING_INDENT = 16,
    ROUTE_BYTES_INDENT = 36,
    GZIP_BYTES_INDENT = 24,
};

/* ---- routes.h ---- */

static void emit_enumerators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++) {
        const struct route_plan *route = &emitter->plan->routes[i];
        buf_printf(out, "    %s, /* ", route->ident);
        emitter_put_origin(emitter, route, out);
        buf_put(out, STR(" */\n"));
    }
}

static void emit_prototypes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_matchers; i++) {
        const struct matcher *matcher = emitter->plan->matchers[i];
        if (plan_has_function(matcher))
            buf_printf(out, "int %s(const unsigned char *path, %s);\n", matcher->ident,
                       emitter_results(matcher));
    }
}

static void emit_value_prototypes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->plan->n_values > 0)
        buf_put(out, STR("\n/* Whether a value satisfies the constraints: see struct "
                         "krt_parameter. */\n"));
    for (size_t i = 0; i < emitter->plan->n_values; i++)
        buf_printf(out, "bool %s(const unsigned char *value);\n",
                   emitter->plan->values[i].function);
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
    emitter_put_origin(emitter, route, out);
    buf_printf(out, " */\nstatic const unsigned char %s[] = {\n",
               array_name(emitter->arena, kind, index));
    quote_bytes(out, bytes);
    buf_put(out, STR("};\n\n"));
}

/* An initialiser for struct krt_bytes. */
static struct str bytes_value(const struct emitter *emitter, const char *kind,
                              size_t index, struct str bytes, size_t indent)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    if (bytes.len > LITERAL_MAX) {
        const char *array = array_name(emitter->arena, kind, index);
        buf_printf(&out, "{%s, sizeof %s}", array, array);
    } else {
        buf_put(&out, STR("KRT_LITERAL("));
        quote_c_string(&out, bytes, indent);
        buf_putc(&out, ')');
    }
    return buf_str(&out);
}

/* The members of struct krt_representation that conditions and Range need. */
static void put_validators(const struct emitter *emitter,
                           const struct representation *form, int indent,
                           struct buf *out)
{
    struct str etag = emitter_c_string(emitter, form->etag, 0);
    if (form->etag.len == 0)
        return;
    buf_printf(out, "%*s.kept_at = %lu,\n", indent, "", (unsigned long)form->kept_at);
    buf_printf(out, "%*s.kept_end = %lu,\n", indent, "", (unsigned long)form->kept_end);
    buf_printf(out, "%*s.type_at = %lu,\n", indent, "", (unsigned long)form->type_at);
    buf_printf(out, "%*s.etag = %.*s,\n", indent, "", STR_ARG(etag));
}

static void emit_gzip_validators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_validators(emitter, &emitter->route->response.gzip, 4, out);
}

static void emit_gzip(const struct emitter *emitter, size_t index, struct buf *out)
{
    const struct route_plan *route = &emitter->plan->routes[index];
    const struct representation *gzip = &route->response.gzip;
    if (!route->response.has_gzip)
        return;
    emit_array(emitter, "gzip_head", index, gzip->head, out);
    emit_array(emitter, "gzip_body", index, gzip->body, out);
    const struct tmpl_value values[] = {
        {"route", emitter_comment(emitter, route->name)},
        {"spec", emitter_comment(emitter, str_from(emitter->plan->spec_name))},
        {"line", emitter_number(emitter, route->line)},
        {"name", str_from(array_name(emitter->arena, "gzip", index))},
        {"head",
         bytes_value(emitter, "gzip_head", index, gzip->head, GZIP_BYTES_INDENT)},
        {"body",
         bytes_value(emitter, "gzip_body", index, gzip->body, GZIP_BYTES_INDENT)},
    };
    static const struct tmpl_section sections[] = {
        {"validators", emit_gzip_validators}};
    struct emitter inner = *emitter;
    inner.route = route;
    emitter_render(&inner, "gzip.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

static void emit_arrays(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++) {
        const struct route_plan *route = &emitter->plan->routes[i];
        if (route->call)
            continue;
        emit_array(emitter, "head", i, route->response.plain.head, out);
        emit_array(emitter, "body", i, route->response.plain.body, out);
        emit_gzip(emitter, i, out);
    }
}

/* A string literal, or NULL for an empty text. */
static struct str optional_string(const struct emitter *emitter, struct str text)
{
    return text.len > 0 ? emitter_c_string(emitter, text, 0) : STR("NULL");
}

static void emit_parameter(const struct emitter *emitter,
                           const struct parameter *parameter, struct buf *out)
{
    const struct value_plan *value =
        parameter->n_constraints > 0 ? plan_value(emitter->plan, parameter) : NULL;
    struct str constraints = optional_string(emitter, parameter->constraints.text);
    struct str default_value = optional_string(emitter, parameter->default_value.text);
    buf_printf(out, "    {\"%.*s\", %.*s, %s, %.*s},\n", STR_ARG(parameter->name.text),
               STR_ARG(constraints), value ? value->function : "NULL",
               STR_ARG(default_value));
}

static void emit_parameters(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_parameters; i++) {
        const struct parameters_plan *list = emitter->plan->parameters[i];
        buf_printf(out, "static const struct krt_parameter %s[] = {\n", list->ident);
        for (size_t j = 0; j < list->template->n_parameters; j++)
            emit_parameter(emitter, list->template->parameters[j], out);
        buf_put(out, STR("};\n\n"));
    }
}

static struct str glob(const struct emitter *emitter, const struct template *template)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    pattern_put_glob(&out, template);
    return emitter_c_string(emitter, buf_str(&out), ROUTE_STRING_INDENT);
}

static void emit_route_parameters(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct parameters_plan *list = emitter->route->parameters;
    if (list)
        buf_printf(out,
                   "        .parameters = %s,\n"
                   "        .n_parameters = sizeof %s / sizeof *%s,\n",
                   list->ident, list->ident, list->ident);
}

static void emit_validators(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_validators(emitter, &emitter->route->response.plain, 16, out);
}

static void emit_conditions(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct response_plan *response = &emitter->route->response;
    size_t index = (size_t)(emitter->route - emitter->plan->routes);
    if (response->has_gzip)
        buf_printf(out, "            .gzip = &%s,\n",
                   array_name(emitter->arena, "gzip", index));
    if (response->boundary.len > 0)
        buf_printf(out, "            .boundary = \"%.*s\",\n",
                   STR_ARG(response->boundary));
    if (response->has_last_modified)
        buf_printf(out,
                   "            .has_last_modified = true,\n"
                   "            .last_modified = %lld,\n",
                   (long long)response->last_modified);
}

/* The response that was made at generation. */
static void emit_response(const struct emitter *emitter, struct buf *out)
{
    const struct route_plan *route = emitter->route;
    const struct representation *plain = &route->response.plain;
    size_t index = (size_t)(route - emitter->plan->routes);
    const struct tmpl_value values[] = {
        {"status", emitter_number(emitter, (size_t)route->route->response.status)},
        {"head", bytes_value(emitter, "head", index, plain->head, ROUTE_BYTES_INDENT)},
        {"body", bytes_value(emitter, "body", index, plain->body, ROUTE_BYTES_INDENT)},
    };
    static const struct tmpl_section sections[] = {{"validators", emit_validators},
                                                   {"conditions", emit_conditions}};
    emitter_render(emitter, "response.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

static void emit_answer(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->route->call)
        emit_called_route(emitter, out);
    else
        emit_response(emitter, out);
}

static void emit_route(const struct emitter *emitter, size_t index, struct buf *out)
{
    const struct route_plan *route = &emitter->plan->routes[index];
    const struct tmpl_value values[] = {
        {"route", emitter_comment(emitter, route->name)},
        {"spec", emitter_comment(emitter, str_from(emitter->plan->spec_name))},
        {"line", emitter_number(emitter, route->line)},
        {"enumerator", str_from(route->ident)},
        {"route_string", emitter_c_string(emitter, route->name, ROUTE_STRING_INDENT)},
        {"pattern", glob(emitter, &route->route->template)},
    };
    static const struct tmpl_section sections[] = {
        {"parameters", emit_route_parameters}, {"answer", emit_answer}};
    struct emitter inner = *emitter;
    inner.route = route;
    emitter_render(&inner, "route.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
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
    return has_suffix(name, ".c") && !is_windows_source(name) &&
           !is_linux_source(name) && strcmp(name, DOUBLE_SOURCE) != 0;
}

static void emit_common_sources(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    put_sources(out, "    ", is_common_source);
    if (calls_have_double(emitter->plan))
        buf_put(out, STR("    runtime/" DOUBLE_SOURCE "\n"));
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

static struct str trailing_slash(const struct spec *spec)
{
    switch (spec->matching.trailing_slash) {
    case TRAILING_SLASH_IGNORE:
        return STR("KRT_TRAILING_SLASH_IGNORE");
    case TRAILING_SLASH_REDIRECT:
        return STR("KRT_TRAILING_SLASH_REDIRECT");
    default:
        return STR("KRT_TRAILING_SLASH_STRICT");
    }
}

static void add_file(const struct emitter *emitter, struct output *output,
                     const char *name, struct str text)
{
    struct buf path;
    buf_init(&path, emitter->arena);
    buf_printf(&path, "%.*s-src/%s", STR_ARG(emitter->plan->spec->name.text), name);
    output_add(output, str_z(emitter->arena, buf_str(&path)), text);
}

/* One generated file and its template. */
static void emit_file(const struct emitter *emitter, struct output *output,
                      const char *template_name, const char *file_name)
{
    const struct plan *plan = emitter->plan;
    struct str name = plan->spec->name.text;
    const struct tmpl_value values[] = {
        {"spec", emitter_comment(emitter, str_from(plan->spec_name))},
        {"spec_string", emitter_c_string(emitter, str_from(plan->spec_name), 12)},
        {"name", name},
        {"pipe", plan->spec->pipe.text},
        {"ident", str_from(plan->ident)},
        {"macro", str_from(plan->macro)},
        {"languages", emit_languages(plan)},
        {"trailing_slash", trailing_slash(plan->spec)},
        {"has_date", plan->spec->has_date ? STR("true") : STR("false")},
    };
    static const struct tmpl_section sections[] = {
        {"enumerators", emit_enumerators},
        {"hook_prototypes", emit_hook_prototypes},
        {"handlers", emit_handlers},
        {"handler_includes", emit_handler_includes},
        {"calls", emit_calls},
        {"hooks", emit_hooks},
        {"handler_sources", emit_handler_sources},
        {"prototypes", emit_prototypes},
        {"value_prototypes", emit_value_prototypes},
        {"division_prototypes", emit_division_prototypes},
        {"table_include", emit_table_include},
        {"tables", emit_tables},
        {"parameters", emit_parameters},
        {"definitions", emit_definitions},
        {"value_lexers", emit_value_lexers},
        {"arrays", emit_arrays},
        {"routes", emit_routes},
        {"allowed", emit_allowed},
        {"limits", emit_limits},
        {"access", emit_access},
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
    emitter_render(emitter, template_name,
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   &text);
    add_file(emitter, output, file_name, buf_str(&text));
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
        struct buf name;
        if (has_suffix(embedded[i].name, ".tmpl") ||
            has_suffix(embedded[i].name, ".md"))
            continue;
        buf_init(&name, emitter->arena);
        buf_printf(&name, "runtime/%s", embedded[i].name);
        add_file(emitter, output, str_z(emitter->arena, buf_str(&name)),
                 embedded_text(&embedded[i]));
    }
}

static const char *source_folder(const struct plan *plan, const char *folder,
                                 struct arena *arena)
{
    struct buf path;
    buf_init(&path, arena);
    buf_printf(&path, "%s/%.*s-src", folder, STR_ARG(plan->spec->name.text));
    return str_z(arena, buf_str(&path));
}

void emit_server(const struct plan *plan, const char *folder, struct output *output,
                 struct arena *arena)
{
    struct emitter emitter = {
        .plan = plan, .arena = arena, .folder = source_folder(plan, folder, arena)};
    if (plan->spec->handlers.is_given)
        emit_named_file(&emitter, output, "handlers.h.tmpl", "h");
    emit_file(&emitter, output, "routes.h.tmpl", "routes.h");
    emit_named_file(&emitter, output, "server.c.tmpl", "c");
    emit_file(&emitter, output, "server.cmake.tmpl", "CMakeLists.txt");
    for (; emitter.file < plan->n_files; emitter.file++)
        emit_file(&emitter, output, "routes.re.tmpl",
                  matcher_file(arena, emitter.file, "re"));
    emit_runtime(&emitter, output);
}
