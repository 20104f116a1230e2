#include "emit.h"

#include "embed.h"
#include "emit_access.h"
#include "emit_data.h"
#include "emit_directory.h"
#include "emit_handlers.h"
#include "emit_journal.h"
#include "emit_limits.h"
#include "emit_matchers.h"
#include "emit_query.h"
#include "emit_response.h"
#include "emit_tables.h"
#include "emit_template.h"
#include "emitter.h"
#include "pattern.h"
#include "quote.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the runtime, and not wanted by every server. */
#define DOUBLE_SOURCE "convert_double.c"

enum {
    ROUTE_STRING_INDENT = 16,
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

/* "gzip_3" */
static const char *array_name(struct arena *arena, const char *kind, size_t index)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s_%lu", kind, (unsigned long)index);
    return str_z(arena, buf_str(&out));
}

static struct naming naming_of(const struct emitter *emitter,
                               const struct route_plan *route)
{
    size_t index = emitter_index(emitter, route);
    return (struct naming){&route->response, array_name(emitter->arena, "gzip", index)};
}

static void emit_route_gzip(const struct emitter *emitter,
                            const struct route_plan *route, struct buf *out)
{
    struct naming naming = naming_of(emitter, route);
    emit_gzip(emitter, &naming, emitter_origin(emitter, route), out);
}

static void emit_compressed(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct plan *plan = emitter->plan;
    for (size_t i = 0; i < plan->n_answers; i++)
        emit_route_gzip(emitter, &plan->routes[i], out);
}

static void emit_parameter(const struct emitter *emitter,
                           const struct parameter *parameter, struct buf *out)
{
    buf_put(out, STR("    "));
    emitter_put_parameter(emitter, parameter, out);
    buf_put(out, STR(",\n"));
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

static void emit_delay(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct response *response = &emitter->route->route->response;
    if (response->delay_max_ms > 0)
        buf_printf(out,
                   "        .delay_min_ms = %d,\n"
                   "        .delay_max_ms = %d,\n",
                   response->delay_min_ms, response->delay_max_ms);
}

static void emit_expected(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct expectation *calls = &emitter->route->route->expectation;
    if (!calls->is_given)
        return;
    size_t line = source_place(calls->span.source, calls->span.start).line;
    buf_printf(out, "        .expected = &(const struct krt_expectation){%lu, %d, ",
               (unsigned long)line, calls->min);
    if (calls->max == INT_MAX)
        buf_put(out, STR("KRT_CALLS_ANY},\n"));
    else
        buf_printf(out, "%d},\n", calls->max);
}

/* What answers at run time. */
static void emit_answer(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct directory_plan *directory = emitter->route->directory;
    if (directory)
        buf_printf(out,
                   "        .answer = krt_answer_directory,\n"
                   "        .answer_data = &%s,\n"
                   "        .lacks = krt_directory_lacks,\n"
                   "        .response = {.status = 200},\n",
                   directory->ident);
    else if (emitter->route->call)
        emit_called_route(emitter, out);
    else if (emitter->route->rendering)
        emit_template_answer(emitter, out);
}

static void emit_route_response(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct route_plan *route = emitter->route;
    if (!route->directory && !route->rendering && !route->call)
        emit_response(emitter, emitter->naming, out);
}

static void emit_route(const struct emitter *emitter, const struct route_plan *route,
                       struct buf *out)
{
    struct naming naming = naming_of(emitter, route);
    const struct tmpl_value values[] = {
        {"origin", emitter_origin(emitter, route)},
        {"line", emitter_number(emitter, route->line)},
        {"enumerator", str_from(route->ident)},
        {"route_string", emitter_c_string(emitter, route->name, ROUTE_STRING_INDENT)},
        {"pattern", glob(emitter, &route->route->template)},
    };
    static const struct tmpl_section sections[] = {
        {"parameters", emit_route_parameters},
        {"query", emit_route_query},
        {"delay", emit_delay},
        {"expected", emit_expected},
        {"answer", emit_answer},
        {"response", emit_route_response},
    };
    struct emitter inner = *emitter;
    inner.route = route;
    inner.naming = &naming;
    emitter_render(&inner, "route.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}

static void emit_routes(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    for (size_t i = 0; i < emitter->plan->n_routes; i++)
        emit_route(emitter, &emitter->plan->routes[i], out);
}

static bool has_unmatched(const struct plan *plan)
{
    return plan->n_answers > plan->n_routes;
}

/* An array of one, so that it looks as the other routes do. */
static void emit_unmatched(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct plan *plan = emitter->plan;
    if (!has_unmatched(plan))
        return;
    buf_put(out, STR("static const struct krt_route unmatched[] = {\n"));
    emit_route(emitter, &plan->routes[plan->n_routes], out);
    buf_put(out, STR("};\n\n"));
}

static void emit_unmatched_member(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (has_unmatched(emitter->plan))
        buf_put(out, STR("    .unmatched = unmatched,\n"));
}

/* Whether its answer is more than a response that is given at once. */
static bool is_exchange(const struct route_plan *plan)
{
    const struct route *route = plan->route;
    return plan->directory || plan->rendering || plan->call || route->n_query > 0 ||
           route->response.delay_max_ms > 0;
}

static void emit_begin(const void *context, struct buf *out)
{
    const struct plan *plan = ((const struct emitter *)context)->plan;
    size_t i = 0;
    while (i < plan->n_answers && !is_exchange(&plan->routes[i]))
        i++;
    if (i < plan->n_answers)
        buf_put(out, STR("    .begin = krt_begin_exchange,\n"));
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

/* Adds a file to the folder of the sources. */
static void add_source(const struct emitter *emitter, struct output *output,
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
    const struct tmpl_value values[] = {
        {"spec", emitter_comment(emitter, str_from(plan->spec_name))},
        {"spec_string", emitter_c_string(emitter, str_from(plan->spec_path), 12)},
        {"name", plan->spec->name.text},
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
        {"begin", emit_begin},
        {"hooks", emit_hooks},
        {"handler_sources", emit_handler_sources},
        {"prototypes", emit_prototypes},
        {"value_prototypes", emit_value_prototypes},
        {"division_prototypes", emit_division_prototypes},
        {"table_include", emit_table_include},
        {"tables", emit_tables},
        {"parameters", emit_parameters},
        {"queries", emit_queries},
        {"answer_includes", emit_answer_includes},
        {"templates", emit_templates},
        {"environment", emit_environment},
        {"environment_member", emit_environment_member},
        {"definitions", emit_definitions},
        {"value_lexers", emit_value_lexers},
        {"compressed", emit_compressed},
        {"routes", emit_routes},
        {"unmatched", emit_unmatched},
        {"unmatched_member", emit_unmatched_member},
        {"allowed", emit_allowed},
        {"limits", emit_limits},
        {"redacted", emit_redacted},
        {"journal", emit_journal},
        {"access", emit_access},
        {"methods", emit_method_table},
        {"method_lexer", emit_method_lexer},
        {"matchers", emit_matchers},
        {"matcher_sources", emit_matcher_sources},
        {"data_sources", emit_data_sources},
        {"data_include", emit_data_include},
        {"directory_declarations", emit_directory_declarations},
        {"data_declarations", emit_data_declarations},
        {"data", emit_data},
        {"common_sources", emit_common_sources},
        {"windows_sources", emit_windows_sources},
        {"linux_sources", emit_linux_sources},
    };
    struct buf text;
    buf_init(&text, emitter->arena);
    emitter_render(emitter, template_name,
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   &text);
    add_source(emitter, output, file_name, buf_str(&text));
}

static void emit_named_file(const struct emitter *emitter, struct output *output,
                            const char *template_name, const char *extension)
{
    struct buf name;
    buf_init(&name, emitter->arena);
    buf_printf(&name, "%.*s.%s", STR_ARG(emitter->plan->spec->name.text), extension);
    emit_file(emitter, output, template_name, str_z(emitter->arena, buf_str(&name)));
}

/* "data/data_1.c" and its like. */
static const char *data_file(struct arena *arena, const char *kind, size_t number)
{
    struct buf name;
    buf_init(&name, arena);
    buf_printf(&name, "data/%s_%lu.c", kind, (unsigned long)number);
    return str_z(arena, buf_str(&name));
}

static void emit_data_files(const struct emitter *emitter, struct output *output)
{
    const struct plan *plan = emitter->plan;
    struct emitter inner = *emitter;
    if (emitter_has_data(emitter))
        emit_file(emitter, output, "data.h.tmpl", "data/data.h");
    for (inner.file = 0; inner.file < plan->data.n_files; inner.file++)
        emit_file(&inner, output, "data.c.tmpl",
                  data_file(emitter->arena, "data", inner.file + 1));
    for (size_t i = 0; i < plan->n_routes; i++) {
        const struct directory_plan *directory = plan->routes[i].directory;
        struct buf text;
        if (!directory)
            continue;
        buf_init(&text, emitter->arena);
        emit_directory(emitter, &plan->routes[i], &text);
        add_source(emitter, output,
                   data_file(emitter->arena, "directory", directory->number),
                   buf_str(&text));
    }
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
        add_source(emitter, output, str_z(emitter->arena, buf_str(&name)),
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
    emit_data_files(&emitter, output);
    emit_runtime(&emitter, output);
}
