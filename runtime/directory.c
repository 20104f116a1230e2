#include "directory.h"

#include "exchange.h"
#include "path.h"

#include <string.h>

static int compare(struct krt_bytes p, struct krt_bytes q)
{
    size_t len = p.len < q.len ? p.len : q.len;
    int order = len > 0 ? memcmp(p.data, q.data, len) : 0;
    return order != 0 ? order : (p.len > q.len) - (p.len < q.len);
}

/* The element called `name` of `n` that have `size` bytes and start with their names;
 * NULL where there is none. bsearch() would be imported by every server on Windows. */
static const void *find(struct krt_bytes name, const void *elements, size_t n,
                        size_t size)
{
    const char *first = elements;
    while (n > 0) {
        const char *middle = first + n / 2 * size;
        struct krt_bytes its;
        memcpy(&its, middle, sizeof its);
        int order = compare(name, its);
        if (order == 0)
            return middle;
        if (order > 0)
            first = middle + size;
        n = order > 0 ? n - n / 2 - 1 : n / 2;
    }
    return NULL;
}

/* What the route's last parameter has, or its default. */
static struct krt_bytes name_of(const struct krt_route *route,
                                const struct krt_slice *values)
{
    size_t last = route->n_parameters - 1;
    struct krt_slice value = values[last];
    const char *fallback = route->parameters[last].default_value;
    if (!value.at && fallback)
        return (struct krt_bytes){fallback, strlen(fallback)};
    return (struct krt_bytes){value.at, value.len};
}

static bool ends_with_slash(struct krt_slice path)
{
    return path.at[path.len - 1] == '/';
}

static const struct krt_file *find_file(const struct krt_directory *directory,
                                        struct krt_bytes name)
{
    return find(name, directory->files, directory->n_files, sizeof *directory->files);
}

static const struct krt_folder *find_folder(const struct krt_directory *directory,
                                            struct krt_bytes name,
                                            struct krt_slice path)
{
    if (ends_with_slash(path) && name.len > 0)
        name.len--;
    return find(name, directory->folders, directory->n_folders,
                sizeof *directory->folders);
}

bool krt_directory_lacks(const struct krt_route *route, struct krt_slice path,
                         const struct krt_slice *values)
{
    const struct krt_directory *directory = route->answer_data;
    struct krt_bytes name = name_of(route, values);
    return !find_file(directory, name) && !find_folder(directory, name, path);
}

/* A target for which there is no room in a head is too long. */
static int answer_redirect(struct krt_exchange *exchange)
{
    static const char name[] = "Location: ";
    const struct krt_head *head = exchange->head;
    size_t cap = sizeof name + head->target.len + sizeof "/./\r\n";
    if (cap > KRT_MADE_HEAD_MAX) {
        exchange->made = (struct krt_made){.status = 414};
        return KRT_DONE;
    }
    struct krt_buffer fields = {krt_arena_take(exchange->arena, cap), 0, cap};
    if (!fields.data)
        return KRT_FAILED;
    krt_put_text(&fields, name);
    krt_put_location(&fields, head);
    krt_put_text(&fields, "\r\n");
    exchange->made = (struct krt_made){
        .status = 308,
        .fields = {fields.data, fields.len},
    };
    return KRT_DONE;
}

int krt_answer_directory(struct krt_exchange *exchange, const void *data)
{
    const struct krt_directory *directory = data;
    struct krt_bytes name = name_of(exchange->route, exchange->values);
    const struct krt_file *file = find_file(directory, name);
    if (!file && !ends_with_slash(exchange->path))
        return answer_redirect(exchange);
    exchange->response =
        file ? &file->response : find_folder(directory, name, exchange->path)->index;
    return KRT_DONE;
}
