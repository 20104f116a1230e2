#include "permission.h"

#include <string.h>

enum { NAMED_MAX = 3 };

bool krt_is_sid(const char *allowed)
{
    return strncmp(allowed, KRT_SID_PREFIX, strlen(KRT_SID_PREFIX)) == 0;
}

static bool is_counted(const char *allowed, bool with_sids)
{
    return with_sids || !krt_is_sid(allowed);
}

bool krt__put_allowed(struct krt_buffer *out, const struct krt_access *access,
                      bool with_sids)
{
    size_t n = 0;
    size_t n_put = 0;
    for (size_t i = 0; i < access->n_allowed; i++)
        n += is_counted(access->allowed[i], with_sids);
    if (n > 0)
        krt_put_text(out, n == 1 ? " and the group " : " and the groups ");
    for (size_t i = 0; i < access->n_allowed && n_put < NAMED_MAX; i++) {
        if (!is_counted(access->allowed[i], with_sids))
            continue;
        krt_put_text(out, n_put++ > 0 ? ", " : "");
        krt_put_text(out, access->allowed[i]);
    }
    krt_put_text(out, n > n_put ? ", ..." : "");
    return n > 0;
}
