#include "pool.h"

#include "thread.h"

#include <stddef.h>

/* Static, as a thread may have to be left behind in somebody else's code. */
static struct {
    struct krt_mutex lock;
    struct krt_condition changed;
    struct krt_job *first;
    struct krt_job **end;
    bool is_closing;
    int n_threads;
    struct krt_thread threads[KRT_POOL_THREADS];
} pool = {.lock = KRT_MUTEX_INIT, .changed = KRT_CONDITION_INIT, .end = &pool.first};

/* The next job, or NULL when the pool closes. */
static struct krt_job *take_job(void)
{
    struct krt_job *job = NULL;
    krt_lock(&pool.lock);
    while (!pool.first && !pool.is_closing)
        krt_condition_wait(&pool.changed, &pool.lock, -1);
    if (!pool.is_closing) {
        job = pool.first;
        pool.first = job->next;
        if (!pool.first)
            pool.end = &pool.first;
    }
    krt_unlock(&pool.lock);
    return job;
}

static void run(void *context)
{
    (void)context;
    for (struct krt_job *job = take_job(); job; job = take_job())
        job->run(job);
}

static int open_pool(void)
{
    pool.is_closing = false;
    pool.first = NULL;
    pool.end = &pool.first;
    pool.n_threads = 0;
    while (pool.n_threads < KRT_POOL_THREADS &&
           krt_thread_start(&pool.threads[pool.n_threads], run, NULL) == KRT_OK)
        pool.n_threads++;
    return pool.n_threads > 0 ? KRT_OK : KRT_ERR_NO_MEMORY;
}

static void submit(struct krt_job *job)
{
    job->next = NULL;
    krt_lock(&pool.lock);
    *pool.end = job;
    pool.end = &job->next;
    krt_condition_signal(&pool.changed);
    krt_unlock(&pool.lock);
}

static void close_pool(bool leaves_behind)
{
    krt_lock(&pool.lock);
    pool.is_closing = true;
    for (int i = 0; i < pool.n_threads; i++)
        krt_condition_signal(&pool.changed);
    krt_unlock(&pool.lock);
    while (!leaves_behind && pool.n_threads > 0)
        krt_thread_join(&pool.threads[--pool.n_threads]);
}

const struct krt_pool krt_pool = {open_pool, submit, close_pool};
