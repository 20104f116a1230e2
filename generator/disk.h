/* Files of this machine that become part of a server. They lie in the folder of the
 * spec or below it; a path that leads out of it, be it by a symbolic link, is refused.
 */
#ifndef KRGEN_DISK_H
#define KRGEN_DISK_H

#include "arena.h"
#include "str.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>

/* What all files of a spec may be together, those that are used twice counted twice. */
enum {
    DISK_FILES_MAX = 10000, /* and folders as many */
    DISK_BYTES_MAX = 512 * 1024 * 1024,
};

struct disk {
    struct arena *arena;
    const char *spec;  /* its path */
    struct str folder; /* of the spec as the user wrote it, with its '/'; empty: where
                          krgen runs */
    const char *root;  /* the real path of that folder, once it was needed */
    size_t n_files;    /* used so far */
    size_t n_folders;
    size_t n_bytes;
    struct str *paths; /* of each file and folder that was read, once, in this order;
                          with `folder` before it */
    size_t n_paths;
    struct table known;      /* struct str of the bytes of each file by its path */
    struct table remembered; /* the members of `paths` */
};

/* Why something could not be read. */
struct disk_problem {
    struct str path;    /* relative to the folder, as UTF-8 */
    const char *reason; /* "does not exist" */
    const char *hint;   /* NULL without one */
};

/* A file below a folder. */
struct disk_file {
    struct str name; /* relative to the folder that was read */
    struct str bytes;
};

/* Makes a disk for the spec at `path`, SOURCE_STDIN for standard input. */
void disk_init(struct disk *disk, const char *path, struct arena *arena);

/* Reads the file at `path`. */
bool disk_read(struct disk *disk, struct str path, struct str *bytes,
               struct disk_problem *problem);

/* Reads all regular files below the folder at `path`, by the bytes of their names, but
 * for what a '.' at the start of a name hides. Names are UTF-8. The spec and the
 * sources of a server that krgen has made are refused: they would be published. */
bool disk_read_folder(struct disk *disk, struct str path, struct disk_file **files,
                      size_t *n, struct disk_problem *problem);

#endif
