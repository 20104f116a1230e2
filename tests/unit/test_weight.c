#include "unit.h"

#include "reading.h"
#include "weight.h"

#include <stdio.h>

enum { ROUTES_MAX = 20, COUNT_MAX = 100 };

static void read_routes(struct reading *reading, const char *routes)
{
    static char text[2000];
    snprintf(text, sizeof text, "krgen: 1\npipe: p\nroutes:\n%s", routes);
    reading_init(reading, str_from(text));
    expect_text(routes, reading_faults(reading), "");
}

/* The weight of all routes as rules of one matcher. */
static size_t weigh(const struct spec *spec, bool tests_values)
{
    struct weighed rules[ROUTES_MAX];
    for (size_t i = 0; i < spec->n_routes; i++) {
        const struct template *template = &spec->routes[i].template;
        rules[i] = (struct weighed){template, template->n_segments, tests_values};
    }
    return weight_of(rules, spec->n_routes, 0, COUNT_MAX);
}

static void test_states_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *routes;
        size_t weight;
        size_t weight_with_tests;
    } cases[] = {
        {"  GET /: x\n", 1, 1},
        {"  GET /ab: x\n", 3, 3},
        {"  GET /ab: x\n  GET /ac: x\n", 4, 4},
        {"  GET /ab/c: x\n", 5, 5},
        {"  GET /{x}: x\n", 4, 4}, /* dot segments are told apart */
        {"  GET /{x:regex([a-f]{3})}: x\n", 4, 2},
        /* those of the second are the first's, too */
        {"  GET /{x:regex([a-f]{3})}: x\n  GET /{x:regex([a-c]{3})}/y: x\n", 9, 4},
        {"  GET /{*x}: x\n", 1, 1},
        {"  GET /a/{*x:regex([a-z/]+)}: x\n", 4, 4},
        /* 8 sets of places of the last 'a' */
        {"  GET /{x:regex(.*a.{{2}})}: x\n", 8, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        read_routes(&reading, cases[i].routes);
        expect_size(cases[i].routes, weigh(&reading.spec, false), cases[i].weight);
        expect_size(cases[i].routes, weigh(&reading.spec, true),
                    cases[i].weight_with_tests);
        reading_deinit(&reading);
    }
}

/* However large the product, counting ends soon. */
static void test_counting_ends_at_its_bound(void **state)
{
    (void)state;
    struct reading reading;
    read_routes(&reading, "  GET /{x:regex(.*a.{{6}})}/1: x\n"
                          "  GET /{x:regex(.*b.{{6}})}/2: x\n"
                          "  GET /{x:regex(.*c.{{6}})}/3: x\n"
                          "  GET /{x:regex(.*d.{{6}})}/4: x\n");
    size_t weight = weigh(&reading.spec, false);
    assert_true(weight > COUNT_MAX);
    assert_true(weight < 10 * COUNT_MAX);
    reading_deinit(&reading);
}

static void test_heavy_segments_are_never_rules(void **state)
{
    (void)state;
    static const struct {
        const char *route;
        bool is_heavy;
        bool is_left_out; /* where values are tested */
    } cases[] = {
        {"  GET /{x}: x\n", false, false},
        {"  GET /{x:int}: x\n", false, true},
        {"  GET /{x:guid}: x\n", false, true},
        {"  GET /{x}-{y}: x\n", false, false},
        {"  GET /{x:maxlength(200)}: x\n", true, true},
        {"  GET /{x:regex([a-z]+(-[a-z]+)*):maxlength(100)}: x\n", true, true},
        {"  GET /{x:int}-{y:maxlength(200)}: x\n", true, true},
        {"  GET /{*x:maxlength(20)}: x\n", false, false},
        {"  GET /{*x:maxlength(200)}: x\n", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        read_routes(&reading, cases[i].route);
        const struct segment *segment = &reading.spec.routes[0].template.segments[0];
        expect_size(cases[i].route, weight_is_heavy(segment), cases[i].is_heavy);
        expect_size(cases[i].route, weight_is_left_out(segment, true),
                    cases[i].is_left_out);
        assert_false(weight_is_left_out(segment, false));
        reading_deinit(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_are_counted),
        cmocka_unit_test(test_counting_ends_at_its_bound),
        cmocka_unit_test(test_heavy_segments_are_never_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
