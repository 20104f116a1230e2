#define _GNU_SOURCE

#include "thread.h"

#include <signal.h>
#include <time.h>

static void *run(void *context)
{
    struct krt_thread *thread = context;
    thread->run(thread->context);
    return NULL;
}

int krt_thread_start(struct krt_thread *thread, void (*function)(void *context),
                     void *context)
{
    sigset_t all;
    sigset_t before;
    thread->run = function;
    thread->context = context;
    /* A new thread inherits the mask; signals are for the one that was there first. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread->id, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 ? KRT_OK : KRT_ERR_NO_MEMORY;
}

void krt_thread_join(struct krt_thread *thread)
{
    pthread_join(thread->id, NULL);
}

void krt_lock(struct krt_mutex *mutex)
{
    pthread_mutex_lock(&mutex->lock);
}

void krt_unlock(struct krt_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->lock);
}

void krt_condition_wait(struct krt_condition *condition, struct krt_mutex *mutex,
                        int ms)
{
    if (ms < 0) {
        pthread_cond_wait(&condition->variable, &mutex->lock);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_clockwait(&condition->variable, &mutex->lock, CLOCK_MONOTONIC, &until);
}

void krt_condition_signal(struct krt_condition *condition)
{
    pthread_cond_signal(&condition->variable);
}
