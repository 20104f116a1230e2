/* Threads and what they wait for each other with: as little of it as both systems have
 * in common. thread_linux.c, thread_windows.c. */
#ifndef KRT_THREAD_H
#define KRT_THREAD_H

#include "error.h"

#include <stdbool.h>

#ifdef _WIN32
/* What SRWLOCK, CONDITION_VARIABLE and HANDLE are, without their header. */
struct krt_mutex {
    void *lock;
};
struct krt_condition {
    void *variable;
};
#define KRT_MUTEX_INIT                                                                 \
    {                                                                                  \
        0                                                                              \
    }
#define KRT_CONDITION_INIT                                                             \
    {                                                                                  \
        0                                                                              \
    }
#else
#include <pthread.h>
struct krt_mutex {
    pthread_mutex_t lock;
};
struct krt_condition {
    pthread_cond_t variable;
};
#define KRT_MUTEX_INIT                                                                 \
    {                                                                                  \
        PTHREAD_MUTEX_INITIALIZER                                                      \
    }
#define KRT_CONDITION_INIT                                                             \
    {                                                                                  \
        PTHREAD_COND_INITIALIZER                                                       \
    }
#endif

/* A thread; its place must stay valid until it is joined. */
struct krt_thread {
    void (*run)(void *context);
    void *context;
#ifdef _WIN32
    void *handle;
#else
    pthread_t id;
#endif
};

/* Runs run(context) on a new thread, which gets no signals. 0, or KRT_ERR_NO_MEMORY
 * when the system has none to give; then there is nothing to join. */
int krt_thread_start(struct krt_thread *thread, void (*run)(void *context),
                     void *context);

/* Waits for the thread to end, without limit. */
void krt_thread_join(struct krt_thread *thread);

/* A mutex is made by KRT_MUTEX_INIT, needs no release, and is not recursive. */
void krt_lock(struct krt_mutex *mutex);
void krt_unlock(struct krt_mutex *mutex);

/* Gives the mutex, which the caller has, away while it waits for a signal, at most `ms`
 * milliseconds (negative: without limit). May return without reason. */
void krt_condition_wait(struct krt_condition *condition, struct krt_mutex *mutex,
                        int ms);

/* Wakes one waiter. */
void krt_condition_signal(struct krt_condition *condition);

#endif
