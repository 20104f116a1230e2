#include "unit.h"

#include "automaton.h"
#include "dfa.h"
#include "reading.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATES_MAX = 500, EDGES_MAX = 2000, PARTS_MAX = 16 };

/* The tables of a segment, as krgen emits them. */
struct tables {
    struct krt_edge edges[EDGES_MAX];
    struct krt_state states[STATES_MAX];
    struct krt_part parts[PARTS_MAX];
    size_t n_edges;
    size_t n_states;
};

static void add_part(struct tables *tables, size_t i, const struct part *part)
{
    size_t start = tables->n_states;
    size_t literal = part->parameter ? 0 : part->literal.len;
    tables->parts[i] = (struct krt_part){(uint16_t)start, (uint16_t)literal};
    assert_true(start + part->dfa->n_states < STATES_MAX);
    for (size_t j = 0; j < part->dfa->n_states; j++) {
        const struct dfa_state *state = &part->dfa->states[j];
        tables->states[tables->n_states++] =
            (struct krt_state){(uint32_t)tables->n_edges, state->is_accepting};
        assert_true(tables->n_edges + state->n_edges < EDGES_MAX);
        for (size_t k = 0; k < state->n_edges; k++)
            tables->edges[tables->n_edges++] =
                (struct krt_edge){state->edges[k].first, state->edges[k].last,
                                  (uint16_t)(start + state->edges[k].target)};
    }
}

static struct krt_division build(struct tables *tables, const struct segment *segment)
{
    *tables = (struct tables){.n_edges = 0};
    for (size_t i = 0; i < segment->n_parts; i++)
        add_part(tables, i, &segment->parts[i]);
    tables->states[tables->n_states].edges = (uint32_t)tables->n_edges;
    return (struct krt_division){{tables->edges, tables->states},
                                 tables->parts,
                                 segment->n_parts,
                                 segment->has_optional_end};
}

/* Reads a spec whose only route is `segment`. */
static const struct segment *read_segment(struct reading *reading, const char *segment,
                                          bool ignores_case)
{
    static char text[1000];
    snprintf(text, sizeof text,
             "krgen: 1\npipe: p\nmatch: { ignore-case: %s }\nroutes:\n  'GET /%s': x\n",
             ignores_case ? "true" : "false", segment);
    reading_init(reading, str_from(text));
    expect_text(segment, reading_faults(reading), "");
    return &reading->spec.routes[0].template.segments[0];
}

/* The values with '|' between them, '-' where one is absent; "none" for no division. */
static const char *divide(struct arena *arena, const struct krt_division *division,
                          const char *text)
{
    static struct krt_place places[STATES_MAX];
    struct krt_slice values[PARTS_MAX];
    struct buf out;
    const unsigned char *at = (const unsigned char *)text;
    buf_init(&out, arena);
    memset(places, 0, sizeof places);
    if (!krt_divide(division, places, at, at + strlen(text), values))
        return "none";
    for (size_t i = 0, n = 0; i < division->n_parts; i++) {
        if (division->parts[i].literal > 0)
            continue;
        struct krt_slice value = values[n++];
        if (n > 1)
            buf_putc(&out, '|');
        buf_put(&out,
                value.at ? (struct str){(const char *)value.at, value.len} : STR("-"));
    }
    return str_z(arena, buf_str(&out));
}

static void test_parameters_take_what_they_can_from_the_left(void **state)
{
    (void)state;
    static const struct {
        const char *segment;
        const char *text;
        const char *values;
    } cases[] = {
        {"{a}-{b}", "x-y-z", "x-y|z"},
        {"{a}-{b}", "-", "none"},
        {"{a}-{b}-{c}", "1-2-3-4", "1-2|3|4"},
        {"{a}-{b}-{c}", "1-2", "none"},
        {"{a:int}1{b}", "21474836471100", "2147483647|100"},
        {"{a:int}1{b}", "214748364711", "2147483647|1"},
        {"{a:int}1{b}", "21474836481100", "2|474836481100"},
        {"{a:regex(\\d{1,3})}1{b:regex(\\d{1,3})}", "111", "1|1"},
        {"{a:regex(\\d{1,3})}1{b:regex(\\d{1,3})}", "1111", "11|1"},
        {"{a:regex(\\d{1,3})}1{b:regex([5-9])}", "1115", "11|5"},
        {"{a:regex(\\d{1,3})}1{b:regex([5-9])}", "1151", "none"},
        {"{a:regex(x|xy|xyz)}y{b:regex(z|.+)}", "xyyz", "xy|z"},
        {"{a:regex(x|xy|xyz)}y{b:regex(z|.+)}", "xyzyz", "xyz|z"},
        {"{a:regex(x|xy|xyz)}y{b:regex(z|.+)}", "xyz", "x|z"},
        {"v{a:regex(\\d*.\\d*)}.{b}", "v1.2.3", "1.2|3"},
        {"{a:length(1,2)}é{b}é{c:minlength(2)}", "ééééééé", "éé|é|éé"},
        {"{a:length(1,2)}é{b}é{c:minlength(2)}", "日éxé😀", "none"},
        {"{a:length(1,2)}é{b}é{c:minlength(2)}", "日é😀é本é", "日|😀|本é"},
        {"{name}.{ext?}", "a.b.c", "a.b|c"},
        {"{name}.{ext?}", "a.b.", "a|b."},
        {"{name:length(1,4)}.{ext:alpha?}", "a.b", "a|b"},
        {"{name:length(1,4)}.{ext:alpha?}", "a.1", "a.1|-"},
        {"{name:length(1,4)}.{ext:alpha?}", "a.b.1", "none"},
        {"{a}{{{b}}}", "x{y{z}", "x{y|z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        static struct tables tables;
        const struct segment *segment = read_segment(&reading, cases[i].segment, false);
        struct krt_division division = build(&tables, segment);
        expect_text(cases[i].text, divide(&reading.arena, &division, cases[i].text),
                    cases[i].values);
        reading_deinit(&reading);
    }
}

static void test_case_is_ignored_where_the_spec_says_so(void **state)
{
    (void)state;
    for (int ignores_case = 0; ignores_case <= 1; ignores_case++) {
        struct reading reading;
        static struct tables tables;
        const struct segment *segment =
            read_segment(&reading, "{a:alpha}x{b:oneof(y,yX)}", ignores_case);
        struct krt_division division = build(&tables, segment);
        expect_text("aXXyx", divide(&reading.arena, &division, "aXXyx"),
                    ignores_case ? "aX|yx" : "none");
        reading_deinit(&reading);
    }
}

/* Nothing behind the end of a text that breaks off inside of a character is read. */
static void test_broken_text_is_not_left(void **state)
{
    (void)state;
    static const char *const texts[] = {"a-\xe6", "a-\xe6\x97", "\xf0",
                                        "\xf0-a", "\x80-\x80",  "a-\xc3"};
    struct reading reading;
    static struct tables tables;
    const struct segment *segment = read_segment(&reading, "{a}-{b}-{c}", false);
    struct krt_division division = build(&tables, segment);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i]);
        char *exact = malloc(len + 1);
        assert_non_null(exact);
        memcpy(exact, texts[i], len + 1);
        expect_text(texts[i], divide(&reading.arena, &division, exact), "none");
        krt_accepts(&division.automaton, (const unsigned char *)exact, true);
        free(exact);
    }
    reading_deinit(&reading);
}

static void test_values_end_where_a_segment_ends(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_segment;
        bool is_rest;
    } cases[] = {
        {"", false, false},     {"/", false, false},   {"ab", true, true},
        {"ab/c", true, false},  {"ab/", true, false},  {"日/日", false, false},
        {"abc/", false, false}, {"abc", false, false},
    };
    struct reading reading;
    static struct tables tables;
    const struct segment *segment =
        read_segment(&reading, "{a:regex([a-z]{2})}-{b}", false);
    struct krt_division division = build(&tables, segment);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const unsigned char *value = (const unsigned char *)cases[i].value;
        expect_size(cases[i].value, krt_accepts(&division.automaton, value, false),
                    cases[i].is_segment);
        expect_size(cases[i].value, krt_accepts(&division.automaton, value, true),
                    cases[i].is_rest);
    }
    reading_deinit(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_take_what_they_can_from_the_left),
        cmocka_unit_test(test_case_is_ignored_where_the_spec_says_so),
        cmocka_unit_test(test_broken_text_is_not_left),
        cmocka_unit_test(test_values_end_where_a_segment_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
