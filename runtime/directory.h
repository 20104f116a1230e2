/* Files that krgen has put into the server, chosen by the catch-all of a route.
 * Sans-I/O: nothing is read from a disk. */
#ifndef KRT_DIRECTORY_H
#define KRT_DIRECTORY_H

#include "tables.h"

#include <stdbool.h>
#include <stddef.h>

struct krt_file {
    struct krt_bytes name; /* relative to the directory, in UTF-8 */
    struct krt_response response;
};

/* A folder with an index. */
struct krt_folder {
    struct krt_bytes
        name; /* likewise, without a '/' at its end; empty: the directory */
    const struct krt_response *index;
};

/* Both tables are in the order of memcmp(), shorter names first among equals. */
struct krt_directory {
    const struct krt_file *files;
    size_t n_files;
    const struct krt_folder *folders;
    size_t n_folders;
};

/* A krt_answer_fn whose data is a struct krt_directory: answers with the file that the
 * catch-all of the route names, byte for byte, or with the index of a folder. One whose
 * '/' is missing gets a 308 to the form with it, so that relative links work. */
int krt_answer_directory(struct krt_exchange *exchange, const void *data);

/* The krt_route.lacks of such a route. */
bool krt_directory_lacks(const struct krt_route *route, struct krt_slice path,
                         const struct krt_slice *values);

#endif
