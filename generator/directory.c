#include "directory.h"

#include "disk.h"
#include "disposition.h"
#include "media_type.h"
#include "rivals.h"

#include <stdlib.h>
#include <string.h>

static bool has_type(const struct response *response)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (str_equal_fold(response->headers[i].name.text, STR("Content-Type")))
            return true;
    return false;
}

static void add_disposition(struct response *response, struct str name,
                            struct arena *arena)
{
    size_t n = response->n_headers;
    struct header *headers = arena_array(arena, n + 1, sizeof *headers);
    if (n > 0)
        memcpy(headers, response->headers, n * sizeof *headers);
    headers[n] = (struct header){
        .name = {.text = STR("Content-Disposition")},
        .value = {.text = disposition_of(name, arena)},
    };
    response->headers = headers;
    response->n_headers = n + 1;
}

static void plan_file(const struct route *route, const struct disk_file *file,
                      struct file_plan *plan, struct arena *arena)
{
    struct response response = route->response;
    struct str name = str_after_last(file->name, '/');
    response.body = file->bytes;
    if (!has_type(&response))
        response.media_type.text = str_from(media_type_of(name));
    if (response.is_download)
        add_disposition(&response, name, arena);
    plan->name = file->name;
    representation_of(&response, rivals_has_method(route, STR("GET")), &plan->response,
                      arena);
}

static int compare_folders(const void *a, const void *b)
{
    return str_compare(((const struct folder_plan *)a)->name,
                       ((const struct folder_plan *)b)->name);
}

static void plan_folders(struct str index, struct directory_plan *plan,
                         struct arena *arena)
{
    for (size_t i = 0; i < plan->n_files; i++) {
        struct str name = plan->files[i].name;
        struct str base = str_after_last(name, '/');
        size_t folder_len = base.len < name.len ? name.len - base.len - 1 : 0;
        if (!str_equal(base, index))
            continue;
        plan->folders =
            arena_grow(arena, plan->folders, plan->n_folders, sizeof *plan->folders);
        plan->folders[plan->n_folders++] =
            (struct folder_plan){str_slice(name, 0, folder_len), i};
    }
    if (plan->n_folders > 0)
        qsort(plan->folders, plan->n_folders, sizeof *plan->folders, compare_folders);
}

void directory_plan(const struct route *route, struct directory_plan *plan,
                    struct arena *arena)
{
    const struct directory *directory = route->response.directory;
    plan->n_files = directory->n_files;
    plan->files = arena_array(arena, plan->n_files, sizeof *plan->files);
    for (size_t i = 0; i < plan->n_files; i++)
        plan_file(route, &directory->files[i], &plan->files[i], arena);
    plan_folders(directory->index, plan, arena);
}
