#include "table.h"
#include "unit.h"

#include <stdio.h>

/* A table in a file that lasts as long as the test. */
static bool read_text(struct table *table, const char *text)
{
    char name[] = "test_table.txt";
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    bool is_fine = table_read(table, name);
    remove(name);
    return is_fine;
}

static bool double_word(void *context, const char *word, const char *argument,
                        struct bytes *bytes)
{
    (void)context;
    bytes_append(bytes, argument, strlen(argument));
    bytes_append(bytes, argument, strlen(argument));
    return strcmp(word, "double") == 0;
}

static void test_bytes(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
        size_t len;
    } cases[] = {
        {"plain", "plain", 5},     {"\\r\\n\\t\\s\\\\\\{\\\"", "\r\n\t \\{\"", 7},
        {"a\\0b", "a\0b", 3},      {"\\x00\\x7f\\xFf", "\0\x7f\xff", 3},
        {"{ab*3}c", "abababc", 7}, {"{\\x00*2}", "\0\0", 2},
        {"{a*b*2}", "a*ba*b", 6},  {"<{double /x}>", "</x/x>", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes bytes = {0};
        assert_null(escape_read(&bytes, cases[i].text, strlen(cases[i].text),
                                double_word, NULL));
        expect_size(cases[i].text, bytes.len, cases[i].len);
        assert_memory_equal(bytes.data, cases[i].bytes, bytes.len);
        bytes_free(&bytes);
    }
}

static void test_malformed_bytes(void **state)
{
    static const char *const cases[] = {"\\",  "\\q",   "\\x1",  "\\xg0", "{a*3",
                                        "{a}", "{a*0}", "{a*x}", "{a b}", "{\\q*2}"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes bytes = {0};
        if (!escape_read(&bytes, cases[i], strlen(cases[i]), double_word, NULL))
            fail_msg("%s is taken", cases[i]);
        bytes_free(&bytes);
    }
}

static void test_case_with_steps(void **state)
{
    struct table table = {0};
    (void)state;
    assert_true(read_text(&table, "# comment\n\n"
                                  "== name\nRFC 9112 1\n> a\n>\n>> b\n< 100?\n> c\n"
                                  "< 200|206 head \"x\\n\" close\n    A: b*\n"
                                  "    no C\n    has \"d\"\n"));
    const struct test_case *test = &table.cases[0];
    expect_size("cases", table.n_cases, 1);
    expect_size("steps", test->n_steps, 2);
    expect_text("name", test->name, "name");
    expect_text("first", test->steps[0].sent.data, "a\r\n\r\nb");
    expect_text("second", test->steps[1].sent.data, "c\r\n");
    assert_true(test->steps[0].answers[0].is_optional);
    const struct expectation *answer = &test->steps[1].answers[0];
    assert_true(test->closes && answer->is_to_head && answer->has_body);
    assert_true(expectation_has(answer, 206) && !expectation_has(answer, 100));
    expect_size("checks", answer->n_checks, 3);
    table_free(&table);
}

static void test_malformed_tables(void **state)
{
    static const char *const cases[] = {
        "> a\n",
        "== a\n> a\n< 200 keep\n",
        "== a\nRFC 1\n< 200 keep\n",
        "== a\nRFC 1\n> a\n",
        "== a\nRFC 1\n> a\n< 200\n",
        "== a\nRFC 1\n> a\n< 20 keep\n",
        "== a\nRFC 1\n> a\n< 200 keeps\n",
        "== a\nRFC 1\n> a\n< 200 \"x keep\n",
        "== a\nRFC 1\n> a\n    A: b\n< 200 keep\n",
        "== a\nRFC 1\n> a\n< 200 keep\n    A\n",
        "== a\nRFC 1\n> a\n< 200 keep\n> a\n< 200 keep\n",
        "== a\nRFC 1\nwhat\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct table table = {0};
        if (read_text(&table, cases[i]))
            fail_msg("a table is taken:\n%s", cases[i]);
        table_free(&table);
    }
}

static bool differs(const char *expected, const char *status_and_fields)
{
    struct table table = {0};
    struct answer answer;
    char text[300], data[300], problem[200];
    const char *malformed;
    snprintf(text, sizeof text, "== a\nRFC 1\n> a\n< %s\n", expected);
    assert_true(read_text(&table, text));
    int len = snprintf(data, sizeof data,
                       "HTTP/1.1 %s\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                       "Content-Length: 3\r\n\r\nabc",
                       status_and_fields);
    assert_int_equal(answer_read(&answer, data, (size_t)len, false, &malformed),
                     ANSWER_WHOLE);
    bool result = expectation_differs(&table.cases[0].steps[0].answers[0], &answer,
                                      problem, sizeof problem);
    table_free(&table);
    return result;
}

static void test_differences(void **state)
{
    static const char answer[] = "200 OK\r\nA: bcd";
    (void)state;
    assert_false(differs("200 keep", answer));
    assert_true(differs("201 keep", answer));
    assert_false(differs("201|200 keep", answer));
    assert_false(differs("200 \"abc\" keep", answer));
    assert_true(differs("200 \"abd\" keep", answer));
    assert_true(differs("200 \"\" keep", answer));
    assert_false(differs("200 keep\n    A: bcd", answer));
    assert_false(differs("200 keep\n    a: b*", answer));
    assert_true(differs("200 keep\n    A: bc", answer));
    assert_true(differs("200 keep\n    A: c*", answer));
    assert_true(differs("200 keep\n    B: c", answer));
    assert_false(differs("200 keep\n    no B", answer));
    assert_true(differs("200 keep\n    no A", answer));
    assert_false(differs("200 keep\n    has \"bc\"", answer));
    assert_true(differs("200 keep\n    has \"cb\"", answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),           cmocka_unit_test(test_malformed_bytes),
        cmocka_unit_test(test_case_with_steps), cmocka_unit_test(test_malformed_tables),
        cmocka_unit_test(test_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
