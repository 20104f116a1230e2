#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "wire.h"

#include <stdbool.h>
#include <stdlib.h>

enum { PIECE_MAX = 64 * 1024 };

struct wire {
    HANDLE pipe;
    HANDLE event;
};

static HANDLE open_pipe(const char *path, int ms)
{
    ULONGLONG end = GetTickCount64() + (ULONGLONG)ms;
    for (;;) {
        HANDLE pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                  OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
        if (pipe != INVALID_HANDLE_VALUE || GetLastError() != ERROR_PIPE_BUSY ||
            GetTickCount64() >= end)
            return pipe;
        Sleep(1);
    }
}

struct wire *wire_open(const char *path, int ms)
{
    struct wire *wire = malloc(sizeof *wire);
    if (!wire)
        return NULL;
    wire->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    wire->pipe = open_pipe(path, ms);
    if (wire->event && wire->pipe != INVALID_HANDLE_VALUE)
        return wire;
    if (wire->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(wire->pipe);
    if (wire->event)
        CloseHandle(wire->event);
    free(wire);
    return NULL;
}

/* Waits for an operation that was started. What takes too long is taken back, so that
 * the buffer is free. */
static enum wire_result finish(struct wire *wire, OVERLAPPED *overlapped, BOOL is_done,
                               DWORD *n, int ms)
{
    if (!is_done && GetLastError() != ERROR_IO_PENDING)
        return WIRE_ENDED;
    if (!is_done && WaitForSingleObject(wire->event, (DWORD)ms) != WAIT_OBJECT_0)
        CancelIoEx(wire->pipe, overlapped);
    if (GetOverlappedResult(wire->pipe, overlapped, n, TRUE))
        return WIRE_OK;
    return GetLastError() == ERROR_OPERATION_ABORTED ? WIRE_LATE : WIRE_ENDED;
}

enum wire_result wire_send(struct wire *wire, const void *data, size_t len, int ms)
{
    const char *at = data;
    while (len > 0) {
        OVERLAPPED overlapped = {.hEvent = wire->event};
        DWORD n = len < PIECE_MAX ? (DWORD)len : PIECE_MAX;
        BOOL is_done = WriteFile(wire->pipe, at, n, NULL, &overlapped);
        enum wire_result result = finish(wire, &overlapped, is_done, &n, ms);
        if (result != WIRE_OK)
            return result;
        at += n;
        len -= n;
    }
    return WIRE_OK;
}

enum wire_result wire_settle(struct wire *wire, int ms)
{
    (void)ms; /* FlushFileBuffers has no time limit */
    return FlushFileBuffers(wire->pipe) ? WIRE_OK : WIRE_ENDED;
}

enum wire_result wire_receive(struct wire *wire, void *buffer, size_t cap, size_t *n,
                              int ms)
{
    OVERLAPPED overlapped = {.hEvent = wire->event};
    DWORD moved = cap < PIECE_MAX ? (DWORD)cap : PIECE_MAX;
    BOOL is_done = ReadFile(wire->pipe, buffer, moved, NULL, &overlapped);
    enum wire_result result = finish(wire, &overlapped, is_done, &moved, ms);
    *n = moved;
    return result;
}

void wire_close(struct wire *wire)
{
    if (!wire)
        return;
    CloseHandle(wire->pipe);
    CloseHandle(wire->event);
    free(wire);
}
