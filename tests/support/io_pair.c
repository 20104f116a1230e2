#include "io_pair.h"

#include "os.h"
#include "socket_client.h"
#include "unit.h"
#include "user_only.h"

#include <unistd.h>

struct krt_io *pair_open_workers(const struct place *place, int connections,
                                 int workers)
{
    struct krt_io_config config = {.instances = 16,
                                   .connections = connections,
                                   .access = &user_only,
                                   .workers = workers};
    struct krt_error error;
    struct krt_io *io;
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), KRT_OK);
    return io;
}

struct krt_io *pair_open_io(const struct place *place, int connections)
{
    return pair_open_workers(place, connections, 1);
}

struct krt_completion pair_next_of(struct krt_io *io, int worker)
{
    struct krt_completion completion;
    int64_t deadline = krt_os_now_ms() + PATIENCE_MS;
    while (krt_io_wait(io, worker, &completion, 1, PATIENCE_MS) == 0)
        assert_true(krt_os_now_ms() < deadline);
    return completion;
}

struct krt_completion pair_next(struct krt_io *io)
{
    return pair_next_of(io, 0);
}

void pair_check_nothing(struct krt_io *io)
{
    struct krt_completion completion;
    int64_t end = krt_os_now_ms() + A_WHILE_MS;
    while (krt_os_now_ms() < end)
        assert_int_equal(krt_io_wait(io, 0, &completion, 1, A_WHILE_MS), 0);
}

struct krt_stream *pair_accept(struct krt_io *io)
{
    struct krt_completion completion = pair_next(io);
    assert_int_equal(completion.op, KRT_IO_ACCEPT);
    assert_int_equal(completion.error, KRT_OK);
    assert_non_null(completion.stream);
    return completion.stream;
}

size_t pair_end(struct krt_io *io, const struct krt_stream *stream, enum krt_io_op op,
                int error)
{
    struct krt_completion completion = pair_next(io);
    assert_int_equal(completion.op, op);
    assert_ptr_equal(completion.stream, stream);
    assert_int_equal(completion.error, error);
    assert_int_equal(completion.n > 0, error == KRT_OK && op != KRT_IO_POST);
    return completion.n;
}

void pair_check_read(struct krt_io *io, struct krt_stream *stream, const char *expected)
{
    char buffer[64];
    krt_stream_read(stream, buffer, sizeof buffer);
    assert_int_equal(pair_end(io, stream, KRT_IO_READ, KRT_OK), strlen(expected));
    assert_memory_equal(buffer, expected, strlen(expected));
}

void pair_check_closed(struct krt_io *io, struct krt_stream *stream)
{
    char buffer[64];
    krt_stream_read(stream, buffer, sizeof buffer);
    pair_end(io, stream, KRT_IO_READ, KRT_ERR_CLOSED);
}

void pair_check_write(struct krt_io *io, struct krt_stream *stream, const char *text)
{
    krt_stream_write(stream, text, strlen(text));
    assert_int_equal(pair_end(io, stream, KRT_IO_WRITE, KRT_OK), strlen(text));
}

struct pair pair_open(const struct place *place)
{
    struct pair pair = {.io = pair_open_io(place, 4)};
    pair.client = client_open(&place->endpoint);
    pair.stream = pair_accept(pair.io);
    return pair;
}

void pair_close(struct pair *pair)
{
    krt_stream_close(pair->stream);
    krt_io_free(pair->io);
    if (pair->client >= 0)
        close(pair->client);
}

void pair_close_client(struct pair *pair)
{
    close(pair->client);
    pair->client = -1;
}
