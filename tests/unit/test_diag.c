#include "unit.h"

#include "diag.h"

struct fixture {
    struct arena arena;
    struct source source;
    struct diag diag;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.diag = {.arena = &fixture.arena}};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_free(&f->arena);
    return 0;
}

static void set_text(struct fixture *f, const char *path, struct str text)
{
    source_init(&f->source, path, text, &f->arena);
}

static struct span span(struct fixture *f, size_t start, size_t end)
{
    return (struct span){&f->source, start, end};
}

static const char *render(struct fixture *f)
{
    struct buf out;
    buf_init(&out, &f->arena);
    diag_render(&f->diag, &out);
    return str_z(&f->arena, buf_str(&out));
}

static void test_error_shows_line_caret_and_hint(void **state)
{
    struct fixture *f = *state;
    set_text(f, "specs/shop.yaml", STR("a: 1\nGET /users/{id:itn}: x\n"));
    struct diagnostic *error = diag_error(&f->diag, CHECK_UNKNOWN_KEY, span(f, 20, 23),
                                          "unknown route constraint '%s'", "itn");
    diag_hint(&f->diag, error, "did you mean '%s'?", "int");
    assert_true(f->diag.n_errors > 0);
    expect_text("hint", render(f),
                "specs/shop.yaml:2:16: error: unknown route constraint 'itn' "
                "[unknown-key]\n"
                "    2 | GET /users/{id:itn}: x\n"
                "      |                ^~~ did you mean 'int'?\n");
}

static void test_notes_follow_in_order(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("one\n\ntwo"));
    struct diagnostic *error =
        diag_error(&f->diag, CHECK_STATUS, span(f, 5, 8), "wrong");
    diag_note(&f->diag, error, span(f, 0, 3), "first %d", 1);
    diag_note(&f->diag, error, span(f, 4, 4), "second");
    expect_text("notes", render(f),
                "a.yaml:3:1: error: wrong [status]\n"
                "    3 | two\n"
                "      | ^~~\n"
                "a.yaml:1:1: note: first 1\n"
                "    1 | one\n"
                "      | ^~~\n"
                "a.yaml:2:1: note: second\n"
                "    2 |\n"
                "      | ^\n");
}

static void test_caret_is_under_its_span(void **state)
{
    static const struct {
        const char *name;
        struct str text;
        size_t start;
        size_t end;
        const char *lines;
    } cases[] = {
        {"empty span", BYTES("abc"), 1, 1, "    1 | abc\n      |  ^\n"},
        {"end of text", BYTES("abc"), 3, 3, "    1 | abc\n      |    ^\n"},
        {"empty text", BYTES(""), 0, 0, "    1 |\n      | ^\n"},
        {"several lines", BYTES("abc\ndef"), 1, 6, "    1 | abc\n      |  ^~\n"},
        {"crlf", BYTES("abc\r\ndef"), 1, 5, "    1 | abc\n      |  ^~\n"},
        {"line break itself", BYTES("abc\ndef"), 3, 4, "    1 | abc\n      |    ^\n"},
        {"tab", BYTES("\tabc"), 1, 4, "    1 |  abc\n      |  ^~~\n"},
        {"two bytes", BYTES("\xC3\xA9z"), 2, 3, "    1 | \xC3\xA9z\n      |  ^\n"},
        {"wide", BYTES("\xE4\xB8\x80\xE4\xB8\x81z"), 3, 6,
         "    1 | \xE4\xB8\x80\xE4\xB8\x81z\n      |   ^~\n"},
        {"combining", BYTES("e\xCC\x81z"), 3, 4, "    1 | e\xCC\x81z\n      |  ^\n"},
        {"controls", BYTES("\x1B[31m\x7F\xC2\x9B\xE2\x80\xAEz"), 11, 12,
         "    1 | ?[31m???z\n      |         ^\n"},
        {"not UTF-8", BYTES("a\xFF\xC3z"), 3, 4, "    1 | a\?\?z\n      |    ^\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture *f = *state;
        set_text(f, "a.yaml", cases[i].text);
        f->diag = (struct diag){.arena = &f->arena};
        diag_error(&f->diag, CHECK_STATUS, span(f, cases[i].start, cases[i].end), "x");
        expect_text(cases[i].name, strchr(render(f), '\n') + 1, cases[i].lines);
    }
}

static void test_controls_in_texts_are_not_shown(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a\nb\x1B.yaml", STR("abc"));
    struct diagnostic *error =
        diag_error(&f->diag, CHECK_STATUS, span(f, 0, 3), "value '%s'", "\x1B[2J\n");
    diag_hint(&f->diag, error, "%s", "\r\n");
    expect_text("controls", render(f),
                "a?b?.yaml:1:1: error: value '?[2J?' [status]\n"
                "    1 | abc\n"
                "      | ^~~ ??\n");
}

/* A line of `n` numbered characters. */
static struct str long_line(struct fixture *f, size_t n)
{
    struct buf buf;
    buf_init(&buf, &f->arena);
    for (size_t i = 0; i < n; i++)
        buf_putc(&buf, (char)('0' + i % 10));
    return buf_str(&buf);
}

static void test_long_line_is_cut_around_span(void **state)
{
    struct fixture *f = *state;
    static const struct {
        size_t len;
        size_t start;
        size_t shown; /* characters of the line, dots included */
        size_t before_caret;
    } cases[] = {
        {160, 150, 160, 150}, {161, 10, 163, 10},  {500, 0, 163, 0},
        {500, 59, 163, 59},   {500, 250, 166, 63}, {500, 499, 64, 63},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_text(f, "a.yaml", long_line(f, cases[i].len));
        f->diag = (struct diag){.arena = &f->arena};
        diag_error(&f->diag, CHECK_STATUS, span(f, cases[i].start, cases[i].start + 1),
                   "x");
        const char *line = strchr(render(f), '\n') + 1;
        const char *caret = strchr(line, '\n') + 1;
        expect_size("shown", (size_t)(caret - line) - strlen("    1 | \n"),
                    cases[i].shown);
        expect_size("caret", (size_t)(strchr(caret, '^') - caret) - strlen("      | "),
                    cases[i].before_caret);
        char marked = line[(size_t)(strchr(caret, '^') - caret)];
        expect_size("character", (size_t)(marked - '0'), cases[i].start % 10);
    }
}

static void test_errors_are_ordered_by_position(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("0123456789"));
    static const size_t starts[] = {5, 1, 9, 1, 0};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        diag_error(&f->diag, CHECK_STATUS, span(f, starts[i], starts[i] + 1), "no %zu",
                   i);
    const char *at = render(f);
    static const char *const order[] = {"no 4", "no 1", "no 3", "no 0", "no 2"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = strstr(at, order[i]);
        expect_true(order[i], at != NULL);
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    while ((text = strstr(text, what))) {
        text++;
        n++;
    }
    return n;
}

/* Reports `n` errors, the last first. */
static const char *render_many(struct fixture *f, size_t n)
{
    set_text(f, "a.yaml", long_line(f, n));
    f->diag = (struct diag){.arena = &f->arena};
    for (size_t i = n; i > 0; i--) {
        struct diagnostic *error =
            diag_error(&f->diag, CHECK_STATUS, span(f, i - 1, i), "no %zu.", i - 1);
        diag_note(&f->diag, error, span(f, 0, 1), "note");
        diag_hint(&f->diag, error, "hint");
    }
    return render(f);
}

static void test_first_twenty_are_shown(void **state)
{
    struct fixture *f = *state;
    const char *text = render_many(f, DIAG_MAX);
    expect_size("all", count(text, "error: "), DIAG_MAX);
    assert_null(strstr(text, "more error"));
    text = render_many(f, DIAG_MAX + 1);
    expect_size("one more", count(text, "error: "), DIAG_MAX);
    expect_true("first", strstr(text, "no 0.") != NULL);
    expect_true("last", strstr(text, "no 19.") != NULL);
    expect_true("count", strstr(text, "\na.yaml: 1 more error not shown\n") != NULL);
    text = render_many(f, 50);
    expect_true("last of 50", strstr(text, "no 19.") != NULL);
    assert_null(strstr(text, "no 20."));
    expect_true("count of 50",
                strstr(text, "\na.yaml: 30 more errors not shown\n") != NULL);
}

static void test_repeated_error_is_shown_once(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("abc"));
    for (int i = 0; i < 3; i++) {
        struct diagnostic *error =
            diag_error(&f->diag, CHECK_STATUS, span(f, 0, 1), "wrong");
        diag_note(&f->diag, error, span(f, 1, 2), "note");
    }
    diag_error(&f->diag, CHECK_STATUS, span(f, 0, 1), "also wrong");
    expect_size("wrong", count(render(f), " wrong [status]"), 2);
    expect_size("notes", count(render(f), "note: "), 1);
}

static void test_long_text_loses_its_middle(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("abc"));
    struct str value = long_line(f, 5000);
    diag_error(&f->diag, CHECK_STATUS, span(f, 0, 1), "value '%.*s' is wrong",
               STR_ARG(value));
    const char *text = render(f);
    expect_true("head", strstr(text, "error: value '0123456789") != NULL);
    expect_true("tail",
                strstr(text, "...") && strstr(text, "6789' is wrong [status]") != NULL);
    expect_true("length", strlen(text) < 500);
}

static void add(struct fixture *f, size_t subject, enum check check, size_t start)
{
    f->diag.subject = subject;
    diag_error(&f->diag, check, span(f, start, start + 1), "x");
}

static void test_consequences_stay_silent(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("0123456789"));
    add(f, DIAG_ROUTE(7), CHECK_TEMPLATE, 0);
    add(f, DIAG_ROUTE(7), CHECK_DUPLICATE_ROUTE, 1);
    add(f, DIAG_ROUTE(7), CHECK_STATUS, 2);
    add(f, DIAG_ROUTE(7), CHECK_BODY_FORBIDDEN, 3);
    expect_size("route 7", f->diag.n_errors, 2);
    add(f, DIAG_ROUTE(8), CHECK_DUPLICATE_ROUTE, 4);
    add(f, DIAG_ROUTE(100), CHECK_BODY_FORBIDDEN, 5);
    add(f, DIAG_SPEC, CHECK_DUPLICATE_ROUTE, 6);
    expect_size("others", f->diag.n_errors, 5);
    expect_true("failed", !diag_may_check(&f->diag, DIAG_ROUTE(7), CHECK_AMBIGUOUS));
    expect_true("other subject",
                diag_may_check(&f->diag, DIAG_ROUTE(6), CHECK_AMBIGUOUS));
    expect_true("beyond all", diag_may_check(&f->diag, 100000, CHECK_AMBIGUOUS));
    expect_true("no prerequisite",
                diag_may_check(&f->diag, DIAG_ROUTE(7), CHECK_HEADER_NAME));
}

/* What stayed silent has failed nevertheless, and so has what is not shown. */
static void test_silent_failures_count(void **state)
{
    struct fixture *f = *state;
    render_many(f, 50);
    add(f, DIAG_ROUTE(0), CHECK_METHOD, 40);
    expect_true("not shown", !diag_may_check(&f->diag, DIAG_ROUTE(0), CHECK_AMBIGUOUS));
    diag_silence(&f->diag, span(f, 0, 1), EVERY_CHECK);
    add(f, DIAG_ROUTE(1), CHECK_METHOD, 0);
    expect_true("silenced", !diag_may_check(&f->diag, DIAG_ROUTE(1), CHECK_AMBIGUOUS));
}

static void test_silenced_place_is_silent(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("0123456789"));
    diag_silence(&f->diag, span(f, 2, 5), BIT(STATUS) | BIT(METHOD));
    diag_silence(&f->diag, span(f, 8, 8), EVERY_CHECK);
    for (size_t i = 0; i < 10; i++)
        add(f, DIAG_SPEC, CHECK_STATUS, i);
    expect_size("one check", f->diag.n_errors, 7);
    add(f, DIAG_SPEC, CHECK_TYPE, 3);
    diag_error(&f->diag, CHECK_METHOD, span(f, 4, 6), "across the edge");
    expect_size("others", f->diag.n_errors, 9);
    diag_error(&f->diag, CHECK_METHOD, span(f, 8, 8), "at a place");
    diag_error(&f->diag, CHECK_METHOD, span(f, 4, 5), "inside");
    expect_size("silent", f->diag.n_errors, 9);
}

static const char *render_as(struct fixture *f, const char *start,
                             void (*renderer)(const struct diag *, struct buf *))
{
    struct buf out;
    buf_init(&out, &f->arena);
    buf_printf(&out, "%s", start);
    renderer(&f->diag, &out);
    return str_z(&f->arena, buf_str(&out));
}

static void add_two(struct fixture *f)
{
    set_text(f, "a,b:%.yaml", STR("one\n\"t\xC3\xA9o\": 100%\n\tthree\n"));
    struct diagnostic *error = diag_error(&f->diag, CHECK_STATUS, span(f, 4, 10),
                                          "wrong: \"t\xC3\xA9o\", 50%%");
    diag_note(&f->diag, error, span(f, 0, 3), "first\\");
    diag_note(&f->diag, error, span(f, 17, 17), "second");
    diag_hint(&f->diag, error, "tab\t, bell\x07, line\r\n");
    diag_error(&f->diag, CHECK_TYPE, span(f, 12, 19), "over lines");
}

static void test_json_is_escaped_and_complete(void **state)
{
    struct fixture *f = *state;
    expect_text("none", render_as(f, "", diag_render_json), "");
    add_two(f);
    static const char second[] =
        "{\"file\":\"a,b:%.yaml\",\"line\":2,\"column\":8,\"endLine\":3,"
        "\"endColumn\":3,\"severity\":\"error\",\"check\":\"wrong-type\","
        "\"message\":\"over lines\",\"hint\":null,\"notes\":[]}";
    const char *text = render_as(f, "", diag_render_json);
    expect_true("two lines", strchr(text, '\n') == strrchr(text, '\n'));
    expect_text("second", strchr(text, '\n') + 1, second);
    expect_text("joined", strrchr(render_as(f, "{}", diag_render_json), '\n') + 1,
                second);
    expect_true("joint",
                strstr(render_as(f, "{}", diag_render_json), "{},\n{") != NULL);
    expect_text(
        "first",
        str_z(&f->arena, (struct str){text, (size_t)(strchr(text, '\n') - text)}),
        "{\"file\":\"a,b:%.yaml\",\"line\":2,\"column\":1,\"endLine\":2,"
        "\"endColumn\":6,\"severity\":\"error\",\"check\":\"status\","
        "\"message\":\"wrong: \\\"t\xC3\xA9o\\\", 50%\","
        "\"hint\":\"tab\\u0009, bell\\u0007, line\\u000D\\u000A\",\"notes\":["
        "{\"file\":\"a,b:%.yaml\",\"line\":1,\"column\":1,\"endLine\":1,"
        "\"endColumn\":4,\"message\":\"first\\\\\"},"
        "{\"file\":\"a,b:%.yaml\",\"line\":3,\"column\":1,\"endLine\":3,"
        "\"endColumn\":1,\"message\":\"second\"}]},");
}

static void test_json_replaces_what_is_not_utf8(void **state)
{
    struct fixture *f = *state;
    set_text(f, "\xFF.yaml", STR("abc"));
    diag_error(&f->diag, CHECK_STATUS, span(f, 0, 1), "\xC3\x7F");
    const char *text = render_as(f, "", diag_render_json);
    expect_true("file", strstr(text, "\"file\":\"\xEF\xBF\xBD.yaml\"") != NULL);
    expect_true("message", strstr(text, "\"message\":\"\xEF\xBF\xBD\\u007F\"") != NULL);
}

static void test_commands_of_github_are_escaped(void **state)
{
    struct fixture *f = *state;
    expect_text("none", render_as(f, "", diag_render_github), "");
    add_two(f);
    expect_text("commands", render_as(f, "", diag_render_github),
                "::error file=a%2Cb%3A%25.yaml,line=2,col=1,endColumn=6,title=status::"
                "wrong: \"t\xC3\xA9o\", 50%25%0Atab , bell?, line??%0Aline 1: "
                "first\\%0Aline 3: second\n"
                "::error file=a%2Cb%3A%25.yaml,line=2,endLine=3,title=wrong-type::"
                "over lines\n");
}

static void test_ten_commands_are_the_most(void **state)
{
    struct fixture *f = *state;
    render_many(f, DIAG_ANNOTATIONS);
    const char *text = render_as(f, "", diag_render_github);
    expect_size("all", count(text, "::error "), DIAG_ANNOTATIONS);
    assert_null(strstr(text, "more"));
    render_many(f, 30);
    text = render_as(f, "", diag_render_github);
    expect_size("most", count(text, "::error "), DIAG_ANNOTATIONS);
    expect_true("rest",
                strstr(text, "\na.yaml: 20 more errors without an annotation\n") !=
                    NULL);
}

static void test_every_check_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < N_CHECKS; i++) {
        const char *name = check_name((enum check)i);
        expect_true(name, strlen(name) > 0);
        expect_true(name, strlen(check_meaning((enum check)i)) > 0);
        expect_size(name, strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                    strlen(name));
        for (int j = 0; j < i; j++)
            expect_true(name, strcmp(name, check_name((enum check)j)) != 0);
    }
}

static void test_warnings_are_no_errors(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("one\ntwo\n"));
    diag_error(&f->diag, CHECK_STATUS, span(f, 4, 7), "wrong");
    struct diagnostic *warning =
        diag_warning(&f->diag, CHECK_LIMIT, span(f, 0, 3), "odd %d", 1);
    diag_warning(&f->diag, CHECK_LIMIT, span(f, 0, 3), "odd %d", 1);
    diag_warning(&f->diag, CHECK_LIMIT, span(f, 4, 5), "odd %d", 2);
    diag_hint(&f->diag, warning, "mind");
    expect_size("errors", f->diag.n_errors, 1);
    expect_size("warnings", f->diag.n_warnings, 2);
    expect_text("warnings", render(f),
                "a.yaml:1:1: warning: odd 1 [limit]\n"
                "    1 | one\n"
                "      | ^~~ mind\n"
                "a.yaml:2:1: error: wrong [status]\n"
                "    2 | two\n"
                "      | ^~~\n"
                "a.yaml:2:1: warning: odd 2 [limit]\n"
                "    2 | two\n"
                "      | ^\n");
}

static void test_warnings_can_be_errors(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", STR("one\n"));
    f->diag.warnings_are_errors = true;
    diag_warning(&f->diag, CHECK_LIMIT, span(f, 0, 3), "odd");
    expect_size("errors", f->diag.n_errors, 1);
    expect_size("warnings", f->diag.n_warnings, 0);
    expect_text("error", render(f),
                "a.yaml:1:1: error: odd [limit]\n"
                "    1 | one\n"
                "      | ^~~\n");
}

/* Errors do not push warnings out, nor warnings errors. */
static void test_many_of_both_are_cut_apart(void **state)
{
    struct fixture *f = *state;
    set_text(f, "a.yaml", long_line(f, 100));
    for (size_t i = 0; i < DIAG_MAX + 3; i++)
        diag_warning(&f->diag, CHECK_LIMIT, span(f, i, i + 1), "odd");
    for (size_t i = 0; i < DIAG_MAX + 1; i++)
        diag_error(&f->diag, CHECK_STATUS, span(f, 50 + i, 51 + i), "wrong");
    const char *text = render(f);
    size_t n_errors = 0;
    size_t n_warnings = 0;
    for (const char *at = text; (at = strstr(at, ": error: ")); at++)
        n_errors++;
    for (const char *at = text; (at = strstr(at, ": warning: ")); at++)
        n_warnings++;
    expect_size("errors", n_errors, DIAG_MAX);
    expect_size("warnings", n_warnings, DIAG_MAX);
    expect_text("rest", strstr(text, "a.yaml: 1 more"),
                "a.yaml: 1 more error not shown\n"
                "a.yaml: 3 more warnings not shown\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_error_shows_line_caret_and_hint, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_notes_follow_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caret_is_under_its_span, setup, teardown),
        cmocka_unit_test_setup_teardown(test_controls_in_texts_are_not_shown, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut_around_span, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_errors_are_ordered_by_position, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_first_twenty_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_warnings_are_no_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_warnings_can_be_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_of_both_are_cut_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_repeated_error_is_shown_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_long_text_loses_its_middle, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_consequences_stay_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent_failures_count, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silenced_place_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_is_escaped_and_complete, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_json_replaces_what_is_not_utf8, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_commands_of_github_are_escaped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_ten_commands_are_the_most, setup,
                                        teardown),
        cmocka_unit_test(test_every_check_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
