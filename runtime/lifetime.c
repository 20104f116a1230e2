#include "lifetime.h"

void krt_lifetime_begin(struct krt_lifetime *lifetime, int64_t now)
{
    lifetime->is_limited =
        lifetime->timeout_ms > 0 || lifetime->idle_ms > 0 || lifetime->max_requests > 0;
    lifetime->timeout_at =
        lifetime->timeout_ms > 0 ? now + lifetime->timeout_ms : INT64_MAX;
    atomic_store(&lifetime->quiet_since, now);
}

bool krt_lifetime_answer(struct krt_lifetime *lifetime)
{
    return atomic_fetch_add(&lifetime->n_answers, 1) + 1 >= lifetime->max_requests;
}

/* The time comes first: who finds nobody busy finds it, too. */
void krt_lifetime_set_busy(struct krt_lifetime *lifetime, bool is_busy, int64_t now)
{
    atomic_store(&lifetime->quiet_since, now);
    atomic_fetch_add(&lifetime->n_busy, is_busy ? 1 : -1);
}

static int64_t idle_end(const struct krt_lifetime *lifetime)
{
    if (lifetime->idle_ms == 0 || atomic_load(&lifetime->n_busy) > 0)
        return INT64_MAX;
    return atomic_load(&lifetime->quiet_since) + lifetime->idle_ms;
}

int64_t krt_lifetime_next(const struct krt_lifetime *lifetime)
{
    int64_t idle_at = idle_end(lifetime);
    return idle_at < lifetime->timeout_at ? idle_at : lifetime->timeout_at;
}

static enum krt_end find_end(const struct krt_lifetime *lifetime, int64_t now)
{
    uint64_t max = lifetime->max_requests;
    if (max > 0 && atomic_load(&lifetime->n_answers) >= max)
        return KRT_END_MAX_REQUESTS;
    if (lifetime->timeout_at <= now)
        return KRT_END_TIMEOUT;
    return idle_end(lifetime) <= now ? KRT_END_IDLE : KRT_END_ASKED;
}

bool krt_lifetime_is_over(struct krt_lifetime *lifetime, int64_t now)
{
    enum krt_end end = find_end(lifetime, now);
    if (end == KRT_END_ASKED)
        return false;
    atomic_store(&lifetime->end, end);
    return true;
}
