#define _XOPEN_SOURCE 700

#include "disk.h"

#include "source.h"
#include "utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void disk_init(struct disk *disk, const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;
    *disk = (struct disk){
        .arena = arena,
        .spec = path,
        .folder = {path, strcmp(path, SOURCE_STDIN) == 0 ? 0 : len},
        .known = {.arena = arena},
        .remembered = {.arena = arena},
    };
}

/* ---- Problems ---- */

/* `path` as UTF-8, for a message. */
static struct str shown(struct disk *disk, struct str path)
{
    struct buf out;
    uint32_t code;
    buf_init(&out, disk->arena);
    for (size_t i = 0, len; i<path.len; i += len> 0 ? len : 1) {
        len = utf8_decode(path, i, &code);
        if (len > 0)
            buf_put(&out, str_slice(path, i, i + len));
        else
            buf_printf(&out, "\\x%02X", (unsigned char)path.at[i]);
    }
    return buf_str(&out);
}

static bool fail(struct disk *disk, struct str path, const char *reason,
                 const char *hint, struct disk_problem *problem)
{
    *problem = (struct disk_problem){shown(disk, path), reason, hint};
    return false;
}

/* Fails with what the system says. */
static bool fail_system(struct disk *disk, struct str path,
                        struct disk_problem *problem)
{
    struct buf reason;
    if (errno == ENOENT || errno == ENOTDIR)
        return fail(disk, path, "does not exist",
                    "paths start at the folder of the spec", problem);
    if (errno == ELOOP)
        return fail(disk, path, "is a symbolic link that leads to itself", NULL,
                    problem);
    buf_init(&reason, disk->arena);
    buf_printf(&reason, "cannot be read: %s", strerror(errno));
    return fail(disk, path, str_z(disk->arena, buf_str(&reason)), NULL, problem);
}

/* ---- Paths ---- */

static const char *full_path(struct disk *disk, struct str path)
{
    struct buf out;
    buf_init(&out, disk->arena);
    buf_put(&out, disk->folder);
    buf_put(&out, path);
    return str_z(disk->arena, buf_str(&out));
}

/* The real path in the arena, or NULL with errno. */
static const char *real_path(struct disk *disk, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        return NULL;
    const char *copy = str_z(disk->arena, str_from(real));
    free(real);
    return copy;
}

static bool is_inside(const char *root, const char *path)
{
    size_t len = strlen(root);
    if (strcmp(root, "/") == 0)
        return true;
    return strncmp(root, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool is_absolute(struct str path)
{
    return path.at[0] == '/' || path.at[0] == '\\' ||
           (path.len > 1 && path.at[1] == ':');
}

/* Whether the segments of `path` by themselves lead above where they start. */
static bool is_above(struct str path)
{
    int depth = 0;
    for (size_t at = 0, end; at < path.len && depth >= 0; at = end + 1) {
        for (end = at; end < path.len && path.at[end] != '/'; end++) {
            /* To the end of the segment. */
        }
        struct str segment = str_slice(path, at, end);
        if (str_equal(segment, STR("..")))
            depth--;
        else if (segment.len > 0 && !str_equal(segment, STR(".")))
            depth++;
    }
    return depth < 0;
}

static bool fail_outside(struct disk *disk, struct str path,
                         struct disk_problem *problem)
{
    return fail(disk, path, "lies outside of the spec's folder",
                "what a server holds is in the folder of its spec, or below", problem);
}

/* The real path of `path`, which is below the spec's folder. */
static bool resolve(struct disk *disk, struct str path, const char **real,
                    struct disk_problem *problem)
{
    if (path.len == 0 || memchr(path.at, '\0', path.len))
        return fail(disk, path, "is no path", NULL, problem);
    if (is_absolute(path))
        return fail(disk, path, "is an absolute path",
                    "write one that starts at the folder of the spec", problem);
    if (is_above(path))
        return fail_outside(disk, path, problem);
    if (!disk->root)
        disk->root =
            real_path(disk, disk->folder.len > 0 ? full_path(disk, STR("")) : ".");
    *real = disk->root ? real_path(disk, full_path(disk, path)) : NULL;
    if (!*real)
        return fail_system(disk, path, problem);
    return is_inside(disk->root, *real) || fail_outside(disk, path, problem);
}

static void remember(struct disk *disk, struct str path)
{
    struct str full = str_from(full_path(disk, path));
    if (table_find(&disk->remembered, full))
        return;
    table_put(&disk->remembered, full, disk);
    disk->paths =
        arena_grow(disk->arena, disk->paths, disk->n_paths, sizeof *disk->paths);
    disk->paths[disk->n_paths++] = full;
}

/* ---- Files ---- */

static bool is_too_large(const struct disk *disk, size_t len)
{
    return len > DISK_BYTES_MAX - disk->n_bytes;
}

static bool read_all(struct disk *disk, int file, struct buf *bytes)
{
    char piece[64 * 1024];
    ssize_t n;
    do {
        n = read(file, piece, sizeof piece);
        if (n > 0)
            buf_put(bytes, (struct str){piece, (size_t)n});
    } while ((n > 0 && !is_too_large(disk, bytes->len)) || (n < 0 && errno == EINTR));
    return n >= 0;
}

static bool fail_size(struct disk *disk, struct str path, struct disk_problem *problem)
{
    return fail(disk, path, "is too much: the files of a spec have at most 512 MiB",
                NULL, problem);
}

/* Reads an open file, which may change meanwhile. */
static bool read_open(struct disk *disk, int file, struct str path, struct str *bytes,
                      struct disk_problem *problem)
{
    struct stat status;
    struct buf text;
    buf_init(&text, disk->arena);
    if (fstat(file, &status) != 0)
        return fail_system(disk, path, problem);
    if (S_ISDIR(status.st_mode))
        return fail(disk, path, "is a folder", "'dir' is for folders", problem);
    if (!S_ISREG(status.st_mode))
        return fail(disk, path, "is not a regular file", NULL, problem);
    if (is_too_large(disk, (size_t)status.st_size))
        return fail_size(disk, path, problem);
    buf_reserve(&text, (size_t)status.st_size);
    if (!read_all(disk, file, &text))
        return fail_system(disk, path, problem);
    *bytes = buf_str(&text);
    return !is_too_large(disk, bytes->len) || fail_size(disk, path, problem);
}

/* What is no regular file is opened without waiting for it. */
static bool read_new(struct disk *disk, struct str path, struct str *bytes,
                     struct disk_problem *problem)
{
    const char *real;
    if (!resolve(disk, path, &real, problem))
        return false;
    int file = open(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return fail_system(disk, path, problem);
    bool is_read = read_open(disk, file, path, bytes, problem);
    close(file);
    return is_read;
}

bool disk_read(struct disk *disk, struct str path, struct str *bytes,
               struct disk_problem *problem)
{
    struct str *known = table_find(&disk->known, path);
    if (disk->n_files == DISK_FILES_MAX)
        return fail(disk, path, "is too much: a spec has at most 10000 files", NULL,
                    problem);
    if (known && is_too_large(disk, known->len))
        return fail_size(disk, path, problem);
    if (!known) {
        known = arena_alloc(disk->arena, sizeof *known);
        if (!read_new(disk, path, known, problem))
            return false;
        table_put(&disk->known, path, known);
        remember(disk, path);
    }
    disk->n_files++;
    disk->n_bytes += known->len;
    *bytes = *known;
    return true;
}

/* ---- Folders ---- */

/* A folder that is open, and those above it. */
struct level {
    const struct level *above;
    dev_t device;
    ino_t number;
};

/* A walk through a folder. */
struct walk {
    struct disk *disk;
    struct str top;
    struct str *names; /* of the files found, relative to the top */
    size_t n_names;
    struct disk_problem *problem;
};

static struct str join(struct arena *arena, struct str folder, struct str name)
{
    struct buf out;
    buf_init(&out, arena);
    buf_put(&out, folder);
    if (folder.len > 0 && folder.at[folder.len - 1] != '/')
        buf_putc(&out, '/');
    buf_put(&out, name);
    return buf_str(&out);
}

static bool walk_folder(struct walk *walk, struct str name, const struct level *above);

static bool is_utf8(struct str text)
{
    uint32_t code;
    size_t len = 1;
    for (size_t i = 0; i < text.len && len > 0; i += len)
        len = utf8_decode(text, i, &code);
    return len > 0;
}

static bool is_loop(const struct level *level)
{
    for (const struct level *other = level->above; other; other = other->above)
        if (other->device == level->device && other->number == level->number)
            return true;
    return false;
}

static bool add_name(struct walk *walk, struct str name)
{
    struct disk *disk = walk->disk;
    if (disk->n_files + walk->n_names == DISK_FILES_MAX)
        return fail(disk, join(disk->arena, walk->top, name),
                    "is too much: a spec has at most 10000 files", NULL, walk->problem);
    walk->names =
        arena_grow(disk->arena, walk->names, walk->n_names, sizeof *walk->names);
    walk->names[walk->n_names++] = name;
    return true;
}

static const char own_folder[] =
    "keep what is served in a folder of its own, such as site";

static bool is_spec(const struct disk *disk, const struct stat *status)
{
    struct stat spec;
    return stat(disk->spec, &spec) == 0 && spec.st_dev == status->st_dev &&
           spec.st_ino == status->st_ino;
}

/* Whether an open folder is NAME-src of some server. */
static bool is_output(struct str name, DIR *folder)
{
    static const char mark[] = "# Generated by krgen";
    static const char suffix[] = "-src";
    size_t len = sizeof suffix - 1;
    char text[sizeof mark - 1];
    if (name.len <= len || memcmp(name.at + name.len - len, suffix, len) != 0)
        return false;
    int file =
        openat(dirfd(folder), "CMakeLists.txt", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t n = read(file, text, sizeof text);
    close(file);
    return n == sizeof text && memcmp(text, mark, sizeof text) == 0;
}

/* Takes what is called `name` in the walk's folder. */
static bool walk_entry(struct walk *walk, struct str name, const struct level *level)
{
    struct disk *disk = walk->disk;
    struct str path = join(disk->arena, walk->top, name);
    const char *real;
    struct stat status;
    if (!is_utf8(name))
        return fail(disk, path, "has a name that is not UTF-8", NULL, walk->problem);
    if (!resolve(disk, path, &real, walk->problem))
        return false;
    if (stat(real, &status) != 0)
        return fail_system(disk, path, walk->problem);
    if (S_ISDIR(status.st_mode))
        return walk_folder(walk, name, level);
    if (is_spec(disk, &status))
        return fail(disk, path, "is this spec, which a server does not publish",
                    own_folder, walk->problem);
    return !S_ISREG(status.st_mode) || add_name(walk, name);
}

static bool walk_open(struct walk *walk, DIR *folder, struct str name,
                      const struct level *level)
{
    struct arena *arena = walk->disk->arena;
    bool is_fine = true;
    struct dirent *entry;
    while (is_fine && (errno = 0, entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            is_fine = walk_entry(
                walk,
                join(arena, name, str_from(str_z(arena, str_from(entry->d_name)))),
                level);
    if (is_fine && errno != 0)
        return fail_system(walk->disk, join(arena, walk->top, name), walk->problem);
    return is_fine;
}

static bool walk_folder(struct walk *walk, struct str name, const struct level *above)
{
    struct disk *disk = walk->disk;
    struct str path = name.len > 0 ? join(disk->arena, walk->top, name) : walk->top;
    struct level level = {.above = above};
    struct stat status;
    const char *real;
    if (!resolve(disk, path, &real, walk->problem))
        return false;
    if (disk->n_folders++ == DISK_FILES_MAX)
        return fail(disk, path, "is too much: a spec has at most 10000 folders", NULL,
                    walk->problem);
    DIR *folder = opendir(real);
    if (!folder && errno == ENOTDIR)
        return fail(disk, path, "is not a folder", "'file' is for files",
                    walk->problem);
    if (!folder || fstat(dirfd(folder), &status) != 0) {
        fail_system(disk, path, walk->problem);
        if (folder)
            closedir(folder);
        return false;
    }
    level.device = status.st_dev;
    level.number = status.st_ino;
    remember(disk, path);
    bool is_fine;
    if (is_loop(&level))
        is_fine =
            fail(disk, path, "leads back to a folder above it", NULL, walk->problem);
    else if (is_output(path, folder))
        is_fine = fail(disk, path, "is what krgen has made of a spec", own_folder,
                       walk->problem);
    else
        is_fine = walk_open(walk, folder, name, &level);
    closedir(folder);
    return is_fine;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

bool disk_read_folder(struct disk *disk, struct str path, struct disk_file **files,
                      size_t *n, struct disk_problem *problem)
{
    struct walk walk = {.disk = disk, .top = path, .problem = problem};
    if (!walk_folder(&walk, (struct str){0}, NULL))
        return false;
    if (walk.n_names > 0)
        qsort(walk.names, walk.n_names, sizeof *walk.names, compare_names);
    *n = walk.n_names;
    *files = arena_array(disk->arena, walk.n_names, sizeof **files);
    for (size_t i = 0; i < walk.n_names; i++) {
        struct disk_file *file = &(*files)[i];
        file->name = walk.names[i];
        if (!disk_read(disk, join(disk->arena, path, file->name), &file->bytes,
                       problem))
            return false;
    }
    return true;
}
