/* Plays a case of a table against a server, in all its variants. */
#ifndef PLAY_H
#define PLAY_H

#include "table.h"

struct player;

struct player_options {
    const char *path; /* of the socket or pipe */
    int patience_ms;  /* only a fault ever waits so long */
    size_t thin; /* 1 for all cuts, N for each Nth, and byte by byte in each Nth case */
    size_t shown_max; /* failures that are told; the others are counted */
    bool traces;      /* each case is named on standard error before it is played */
};

struct player *player_new(const struct player_options *options);

/* Plays the case whole, cut in two at every byte, byte by byte, behind and before
 * another request, and twice in one piece if it is answered and kept. Failures are told
 * on standard output. A connection's end may be waited for after this, so the case must
 * live on. */
void player_play(struct player *player, struct test_case *test);

/* Waits for what is left to wait for, and tells what was played. False if anything
 * failed. */
bool player_finish(struct player *player);

void player_free(struct player *player);

/* Asks GET `path` and appends the value of the field `name` to `bytes`; false if there
 * is none. */
bool player_ask_field(struct player *player, const char *path, const char *name,
                      struct bytes *bytes);

#endif
