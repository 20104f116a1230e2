#include "spec_path.h"

#include "str.h"

#include <string.h>

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

const char *file_name(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++)
        if (is_slash(*at))
            name = at + 1;
    return name;
}

/* Also of a path that is relative to a drive. */
static bool is_absolute(const char *path)
{
    return is_slash(path[0]) || (path[0] != '\0' && path[1] == ':');
}

const char *spec_path(const char *path, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    if (is_absolute(path))
        return file_name(path);
    for (const char *at = path; *at; at += is_slash(*at)) {
        struct str name = {at, strcspn(at, "/\\")};
        at += name.len;
        if (str_equal(name, STR("..")))
            return file_name(path);
        if (name.len == 0 || str_equal(name, STR(".")))
            continue;
        buf_printf(&out, "%s%.*s", out.len > 0 ? "/" : "", STR_ARG(name));
    }
    return str_z(arena, buf_str(&out));
}
