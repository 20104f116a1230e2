#include "directory.h"

#include "disk.h"
#include "disposition.h"
#include "media_type.h"
#include "rivals.h"

#include <stdlib.h>
#include <string.h>

/* Where the last segment of `name` starts. */
static size_t base_at(struct str name)
{
    size_t at = name.len;
    while (at > 0 && name.at[at - 1] != '/')
        at--;
    return at;
}

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
    struct str name = str_slice(file->name, base_at(file->name), file->name.len);
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
        size_t base = base_at(name);
        if (!str_equal(str_slice(name, base, name.len), index))
            continue;
        plan->folders =
            arena_grow(arena, plan->folders, plan->n_folders, sizeof *plan->folders);
        plan->folders[plan->n_folders++] =
            (struct folder_plan){str_slice(name, 0, base > 0 ? base - 1 : 0), i};
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
