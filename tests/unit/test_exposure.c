/* `access` and `workers`, from the spec's text to the model and the warnings. */
#include "unit.h"

#include "reading.h"
#include "sddl.h"

/* A spec with the line `line` in it, its third. */
static void read_line(struct reading *reading, struct arena *arena, const char *line)
{
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "krgen: 1\npipe: demo\n%s\nroutes:\n  GET /: x\n", line);
    reading_init(reading, buf_str(&text));
}

static void test_access_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum access_level level;
        size_t n_allowed;
    } cases[] = {
        {"", ACCESS_USER, 0},
        {"access: user", ACCESS_USER, 0},
        {"access: admins", ACCESS_ADMINS, 0},
        {"access: 'local-users'", ACCESS_LOCAL_USERS, 0},
        {"access: {}", ACCESS_USER, 0},
        {"access: { x-why: because }", ACCESS_USER, 0},
        {"access: { for: admins }", ACCESS_ADMINS, 0},
        {"access: { allow: [docker] }", ACCESS_USER, 1},
        {"access: { allow: [] }", ACCESS_USER, 0},
        {"access: { for: user, allow: [a, S-team, S-1-5-32-544, 12] }", ACCESS_USER, 4},
        {"access: { sddl: 'D:', allow: [docker] }", ACCESS_SDDL, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, cases[i].line);
        const struct access *access = &reading.spec.access;
        expect_text(cases[i].line, reading_faults(&reading), "");
        expect_true(cases[i].line, reading.is_fine);
        expect_true(cases[i].line, access->level == cases[i].level);
        expect_size(cases[i].line, access->n_allowed, cases[i].n_allowed);
        expect_true(cases[i].line,
                    (access->sddl != NULL) == (cases[i].level == ACCESS_SDDL));
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_workers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int workers; /* -1: an error */
        const char *faults;
    } cases[] = {
        {"", 0, ""},
        {"workers: auto", 0, ""},
        {"workers: 1", 1, ""},
        {"workers: 64", 64, ""},
        {"workers: 0", -1, "3:10 limit"},
        {"workers: 65", -1, "3:10 limit"},
        {"workers: -1", -1, "3:10 limit"},
        {"workers: Auto", -1, "3:10 wrong-type"},
        {"workers: '4'", -1, "3:10 wrong-type"},
        {"workers: 1.5", -1, "3:10 wrong-type"},
        {"workers:", -1, "3:9 wrong-type"},
        {"workers: [auto]", -1, "3:10 wrong-type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, cases[i].line);
        expect_text(cases[i].line, reading_faults(&reading), cases[i].faults);
        if (cases[i].workers >= 0)
            expect_size(cases[i].line, (size_t)reading.spec.workers,
                        (size_t)cases[i].workers);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static const struct {
    const char *line;
    const char *warnings;
} exposures[] = {
    {"", ""},
    {"access: user", ""},
    {"access: admins", ""},
    {"access: local-users", "3:9 access-wide"},
    {"access: { for: local-users }", "3:16 access-wide"},
    {"access: { allow: [docker, S-1-5-32-544] }", ""},
    {"access: { allow: [S-1-1-0, S-1-5-7] }", "3:19 access-wide, 3:28 access-wide"},
    {"access: { allow: [S-1-15-2-1] }", "3:19 access-wide"},
    {"access: { sddl: D:P }", ""},
    {"access: { sddl: D:P(A;;0x12019b;;;S-1-5-21-1-2-3-4) }", ""},
    {"access: { sddl: D:P(A;;GA;;;BA)(A;;FA;;;SY)(A;;GA;;;OW) }", ""},
    {"access: { sddl: D:P(D;;GA;;;WD) }", ""},
    {"access: { sddl: D:P(A;IO;GA;;;WD) }", ""},
    {"access: { sddl: D:P(A;;0x0;;;WD) }", ""},
    {"access: { sddl: D:P(A;;GR;;;WD) }", "3:29 access-wide"},
    {"access: { sddl: D:P(A;;GA;;;WD) }", "3:24 access-rights, 3:29 access-wide"},
    {"access: { sddl: D:P(A;;GW;;;SU) }", "3:24 access-rights"},
    {"access: { sddl: D:P(A;;FW;;;SU) }", "3:24 access-rights"},
    {"access: { sddl: D:P(A;;0x4;;;SU) }", "3:24 access-rights"},
    {"access: { sddl: D:P(A;;WD;;;SU) }", "3:24 access-rights"},
    {"access: { sddl: D:P(A;;WO;;;SU) }", "3:24 access-rights"},
    {"access: { sddl: D:P(A;;FRFX;;;SU) }", ""},
    {"access: { sddl: O:BAD:P }", ""},
    {"access: { sddl: O:SUD:P }", "3:19 access-rights"},
    {"access: { sddl: 'D:PS:(ML;;NW;;;LW)' }", ""},
};

static void test_warnings_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exposures / sizeof *exposures; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, exposures[i].line);
        expect_text(exposures[i].line, reading_faults(&reading), "");
        expect_text(exposures[i].line, reading_warnings(&reading),
                    exposures[i].warnings);
        expect_true(exposures[i].line, reading.is_fine);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

/* Every crowd that SDDL has letters for is known by its letters and its numbers. */
static void test_crowds_are_known(void **state)
{
    (void)state;
    static const char *const crowds[] = {
        "WD",      "S-1-1-0",    "AN", "S-1-5-7",  "BG", "S-1-5-32-546", "NU",
        "S-1-5-2", "AC",         "AU", "S-1-5-11", "BU", "S-1-5-32-545", "IU",
        "S-1-5-4", "S-1-15-2-1", "DU", "DG",       "LG", "S-1-2-0",      "S-1-15-2-2",
    };
    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++) {
        struct arena arena = {0};
        struct reading reading;
        struct buf line;
        buf_init(&line, &arena);
        buf_printf(&line, "access: { sddl: D:P(A;;GR;;;%s) }", crowds[i]);
        read_line(&reading, &arena, str_z(&arena, buf_str(&line)));
        expect_text(crowds[i], reading_warnings(&reading), "3:29 access-wide");
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_is_read),
        cmocka_unit_test(test_workers_are_read),
        cmocka_unit_test(test_warnings_are_told),
        cmocka_unit_test(test_crowds_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
