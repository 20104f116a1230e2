/* Who may connect, in words and, to the back ends, in deeds. */
#ifndef KRT_PERMISSION_H
#define KRT_PERMISSION_H

#include "tables.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* The room that krt_put_audience() needs: some names of 256 bytes. */
enum { KRT_AUDIENCE_MAX = 1024 };

/* What starts the entries of krt_access.allowed that are no names. */
#define KRT_SID_PREFIX "S-1-"

/* Whether an entry of krt_access.allowed is a SID, not the name of a group. */
bool krt_is_sid(const char *allowed);

/* Appends who may connect on this system: "this user only", "this user and the group
 * docker". Of many groups the first are named. */
void krt_put_audience(struct krt_buffer *out, const struct krt_access *access);

/* Appends " and the group docker", " and the groups docker, wheel, ...": of the groups
 * by name, and of SIDs if `with_sids`, where there are any; says whether there are. */
bool krt__put_allowed(struct krt_buffer *out, const struct krt_access *access,
                      bool with_sids);

#endif
