#define _POSIX_C_SOURCE 200809L

#include "output.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for each test. */
struct folder {
    struct arena arena;
    char path[64];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "krgen-output-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder->path);
    int result = system(command);
    arena_free(&folder->arena);
    free(folder);
    return result;
}

static const char *below(struct folder *folder, const char *name)
{
    struct buf out;
    buf_init(&out, &folder->arena);
    buf_printf(&out, "%s/%s", folder->path, name);
    return str_z(&folder->arena, buf_str(&out));
}

static bool write_one(struct folder *folder, const char *path, const char *text,
                      struct buf *problem)
{
    struct output output = {.arena = &folder->arena};
    buf_init(problem, &folder->arena);
    output_add(&output, path, str_from(text));
    return output_write(&output, folder->path, problem);
}

static void assert_text(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void test_write_makes_folders(void **state)
{
    struct folder *folder = *state;
    struct buf problem;
    assert_true(write_one(folder, "a/b/c.txt", "text", &problem));
    assert_text(below(folder, "a/b/c.txt"), "text");
}

static void test_write_leaves_unchanged_files_untouched(void **state)
{
    struct folder *folder = *state;
    struct buf problem;
    struct stat before;
    struct stat after;
    assert_true(write_one(folder, "a", "same", &problem));
    assert_int_equal(stat(below(folder, "a"), &before), 0);
    assert_true(write_one(folder, "a", "same", &problem));
    assert_int_equal(stat(below(folder, "a"), &after), 0);
    assert_true(before.st_ino == after.st_ino);
}

static void test_write_replaces_changed_files(void **state)
{
    static const char *const texts[] = {"first", "other", "longer than before",
                                        "short", "shor",  ""};
    struct folder *folder = *state;
    struct buf problem;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(write_one(folder, "a", texts[i], &problem));
        assert_text(below(folder, "a"), texts[i]);
    }
}

static void test_write_tells_what_is_in_the_way(void **state)
{
    struct folder *folder = *state;
    struct buf problem;
    struct buf expected;
    assert_true(write_one(folder, "a", "a file", &problem));
    assert_false(write_one(folder, "a/b", "below a file", &problem));
    buf_init(&expected, &folder->arena);
    buf_printf(&expected, "cannot write %s/a/b: Not a directory", folder->path);
    assert_string_equal(str_z(&folder->arena, buf_str(&problem)),
                        str_z(&folder->arena, buf_str(&expected)));
    assert_text(below(folder, "a"), "a file");
}

static void test_check_names_what_differs_and_writes_nothing(void **state)
{
    struct folder *folder = *state;
    struct buf problem;
    struct buf expected;
    struct buf stale;
    struct output output = {.arena = &folder->arena};
    assert_true(write_one(folder, "same", "text", &problem));
    assert_true(write_one(folder, "other", "text", &problem));
    output_add(&output, "same", STR("text"));
    buf_init(&stale, &folder->arena);
    assert_true(output_check(&output, folder->path, &stale));
    assert_int_equal(stale.len, 0);
    output_add(&output, "other", STR("text and more"));
    output_add(&output, "a/b", STR(""));
    assert_false(output_check(&output, folder->path, &stale));
    buf_init(&expected, &folder->arena);
    buf_printf(&expected, "%s/other is stale\n%s/a/b is missing\n", folder->path,
               folder->path);
    assert_string_equal(str_z(&folder->arena, buf_str(&stale)),
                        str_z(&folder->arena, buf_str(&expected)));
    assert_text(below(folder, "other"), "text");
    assert_int_equal(access(below(folder, "a"), F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_makes_folders, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_write_leaves_unchanged_files_untouched,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_write_replaces_changed_files, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_write_tells_what_is_in_the_way,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(
            test_check_names_what_differs_and_writes_nothing, make_folder,
            remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
