/* The mapping `limits`, from the spec's text to the model and its judgement. */
#include "unit.h"

#include "limit.h"
#include "reading.h"

#include <stdlib.h>

enum { KIB = 1024, MIB = 1024 * KIB, SECOND = 1000, HOUR = 3600 * SECOND };

/* A spec with the line `line` in it, its third. */
static void read_line(struct reading *reading, struct arena *arena, const char *line)
{
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "krgen: 1\npipe: demo\n%s\nroutes:\n  GET /: x\n", line);
    reading_init(reading, buf_str(&text));
}

/* All limits in the order of the model. */
static void expect_limits(const char *line, const int *expected)
{
    struct arena arena = {0};
    struct reading reading;
    read_line(&reading, &arena, line);
    expect_text(line, reading_faults(&reading), "");
    for (size_t i = 0; i < N_LIMITS; i++)
        expect_size(reading.spec.limits[i].name, (size_t)reading.spec.limits[i].value,
                    (size_t)expected[i]);
    reading_deinit(&reading);
    arena_free(&arena);
}

static void test_defaults_are_those_of_the_language(void **state)
{
    (void)state;
    static const int defaults[N_LIMITS] = {
        [LIMIT_REQUEST_LINE] = 8 * KIB,
        [LIMIT_HEAD] = 32 * KIB,
        [LIMIT_FIELDS] = 100,
        [LIMIT_BODY] = MIB,
        [LIMIT_CONNECTIONS] = 254,
        [LIMIT_INSTANCES] = 16,
        [LIMIT_HEAD_TIMEOUT] = 30 * SECOND,
        [LIMIT_BODY_TIMEOUT] = 30 * SECOND,
        [LIMIT_IDLE] = 130 * SECOND,
        [LIMIT_WRITE_TIMEOUT] = 30 * SECOND,
        [LIMIT_DRAIN] = 5 * SECOND,
    };
    expect_limits("", defaults);
    expect_limits("limits: {}", defaults);
    expect_limits("limits: { x-head: 1 }", defaults);
}

static void test_each_key_sets_its_limit(void **state)
{
    (void)state;
    static const int values[N_LIMITS] = {
        [LIMIT_REQUEST_LINE] = 101, [LIMIT_HEAD] = 2 * KIB,
        [LIMIT_FIELDS] = 3,         [LIMIT_BODY] = 4 * MIB,
        [LIMIT_CONNECTIONS] = 6,    [LIMIT_INSTANCES] = 5,
        [LIMIT_HEAD_TIMEOUT] = 700, [LIMIT_BODY_TIMEOUT] = 8 * SECOND,
        [LIMIT_IDLE] = 9 * HOUR,    [LIMIT_WRITE_TIMEOUT] = 60 * SECOND,
        [LIMIT_DRAIN] = 0,
    };
    expect_limits("limits: { drain: 0, write-timeout: 1m, idle: 9h, body-timeout: 8s, "
                  "head-timeout: 700ms, instances: 5, connections: 6, body: 4MiB, "
                  "fields: 3, head: 2KiB, request-line: 101B }",
                  values);
}

static void test_defaults_follow_what_they_are_part_of(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int request_line;
        int instances;
    } cases[] = {
        {"limits: { head: 8193, connections: 17 }", 8 * KIB, 16},
        {"limits: { head: 8KiB, connections: 16 }", 8 * KIB, 16},
        {"limits: { head: 8191, connections: 15 }", 8191, 15},
        {"limits: { head: 256, connections: 1 }", 256, 1},
        {"limits: { head: 256, request-line: 64, connections: 3, instances: 2 }", 64,
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, cases[i].line);
        const struct limit *limits = reading.spec.limits;
        expect_text(cases[i].line, reading_faults(&reading), "");
        expect_true(cases[i].line,
                    limits[LIMIT_REQUEST_LINE].value == cases[i].request_line);
        expect_true(cases[i].line, limits[LIMIT_INSTANCES].value == cases[i].instances);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

/* What is allowed, and what is next to it. */
static void test_bounds_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *least;
        const char *below; /* NULL where the least is 0 */
        const char *most;
        const char *above;
    } cases[] = {
        {"request-line", "64", "63", "32KiB", "65537"},
        {"head", "256B", "255B", "256KiB", "262145"},
        {"fields", "1", "0", "1000", "1001"},
        {"body", "0", NULL, "1024MiB", "1073741825"},
        {"connections", "16", "0", "10000", "10001"},
        {"instances", "1", "0", "254", "255"},
        {"head-timeout", "10ms", "9ms", "24h", "86400001ms"},
        {"body-timeout", "10ms", "9ms", "24h", "86400001ms"},
        {"idle", "10ms", "0", "24h", "25h"},
        {"write-timeout", "10ms", "9ms", "1440m", "1441m"},
        {"drain", "0", NULL, "86400s", "86401s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *values[] = {cases[i].least, cases[i].most, cases[i].below,
                                cases[i].above};
        for (size_t j = 0; j < 4; j++) {
            struct arena arena = {0};
            struct reading reading;
            struct buf line;
            if (!values[j])
                continue;
            buf_init(&line, &arena);
            buf_printf(&line, "limits:\n  %s: %s", cases[i].key, values[j]);
            read_line(&reading, &arena, str_z(&arena, buf_str(&line)));
            const char *faults = reading_faults(&reading);
            expect_text(cases[i].key, j < 2 ? "" : strrchr(faults, ' ') + 1,
                        j < 2 ? faults : "limit");
            reading_deinit(&reading);
            arena_free(&arena);
        }
    }
}

static void test_conflicts_are_told_once(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *faults;
    } cases[] = {
        {"limits: { request-line: 4KiB, head: 4096B }", ""},
        {"limits: { request-line: 4097, head: 4KiB }", "3:25 limits-conflict"},
        {"limits: { head: 4KiB, request-line: 5000 }", "3:37 limits-conflict"},
        {"limits: { request-line: 32769 }", "3:25 limits-conflict"},
        {"limits: { instances: 8, connections: 8 }", ""},
        {"limits: { instances: 9, connections: 8 }", "3:22 limits-conflict"},
        /* Consequences of a limit that could not be read are not told. */
        {"limits: { request-line: 64KiB, head: 64KB }", "3:38 unit"},
        {"limits: { request-line: 64KiB, head: 1024KiB }", "3:38 limit"},
        {"limits: { request-line: 64KiB, head: ~ }", "3:38 wrong-type"},
        {"limits: { request-line: 64KiB, haed: 64KiB }", "3:32 unknown-key"},
        {"limits: [1]", "3:9 wrong-type"},
        {"limits: ~", "3:9 wrong-type"},
        {"limits:", "3:8 wrong-type"},
        {"date: 1", "3:7 wrong-type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, cases[i].line);
        expect_text(cases[i].line, reading_faults(&reading), cases[i].faults);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

static void test_date_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool has_date;
    } cases[] = {{"", true}, {"date: true", true}, {"date: False", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct reading reading;
        read_line(&reading, &arena, cases[i].line);
        expect_true(cases[i].line, reading.is_fine);
        expect_true(cases[i].line, reading.spec.has_date == cases[i].has_date);
        reading_deinit(&reading);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_those_of_the_language),
        cmocka_unit_test(test_each_key_sets_its_limit),
        cmocka_unit_test(test_defaults_follow_what_they_are_part_of),
        cmocka_unit_test(test_bounds_are_exact),
        cmocka_unit_test(test_conflicts_are_told_once),
        cmocka_unit_test(test_date_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
