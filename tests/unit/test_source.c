#define _POSIX_C_SOURCE 200809L

#include "unit.h"

#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int make_arena(void **state)
{
    static struct arena arena;
    *state = &arena;
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static struct source source_of(struct arena *arena, struct str text)
{
    struct source source;
    source_init(&source, "demo.yaml", text, arena);
    return source;
}

static void test_lines_end_at_every_kind_of_break(void **state)
{
    static const struct {
        const char *name;
        struct str text;
        size_t n_lines;
        const char *second;
    } cases[] = {
        {"empty", BYTES(""), 1, NULL},
        {"one", BYTES("a"), 1, NULL},
        {"lf", BYTES("a\nb"), 2, "b"},
        {"lf at the end", BYTES("a\n"), 2, ""},
        {"crlf", BYTES("a\r\nb\r\n"), 3, "b"},
        {"cr", BYTES("a\rb"), 2, "b"},
        {"cr cr", BYTES("a\r\rb"), 3, ""},
        {"lf cr", BYTES("a\n\rb"), 3, ""},
        {"bom", BYTES("\xEF\xBB\xBF\nb"), 2, "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct source source = source_of(*state, cases[i].text);
        expect_size(cases[i].name, source.n_lines, cases[i].n_lines);
        if (cases[i].second)
            expect_text(cases[i].name, str_z(*state, source_line(&source, 2)),
                        cases[i].second);
    }
}

static void test_bom_is_stripped_once(void **state)
{
    struct source source = source_of(*state, STR("\xEF\xBB\xBF\xEF\xBB\xBFx"));
    expect_size("length", source.text.len, 4);
}

static void test_places_count_characters(void **state)
{
    struct source source = source_of(*state, STR("a\xC3\xA9z\r\n\xF0\x9F\x98\x80y\n"));
    static const struct {
        size_t offset;
        size_t line;
        size_t column;
    } cases[] = {{0, 1, 1}, {1, 1, 2},  {3, 1, 3},  {4, 1, 4},
                 {6, 2, 1}, {10, 2, 2}, {11, 2, 3}, {12, 3, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place = source_place(&source, cases[i].offset);
        expect_size("line", place.line, cases[i].line);
        expect_size("column", place.column, cases[i].column);
    }
}

static void test_offsets_are_the_inverse_of_places(void **state)
{
    struct source source = source_of(*state, STR("a\xC3\xA9z\r\n\xF0\x9F\x98\x80y\n"));
    static const size_t offsets[] = {0, 1, 3, 4, 6, 10, 11, 12};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct place place = source_place(&source, offsets[i]);
        expect_size("offset", source_offset(&source, place.line - 1, place.column - 1),
                    offsets[i]);
    }
    expect_size("past the last line", source_offset(&source, 7, 0), 12);
    expect_size("past the last column", source_offset(&source, 2, 9), 12);
}

static void test_span_part_is_clamped(void **state)
{
    struct source source = source_of(*state, STR("0123456789"));
    struct span span = {&source, 2, 6};
    expect_text("inside", str_z(*state, span_text(span_part(span, 1, 2))), "34");
    expect_text("too long", str_z(*state, span_text(span_part(span, 1, 99))), "345");
    expect_text("outside", str_z(*state, span_text(span_part(span, 9, 9))), "");
}

static void test_read_names_the_reason(void **state)
{
    struct source source;
    struct buf problem;
    buf_init(&problem, *state);
    assert_false(source_read(&source, "no/such.yaml", *state, &problem));
    expect_text("missing", str_z(*state, buf_str(&problem)),
                "cannot read no/such.yaml: No such file or directory");
    buf_init(&problem, *state);
    assert_false(source_read(&source, "/", *state, &problem));
    expect_text("folder", str_z(*state, buf_str(&problem)),
                "cannot read /: Is a directory");
}

/* Makes a file of `size` blanks and reads it. */
static bool read_blanks(struct arena *arena, size_t size, struct source *source,
                        struct buf *problem)
{
    char path[] = "test_source.XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        fputc(' ', file);
    fclose(file);
    bool is_read = source_read(source, str_z(arena, str_from(path)), arena, problem);
    unlink(path);
    return is_read;
}

static void test_read_takes_16_mebibytes_and_no_more(void **state)
{
    struct source source;
    struct buf problem;
    buf_init(&problem, *state);
    assert_true(read_blanks(*state, SOURCE_MAX, &source, &problem));
    expect_size("length", source.text.len, SOURCE_MAX);
    assert_false(read_blanks(*state, SOURCE_MAX + 1, &source, &problem));
    assert_non_null(
        strstr(str_z(*state, buf_str(&problem)), ": a spec has at most 16 MiB"));
}

static void test_read_takes_an_empty_file(void **state)
{
    struct source source;
    struct buf problem;
    buf_init(&problem, *state);
    assert_true(read_blanks(*state, 0, &source, &problem));
    expect_size("length", source.text.len, 0);
    expect_size("lines", source.n_lines, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_end_at_every_kind_of_break),
        cmocka_unit_test(test_bom_is_stripped_once),
        cmocka_unit_test(test_places_count_characters),
        cmocka_unit_test(test_offsets_are_the_inverse_of_places),
        cmocka_unit_test(test_span_part_is_clamped),
        cmocka_unit_test(test_read_names_the_reason),
        cmocka_unit_test(test_read_takes_16_mebibytes_and_no_more),
        cmocka_unit_test(test_read_takes_an_empty_file),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
