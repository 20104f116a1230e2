#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "ping_pong.h"

enum { QUOTA = 64 * 1024 };

static const char *pipe_path;

struct channel {
    HANDLE pipe;
};

size_t channel_receive(struct channel *channel, char *buffer, size_t cap)
{
    DWORD n;
    return ReadFile(channel->pipe, buffer, (DWORD)cap, &n, NULL) ? n : 0;
}

bool channel_send(struct channel *channel, const char *data, size_t len)
{
    DWORD n;
    return WriteFile(channel->pipe, data, (DWORD)len, &n, NULL);
}

static HANDLE create_instance(void)
{
    return CreateNamedPipeA(pipe_path, PIPE_ACCESS_DUPLEX,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT |
                                PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, QUOTA, QUOTA, 0, NULL);
}

/* Waits for a client, lets another thread wait for the next one, and answers it. */
static DWORD WINAPI serve_client(void *pipe)
{
    struct channel channel = {pipe};
    bool is_connected =
        ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED;
    HANDLE next = create_instance();
    HANDLE thread = CreateThread(NULL, 0, serve_client, next, 0, NULL);
    if (thread)
        CloseHandle(thread);
    if (is_connected)
        converse(&channel);
    CloseHandle(pipe);
    return 0;
}

bool listen_on(const char *path)
{
    pipe_path = path;
    HANDLE pipe = create_instance();
    if (pipe == INVALID_HANDLE_VALUE)
        return false;
    HANDLE thread = CreateThread(NULL, 0, serve_client, pipe, 0, NULL);
    if (thread)
        CloseHandle(thread);
    return thread != NULL;
}
