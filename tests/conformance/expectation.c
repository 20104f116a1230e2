/* Holds answers against what a table expects. */
#include "table.h"

#include <stdio.h>
#include <string.h>

bool expectation_has(const struct expectation *expected, int status)
{
    for (size_t i = 0; i < expected->n_statuses; i++)
        if (expected->statuses[i] == status)
            return true;
    return false;
}

/* A '*' at the end of the expected value stands for any rest. */
static bool is_expected_value(const struct bytes *expected, const struct span *value)
{
    bool is_start = expected->len > 0 && expected->data[expected->len - 1] == '*';
    size_t len = expected->len - is_start;
    return (is_start ? value->len >= len : value->len == len) &&
           memcmp(value->at, expected->data, len) == 0;
}

static bool has_piece(const struct span *body, const struct bytes *piece)
{
    for (size_t at = 0; at + piece->len <= body->len; at++)
        if (memcmp(body->at + at, piece->data, piece->len) == 0)
            return true;
    return false;
}

static bool check_differs(const struct check *check, const struct answer *answer,
                          char *problem, size_t cap)
{
    if (check->kind == CHECK_HAS) {
        if (has_piece(&answer->body, &check->value))
            return false;
        snprintf(problem, cap, "the body lacks a piece");
        return true;
    }
    const struct span *value = answer_field(answer, check->name);
    bool is_wanted = check->kind == CHECK_FIELD;
    if (!value != is_wanted && (!value || is_expected_value(&check->value, value)))
        return false;
    if (!value)
        snprintf(problem, cap, "no field %s", check->name);
    else
        snprintf(problem, cap, "field %s: %.*s", check->name, (int)value->len,
                 value->at);
    return true;
}

static bool body_differs(const struct expectation *expected,
                         const struct answer *answer, char *problem, size_t cap)
{
    const struct span *body = &answer->body;
    if (!expected->has_body || (body->len == expected->body.len &&
                                memcmp(body->at, expected->body.data, body->len) == 0))
        return false;
    snprintf(problem, cap, "a body of %zu bytes, expected %zu: %.*s", body->len,
             expected->body.len, (int)(body->len < 60 ? body->len : 60), body->at);
    return true;
}

bool expectation_differs(const struct expectation *expected,
                         const struct answer *answer, char *problem, size_t cap)
{
    if (!expectation_has(expected, answer->status)) {
        snprintf(problem, cap, "status %d, expected %d%s", answer->status,
                 expected->statuses[0], expected->n_statuses > 1 ? " or another" : "");
        return true;
    }
    for (size_t i = 0; i < expected->n_checks; i++)
        if (check_differs(&expected->checks[i], answer, problem, cap))
            return true;
    return body_differs(expected, answer, problem, cap);
}
