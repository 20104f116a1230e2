#include "answers.h"

#include <string.h>

#define EXPECTED(...)                                                                  \
    &(const struct krt_expectation)                                                    \
    {                                                                                  \
        __VA_ARGS__                                                                    \
    }

static const struct krt_route routes[] = {
    {.name = "GET /three", .line = 10, .expected = EXPECTED(11, 3, 3)},
    {.name = "GET /one", .line = 20, .expected = EXPECTED(21, 1, 1)},
    {.name = "GET /never", .line = 30, .expected = EXPECTED(31, 0, 0)},
    {.name = "GET /range", .line = 40, .expected = EXPECTED(41, 2, 4)},
    {.name = "GET /least", .line = 50, .expected = EXPECTED(51, 1, KRT_CALLS_ANY)},
    {.name = "GET /most", .line = 60, .expected = EXPECTED(61, 0, 2)},
    {.name = "GET /|\"<&>`*_{x}", .line = 70},
};

const struct krt_program shop = {
    .name = "shop",
    .spec = "specs/shop.yaml",
    .routes = routes,
    .n_routes = N_ROUTES,
    .journal = {.entries = 1000},
};

static struct krt_slice slice_of(const char *text)
{
    return (struct krt_slice){(const unsigned char *)text, strlen(text)};
}

static struct krt_answer answer(const char *target, const struct krt_verdict *verdict)
{
    return (struct krt_answer){
        .method = slice_of("GET"), .target = slice_of(target), .verdict = verdict};
}

void count_calls(struct krt_verification *verification, int route, int n)
{
    const struct krt_verdict verdict = {.route = route};
    struct krt_answer called = answer("/x", &verdict);
    called.status = 200;
    for (int i = 0; i < n; i++)
        krt_verification_count(verification, &called);
}

void count_miss(struct krt_verification *verification, const char *target, int route)
{
    const struct krt_near near = {
        .reason = route == KRT_NO_ROUTE ? KRT_NEAR_NONE : KRT_NEAR_TYPO,
        .route = route,
    };
    const struct krt_verdict verdict = {
        .route = KRT_NO_ROUTE, .status = 404, .near = near};
    struct krt_answer missed = answer(target, &verdict);
    missed.is_invalid = true;
    missed.status = 404;
    krt_verification_count(verification, &missed);
}

void count_refusal(struct krt_verification *verification, const char *target, int route)
{
    const struct krt_verdict verdict = {.route = route};
    struct krt_answer refused = answer(target, &verdict);
    refused.is_invalid = true;
    refused.status = 400;
    krt_verification_count(verification, &refused);
}
