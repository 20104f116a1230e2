/* Random UUIDs for answers. */
#ifndef KRT_UUID_H
#define KRT_UUID_H

#include "render.h"

/* A krt_source.get: a UUID of version 4 (RFC 9562 section 5.4) from the system's source
 * of randomness. */
struct krt_slice krt_get_uuid(struct krt_render *render,
                              const struct krt_source *source);

#endif
