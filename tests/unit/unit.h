/* What every unit test includes: cmocka, and checks that name their case. */
#ifndef KRGEN_TESTS_UNIT_H
#define KRGEN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The initializer of a struct str in a static table, which STR() is too dynamic for. */
#define BYTES(literal)                                                                 \
    {                                                                                  \
        (literal), sizeof(literal) - 1                                                 \
    }

/* Fails with the name of the case unless both texts are equal. */
static inline void expect_text(const char *name, const char *actual,
                               const char *expected)
{
    if (strcmp(actual, expected) != 0)
        fail_msg("%s: got\n%s\nexpected\n%s", name, actual, expected);
}

static inline void expect_size(const char *name, size_t actual, size_t expected)
{
    if (actual != expected)
        fail_msg("%s: got %zu, expected %zu", name, actual, expected);
}

static inline void expect_true(const char *name, bool actual)
{
    if (!actual)
        fail_msg("%s: got false, expected true", name);
}

#endif
