#include "unit.h"

#include "suggest.h"

static const char *suggest(const char *word)
{
    static const char *const names[] = {"name",   "pipe", "routes",  "status",
                                        "states", "text", "type",    "headers",
                                        "body",   "sse",  "redirect"};
    struct suggestion suggestion = {.word = str_from(word)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        suggest_offer(&suggestion, names[i]);
    const char *result = suggest_result(&suggestion);
    return result ? result : "(none)";
}

static void test_slips_are_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *meant;
    } cases[] = {
        {"pip", "pipe"},
        {"ppie", "pipe"},
        {"pippe", "pipe"},
        {"Status", "status"},
        {"rotues", "routes"},
        {"headr", "headers"},
        {"rediretc", "redirect"},
        {"NAME", "name"},
        {"tpe", "type"},
        {"stats", "(none)"}, /* states or status */
        {"pi", "(none)"},
        {"zzz", "(none)"},
        {"", "(none)"},
        {"color", "(none)"},
        {"txpt", "(none)"},
        {"body-and-more", "(none)"},
        {"0123456789012345678901234567890123456789", "(none)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].word, suggest(cases[i].word), cases[i].meant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
