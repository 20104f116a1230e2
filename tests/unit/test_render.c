/* Answers of a hand-made table: "[" number of the path "]", and a header. */
#include "delivery.h"
#include "render.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static bool is_memory_out;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    return is_memory_out ? NULL : __real_malloc(size);
}

/* One exchange, and the memory behind it. */
struct fixture {
    struct krt_head head;
    struct krt_arena arena;
    struct krt_slice values[2];
    struct krt_exchange exchange;
    max_align_t memory[4096 / sizeof(max_align_t)];
};

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, text ? strlen(text) : 0};
}

static void start(struct fixture *f)
{
    struct text text = BYTES("GET /a?q=1&q=2&bad=%ff&b=%41 HTTP/1.1\r\nHost: h\r\n"
                             "Cookie: c=d\r\n\r\n");
    krt_arena_init(&f->arena, f->memory, sizeof f->memory);
    f->exchange = (struct krt_exchange){
        .head = &f->head,
        .path = slice_of("/a"),
        .values = f->values,
        .query_values = f->values,
        .unix_seconds = 951782400, /* 2000-02-29 */
        .arena = &f->arena,
    };
    assert_int_equal(delivery_read(&f->head, text, text.len, 0), KRT_HEAD_COMPLETE);
}

static const char *text_of(struct krt_bytes bytes)
{
    static char text[256];
    snprintf(text, sizeof text, "%.*s", (int)bytes.len, (const char *)bytes.data);
    return text;
}

/* What an answer is that has the value of the last source alone. */
static const char *render(struct fixture *f, const struct krt_source *sources, size_t n)
{
    const struct krt_op ops[] = {{KRT_LITERAL("["), n - 1, krt_json_string},
                                 {KRT_LITERAL("]"), 0, NULL}};
    const struct krt_template template = {
        .status = 201, .sources = sources, .n_sources = n, .body = ops, .n_body = 2};
    assert_int_equal(krt_answer_template(&f->exchange, &template), KRT_DONE);
    assert_int_equal(f->exchange.made.status, 201);
    assert_int_equal(f->exchange.made.fields.len, 0);
    return text_of(f->exchange.made.body);
}

static void test_each_source_finds_its_value(void **state)
{
    (void)state;
    static const struct {
        struct krt_source source;
        const char *expected;
    } cases[] = {
        {{.get = krt_get_text, .text = "t\""}, "[\"t\\\"\"]"},
        {{.get = krt_get_path_value, .index = 1}, "[\"one\"]"},
        {{.get = krt_get_path_value}, "[null]"},
        {{.get = krt_get_path_value, .text = "else"}, "[\"else\"]"},
        {{.get = krt_get_query_value, .index = 1}, "[\"one\"]"},
        {{.get = krt_get_query, .text = "q"}, "[\"1\"]"},
        {{.get = krt_get_query, .text = "b"}, "[\"A\"]"},
        {{.get = krt_get_query, .text = "bad"}, "[null]"},
        {{.get = krt_get_query, .text = "none"}, "[null]"},
        {{.get = krt_get_header, .text = "HOST"}, "[\"h\"]"},
        {{.get = krt_get_header, .text = "none"}, "[null]"},
        {{.get = krt_get_cookie, .text = "c"}, "[\"d\"]"},
        {{.get = krt_get_cookie, .text = "C"}, "[null]"},
        {{.get = krt_get_body}, "[\"the body\"]"},
        {{.get = krt_get_method}, "[\"GET\"]"},
        {{.get = krt_get_path}, "[\"/a\"]"},
        {{.get = krt_get_now}, "[\"2000-02-29T00:00:00Z\"]"},
        {{.get = krt_get_seq}, "[\"1\"]"},
        {{.get = krt_get_seq}, "[\"2\"]"},
    };
    static struct fixture f;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        start(&f);
        f.values[1] = slice_of("one");
        f.exchange.body = slice_of("the body");
        expect_text(cases[i].expected, render(&f, &cases[i].source, 1),
                    cases[i].expected);
        assert_null(f.arena.others);
    }
    start(&f);
    static const struct krt_source body = {.get = krt_get_body};
    f.exchange.body = slice_of("");
    expect_text("an empty body", render(&f, &body, 1), "[null]");
}

static void test_sources_are_made_of_others(void **state)
{
    (void)state;
    static const struct krt_source sources[] = {
        {.get = krt_get_path_value},                      /* absent */
        {.get = krt_get_text, .text = "a b"},             /* 1 */
        {.get = krt_get_either, .first = 0, .second = 1}, /* a b */
        {.get = krt_get_either, .first = 1, .second = 0}, /* a b */
        {.get = krt_get_filtered, .first = 2, .escape = krt_escape_url},
        {.get = krt_get_filtered, .first = 0, .escape = krt_escape_url},
        {.get = krt_get_filtered, .first = 0, .escape = krt_json_string},
    };
    static const char *const expected[] = {"[null]",    "[\"a b\"]",   "[\"a b\"]",
                                           "[\"a b\"]", "[\"a%20b\"]", "[null]",
                                           "[\"null\"]"};
    static struct fixture f;
    for (size_t i = 0; i < LENGTH(sources); i++) {
        start(&f);
        expect_text(expected[i], render(&f, sources, i + 1), expected[i]);
    }
}

static void test_fields_and_body_are_apart(void **state)
{
    (void)state;
    static const struct krt_source source = {.get = krt_get_path_value, .index = 1};
    static const struct krt_op fields[] = {{KRT_LITERAL("A: "), 0, krt_escape_header},
                                           {KRT_LITERAL("\r\n"), 0, NULL}};
    static const struct krt_op body[] = {{KRT_LITERAL(""), 0, krt_escape_none}};
    static const struct krt_template template = {
        200, KRT_LITERAL("head"), &source, 1, fields, 2, body, 1};
    static struct fixture f;
    start(&f);
    f.values[1] = slice_of("x\r\ny");
    assert_int_equal(krt_answer_template(&f.exchange, &template), KRT_DONE);
    expect_text("head", text_of(f.exchange.made.head), "head");
    expect_text("fields", text_of(f.exchange.made.fields), "A: x%0D%0Ay\r\n");
    expect_text("body", text_of(f.exchange.made.body), "x\r\ny");
}

/* A value that is repeated to more than a response may have. */
static void test_what_is_too_much_fails(void **state)
{
    (void)state;
    enum { TIMES = 65, LEN = 1024 * 1024 };
    static const struct krt_source source = {.get = krt_get_body};
    static struct krt_op ops[TIMES];
    static struct fixture f;
    const struct krt_template template = {.status = 200,
                                          .sources = &source,
                                          .n_sources = 1,
                                          .body = ops,
                                          .n_body = TIMES};
    unsigned char *body = calloc(1, LEN);
    for (size_t i = 0; i < TIMES; i++)
        ops[i] = (struct krt_op){KRT_LITERAL(""), 0, krt_escape_none};
    start(&f);
    f.exchange.body = (struct krt_slice){body, LEN};
    assert_int_equal(krt_answer_template(&f.exchange, &template), KRT_FAILED);
    f.exchange.body.len = 1024;
    assert_int_equal(krt_answer_template(&f.exchange, &template), KRT_DONE);
    is_memory_out = true;
    int result = krt_answer_template(&f.exchange, &template);
    is_memory_out = false;
    assert_int_equal(result, KRT_FAILED);
    krt_arena_reset(&f.arena);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_source_finds_its_value),
        cmocka_unit_test(test_sources_are_made_of_others),
        cmocka_unit_test(test_fields_and_body_are_apart),
        cmocka_unit_test(test_what_is_too_much_fails),
    };
    return cmocka_run_group_tests(tests, delivery_init, delivery_deinit);
}
