/* Both ends of a connection on io.h, for tests on one thread. */
#ifndef TESTS_IO_PAIR_H
#define TESTS_IO_PAIR_H

#include "io.h"
#include "place.h"

#include <stddef.h>

enum {
    PATIENCE_MS = 20000, /* for what must happen */
    A_WHILE_MS = 30,     /* in which nothing must happen */
};

/* A server with one client. */
struct pair {
    struct krt_io *io;
    struct krt_stream *stream;
    int client; /* or -1 */
};

struct krt_io *pair_open_io(const struct place *place, int connections);
struct krt_io *pair_open_workers(const struct place *place, int connections,
                                 int workers);
struct pair pair_open(const struct place *place);
void pair_close(struct pair *pair);

/* Closes the client's end only. */
void pair_close_client(struct pair *pair);

/* The next completion, which must come, of the first worker or of any. */
struct krt_completion pair_next(struct krt_io *io);
struct krt_completion pair_next_of(struct krt_io *io, int worker);
void pair_check_nothing(struct krt_io *io);

/* The next completion, which must be that of an accept or of the stream's operation;
 * the latter returns the bytes moved. */
struct krt_stream *pair_accept(struct krt_io *io);
size_t pair_end(struct krt_io *io, const struct krt_stream *stream, enum krt_io_op op,
                int error);

/* Whole operations that go well, and a read at the end of the input. */
void pair_check_read(struct krt_io *io, struct krt_stream *stream,
                     const char *expected);
void pair_check_write(struct krt_io *io, struct krt_stream *stream, const char *text);
void pair_check_closed(struct krt_io *io, struct krt_stream *stream);

#endif
