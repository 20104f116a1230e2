/* A pipe opened as a client, with overlapped I/O so that every wait can end. */
#include "dial.h"
#include "os.h"
#include "windows_api.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WRITE_MAX = 64 * 1024, /* a pending write is copied whole into non-paged pool */
    SLICE_MS = 10,         /* of a pending write, between two looks for input */
};

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
    {ERROR_PIPE_NOT_CONNECTED, "ERROR_PIPE_NOT_CONNECTED", KRT_ERR_ABORTED,
     "the server broke the connection off; data may be missing"},
};

enum { N_CODES = sizeof codes / sizeof *codes };

struct krt_link {
    HANDLE pipe;
    OVERLAPPED reading; /* their events are the link's own */
    OVERLAPPED writing;
    int64_t write_deadline;
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

static DWORD open_link(struct krt_link *link, int64_t deadline)
{
    link->reading.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    link->writing.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!link->reading.hEvent || !link->writing.hEvent)
        return GetLastError();
    return connect_link(link, deadline);
}

int krt_dial(struct krt_link **link, const struct krt_endpoint *endpoint,
             int64_t deadline, struct krt_error *error)
{
    struct krt_link *made = calloc(1, sizeof *made);
    if (!made)
        return fail(error, ERROR_NOT_ENOUGH_MEMORY, "open", endpoint->path);
    memcpy(made->path, endpoint->path, sizeof made->path);
    made->pipe = INVALID_HANDLE_VALUE;
    DWORD code = open_link(made, deadline);
    if (code) {
        krt_link_close(made);
        return fail(error, code, "open", endpoint->path);
    }
    *link = made;
    return 0;
}

/* ---- The server's owner ---- */

/* Whether `sid` is the user that this process runs as. */
static bool is_this_user(PSID sid)
{
    union krt__user user;
    return krt__own_user(&user) == 0 && EqualSid(sid, user.token.User.Sid);
}

static bool is_trusted(PSID owner)
{
    return IsWellKnownSid(owner, WinLocalSystemSid) ||
           IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || is_this_user(owner);
}

static void refuse(const struct krt_link *link, PSID owner, struct krt_error *error)
{
    char *sid = NULL;
    ConvertSidToStringSidA(owner, &sid);
    krt_error_set(error, KRT_ERR_DENIED,
                  "nothing was sent to %s: its server belongs to %s, neither to this "
                  "user nor to the system; --any-owner trusts it",
                  link->path, sid ? sid : "another user");
    LocalFree(sid);
}

int krt_link_check_owner(struct krt_link *link, struct krt_error *error)
{
    PSID owner = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD code =
        GetSecurityInfo(link->pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION,
                        &owner, NULL, NULL, NULL, &descriptor);
    bool is_fine = !code && owner && is_trusted(owner);
    if (code || !owner)
        krt_error_set(error, KRT_ERR_DENIED,
                      "nothing was sent to %s: the system does not tell who owns its "
                      "server (%lu); --any-owner trusts it",
                      link->path, code);
    else if (!is_fine)
        refuse(link, owner, error);
    LocalFree(descriptor);
    return is_fine ? KRT_OK : KRT_ERR_DENIED;
}

/* ---- Input and output ---- */

/* What ReadFile or WriteFile has started: its bytes in *n, once the system has let go
 * of the buffer. WAIT_TIMEOUT if it was taken back and nothing was done. */
static DWORD finish(struct krt_link *link, OVERLAPPED *operation, bool is_over,
                    DWORD *n)
{
    if (is_over)
        CancelIoEx(link->pipe, operation);
    if (GetOverlappedResult(link->pipe, operation, n, TRUE))
        return 0;
    DWORD code = GetLastError();
    return is_over && code == ERROR_OPERATION_ABORTED ? WAIT_TIMEOUT : code;
}

static int too_late(const struct krt_link *link, const char *reason,
                    struct krt_error *error)
{
    return krt_error_set(error, KRT_ERR_TIMEOUT,
                         "no answer from %s: the time limit passed%s", link->path,
                         reason);
}

static OVERLAPPED *fresh(OVERLAPPED *operation)
{
    *operation = (OVERLAPPED){.hEvent = operation->hEvent};
    return operation;
}

static void put_deadline_off(struct krt_link *link, const struct krt_writing *writing)
{
    link->write_deadline = krt_os_now_ms() + writing->timeout_ms;
}

/* Looks whether the server has said something, and lets that be heard. */
static DWORD look(struct krt_link *link, struct krt_writing *writing, bool *goes_on)
{
    DWORD available;
    *goes_on = true;
    if (!PeekNamedPipe(link->pipe, NULL, 0, NULL, &available, NULL))
        return GetLastError();
    if (available > 0) {
        *goes_on = writing->on_input(writing->context);
        put_deadline_off(link, writing);
    }
    return 0;
}

/* Waits for what WriteFile has started. A write that is taken back is lost as far as
 * the server has not read it. */
static DWORD finish_write(struct krt_link *link, struct krt_writing *writing,
                          bool *goes_on, DWORD *n)
{
    bool is_over = false;
    put_deadline_off(link, writing);
    while (!is_over &&
           WaitForSingleObject(link->writing.hEvent, SLICE_MS) == WAIT_TIMEOUT) {
        look(link, writing, goes_on); /* if it fails the write ends by itself */
        is_over = !*goes_on || krt_os_now_ms() >= link->write_deadline;
    }
    return finish(link, &link->writing, is_over, n);
}

static DWORD write_piece(struct krt_link *link, struct krt_writing *writing,
                         const void *data, DWORD *n, bool *goes_on)
{
    DWORD code = look(link, writing, goes_on);
    if (code || !*goes_on)
        return code;
    if (!WriteFile(link->pipe, data, *n, NULL, fresh(&link->writing))) {
        code = GetLastError();
        if (code != ERROR_IO_PENDING)
            return code;
    }
    writing->has_begun = true;
    return finish_write(link, writing, goes_on, n);
}

int krt_link_write(struct krt_link *link, struct krt_writing *writing,
                   struct krt_error *error)
{
    const char *at = writing->data;
    const char *end = at + writing->len;
    while (at < end) {
        size_t left = (size_t)(end - at);
        DWORD n = left < WRITE_MAX ? (DWORD)left : WRITE_MAX;
        bool goes_on;
        DWORD code = write_piece(link, writing, at, &n, &goes_on);
        if (!goes_on)
            return 0;
        if (code == WAIT_TIMEOUT)
            return too_late(link, "; the server does not read", error);
        if (code)
            return fail(error, code, "write to", link->path);
        at += n;
    }
    return 0;
}

static DWORD read_piece(struct krt_link *link, void *buffer, DWORD *n, int64_t deadline)
{
    if (!ReadFile(link->pipe, buffer, *n, NULL, fresh(&link->reading))) {
        DWORD code = GetLastError();
        if (code != ERROR_IO_PENDING)
            return code;
    }
    bool is_over =
        WaitForSingleObject(link->reading.hEvent, ms_until(deadline)) != WAIT_OBJECT_0;
    return finish(link, &link->reading, is_over, n);
}

int krt_link_read(struct krt_link *link, void *buffer, size_t cap, size_t *n,
                  int64_t deadline, struct krt_error *error)
{
    DWORD moved = cap < INT32_MAX ? (DWORD)cap : INT32_MAX;
    DWORD code = read_piece(link, buffer, &moved, deadline);
    if (code == WAIT_TIMEOUT)
        return too_late(link, "", error);
    if (code)
        return fail(error, code, "read from", link->path);
    *n = moved;
    return 0;
}

static void close_handle(HANDLE handle)
{
    if (handle && handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
}

void krt_link_close(struct krt_link *link)
{
    if (!link)
        return;
    close_handle(link->pipe);
    close_handle(link->reading.hEvent);
    close_handle(link->writing.hEvent);
    free(link);
}
