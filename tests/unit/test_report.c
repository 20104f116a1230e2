/* Annotations, tables and JUnit files: what is put in which form. */
#include "answers.h"
#include "github.h"
#include "junit.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

/* A program whose names are what their forms have marks for. */
static const struct krt_route routes[] = {
    {.name = "GET /a|b<&>\"'\x01\xff\xef\xbf\xbf\xc3\xa4]]>%{x:y}",
     .line = 1,
     .expected = &(const struct krt_expectation){2, 1, 1}},
};

static const struct krt_program strange = {
    .name = "strange",
    .spec = "a,b:c%\n.yaml",
    .routes = routes,
    .n_routes = 1,
};

static void expect_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("got\n%s\nexpected in it\n%s", text, part);
}

/* ---- GitHub ---- */

static void test_commands_are_escaped(void **state)
{
    struct krt_verification *verification = krt_verification_new(&strange, true, false);
    struct krt_tally tally = krt_verification_tally(verification);
    struct krt_document document = {0};
    (void)state;
    krt_put_annotations(&document, verification, &tally);
    expect_text("command", krt_document_end(&document),
                "::error file=a%2Cb%3Ac%25%0A.yaml,line=2,title=krgen::"
                "GET /a|b<&>\"'\x01\xff\xef\xbf\xbf\xc3\xa4]]>%25{x:y}: expected 1 "
                "call, got 0\n");
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_cells_are_escaped(void **state)
{
    struct krt_verification *verification = krt_verification_new(&shop, true, true);
    struct krt_document document = {0};
    (void)state;
    count_miss(verification, "/|<&>`*_[]\\~#@:!", ROUTE_THREE);
    struct krt_tally tally = krt_verification_tally(verification);
    krt_put_summary_table(&document, verification, &tally);
    const char *text = krt_document_end(&document);
    expect_part(text, "### shop\n\n4 of 6 expectations are not met, 1 request was "
                      "unexpected\n\n| | expected | calls | place |\n"
                      "| --- | --- | ---: | --- |\n"
                      "| :x: | GET /three&#58; 3 calls<br>  note&#58; GET ");
    expect_part(text, "GET /&#124;&#60;&#38;&#62;&#96;&#42;&#95;&#91;&#93;&#92;&#126;"
                      "&#35;&#64;&#58;&#33; came near it");
    expect_part(text, "| :white_check_mark: | GET /never&#58; no calls | 0 | "
                      "specs/shop.yaml&#58;31 |\n");
    krt_document_free(&document);
    krt_verification_free(verification);
}

/* What has failed comes first, and is not left out for what has passed. */
static void test_tables_are_bounded(void **state)
{
    enum { N = KRT_ROWS_MAX + 5 };
    static struct krt_route many[N];
    static const struct krt_expectation met = {1, 0, 0};
    static const struct krt_expectation unmet = {7, 1, 1};
    const struct krt_program program = {
        .name = "many", .spec = "many.yaml", .routes = many, .n_routes = N};
    struct krt_document document = {0};
    (void)state;
    for (int i = 0; i < N; i++)
        many[i] = (struct krt_route){
            .name = "GET /x",
            .expected = i < N - 1 ? &met : &unmet,
        };
    struct krt_verification *verification = krt_verification_new(&program, true, false);
    struct krt_tally tally = krt_verification_tally(verification);
    krt_put_summary_table(&document, verification, &tally);
    const char *text = krt_document_end(&document);
    expect_part(text, "---: | --- |\n| :x: | GET /x&#58; 1 call | 0 | many.yaml&#58;7 "
                      "|\n| :white_check_mark: | ");
    expect_part(text, "|\n\nand 5 more\n");
    krt_document_free(&document);
    krt_verification_free(verification);
}

/* ---- JUnit ---- */

static void test_xml_is_escaped(void **state)
{
    struct krt_verification *verification = krt_verification_new(&strange, true, false);
    struct krt_tally tally = krt_verification_tally(verification);
    struct krt_document document = {0};
    (void)state;
    krt_put_junit(&document, verification, NULL, &tally);
    expect_part(krt_document_end(&document),
                "<testcase name=\"GET /a|b&lt;&amp;&gt;&quot;&#39;\xef\xbf\xbd\xef\xbf\xbd"
                "\xef\xbf\xbd\xc3\xa4]]&gt;%{x:y}\" classname=\"strange\" "
                "file=\"a,b:c%\n.yaml\" line=\"2\" time=\"0\">");
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_a_file_without_checks_is_whole(void **state)
{
    struct krt_verification *verification = krt_verification_new(&shop, false, false);
    struct krt_tally tally = krt_verification_tally(verification);
    struct krt_document document = {0};
    (void)state;
    verification->began_at_ms = INT64_C(784111777) * 1000 + 42;
    krt_put_junit(&document, verification, NULL, &tally);
    const char *text = krt_document_end(&document);
    expect_part(text,
                "<testsuites name=\"shop\" tests=\"0\" failures=\"0\" errors=\"0\" "
                "time=\"0.0");
    expect_part(text, " skipped=\"0\" timestamp=\"1994-11-06T08:49:37\">\n"
                      "  </testsuite>\n</testsuites>\n");
    krt_document_free(&document);
    krt_verification_free(verification);
}

static void test_many_requests_are_one_case(void **state)
{
    struct krt_verification *verification = krt_verification_new(&shop, false, true);
    struct krt_document document = {0};
    (void)state;
    for (int i = 0; i < KRT_MISSES_MAX + 2; i++) {
        char target[16];
        snprintf(target, sizeof target, "/%d", i);
        count_miss(verification, target, KRT_NO_ROUTE);
    }
    struct krt_tally tally = krt_verification_tally(verification);
    krt_put_junit(&document, verification, NULL, &tally);
    const char *text = krt_document_end(&document);
    expect_part(text, " tests=\"1\" failures=\"1\" ");
    expect_part(text, "message=\"102 unexpected requests\">specs/shop.yaml: unexpected "
                      "request GET /0: 404");
    expect_part(text, "\nand 2 more\n</failure>");
    krt_document_free(&document);
    krt_verification_free(verification);
}

/* ---- Documents ---- */

static void test_documents_grow(void **state)
{
    struct krt_document document = {0};
    (void)state;
    expect_text("empty", krt_document_end(&document), "");
    for (size_t i = 0; i < 10000; i++) {
        expect_size("length", strlen(krt_document_end(&document)), 3 * i);
        krt_document_put(&document, "abc");
    }
    krt_document_number(&document, UINT64_MAX);
    const char *text = krt_document_end(&document);
    assert_int_equal(strlen(text), 30000 + strlen("18446744073709551615"));
    expect_text("end", text + 30000, "18446744073709551615");
    krt_document_free(&document);
    assert_null(document.text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_are_escaped),
        cmocka_unit_test(test_cells_are_escaped),
        cmocka_unit_test(test_tables_are_bounded),
        cmocka_unit_test(test_xml_is_escaped),
        cmocka_unit_test(test_a_file_without_checks_is_whole),
        cmocka_unit_test(test_many_requests_are_one_case),
        cmocka_unit_test(test_documents_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
