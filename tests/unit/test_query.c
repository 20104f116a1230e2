/* Queries as a route declares them: q, and page and tag, which may be absent. */
#include "delivery.h"
#include "query.h"
#include "unit.h"

#include <stdio.h>

static bool is_page(const unsigned char *value)
{
    return *value >= '1' && *value <= '9' && value[1] == '\0';
}

static const struct krt_query_parameter parameters[] = {
    {{"q", NULL, NULL, NULL}, true},
    {{"page", "int:range(1,9)", is_page, "1"}, false},
    {{"tag[]", NULL, NULL, NULL}, false},
};

static const struct krt_query query = {krt_query_read, parameters, 3};

/* One exchange, and the memory behind it. */
struct fixture {
    struct krt_head head;
    struct krt_arena arena;
    struct krt_exchange exchange;
    max_align_t memory[4096 / sizeof(max_align_t)];
};

static bool read_target(struct fixture *f, const char *target)
{
    static char text[16 * 1024];
    int len = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    krt_arena_init(&f->arena, f->memory, sizeof f->memory);
    f->exchange = (struct krt_exchange){.head = &f->head, .arena = &f->arena};
    assert_int_equal(
        delivery_read(&f->head, (struct text){text, (size_t)len}, (size_t)len, 0),
        KRT_HEAD_COMPLETE);
    return krt_query_read(&f->exchange, &query);
}

/* The values as "q|page|tag[]", '-' for one that is absent. */
static const char *describe(const struct fixture *f)
{
    static char text[256];
    size_t len = 0;
    for (size_t i = 0; i < query.n_parameters; i++) {
        struct krt_slice value = f->exchange.query_values[i];
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s",
                                i > 0 ? "|" : "", value.at ? (int)value.len : 1,
                                value.at ? (const char *)value.at : "-");
    }
    return text;
}

static void test_values_are_in_the_order_of_the_spec(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/?q=a", "a|1|-"},
        {"/?tag%5B%5D=t&page=9&q=a+b%26", "a b&|9|t"},
        {"/?q", "|1|-"},
        {"/?Q=1&q=a&other=%ff&page=2", "a|2|-"},
        {"http://a/?q=1", "1|1|-"},
    };
    static struct fixture f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_true(cases[i][0], read_target(&f, cases[i][0]));
        expect_text(cases[i][0], describe(&f), cases[i][1]);
        assert_null(f.arena.others);
    }
}

#define ONE "\"detail\":\"1 parameter of the query is not as it must be\",\"errors\":["
#define ERROR(name, detail)                                                            \
    "{\"in\":\"query\",\"name\":\"" name "\",\"detail\":\"" detail "\"}"

static void test_each_violation_is_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/", ONE ERROR("q", "is missing") "]}"},
        {"/?q=1&q=2", ONE ERROR("q", "is given more than once") "]}"},
        {"/?q=%c3", ONE ERROR("q", "'%c3' is not percent-encoded UTF-8") "]}"},
        {"/?q=a%00", ONE ERROR("q", "'a%00' is not percent-encoded UTF-8") "]}"},
        {"/?q=1&page=%22%0d",
         ONE ERROR("page", "'\\\"\\u000D' does not satisfy int:range(1,9)") "]}"},
        {"/?page=", "\"detail\":\"2 parameters of the query are not as they must "
                    "be\",\"errors\":[" ERROR("q", "is missing") "," ERROR(
                        "page", "'' does not satisfy int:range(1,9)") "]}"},
    };
    static const char start[] =
        "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,";
    static struct fixture f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        assert_false(read_target(&f, cases[i][0]));
        const struct krt_made *made = &f.exchange.made;
        snprintf(text, sizeof text, "%.*s", (int)made->body.len,
                 (const char *)made->body.data);
        assert_int_equal(made->status, 400);
        assert_int_equal(strncmp(text, start, sizeof start - 1), 0);
        expect_text(cases[i][0], text + sizeof start - 1, cases[i][1]);
        krt_arena_reset(&f.arena);
    }
}

/* What needs the most bytes in JSON: a control character needs six. */
static void test_long_values_are_cut(void **state)
{
    (void)state;
    static struct fixture f;
    char target[8000] = "/?q=1&page=";
    for (size_t i = strlen(target); i + 4 < sizeof target; i += 3)
        memcpy(target + i, "%01", 4);
    assert_false(read_target(&f, target));
    struct krt_bytes body = f.exchange.made.body;
    assert_true(body.len > 400 && body.len < 800);
    assert_memory_equal((const char *)body.data + body.len - 4, "\"}]}", 4);
    krt_arena_reset(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_in_the_order_of_the_spec),
        cmocka_unit_test(test_each_violation_is_told),
        cmocka_unit_test(test_long_values_are_cut),
    };
    return cmocka_run_group_tests(tests, delivery_init, delivery_deinit);
}
