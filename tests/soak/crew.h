/* Threads, as many as there are clients to play. */
#ifndef CREW_H
#define CREW_H

struct crew;

/* Starts n threads that run work(context, i), i from 0 to n - 1. Ends the program where
 * that is impossible. */
struct crew *crew_start(int n, void (*work)(void *context, int i), void *context);

/* Waits until all have returned, and frees. */
void crew_wait(struct crew *crew);

#endif
