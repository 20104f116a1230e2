#include "judge.h"

#include "path.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

static void put_name(struct krt_buffer *list, const char *name)
{
    if (list->len > 0)
        krt_put_text(list, ", ");
    krt_put_text(list, name);
}

/* Lists the methods that have a route for `path`, all of them when it is NULL, and
 * notes the first of the routes. */
static void list_methods(struct krt_verdict *verdict, const struct krt_program *program,
                         const unsigned char *path)
{
    struct krt_buffer list = KRT_BUFFER(verdict->allow);
    int *first = &verdict->near.route;
    bool has_options = false;
    for (size_t i = 0; i < program->n_methods; i++) {
        const struct krt_method *method = &program->methods[i];
        int route = path ? method->match(path, verdict->values) : KRT_NO_ROUTE;
        if (path && route == KRT_NO_ROUTE)
            continue;
        if (*first == KRT_NO_ROUTE || route < *first)
            *first = route;
        put_name(&list, method->name);
        has_options |= strcmp(method->name, "OPTIONS") == 0;
    }
    if (list.len > 0 && !has_options)
        put_name(&list, "OPTIONS");
    krt_end_text(&list);
}

/* Whether the slash at the end of `path`, which is in normal form, is all that keeps it
 * from a route. */
static bool is_redirected(const struct krt_program *program, krt_match_fn match,
                          unsigned char *path)
{
    struct krt_slice values[KRT_PARAMETERS_MAX];
    size_t len = strlen((const char *)path);
    if (program->trailing_slash != KRT_TRAILING_SLASH_REDIRECT ||
        !krt_path_toggle_slash(path, len))
        return false;
    int route = match(path, values);
    krt_path_toggle_slash(path, len);
    return route != KRT_NO_ROUTE && !krt_path_is_kept_whole(&program->routes[route]);
}

static void judge_unmatched(struct krt_verdict *verdict,
                            const struct krt_program *program,
                            const struct krt_head *head, unsigned char *path)
{
    list_methods(verdict, program, path);
    if (*verdict->allow == '\0') {
        verdict->status = 404;
    } else if (krt_head_has_method(head, "OPTIONS")) {
        verdict->status = 204;
    } else {
        verdict->status = 405;
        verdict->near.reason = KRT_NEAR_METHOD;
    }
}

void krt_judge(struct krt_verdict *verdict, const struct krt_program *program,
               const struct krt_head *head, unsigned char *scratch)
{
    int index = program->find_method(head->method.at);
    krt_match_fn match = index >= 0 ? program->methods[index].match : NULL;
    bool has_path = head->path.len > 0;
    verdict->route = KRT_NO_ROUTE;
    verdict->status = 501;
    *verdict->allow = '\0';
    verdict->near = (struct krt_near){.reason = KRT_NEAR_NONE, .route = KRT_NO_ROUTE};
    if (match && has_path)
        verdict->route =
            match(head->is_path_plain ? head->path.at : scratch, verdict->values);
    if (verdict->route != KRT_NO_ROUTE || index == KRT_METHOD_UNKNOWN)
        return;
    if (has_path && head->is_path_plain)
        memcpy(scratch, head->path.at, head->path.len + 1);
    if (match && has_path && is_redirected(program, match, scratch))
        verdict->status = 308;
    else
        judge_unmatched(verdict, program, head, has_path ? scratch : NULL);
}
