/* A folder for one test's socket, and a watch over the process's descriptors. */
#ifndef TESTS_PLACE_H
#define TESTS_PLACE_H

#include "endpoint.h"

struct place {
    char folder[32];
    struct krt_endpoint endpoint; /* a socket in that folder */
    int n_descriptors;
};

/* Fixtures of cmocka for one test; *state is the struct place. The second fails when
 * the test left a file or an open descriptor behind. */
int place_init(void **state);
int place_deinit(void **state);

#endif
