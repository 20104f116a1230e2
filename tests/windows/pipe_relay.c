/* pipe_relay NAME [--linger]
 *
 * Joins standard input and output to the pipe \\.\pipe\NAME, byte for byte, without any
 * of krgen's own client code. When the pipe ends, so does the program. When standard
 * input ends, the pipe is closed at once; with --linger it is kept until the server
 * closes it.
 *
 * Exit: 0 the pipe ended in order, or standard input did without --linger · 1 usage ·
 * 2 the pipe could not be opened · 3 it broke. The code is told on standard error. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 1, EXIT_OPEN = 2, EXIT_BROKEN = 3, BUFFER_SIZE = 64 * 1024 };

struct relay {
    HANDLE pipe;
    bool lingers;
};

static const char *symbol(DWORD code)
{
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
        return "ERROR_FILE_NOT_FOUND";
    case ERROR_ACCESS_DENIED:
        return "ERROR_ACCESS_DENIED";
    case ERROR_PIPE_BUSY:
        return "ERROR_PIPE_BUSY";
    case ERROR_PIPE_NOT_CONNECTED:
        return "ERROR_PIPE_NOT_CONNECTED";
    default:
        return "error";
    }
}

static int fail(int status, const char *operation, DWORD code)
{
    fprintf(stderr, "pipe_relay: %s: %s (%lu)\n", operation, symbol(code), code);
    return status;
}

/* Moves one piece through the pipe. 0 or a Windows code. */
static DWORD transfer(HANDLE pipe, void *buffer, DWORD *len, bool is_write)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    BOOL is_done = is_write ? WriteFile(pipe, buffer, *len, NULL, &overlapped)
                            : ReadFile(pipe, buffer, *len, NULL, &overlapped);
    DWORD code = is_done ? 0 : GetLastError();
    if (code == 0 || code == ERROR_IO_PENDING)
        code = GetOverlappedResult(pipe, &overlapped, len, TRUE) ? 0 : GetLastError();
    CloseHandle(overlapped.hEvent);
    return code;
}

static bool write_all(HANDLE file, const char *data, DWORD len)
{
    while (len > 0) {
        DWORD n;
        if (!WriteFile(file, data, len, &n, NULL))
            return false;
        data += n;
        len -= n;
    }
    return true;
}

/* Standard input to the pipe. A failed write is no verdict: the reader sees how the
 * pipe ends, after what the server still had to say. */
static DWORD WINAPI send_input(void *context)
{
    static char buffer[BUFFER_SIZE];
    const struct relay *relay = context;
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD len;
    while (ReadFile(input, buffer, sizeof buffer, &len, NULL) && len > 0)
        for (DWORD at = 0, n; at < len; at += n) {
            n = len - at;
            if (transfer(relay->pipe, buffer + at, &n, true))
                return 0;
        }
    if (!relay->lingers)
        ExitProcess(0);
    return 0;
}

static int receive_output(const struct relay *relay)
{
    static char buffer[BUFFER_SIZE];
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    for (;;) {
        DWORD len = sizeof buffer;
        DWORD code = transfer(relay->pipe, buffer, &len, false);
        if (code == ERROR_BROKEN_PIPE)
            return 0;
        if (code)
            return fail(EXIT_BROKEN, "read", code);
        if (!write_all(output, buffer, len))
            return fail(EXIT_BROKEN, "write to standard output", GetLastError());
    }
}

int main(int argc, char **argv)
{
    char path[300];
    struct relay relay = {.lingers = argc == 3 && strcmp(argv[2], "--linger") == 0};
    if (argc < 2 || argc > 3 || (argc == 3 && !relay.lingers)) {
        fprintf(stderr, "usage: pipe_relay NAME [--linger]\n");
        return EXIT_USAGE;
    }
    snprintf(path, sizeof path, "\\\\.\\pipe\\%s", argv[1]);
    relay.pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                             FILE_FLAG_OVERLAPPED, NULL);
    if (relay.pipe == INVALID_HANDLE_VALUE)
        return fail(EXIT_OPEN, path, GetLastError());
    if (!CreateThread(NULL, 0, send_input, &relay, 0, NULL))
        return fail(EXIT_BROKEN, "create a thread", GetLastError());
    return receive_output(&relay);
}
