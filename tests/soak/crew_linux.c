#define _GNU_SOURCE

#include "crew.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct member {
    struct crew *crew;
    int i;
    pthread_t thread;
};

struct crew {
    void (*work)(void *context, int i);
    void *context;
    int n;
    struct member members[];
};

static void *run(void *context)
{
    const struct member *member = context;
    member->crew->work(member->crew->context, member->i);
    return NULL;
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
        if (pthread_create(&member->thread, NULL, run, member) != 0) {
            perror("pthread_create");
            abort();
        }
    }
    return crew;
}

void crew_wait(struct crew *crew)
{
    for (int i = 0; i < crew->n; i++)
        pthread_join(crew->members[i].thread, NULL);
    free(crew);
}
