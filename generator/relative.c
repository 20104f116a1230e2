#define _XOPEN_SOURCE 700

#include "relative.h"

#include <stdlib.h>
#include <string.h>

/* `path` without symbolic links, or as it is where it does not exist. */
static struct str real_path(const char *path, struct arena *arena)
{
    char *real = realpath(path, NULL);
    struct str result = str_from(str_z(arena, str_from(real ? real : path)));
    free(real);
    return result;
}

/* The same of a folder that will be made: of what exists of it, and the rest. */
static struct str future_path(const char *path, struct arena *arena)
{
    size_t len = strlen(path);
    for (;;) {
        const char *parent = len > 0 ? str_z(arena, (struct str){path, len}) : ".";
        char *real = realpath(parent, NULL);
        if (real || len == 0) {
            struct buf whole;
            buf_init(&whole, arena);
            buf_printf(&whole, "%s/%s", real ? real : "", path + len);
            free(real);
            return buf_str(&whole);
        }
        while (len > 0 && path[len - 1] == '/')
            len--;
        while (len > 0 && path[len - 1] != '/')
            len--;
    }
}

/* The next name of a path from *at, which moves behind it; empty at the end. */
static struct str next_name(struct str path, size_t *at)
{
    struct str name;
    do {
        while (*at < path.len && path.at[*at] == '/')
            ++*at;
        size_t start = *at;
        while (*at < path.len && path.at[*at] != '/')
            ++*at;
        name = str_slice(path, start, *at);
    } while (str_equal(name, STR(".")));
    return name;
}

struct str relative_path(const char *from, const char *to, struct arena *arena)
{
    struct str start = future_path(from, arena);
    struct str end = real_path(to, arena);
    size_t start_at = 0;
    size_t end_at = 0;
    struct buf way;
    buf_init(&way, arena);
    for (;;) {
        size_t start_next = start_at;
        size_t end_next = end_at;
        struct str name = next_name(start, &start_next);
        if (name.len == 0 || !str_equal(name, next_name(end, &end_next)))
            break;
        start_at = start_next;
        end_at = end_next;
    }
    while (next_name(start, &start_at).len > 0)
        buf_put(&way, STR("../"));
    while (end_at < end.len && end.at[end_at] == '/')
        end_at++;
    buf_put(&way, str_slice(end, end_at, end.len));
    return buf_str(&way);
}
