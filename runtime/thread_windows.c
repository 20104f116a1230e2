#include "thread.h"
#include "windows_api.h"

static SRWLOCK *lock_of(struct krt_mutex *mutex)
{
    return (SRWLOCK *)mutex;
}

static CONDITION_VARIABLE *variable_of(struct krt_condition *condition)
{
    return (CONDITION_VARIABLE *)condition;
}

static DWORD WINAPI run(void *context)
{
    struct krt_thread *thread = context;
    thread->run(thread->context);
    return 0;
}

int krt_thread_start(struct krt_thread *thread, void (*function)(void *context),
                     void *context)
{
    thread->run = function;
    thread->context = context;
    thread->handle = CreateThread(NULL, 0, run, thread, 0, NULL);
    return thread->handle ? KRT_OK : KRT_ERR_NO_MEMORY;
}

void krt_thread_join(struct krt_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
}

void krt_lock(struct krt_mutex *mutex)
{
    AcquireSRWLockExclusive(lock_of(mutex));
}

void krt_unlock(struct krt_mutex *mutex)
{
    ReleaseSRWLockExclusive(lock_of(mutex));
}

void krt_condition_wait(struct krt_condition *condition, struct krt_mutex *mutex,
                        int ms)
{
    SleepConditionVariableSRW(variable_of(condition), lock_of(mutex),
                              ms < 0 ? INFINITE : (DWORD)ms, 0);
}

void krt_condition_signal(struct krt_condition *condition)
{
    WakeConditionVariable(variable_of(condition));
}
