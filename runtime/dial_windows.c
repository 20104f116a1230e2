/* A pipe opened as a client, with overlapped I/O so that every wait can end. */
#include "dial.h"
#include "os.h"
#include "windows_api.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A pending write is copied whole into non-paged pool. */
enum { WRITE_MAX = 64 * 1024 };

/* What the codes mean to a client; what is not here os.h knows. */
static const struct krt_code codes[] = {
    {ERROR_FILE_NOT_FOUND, "ERROR_FILE_NOT_FOUND", KRT_ERR_ABSENT,
     "no server listens on this pipe; is it running, and is the name right?"},
    {ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED", KRT_ERR_DENIED,
     "the server does not let this user in; run both as the same user"},
    {ERROR_BROKEN_PIPE, "ERROR_BROKEN_PIPE", KRT_ERR_CLOSED,
     "the server closed the connection"},
    {ERROR_PIPE_BUSY, "ERROR_PIPE_BUSY", KRT_ERR_BUSY,
     "the server has no free connection; try again, or end other clients"},
    {ERROR_NO_DATA, "ERROR_NO_DATA", KRT_ERR_CLOSED,
     "the server closed the connection"},
    {ERROR_PIPE_NOT_CONNECTED, "ERROR_PIPE_NOT_CONNECTED", KRT_ERR_SYSTEM,
     "the server broke the connection off; data may be missing"},
};

enum { N_CODES = sizeof codes / sizeof *codes };

struct krt_link {
    HANDLE pipe;
    OVERLAPPED overlapped; /* its event is the link's own */
    char path[KRT_ENDPOINT_MAX];
};

static int fail(struct krt_error *error, DWORD code, const char *operation,
                const char *path)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].code == (long)code)
            return krt_error_from_code(error, codes, N_CODES, (long)code, operation,
                                       path);
    return krt_os_error(error, (long)code, operation, path);
}

static DWORD ms_until(int64_t deadline)
{
    int64_t left = deadline - krt_os_now_ms();
    if (left <= 0)
        return 0;
    return left < INT32_MAX ? (DWORD)left : INT32_MAX;
}

/* Without SECURITY_SQOS_PRESENT a server could impersonate its client fully. */
static DWORD open_once(const wchar_t *path, HANDLE *pipe)
{
    DWORD flags =
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    *pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                        flags, NULL);
    return *pipe == INVALID_HANDLE_VALUE ? GetLastError() : 0;
}

/* WaitNamedPipe would reserve nothing and may outlast its timeout, so just retry. */
static DWORD open_pipe(const wchar_t *path, int64_t deadline, HANDLE *pipe)
{
    for (int pause = 5;; pause = pause < 10 ? pause + 1 : 5) {
        DWORD code = open_once(path, pipe);
        if (code != ERROR_PIPE_BUSY || ms_until(deadline) == 0)
            return code;
        krt_os_sleep_ms(pause);
    }
}

static DWORD connect_link(struct krt_link *link, int64_t deadline)
{
    wchar_t *path = krt__to_utf16(link->path);
    if (!path)
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD code = open_pipe(path, deadline, &link->pipe);
    free(path);
    return code;
}

int krt_dial(struct krt_link **link, const struct krt_endpoint *endpoint,
             int64_t deadline, struct krt_error *error)
{
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    struct krt_link *made = calloc(1, sizeof *made);
    if (!made)
        goto fail;
    memcpy(made->path, endpoint->path, sizeof made->path);
    made->overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!made->overlapped.hEvent) {
        code = GetLastError();
        goto fail_free;
    }
    code = connect_link(made, deadline);
    if (code)
        goto fail_event;
    *link = made;
    return 0;

fail_event:
    CloseHandle(made->overlapped.hEvent);
fail_free:
    free(made);
fail:
    return fail(error, code, "open", endpoint->path);
}

static OVERLAPPED *fresh(struct krt_link *link)
{
    link->overlapped = (OVERLAPPED){.hEvent = link->overlapped.hEvent};
    return &link->overlapped;
}

/* Waits for what was started, and takes it back at the deadline. Either way the system
 * has let go of the buffer when this returns. WAIT_TIMEOUT if nothing was done. */
static DWORD finish(struct krt_link *link, DWORD *n, int64_t deadline)
{
    HANDLE event = link->overlapped.hEvent;
    bool is_late = WaitForSingleObject(event, ms_until(deadline)) != WAIT_OBJECT_0;
    if (is_late)
        CancelIoEx(link->pipe, &link->overlapped);
    if (GetOverlappedResult(link->pipe, &link->overlapped, n, TRUE))
        return 0;
    DWORD code = GetLastError();
    return is_late && code == ERROR_OPERATION_ABORTED ? WAIT_TIMEOUT : code;
}

static DWORD write_piece(struct krt_link *link, const void *data, DWORD *n,
                         int64_t deadline)
{
    if (!WriteFile(link->pipe, data, *n, NULL, fresh(link))) {
        DWORD code = GetLastError();
        if (code != ERROR_IO_PENDING)
            return code;
    }
    return finish(link, n, deadline);
}

int krt_link_write(struct krt_link *link, const void *data, size_t len,
                   int64_t deadline, struct krt_error *error)
{
    const char *bytes = data;
    while (len > 0) {
        DWORD n = len < WRITE_MAX ? (DWORD)len : WRITE_MAX;
        DWORD code = write_piece(link, bytes, &n, deadline);
        if (code == WAIT_TIMEOUT)
            return krt_error_set(error, KRT_ERR_TIMEOUT,
                                 "cannot write to %s: timed out: the server does not "
                                 "read",
                                 link->path);
        if (code)
            return fail(error, code, "write to", link->path);
        bytes += n;
        len -= n;
    }
    return 0;
}

static DWORD read_piece(struct krt_link *link, void *buffer, DWORD *n, int64_t deadline)
{
    if (!ReadFile(link->pipe, buffer, *n, NULL, fresh(link))) {
        DWORD code = GetLastError();
        if (code != ERROR_IO_PENDING)
            return code;
    }
    return finish(link, n, deadline);
}

int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error)
{
    DWORD moved = cap < INT32_MAX ? (DWORD)cap : INT32_MAX;
    DWORD code = read_piece(link, buffer, &moved, deadline);
    if (code == WAIT_TIMEOUT)
        return krt_error_set(error, KRT_ERR_TIMEOUT,
                             "cannot read from %s: timed out: the server sent nothing "
                             "in time",
                             link->path);
    if (code)
        return fail(error, code, "read from", link->path);
    *n = moved;
    return 0;
}

void krt_link_close(struct krt_link *link)
{
    if (!link)
        return;
    CloseHandle(link->pipe);
    CloseHandle(link->overlapped.hEvent);
    free(link);
}
