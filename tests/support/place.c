#define _GNU_SOURCE

#include "place.h"

#include "text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int count_descriptors(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -1;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

int place_init(void **state)
{
    static struct place place;
    struct krt_error error;
    char path[sizeof place.folder + sizeof "/socket"];
    struct krt_buffer out = KRT_BUFFER(path);
    strcpy(place.folder, "/tmp/krgen.io.XXXXXX");
    if (!mkdtemp(place.folder))
        return -1;
    krt_put_text(&out, place.folder);
    krt_put_text(&out, "/socket");
    *state = &place;
    place.n_descriptors = count_descriptors();
    return krt_endpoint_parse(&place.endpoint, krt_end_text(&out), &error);
}

int place_deinit(void **state)
{
    const struct place *place = *state;
    int n = count_descriptors();
    if (n != place->n_descriptors) {
        fprintf(stderr, "%d descriptors, there were %d\n", n, place->n_descriptors);
        return -1;
    }
    if (rmdir(place->folder) != 0) {
        perror(place->folder);
        return -1;
    }
    return 0;
}
