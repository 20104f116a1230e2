#include "depfile.h"

#include <string.h>

static void put_path(struct buf *out, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#')
            buf_putc(out, '\\');
        if (*path == '$')
            buf_putc(out, '$');
        buf_putc(out, *path);
    }
}

/* Without a rule of its own, a file that is gone would be an error of make. */
static void put_input(struct buf *rule, struct buf *phony, const char *path)
{
    buf_put(rule, STR(" \\\n "));
    put_path(rule, path);
    put_path(phony, path);
    buf_put(phony, STR(":\n"));
}

void depfile_put(const struct spec *spec, const char *target, bool with_handlers,
                 struct buf *out)
{
    struct buf phony;
    buf_init(&phony, out->arena);
    put_path(out, target);
    buf_putc(out, ':');
    if (strcmp(spec->source->path, SOURCE_STDIN) != 0)
        put_input(out, &phony, spec->source->path);
    for (size_t i = 0; i < spec->n_paths; i++)
        put_input(out, &phony, str_z(out->arena, spec->paths[i]));
    for (size_t i = 0; with_handlers && i < spec->handlers.n_files; i++)
        put_input(out, &phony, spec->handlers.files[i].path);
    buf_putc(out, '\n');
    buf_put(out, buf_str(&phony));
}
