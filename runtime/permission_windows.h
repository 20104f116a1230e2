/* Windows: the pipe's security descriptor. */
#ifndef KRT_PERMISSION_WINDOWS_H
#define KRT_PERMISSION_WINDOWS_H

#include "error.h"
#include "tables.h"
#include "windows_api.h"

/* Makes the descriptor of `access`, which the caller frees with LocalFree(). A group
 * that does not exist, and a descriptor that the system does not take, are errors: a
 * pipe without one would let everybody read, and so occupy its instances. */
int krt_permission_init(SECURITY_ATTRIBUTES *security, const struct krt_access *access,
                        struct krt_error *error);

#endif
