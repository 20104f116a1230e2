/* What the responses of one route with parameters of every type become. */
#include "unit.h"

#include "reading.h"
#include "rendering.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define START                                                                          \
    "krgen: 1\npipe: p\nroutes:\n  GET /{id:int}/{name=me}/{*rest}:\n"                 \
    "    query: { on: bool?, size: double=1, word: string? }\n"

/* "name(first,second)" of a source, "'text'" in place of a name. */
static void put_source(struct buf *out, const struct rendering *rendering, size_t i)
{
    const struct source_plan *source = &rendering->sources[i];
    const char *name = source->get + strlen("krt_get_");
    buf_printf(out, "%s", name);
    if (source->has_text)
        buf_printf(out, "'%.*s'", STR_ARG(source->text));
    if (strcmp(name, "either") == 0) {
        buf_putc(out, '(');
        put_source(out, rendering, source->first);
        buf_putc(out, ',');
        put_source(out, rendering, source->second);
        buf_putc(out, ')');
    } else if (source->escape) {
        buf_printf(out, "(");
        put_source(out, rendering, source->first);
        buf_printf(out, ")%s", source->escape + strlen("krt_"));
    } else if (!source->has_text) {
        buf_printf(out, "%lu", (unsigned long)source->index);
    }
}

/* "literal<source escape>" of each operation. */
static void put_ops(struct buf *out, const struct rendering *rendering,
                    const struct ops_plan *ops)
{
    for (size_t i = 0; i < ops->n; i++) {
        buf_put(out, ops->list[i].literal);
        if (!ops->list[i].escape)
            continue;
        buf_putc(out, '<');
        put_source(out, rendering, ops->list[i].source);
        buf_printf(out, " %s>", ops->list[i].escape + strlen("krt_"));
    }
}

static void check_response(const char *response, const char *expected)
{
    char text[1024];
    struct reading reading;
    struct buf out;
    struct variables environment = {.indices = {.arena = &reading.arena}};
    snprintf(text, sizeof text, START "    %s\n", response);
    reading_init(&reading, str_from(text));
    expect_text(response, reading_faults(&reading), "");
    const struct rendering *rendering =
        rendering_plan(&reading.spec.routes[0], &environment, &reading.arena);
    buf_init(&out, &reading.arena);
    if (rendering) {
        put_ops(&out, rendering, &rendering->fields);
        put_ops(&out, rendering, &rendering->body);
        buf_printf(&out, "%s", rendering->keeps_body ? " keeps" : "");
    }
    expect_text(response, str_z(&reading.arena, buf_str(&out)), expected);
    reading_deinit(&reading);
}

static void test_each_place_has_its_escape(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"text: plain", ""},
        {"text: \"{{'{{'}} {{1}}\"", ""},
        {"text: \"a {{path.id}} b\"", "a <path_value0 escape_none> b"},
        {"html: \"{{path.name}}\"", "<path_value'me' escape_markup>"},
        {"body: \"{{uuid}}\"\n    type: image/svg+xml", "<uuid0 escape_markup>"},
        {"body: \"{{uuid}}\"\n    type: text/css", "<uuid0 escape_none>"},
        {"text: \"{{uuid}}\"\n    headers: { content-type: text/html }",
         "<uuid0 escape_markup>"},
        {"body: '\"{{uuid}}\"'\n    type: a/b+json; x=y", "\"<uuid0 escape_json>\""},
        {"json: \"x{{path.id}}\"", "\"x<path_value0 escape_json>\""},
        {"json: [\"{{path.id}}\", \"{{query.size}}\", \"{{query.on}}\"]",
         "[<path_value0 json_number>,<query_value1 json_number>,"
         "<query_value0 json_boolean>]"},
        {"json: [\"{{query.word}}\", \"{{seq}}\", \"{{now.ms}}\", \"{{now}}\"]",
         "[<query_value2 json_string>,<seq0 json_number>,<now_ms0 json_number>,"
         "<now0 json_string>]"},
        {"headers: { A: \"{{path}}\" }", "A: <path0 escape_header>\r\n"},
        {"headers: { location: \"{{path.id}}{{path.rest}}{{path}}\" }",
         "location: <path_value0 escape_url><path_value2 escape_rest>"
         "<path0 escape_path>\r\n"},
        {"text: \"{{body}}\"", "<body0 escape_none> keeps"},
        {"template: false\n    text: \"{{path.x}}\"", ""},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_response(cases[i][0], cases[i][1]);
}

static void test_operands_and_filters_are_sources(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"text: \"{{query.word ?? cookie.c ?? 'x y'}}\"",
         "<either(query_value2,either(cookie'c',text'x y')) escape_none>"},
        {"text: \"{{query.word | url}}\"",
         "<filtered(query_value2)escape_url escape_none>"},
        {"text: \"{{path.id | json | html}}\"",
         "<filtered(filtered(path_value0)json_number)escape_markup escape_none>"},
        {"html: \"{{query.word | html}}\"", "<query_value2 escape_markup>"},
        {"html: \"{{query.word | html | url}}\"",
         "<filtered(filtered(query_value2)escape_markup)escape_url escape_markup>"},
        {"json: \"{{query.word | json}}\"", "<query_value2 json_string>"},
        {"json: \"{{path.id | url}}\"",
         "<filtered(path_value0)escape_url json_string>"},
        {"json: \"a{{query.word | json}}\"",
         "\"a<filtered(query_value2)json_string escape_json>\""},
        {"headers: { Location: \"{{query.word | url}}\" }",
         "Location: <query_value2 escape_url>\r\n"},
        {"text: \"{{env.A}}{{env.B}}{{env.A}}\"",
         "<environment0 escape_none><environment1 escape_none>"
         "<environment0 escape_none>"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        check_response(cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_place_has_its_escape),
        cmocka_unit_test(test_operands_and_filters_are_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
