/* What compilers and linkers say, and which routes that is about. */
#include "unit.h"

#include "blame.h"
#include "reading.h"

static const char spec[] = "krgen: 1\n"
                           "pipe: demo\n"
                           "handlers: { files: demo.c, init: setup }\n"
                           "routes:\n"
                           "  GET,POST /a/{id:int}: { handler: get }\n"
                           "  GET /b/{id:int}: { handler: get }\n"
                           "  PUT /c: { handler: upload, streamed: true }\n";

static const char get_notes[] =
    "demo.yaml:5:36: note: 'get' is the handler of 'GET,POST /a/{id:int}'\n"
    "demo.yaml:6:31: note: 'get' is the handler of 'GET /b/{id:int}'\n";
static const char upload_note[] =
    "demo.yaml:7:22: note: 'upload' is the handler of 'PUT /c'\n";
static const char take_note[] =
    "demo.yaml:7:22: note: 'upload_take' is for the bodies of 'PUT /c'\n";
static const char setup_note[] = "demo.yaml:3:34: note: 'setup' is what 'init' names\n";

static void expect_notes(const char *said, const char *expected)
{
    struct reading reading;
    struct buf out;
    reading_init(&reading, str_from(spec));
    buf_init(&out, &reading.arena);
    blame_put(&reading.spec, str_from(said), &out);
    expect_text(said, str_z(&reading.arena, buf_str(&out)), expected);
    reading_deinit(&reading);
}

static void test_errors_of_compilers_and_linkers_name_routes(void **state)
{
    (void)state;
    expect_notes("/usr/bin/ld: x.o: undefined reference to `get'\n", get_notes);
    expect_notes("ld.lld: error: undefined symbol: get\n>>> referenced", get_notes);
    expect_notes("error LNK2019: unresolved external symbol get referenced", get_notes);
    expect_notes("Undefined symbols: undefined \"_get\", referenced from:", get_notes);
    expect_notes("a.c:1:5: error: conflicting types for 'get'", get_notes);
    expect_notes("multiple definition of `upload'; b.o: first", upload_note);
    expect_notes("undefined reference to `upload_take'", take_note);
    expect_notes("fine\nundefined reference to `setup'\nmore", setup_note);
}

static void test_other_words_name_none(void **state)
{
    (void)state;
    expect_notes("", "");
    expect_notes("get", "");
    expect_notes("a.c: In function 'get':\na.c:3:1: error: 'x' undeclared", "");
    expect_notes("undefined reference to `get_all'", "");
    expect_notes("undefined reference to `budget'", "");
    expect_notes("a.c:1:1: warning: unused parameter 'get'", "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_of_compilers_and_linkers_name_routes),
        cmocka_unit_test(test_other_words_name_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
