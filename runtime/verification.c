#include "verification.h"

#include "account.h"
#include "journal_line.h"
#include "os.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

bool krt_has_expectations(const struct krt_program *program)
{
    for (size_t i = 0; i < program->n_routes; i++)
        if (program->routes[i].expected)
            return true;
    return false;
}

struct krt_verification *krt_verification_new(const struct krt_program *program,
                                              bool verifies, bool is_strict)
{
    struct krt_verification *made;
    made = calloc(1, sizeof *made + program->n_routes * sizeof *made->calls);
    if (!made)
        return NULL;
    made->program = program;
    made->verifies = verifies;
    made->is_strict = is_strict;
    made->began_us = krt_os_now_us();
    made->began_at_ms = krt_os_unix_ms();
    made->lock = (struct krt_mutex)KRT_MUTEX_INIT;
    return made;
}

void krt_verification_free(struct krt_verification *verification)
{
    if (!verification)
        return;
    for (size_t i = 0; i < verification->n_misses; i++)
        free(verification->misses[i].summary);
    free(verification);
}

/* ---- Counting ---- */

static int route_of(const struct krt_answer *answer)
{
    const struct krt_verdict *verdict = answer->verdict;
    if (!verdict)
        return KRT_NO_ROUTE;
    return krt_is_missed(answer) ? verdict->near.route : verdict->route;
}

/* NULL when nothing is known that is alike. */
static struct krt_miss *find_miss(struct krt_verification *verification, int route,
                                  const char *summary)
{
    for (size_t i = 0; i < verification->n_misses; i++) {
        struct krt_miss *miss = &verification->misses[i];
        if (miss->route == route && strcmp(miss->summary, summary) == 0)
            return miss;
    }
    return NULL;
}

/* NULL when there is no room, or no memory. */
static struct krt_miss *add_miss(struct krt_verification *verification, int route,
                                 const struct krt_buffer *summary)
{
    if (verification->n_misses == KRT_MISSES_MAX)
        return NULL;
    char *copy = malloc(summary->len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, summary->data, summary->len + 1);
    struct krt_miss *miss = &verification->misses[verification->n_misses++];
    *miss = (struct krt_miss){.route = route, .summary = copy};
    return miss;
}

static void count_miss(struct krt_verification *verification,
                       const struct krt_answer *answer)
{
    char storage[KRT_SUMMARY_MAX];
    struct krt_buffer summary = KRT_BUFFER(storage);
    int route = route_of(answer);
    krt_put_summary(&summary, &(struct krt_journal_facts){
                                  .program = verification->program, .answer = answer});
    krt_end_text(&summary);
    krt_lock(&verification->lock);
    struct krt_miss *miss = find_miss(verification, route, summary.data);
    if (!miss)
        miss = add_miss(verification, route, &summary);
    if (miss)
        miss->n++;
    else
        verification->n_untold++;
    krt_unlock(&verification->lock);
}

void krt_verification_count(struct krt_verification *verification,
                            const struct krt_answer *answer)
{
    if (answer->is_invalid)
        count_miss(verification, answer);
    else if (answer->verdict && answer->verdict->route != KRT_NO_ROUTE)
        atomic_fetch_add(&verification->calls[answer->verdict->route], 1);
}

/* ---- What has come of it ---- */

static void check_route(const struct krt_verification *verification, size_t index,
                        struct krt_check *check)
{
    const struct krt_route *route = &verification->program->routes[index];
    const struct krt_expectation *expected = route->expected;
    uint64_t calls = atomic_load(&verification->calls[index]);
    bool is_too_many = expected->max != KRT_CALLS_ANY && calls > expected->max;
    *check = (struct krt_check){
        .route = route,
        .calls = calls,
        .has_passed = calls >= expected->min && !is_too_many,
    };
}

bool krt_verification_next(const struct krt_verification *verification, size_t *at,
                           struct krt_check *check)
{
    const struct krt_program *program = verification->program;
    for (; *at < program->n_routes; ++*at) {
        if (!verification->verifies || !program->routes[*at].expected)
            continue;
        check_route(verification, (*at)++, check);
        return true;
    }
    size_t index = *at - program->n_routes;
    if (!verification->is_strict || index == verification->n_misses)
        return false;
    const struct krt_miss *miss = &verification->misses[index];
    *check = (struct krt_check){.miss = miss, .calls = miss->n};
    if (miss->route != KRT_NO_ROUTE)
        check->route = &program->routes[miss->route];
    ++*at;
    return true;
}

bool krt_verification_next_failure(const struct krt_verification *verification,
                                   size_t *at, struct krt_check *check)
{
    while (krt_verification_next(verification, at, check))
        if (!check->has_passed)
            return true;
    return false;
}

struct krt_tally krt_verification_tally(const struct krt_verification *verification)
{
    uint64_t n_untold = verification->is_strict ? verification->n_untold : 0;
    struct krt_tally tally = {.n_unexpected = n_untold, .n_failures = n_untold};
    struct krt_check check;
    size_t at = 0;
    while (krt_verification_next(verification, &at, &check)) {
        tally.n_expectations += !check.miss;
        tally.n_unmet += !check.miss && !check.has_passed;
        tally.n_unexpected += check.miss ? check.calls : 0;
        tally.n_failures += !check.has_passed;
    }
    return tally;
}
