/* Just enough of a test frame for programs that run under Wine: the first failed check
 * ends the program with its place and the case it belongs to. */
#ifndef CHECK_H
#define CHECK_H

#include "windows_api.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check_case {
    const char *name;
    void (*run)(void);
};

static const char *check_running = "";

static inline void check_fail(const char *file, int line)
{
    printf("FAILED %s\n%s:%d: ", check_running, file, line);
}

static inline void check_true(int is_true, const char *text, const char *file, int line)
{
    if (is_true)
        return;
    check_fail(file, line);
    printf("%s\n", text);
    exit(1);
}

static inline void check_int(long long actual, long long expected, const char *file,
                             int line)
{
    if (actual == expected)
        return;
    check_fail(file, line);
    printf("expected %lld, got %lld\n", expected, actual);
    exit(1);
}

static inline void check_text(const char *actual, const char *expected,
                              const char *file, int line)
{
    if (strcmp(actual, expected) == 0)
        return;
    check_fail(file, line);
    printf("expected \"%s\"\n     got \"%s\"\n", expected, actual);
    exit(1);
}

/* The process's open handles. Wine has only a stub of GetProcessHandleCount(). */
static inline int check_count_handles(void)
{
    int n = 0;
    for (uintptr_t value = 4; value < 4096; value += 4) {
        DWORD flags;
        n += GetHandleInformation((HANDLE)value, &flags) != 0;
    }
    return n;
}

#define CHECK(condition) check_true((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_INT(actual, expected)                                                    \
    check_int((long long)(actual), (long long)(expected), __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) check_text(actual, expected, __FILE__, __LINE__)

static inline int check_run(const struct check_case *cases, size_t n_cases)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < n_cases; i++) {
        check_running = cases[i].name;
        printf("%s\n", check_running);
        cases[i].run();
    }
    printf("%lu cases passed\n", (unsigned long)n_cases);
    return 0;
}

#endif
