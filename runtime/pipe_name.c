/* The portable rule for pipe names, one for the generator and every server. */
#include "endpoint.h"

#include <stdbool.h>
#include <string.h>

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static const char *fault(size_t *at, size_t *len, size_t fault_at, size_t fault_len,
                         const char *reason)
{
    *at = fault_at;
    *len = fault_len;
    return reason;
}

/* The length of a pipe's path prefix, in any of the ways people write it. */
static size_t prefix_len(const char *name, size_t name_len)
{
    static const char *const prefixes[] = {"\\\\.\\pipe\\", "\\\\?\\pipe\\",
                                           "//./pipe/", "npipe:////./pipe/"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t len = strlen(prefixes[i]);
        if (name_len >= len && memcmp(name, prefixes[i], len) == 0)
            return len;
    }
    return 0;
}

const char *krt_pipe_name_check(const char *name, size_t name_len, size_t *at,
                                size_t *len)
{
    size_t prefix = prefix_len(name, name_len);
    if (prefix > 0)
        return fault(at, len, 0, prefix,
                     "is a path; drop the prefix, a short name is meant");
    if (name_len == 0)
        return fault(at, len, 0, 0, "is empty");
    if (!is_alphanumeric(name[0]))
        return fault(at, len, 0, 1, "must start with a letter or a digit");
    for (size_t i = 0; i < name_len; i++)
        if (!is_alphanumeric(name[i]) && !memchr("._-", name[i], 3))
            return fault(at, len, i, 1,
                         "may hold only letters, digits, '.', '_' and '-'");
    if (name_len > KRT_PIPE_NAME_MAX)
        return fault(at, len, KRT_PIPE_NAME_MAX, name_len - KRT_PIPE_NAME_MAX,
                     "is longer than 80 characters");
    if (name[name_len - 1] == '.')
        return fault(at, len, name_len - 1, 1, "must not end with '.'");
    if (name_len == 9 && memcmp(name, "anonymous", 9) == 0)
        return fault(at, len, 0, name_len, "is reserved by .NET");
    return NULL;
}
