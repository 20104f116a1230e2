#include "unit.h"

#include "reading.h"

#include <stdio.h>

/* A tree as text: plain scalars bare, others quoted, [items], {key: value}. */
static void put_node(struct buf *out, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        const char *quote = node->is_plain ? "" : "'";
        buf_printf(out, "%s%.*s%s", quote, STR_ARG(node->text), quote);
        return;
    }
    bool is_mapping = node->kind == NODE_MAPPING;
    buf_putc(out, is_mapping ? '{' : '[');
    for (size_t i = 0; i < node->n; i++) {
        if (i > 0)
            buf_put(out, STR(", "));
        if (is_mapping) {
            put_node(out, node->pairs[i].key);
            buf_put(out, STR(": "));
        }
        put_node(out, is_mapping ? node->pairs[i].value : node->items[i]);
    }
    buf_putc(out, is_mapping ? '}' : ']');
}

static void test_tree_is_what_the_text_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *tree;
    } cases[] = {
        {"a: 1\nb: [x, 'y', \"z\\n\"]\n", "{a: 1, b: [x, 'y', 'z\n']}"},
        {"a:\r\n  - b\r\n  - c: d\r\n", "{a: [b, {c: d}]}"},
        {"a: |\n  two\n  lines\n", "{a: 'two\nlines\n'}"},
        {"a: one\n  two\n", "{a: one two}"},
        {"a: \nb: ''\n", "{a: , b: ''}"},
        {"- &x {a: 1}\n- *x\n", "[{a: 1}, {a: 1}]"},
        {"- &x 1\n- &x 2\n- *x\n", "[1, 2, 2]"},
        {"---\na: b\n...\n", "{a: b}"},
        {"\xEF\xBB\xBF"
         "a: b\n",
         "{a: b}"},
        {"- &b {x: 1, y: 2}\n- {<<: *b, y: 3, z: 4}\n",
         "[{x: 1, y: 2}, {x: 1, y: 3, z: 4}]"},
        {"- &a {x: 1, y: 1}\n- &b {y: 2, z: 2}\n- {z: 3, <<: [*a, *b]}\n",
         "[{x: 1, y: 1}, {y: 2, z: 2}, {z: 3, x: 1, y: 1}]"},
        {"- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: *b}\n",
         "[{x: 1}, {x: 1, y: 2}, {x: 1, y: 2}]"},
        {"{'<<': {a: 1}}\n", "{'<<': {a: 1}}"},
        {"{<<: []}\n", "{}"},
        {"no: on\n", "{no: on}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        if (!reading.is_yaml)
            fail_msg("%s: %s", cases[i].text, reading_output(&reading));
        struct buf tree;
        buf_init(&tree, &reading.arena);
        put_node(&tree, reading.root);
        expect_text(cases[i].text, str_z(&reading.arena, buf_str(&tree)),
                    cases[i].tree);
        reading_deinit(&reading);
    }
}

static void test_scalars_have_core_types(void **state)
{
    (void)state;
    static const struct {
        enum scalar_type type;
        const char *words[24];
    } cases[] = {
        {SCALAR_NULL, {"~", "null", "Null", "NULL", ""}},
        {SCALAR_BOOL, {"true", "True", "TRUE", "false", "False", "FALSE"}},
        {SCALAR_INT, {"0", "-1", "+1", "010", "0x1F", "0o17", "99999999999999999999"}},
        {SCALAR_FLOAT,
         {"1.5", ".5", "5.", "-.5", "+1.e5", "1e5", "1E-5", ".inf", "-.Inf", "+.INF",
          ".nan", ".NaN"}},
        {SCALAR_STRING,
         {"no",    "on",    "yes", "y",   "nULL",  "tRUE", "0x",   "0xG",
          "0o8",   "1_0",   "1e",  "1e+", ".",     "+",    "-",    "+.nan",
          ".infx", "1.2.3", "e5",  "0b1", "12:30", "-0x1", "+0o7", "1 2"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 24 && cases[i].words[j]; j++) {
            struct node node = {.kind = NODE_SCALAR,
                                .is_plain = true,
                                .text = str_from(cases[i].words[j])};
            expect_size(cases[i].words[j], yaml_scalar_type(&node), cases[i].type);
            node.is_plain = false;
            expect_size(cases[i].words[j], yaml_scalar_type(&node), SCALAR_STRING);
        }
}

static void test_nodes_know_their_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *spans; /* of the values of the mapping at the top */
    } cases[] = {
        {"a: one\nb:  'two' # x\n", "one|'two'|"},
        {"\xC3\xA9: [1, \xC3\xA9]\nb: {x: y}\n", "[1, \xC3\xA9]|{x: y}|"},
        {"a: &n one\nb: &m\n  c: d\n  e: f\n\n", "one|c: d\n  e: f|"},
        {"a:\r\n  - x\r\n  - y\r\nb: \"q\"\r\n", "- x\r\n  - y|\"q\"|"},
        {"{a: &n , b: [*n]}", "|[*n]|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_true(cases[i].text, reading.is_yaml);
        struct buf spans;
        buf_init(&spans, &reading.arena);
        for (size_t j = 0; j < reading.root->n; j++)
            buf_printf(&spans, "%.*s|",
                       STR_ARG(span_text(reading.root->pairs[j].value->span)));
        expect_text(cases[i].text, str_z(&reading.arena, buf_str(&spans)),
                    cases[i].spans);
        reading_deinit(&reading);
    }
}

static void test_text_span_is_exact_where_nothing_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *span; /* of the second and third byte of the value */
    } cases[] = {
        {"a: wxyz", "xy"},         {"a: 'wxyz'", "xy"},
        {"a: \"wxyz\"", "xy"},     {"a: \"w\\x78yz\"", "\"w\\x78yz\""},
        {"a: 'it''s'", "'it''s'"}, {"a: |\n  wxyz\n", "|\n  wxyz\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_true(cases[i].text, reading.is_yaml);
        struct span span = yaml_text_span(reading.root->pairs[0].value, 1, 2);
        expect_text(cases[i].text, str_z(&reading.arena, span_text(span)),
                    cases[i].span);
        reading_deinit(&reading);
    }
}

static void test_faults_are_found_at_their_places(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text;
        const char *faults;
    } cases[] = {
        {"empty", BYTES(""), "1:1 empty-spec"},
        {"comment", BYTES("# x\n"), "1:1 empty-spec"},
        {"null", BYTES("~\n"), "1:1 empty-spec"},
        {"two documents", BYTES("a: b\n---\nc: d\n"), "2:1 several-documents"},
        {"tags", BYTES("a: !!int 1\nb: !x [c]\n"), "1:4 yaml-tag, 2:4 yaml-tag"},
        {"no anchor", BYTES("a: *b\n"), "1:4 unknown-alias"},
        {"own anchor", BYTES("a: &b [*b]\n"), "1:8 unknown-alias"},
        {"nothing but an alias", BYTES("*a\n"), "1:1 unknown-alias"},
        {"own merge", BYTES("a: &b {<<: *b}\n"), "1:12 unknown-alias"},
        {"duplicates", BYTES("a: 1\nb: {c: 1, c: 2}\na: 3\n'a': 4\n"),
         "2:11 duplicate-key, 3:1 duplicate-key, 4:1 duplicate-key"},
        {"two merges", BYTES("a: {<<: {b: 1}, <<: {c: 1}}\n"), "1:17 duplicate-key"},
        {"merge of text", BYTES("a: {<<: b}\n"), "1:9 merge-key"},
        {"list as key", BYTES("[a]: b\n{c: d}: e\n"), "1:1 wrong-type, 2:1 wrong-type"},
        {"unclosed", BYTES("a: [b\n"), "1:4 yaml-syntax"},
        {"tab", BYTES("a:\n\tb: c\n"), "2:1 yaml-syntax"},
        {"crlf", BYTES("a: b\r\nc: d\r\n e: f\r\n"), "3:3 yaml-syntax"},
        {"UTF-16 LE",
         BYTES("\xFF\xFE"
               "a\0:\0"),
         "1:1 encoding"},
        {"UTF-16 BE", BYTES("\xFE\xFF\0a\0:"), "1:1 encoding"},
        {"UTF-16 without mark", BYTES("a\0:\0 \0b\0"), "1:1 encoding"},
        {"Latin-1", BYTES("a: caf\xE9\n"), "1:7 encoding"},
        {"NUL", BYTES("a: b\0c\n"), "1:5 encoding"},
        {"next line",
         BYTES("a: b\xC2\x85"
               "c: d\n"),
         "1:5 encoding"},
        {"separator", BYTES("a: '\xE2\x80\xA9'\n"), "1:5 encoding"},
        {"second mark",
         BYTES("\xEF\xBB\xBF\xEF\xBB\xBF"
               "a: b\n"),
         "1:1 encoding"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init_tree(&reading, cases[i].text);
        expect_text(cases[i].name, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
    }
}

/* What a fault concerns is taken out of the tree, or silenced. */
static void test_tree_outlasts_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *tree; /* "" for none */
    } cases[] = {
        {"a: 1\nb: {c: 1, c: 2}\na: 3\n", "{a: 1, b: {c: 1}}"},
        {"[a]: b\nc: d\n", "{c: d}"},
        {"a: *b\nc: d\n", "{a: , c: d}"},
        {"a: {<<: *b, c: d}\n", "{a: {c: d}}"},
        {"a: !!str b\n", "{a: b}"},
        {"a: {b: int:range(1,9), c: d}\n", "{a: {b: int:range(1,9), c: d}}"},
        {"a: {b: {{x.y}}, c: d}\n", "{a: {b: {{x.y}}, c: d}}"},
        {"a: b\n---\nc: d\n", "{a: b}"},
        {"a: b\n---\nc: [d\n", "{a: b}"},
        {"a: b\n c: d\n", ""},
        {"a: b\n]\n", ""},
        {"~\n", ""},
        {"*a\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        struct buf tree;
        reading_init_tree(&reading, str_from(cases[i].text));
        buf_init(&tree, &reading.arena);
        expect_true(cases[i].text, reading.diag.n_errors > 0);
        if (reading.is_yaml)
            put_node(&tree, reading.root);
        expect_text(cases[i].text, str_z(&reading.arena, buf_str(&tree)),
                    cases[i].tree);
        reading_deinit(&reading);
    }
}

static void test_faults_have_no_consequences(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *faults;
    } cases[] = {
        {"krgen: 1\npipe: *a\nroutes: *b\n", "2:7 unknown-alias, 3:9 unknown-alias"},
        {"krgen: 1\npipe: a\nroutes: {<<: *b}\n", "3:14 unknown-alias"},
        {"krgen: 1\npipe: a\nroutes: {GET /: *b}\n", "3:17 unknown-alias"},
        {"krgen: 1\n<<: *b\n", "2:5 unknown-alias"},
        {"<<: 3\nkrgen: 1\nrout: b\n", "1:5 merge-key, 3:1 unknown-key"},
        {"krgen: 1\npipe: a\nroutes: [{<<: *b, path: /}, *c]\n",
         "3:15 unknown-alias, 3:29 unknown-alias"},
        {"krgen: 1\npipe: a\nroutes: {GET /: {status: !!str 200, text: {{x}}}}\n",
         "3:26 yaml-tag, 3:43 yaml-trap"},
        {"krgen: 1\npipe: a\n---\nroutes: {GET /: x}\n", "3:1 several-documents"},
        {"krgen: 1\npipe: a\nroutes: {GET /: {text: x, text: y}, GET /: z}\n",
         "3:27 duplicate-key, 3:37 duplicate-key"},
        {"krgen: 1\npipe: a\nroutes: {GET /: a, b, c}\n", "3:17 yaml-trap"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        reading_init(&reading, str_from(cases[i].text));
        expect_text(cases[i].text, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
    }
}

/* `n` lists in each other. */
static struct str nested(struct arena *arena, size_t n)
{
    struct buf text;
    buf_init(&text, arena);
    for (size_t i = 0; i < n; i++)
        buf_putc(&text, '[');
    for (size_t i = 0; i < n; i++)
        buf_putc(&text, ']');
    return buf_str(&text);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *faults;
    } cases[] = {{64, ""}, {65, "1:65 too-deep"}, {100000, "1:65 too-deep"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        reading_init(&reading, nested(&arena, cases[i].n));
        expect_size("depth", reading.is_yaml, cases[i].n <= 64);
        if (!reading.is_yaml)
            expect_text("depth", reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_aliases_do_not_nest_deeper(void **state)
{
    (void)state;
    struct reading reading;
    struct buf text;
    struct arena arena = {0};
    buf_init(&text, &arena);
    buf_put(&text, STR("- &a0 [x]\n"));
    for (int i = 1; i < 100; i++)
        buf_printf(&text, "- &a%d [*a%d]\n", i, i - 1);
    reading_init(&reading, buf_str(&text));
    expect_text("chain", reading_faults(&reading), "64:9 too-deep");
    reading_deinit(&reading);
    arena_free(&arena);
}

static void test_merges_are_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct reading reading;
    struct buf text;
    buf_init(&text, &arena);
    buf_put(&text, STR("- &m0 {k0: 0}\n"));
    for (int i = 1; i < 3000; i++)
        buf_printf(&text, "- &m%d {<<: *m%d, k%d: 0}\n", i, i - 1, i);
    reading_init(&reading, buf_str(&text));
    assert_false(reading.is_yaml);
    assert_non_null(strstr(reading_faults(&reading), " merge-key"));
    reading_deinit(&reading);
    arena_free(&arena);
}

/* Everything on one line, so that each mark is far from the line's start. */
static void test_one_long_line_is_read_in_linear_time(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct reading reading;
    struct buf text;
    buf_init(&text, &arena);
    buf_put(&text, STR("{\xC3\xA9: 0"));
    for (int i = 0; i < 200000; i++)
        buf_printf(&text, ", k%d: %d", i, i);
    buf_putc(&text, '}');
    reading_init(&reading, buf_str(&text));
    assert_true(reading.is_yaml);
    expect_size("pairs", reading.root->n, 200001);
    expect_text("last",
                str_z(&arena, span_text(reading.root->pairs[200000].value->span)),
                "199999");
    reading_deinit(&reading);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_is_what_the_text_says),
        cmocka_unit_test(test_scalars_have_core_types),
        cmocka_unit_test(test_nodes_know_their_places),
        cmocka_unit_test(test_text_span_is_exact_where_nothing_is_escaped),
        cmocka_unit_test(test_faults_are_found_at_their_places),
        cmocka_unit_test(test_tree_outlasts_faults),
        cmocka_unit_test(test_faults_have_no_consequences),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_aliases_do_not_nest_deeper),
        cmocka_unit_test(test_merges_are_bounded),
        cmocka_unit_test(test_one_long_line_is_read_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
