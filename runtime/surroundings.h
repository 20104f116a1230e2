/* Values of answers that come from neither the spec nor the request: from the system's
 * clock, its randomness and its environment. */
#ifndef KRT_SURROUNDINGS_H
#define KRT_SURROUNDINGS_H

#include "render.h"

/* What krt_source.get can be: the time in milliseconds since 1970, within the second of
 * krt_get_now(); a UUID of version 4 (RFC 9562 section 5.4); the variable of that index
 * in the program's environment. */
struct krt_slice krt_get_now_ms(struct krt_render *render,
                                const struct krt_source *source);
struct krt_slice krt_get_uuid(struct krt_render *render,
                              const struct krt_source *source);
struct krt_slice krt_get_environment(struct krt_render *render,
                                     const struct krt_source *source);

/* A krt_environment.load. */
void krt_environment_load(const struct krt_environment *environment);

#endif
