/* Answers to requests, as a server tells of them, and a program that they belong to. */
#ifndef KRGEN_TESTS_ANSWERS_H
#define KRGEN_TESTS_ANSWERS_H

#include "verification.h"

/* The routes of `shop`, whose spec is specs/shop.yaml: the line of each is ten times
 * its number, that of its expectation one more. */
enum {
    ROUTE_THREE,   /* GET /three, three calls */
    ROUTE_ONE,     /* GET /one, one call */
    ROUTE_NEVER,   /* GET /never, no calls */
    ROUTE_RANGE,   /* GET /range, 2 to 4 */
    ROUTE_LEAST,   /* GET /least, 1 or more */
    ROUTE_MOST,    /* GET /most, at most 2 */
    ROUTE_NEITHER, /* GET /|"<&>`*_{x}, any number, and it does not matter */
    N_ROUTES
};

extern const struct krt_program shop;

/* Counts `n` requests that `route` answered. */
void count_calls(struct krt_verification *verification, int route, int n);

/* Counts a request of `target` that was answered with 404, near to `route`, which may
 * be KRT_NO_ROUTE. */
void count_miss(struct krt_verification *verification, const char *target, int route);

/* Counts a request that `route` has refused with 400. */
void count_refusal(struct krt_verification *verification, const char *target,
                   int route);

#endif
