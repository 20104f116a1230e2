/* A client that plays many, most of them bad company, against one server. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "exchange.h"

#include <stdint.h>

/* One of the clients, with a thread of its own. */
struct client {
    const char *path; /* of the server */
    uint64_t random;
    struct exchange exchange;
};

/* A number from 0 to n - 1. */
size_t random_below(struct client *client, size_t n);

/* Makes n clients whose choices follow from `seed`. */
struct client *clients_new(int n, const char *path, unsigned long seed);

/* Ends the program with 1, saying what the client did and why it should not have ended
 * so. */
void fail(const char *deed, const char *problem);

/* Connects, or fails. */
void connect_for(struct client *client, const char *deed);

/* Fails unless the answer came that was expected. */
void expect(enum outcome outcome, const char *deed);

/* Tells the starter on standard output that something has happened. */
void tell(const char *text);

/* Waits until the starter has written a line, or has nothing more to say. */
void await_word(void);

/* So many clients at once do whatever they like for so many seconds: leave before the
 * first byte, within a head, a body or an answer, and after all of them. Fails if an
 * answer that is waited for is not the right one. */
void play_mayhem(const char *path, int n_clients, int seconds, unsigned long seed);

/* Gets into the middle of all that a client can be in the middle of, says "ready", and
 * waits to be killed. */
void play_victim(const char *path, unsigned long seed);

#endif
