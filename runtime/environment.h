/* The environment variables that a spec's answers hold, as they were at the start. */
#ifndef KRT_ENVIRONMENT_H
#define KRT_ENVIRONMENT_H

#include "render.h"

/* A krt_environment.load. */
void krt_environment_load(const struct krt_environment *environment);

/* A krt_source.get: the variable of that index. */
struct krt_slice krt_get_environment(struct krt_render *render,
                                     const struct krt_source *source);

#endif
