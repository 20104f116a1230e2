#define _XOPEN_SOURCE 700

#include "disk.h"
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own with a spec's folder in it, and a disk of that. */
struct place {
    struct arena arena;
    char folder[64];
    struct disk disk;
    struct disk_problem problem;
};

static const char *path_in(struct place *place, const char *name)
{
    struct buf out;
    buf_init(&out, &place->arena);
    buf_printf(&out, "%s/%s", place->folder, name);
    return str_z(&place->arena, buf_str(&out));
}

static void write_file(struct place *place, const char *name, const char *text)
{
    FILE *file = fopen(path_in(place, name), "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(struct place *place, const char *name)
{
    assert_int_equal(mkdir(path_in(place, name), 0777), 0);
}

static void make_link(struct place *place, const char *target, const char *name)
{
    assert_int_equal(symlink(target, path_in(place, name)), 0);
}

static void place_init(struct place *place)
{
    *place = (struct place){.folder = "/tmp/krgen.test.XXXXXX"};
    assert_non_null(mkdtemp(place->folder));
    make_folder(place, "spec");
    disk_init(&place->disk, path_in(place, "spec/a.yaml"), &place->arena);
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void place_deinit(struct place *place)
{
    nftw(place->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(&place->arena);
}

/* The text of a file, or why there is none. */
static const char *read_text(struct place *place, const char *path)
{
    struct str bytes = {0};
    if (!disk_read(&place->disk, str_from(path), &bytes, &place->problem))
        return place->problem.reason;
    return str_z(&place->arena, bytes);
}

/* "NAME=TEXT NAME=TEXT" of a folder, or why there is none. */
static const char *list(struct place *place, const char *path)
{
    struct disk_file *files;
    size_t n;
    struct buf out;
    buf_init(&out, &place->arena);
    if (!disk_read_folder(&place->disk, str_from(path), &files, &n, &place->problem))
        return place->problem.reason;
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%s%.*s=%.*s", i > 0 ? " " : "", STR_ARG(files[i].name),
                   STR_ARG(files[i].bytes));
    return str_z(&place->arena, buf_str(&out));
}

static const char outside[] = "lies outside of the spec's folder";

static void test_files_are_read_below_the_folder_only(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    write_file(&place, "secret", "x");
    write_file(&place, "spec/a", "text of a");
    make_folder(&place, "spec/b");
    make_folder(&place, "specs");
    write_file(&place, "specs/x", "x");
    make_link(&place, "../secret", "spec/out");
    make_link(&place, "..", "spec/b/up");
    make_link(&place, "../a", "spec/b/in");
    make_link(&place, "loop", "spec/loop");
    make_link(&place, "gone", "spec/dangling");
    assert_int_equal(mkfifo(path_in(&place, "spec/fifo"), 0666), 0);
    const struct {
        const char *path;
        const char *result;
    } cases[] = {
        {"a", "text of a"},
        {"./b/../a", "text of a"},
        {"b/in", "text of a"},
        {"b/up/a", "text of a"},
        {"out", outside},
        {"b/up/out", outside},
        {"../secret", outside},
        {"../spec/a", outside},
        {"../specs/x", outside},
        {"b/up/../secret", outside},
        {path_in(&place, "spec/a"), "is an absolute path"},
        {"b", "is a folder"},
        {"fifo", "is not a regular file"},
        {"missing", "does not exist"},
        {"a/b", "does not exist"},
        {"dangling", "does not exist"},
        {"loop", "is a symbolic link that leads to itself"},
        {"", "is no path"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].path, read_text(&place, cases[i].path), cases[i].result);
    place_deinit(&place);
}

static void test_folders_are_read_in_order(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    make_folder(&place, "spec/site");
    write_file(&place, "spec/site/b", "1");
    write_file(&place, "spec/site/B", "2");
    write_file(&place, "spec/site/a.b", "3");
    write_file(&place, "spec/site/.hidden", "x");
    make_folder(&place, "spec/site/a");
    write_file(&place, "spec/site/a/z", "4");
    make_folder(&place, "spec/site/.git");
    write_file(&place, "spec/site/.git/x", "x");
    make_folder(&place, "spec/site/none");
    write_file(&place, "spec/other", "5");
    make_link(&place, "../other", "spec/site/link");
    assert_int_equal(mkfifo(path_in(&place, "spec/site/fifo"), 0666), 0);
    expect_text("site", list(&place, "site"), "B=2 a.b=3 a/z=4 b=1 link=5");
    expect_text("slash", list(&place, "site/"), "B=2 a.b=3 a/z=4 b=1 link=5");
    expect_text("empty", list(&place, "site/none"), "");
    expect_text("file", list(&place, "other"), "is not a folder");
    expect_text("missing", list(&place, "missing"), "does not exist");
    expect_text("above", list(&place, ".."), outside);
    place_deinit(&place);
}

/* What has been read is told once, as the user would name it. */
static void test_paths_are_remembered(void **state)
{
    struct place place;
    struct buf out;
    (void)state;
    place_init(&place);
    make_folder(&place, "spec/site");
    write_file(&place, "spec/site/b", "1");
    write_file(&place, "spec/a", "2");
    read_text(&place, "a");
    list(&place, "site");
    list(&place, "site");
    read_text(&place, "a");
    read_text(&place, "missing");
    buf_init(&out, &place.arena);
    for (size_t i = 0; i < place.disk.n_paths; i++)
        buf_printf(&out, "%.*s ", STR_ARG(place.disk.paths[i]));
    struct buf expected;
    buf_init(&expected, &place.arena);
    buf_printf(&expected, "%s/spec/a %s/spec/site %s/spec/site/b ", place.folder,
               place.folder, place.folder);
    expect_text("paths", str_z(&place.arena, buf_str(&out)),
                str_z(&place.arena, buf_str(&expected)));
    place_deinit(&place);
}

static void test_faults_in_folders_are_told(void **state)
{
    static const struct {
        const char *target;
        const char *name;
        const char *reason;
    } cases[] = {
        {".", "spec/site/self", "leads back to a folder above it"},
        {"..", "spec/site/sub/up", "leads back to a folder above it"},
        {"../../secret", "spec/site/out", outside},
        {"nowhere", "spec/site/gone", "does not exist"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place place;
        place_init(&place);
        write_file(&place, "secret", "x");
        make_folder(&place, "spec/site");
        make_folder(&place, "spec/site/sub");
        make_link(&place, cases[i].target, cases[i].name);
        expect_text(cases[i].name, list(&place, "site"), cases[i].reason);
        place_deinit(&place);
    }
}

/* Lest a server publishes them, and holds itself. */
static void test_specs_and_output_are_no_content(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    make_folder(&place, "spec/site");
    write_file(&place, "spec/site/b", "1");
    make_folder(&place, "spec/site/x-src");
    write_file(&place, "spec/site/x-src/CMakeLists.txt", "# Generated by hand");
    expect_text("other", list(&place, "site"),
                "b=1 x-src/CMakeLists.txt=# Generated by hand");
    write_file(&place, "spec/site/x-src/CMakeLists.txt", "# Generated by krgen from a");
    place.disk.known = (struct table){.arena = &place.arena};
    expect_text("output", list(&place, "site"), "is what krgen has made of a spec");
    write_file(&place, "spec/a.yaml", "krgen: 1");
    expect_text("spec", list(&place, "."),
                "is this spec, which a server does not publish");
    place_deinit(&place);
}

static void test_names_are_utf8(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    make_folder(&place, "spec/site");
    write_file(&place,
               "spec/site/gr\xF6\xDF"
               "e",
               "x");
    expect_text("reason", list(&place, "site"), "has a name that is not UTF-8");
    expect_text("path", str_z(&place.arena, place.problem.path),
                "site/gr\\xF6\\xDF"
                "e");
    place_deinit(&place);
}

/* Links could multiply folders without an end. */
static void test_folders_have_a_bound(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    make_folder(&place, "spec/d0");
    for (int i = 1; i < 30; i++) {
        char target[16];
        char name[32];
        snprintf(name, sizeof name, "spec/d%d", i);
        make_folder(&place, name);
        snprintf(target, sizeof target, "../d%d", i - 1);
        snprintf(name, sizeof name, "spec/d%d/a", i);
        make_link(&place, target, name);
        snprintf(name, sizeof name, "spec/d%d/b", i);
        make_link(&place, target, name);
    }
    expect_text("folders", list(&place, "d29"),
                "is too much: a spec has at most 10000 folders");
    place_deinit(&place);
}

static void test_files_have_bounds(void **state)
{
    struct place place;
    (void)state;
    place_init(&place);
    write_file(&place, "spec/a", "12345");
    write_file(&place, "spec/b", "1");
    place.disk.n_bytes = DISK_BYTES_MAX - 5;
    expect_text("last", read_text(&place, "a"), "12345");
    expect_text("again", read_text(&place, "a"),
                "is too much: the files of a spec have at most 512 MiB");
    expect_text("more", read_text(&place, "b"),
                "is too much: the files of a spec have at most 512 MiB");
    place.disk.n_bytes = 0;
    place.disk.n_files = DISK_FILES_MAX - 1;
    expect_text("last", read_text(&place, "a"), "12345");
    expect_text("more", read_text(&place, "a"),
                "is too much: a spec has at most 10000 files");
    expect_text("folder", list(&place, "."),
                "is too much: a spec has at most 10000 files");
    place_deinit(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_read_below_the_folder_only),
        cmocka_unit_test(test_folders_are_read_in_order),
        cmocka_unit_test(test_paths_are_remembered),
        cmocka_unit_test(test_faults_in_folders_are_told),
        cmocka_unit_test(test_specs_and_output_are_no_content),
        cmocka_unit_test(test_names_are_utf8),
        cmocka_unit_test(test_folders_have_a_bound),
        cmocka_unit_test(test_files_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
