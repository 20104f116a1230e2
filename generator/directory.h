/* The files of a `dir` as they will be sent, and the folders that have an index. */
#ifndef KRGEN_DIRECTORY_H
#define KRGEN_DIRECTORY_H

#include "arena.h"
#include "model.h"
#include "representation.h"

#include <stddef.h>

struct file_plan {
    struct str name; /* relative to the directory */
    struct response_plan response;
};

struct folder_plan {
    struct str name; /* likewise, without a '/' at its end */
    size_t index;    /* of its index among the files */
};

/* See struct krt_directory. */
struct directory_plan {
    const char *ident;
    size_t number; /* of the file that it is emitted to, from 1 */
    struct file_plan *files;
    size_t n_files;
    struct folder_plan *folders;
    size_t n_folders;
};

/* Plans the directory of `route`, which has passed all checks. */
void directory_plan(const struct route *route, struct directory_plan *plan,
                    struct arena *arena);

#endif
