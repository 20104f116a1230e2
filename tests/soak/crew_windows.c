#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "crew.h"

#include <stdio.h>
#include <stdlib.h>

enum { STACK = 256 * 1024 };

struct member {
    struct crew *crew;
    int i;
    HANDLE thread;
};

struct crew {
    void (*work)(void *context, int i);
    void *context;
    int n;
    struct member members[];
};

static DWORD WINAPI run(void *context)
{
    const struct member *member = context;
    member->crew->work(member->crew->context, member->i);
    return 0;
}

struct crew *crew_start(int n, void (*work)(void *context, int i), void *context)
{
    struct crew *crew = malloc(sizeof *crew + (size_t)n * sizeof *crew->members);
    if (!crew)
        abort();
    crew->work = work;
    crew->context = context;
    crew->n = n;
    for (int i = 0; i < n; i++) {
        struct member *member = &crew->members[i];
        member->crew = crew;
        member->i = i;
        member->thread = CreateThread(NULL, STACK, run, member,
                                      STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
        if (!member->thread) {
            fprintf(stderr, "CreateThread: %lu\n", GetLastError());
            abort();
        }
    }
    return crew;
}

void crew_wait(struct crew *crew)
{
    for (int i = 0; i < crew->n; i++) {
        WaitForSingleObject(crew->members[i].thread, INFINITE);
        CloseHandle(crew->members[i].thread);
    }
    free(crew);
}
