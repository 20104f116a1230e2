#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void output_add(struct output *output, const char *path, struct str text)
{
    output->files = arena_grow(output->arena, output->files, output->n_files,
                               sizeof *output->files);
    output->files[output->n_files++] = (struct output_file){path, text};
}

static bool fail(struct buf *problem, const char *operation, const char *path)
{
    buf_printf(problem, "cannot %s %s: %s", operation, path, strerror(errno));
    return false;
}

static const char *join(struct arena *arena, const char *folder, const char *path)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "%s/%s", folder, path);
    return str_z(arena, buf_str(&out));
}

/* Makes every folder on the way to `path`. */
static bool make_folders(struct arena *arena, const char *path, struct buf *problem)
{
    for (const char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        const char *folder = str_z(arena, (struct str){path, (size_t)(slash - path)});
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return fail(problem, "make folder", folder);
    }
    return true;
}

/* Whether the file at `path` holds exactly `text`. */
static bool has_text(const char *path, struct str text)
{
    char piece[16 * 1024];
    size_t at = 0;
    size_t n;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        if (n > text.len - at || memcmp(piece, text.at + at, n) != 0)
            break;
        at += n;
    }
    bool is_same = n == 0 && !ferror(file) && at == text.len;
    fclose(file);
    return is_same;
}

/* Writes beside the file and renames, so that no reader ever sees a part of it. */
static bool replace(struct arena *arena, const char *path, struct str text,
                    struct buf *problem)
{
    struct buf temporary_name;
    buf_init(&temporary_name, arena);
    buf_printf(&temporary_name, "%s.krgen-%ld", path, (long)getpid());
    const char *temporary = str_z(arena, buf_str(&temporary_name));
    FILE *file = fopen(temporary, "wb");
    if (!file)
        return fail(problem, "write", path);
    bool is_whole = fwrite(text.at, 1, text.len, file) == text.len;
    is_whole = fclose(file) == 0 && is_whole;
    if (is_whole && rename(temporary, path) == 0)
        return true;
    fail(problem, "write", path);
    remove(temporary);
    return false;
}

bool output_write(const struct output *output, const char *folder, struct buf *problem)
{
    for (size_t i = 0; i < output->n_files; i++) {
        const struct output_file *file = &output->files[i];
        const char *path = join(output->arena, folder, file->path);
        if (has_text(path, file->text))
            continue;
        if (!make_folders(output->arena, path, problem) ||
            !replace(output->arena, path, file->text, problem))
            return false;
    }
    return true;
}

bool output_check(const struct output *output, const char *folder, struct buf *stale)
{
    bool is_same = true;
    for (size_t i = 0; i < output->n_files; i++) {
        const struct output_file *file = &output->files[i];
        const char *path = join(output->arena, folder, file->path);
        if (has_text(path, file->text))
            continue;
        bool is_there = access(path, F_OK) == 0;
        buf_printf(stale, "%s %s\n", path, is_there ? "is stale" : "is missing");
        is_same = false;
    }
    return is_same;
}
