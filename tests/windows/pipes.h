/* An io on a real pipe and its clients, which open it with CreateFileW in this process;
 * a pipe's quota lets most conversations run on one thread. */
#ifndef PIPES_H
#define PIPES_H

#include "check.h"
#include "io.h"
#include "os.h"
#include "user_only.h"
#include "windows_api.h"

#include <stdbool.h>

enum { PATIENCE_MS = 10000, QUOTA = 64 * 1024 };

/* The pipe of the running case. */
static struct krt_endpoint endpoint;
static wchar_t pipe_path[KRT_ENDPOINT_MAX];

static inline struct krt_io *open_io_for(int instances, int connections, int workers)
{
    static int n_names;
    struct krt_io_config config = {.instances = instances,
                                   .connections = connections,
                                   .workers = workers,
                                   .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    char name[KRT_PIPE_NAME_MAX];
    snprintf(name, sizeof name, "krgen.test.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, &error), 0);
    for (size_t i = 0; i < KRT_ENDPOINT_MAX; i++)
        pipe_path[i] = (wchar_t)endpoint.path[i];
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), 0);
    return io;
}

static inline struct krt_io *open_io(int instances, int connections)
{
    return open_io_for(instances, connections, 1);
}

static inline HANDLE try_open(void)
{
    return CreateFileW(pipe_path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       0, NULL);
}

static inline HANDLE client_open(void)
{
    HANDLE client = try_open();
    CHECK(client != INVALID_HANDLE_VALUE);
    return client;
}

static inline void check_refused(DWORD code)
{
    CHECK(try_open() == INVALID_HANDLE_VALUE);
    CHECK_INT(GetLastError(), code);
}

static inline void client_write(HANDLE client, const void *data, size_t len)
{
    DWORD n;
    CHECK(WriteFile(client, data, (DWORD)len, &n, NULL));
    CHECK_INT(n, len);
}

static inline void client_read(HANDLE client, void *buffer, size_t len)
{
    char *bytes = buffer;
    while (len > 0) {
        DWORD n;
        CHECK(ReadFile(client, bytes, (DWORD)len, &n, NULL));
        bytes += n;
        len -= n;
    }
}

static inline void check_client_read_fails(HANDLE client, DWORD code)
{
    char byte;
    DWORD n;
    CHECK(!ReadFile(client, &byte, 1, &n, NULL));
    CHECK_INT(GetLastError(), code);
}

static inline struct krt_completion next(struct krt_io *io)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, PATIENCE_MS), 1);
    return completion;
}

static inline void check_quiet(struct krt_io *io, int ms)
{
    struct krt_completion completion;
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, ms), 0);
}

static inline struct krt_stream *next_accept(struct krt_io *io)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK_INT(completion.error, 0);
    CHECK(completion.stream);
    CHECK(!krt_stream_owner(completion.stream));
    return completion.stream;
}

/* The next completion is `op` on `stream` with `error`; returns its bytes. */
static inline size_t next_on(struct krt_io *io, enum krt_io_op op,
                             struct krt_stream *stream, int error)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, op);
    CHECK(completion.stream == stream);
    CHECK_INT(completion.error, error);
    return completion.n;
}

/* The next completion says that a client waits for room. */
static inline void next_is_surplus(struct krt_io *io)
{
    struct krt_completion completion = next(io);
    CHECK_INT(completion.op, KRT_IO_ACCEPT);
    CHECK(!completion.stream);
    CHECK_INT(completion.error, KRT_ERR_BUSY);
}

/* Reads what the client wrote, which has arrived. */
static inline void next_read(struct krt_io *io, struct krt_stream *stream,
                             const char *expected)
{
    char buffer[64];
    krt_stream_read(stream, buffer, sizeof buffer);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), strlen(expected));
    CHECK(memcmp(buffer, expected, strlen(expected)) == 0);
}

static inline void next_write(struct krt_io *io, struct krt_stream *stream,
                              const char *data)
{
    krt_stream_write(stream, data, strlen(data));
    CHECK_INT(next_on(io, KRT_IO_WRITE, stream, 0), strlen(data));
}

/* Reads until the client's end is seen, and closes. */
static inline void next_end(struct krt_io *io, struct krt_stream *stream)
{
    char byte;
    krt_stream_read(stream, &byte, 1);
    next_on(io, KRT_IO_READ, stream, KRT_ERR_CLOSED);
    krt_stream_close(stream);
}

static inline void check_client_reads(HANDLE client, const char *expected)
{
    char buffer[64];
    client_read(client, buffer, strlen(expected));
    CHECK(memcmp(buffer, expected, strlen(expected)) == 0);
}

#endif
