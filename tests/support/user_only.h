/* The access of a server for its own user, as krgen makes it. */
#ifndef KRT_TESTS_USER_ONLY_H
#define KRT_TESTS_USER_ONLY_H

#include "tables.h"

static const struct krt_access user_only = {
    .level = KRT_ACCESS_USER,
    .sddl = "O:<user>D:P(A;;GA;;;<user>)(A;;GA;;;SY)",
};

#endif
