#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "net.h"

#include <stdlib.h>

enum {
    ENTRIES = 64,
    BUFFER_SIZE = 16 * 1024,
    WRITE_MAX = 64 * 1024,
    TURNS = 16, /* reads that were done at once before others get a look */
};

struct link {
    struct net *net;
    struct link *next;
    void *owner;
    HANDLE pipe;     /* INVALID_HANDLE_VALUE unless open or closing */
    unsigned serial; /* of the connection */
    bool is_reading; /* a packet will come */
    bool is_writing;
    bool is_closing;  /* closed when the packets have come */
    const char *data; /* still to be sent, with what is being written */
    size_t len;
    OVERLAPPED read;
    OVERLAPPED write;
    char buffer[BUFFER_SIZE];
};

struct net {
    const struct net_events *events;
    const char *path;
    HANDLE port;
    struct link *links;
};

uint64_t net_now(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;
    if (frequency.QuadPart == 0)
        QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    uint64_t whole = (uint64_t)(now.QuadPart / frequency.QuadPart);
    uint64_t rest = (uint64_t)(now.QuadPart % frequency.QuadPart);
    return whole * 1000000000 + rest * 1000000000 / (uint64_t)frequency.QuadPart;
}

struct net *net_new(const char *path, const struct net_events *events)
{
    struct net *net = calloc(1, sizeof *net);
    if (!net)
        return NULL;
    net->events = events;
    net->path = path;
    net->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (net->port)
        return net;
    free(net);
    return NULL;
}

struct link *link_new(struct net *net, void *owner)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->net = net;
    link->next = net->links;
    link->owner = owner;
    link->pipe = INVALID_HANDLE_VALUE;
    net->links = link;
    return link;
}

/* ---- Reading ---- */

static bool is_same(const struct link *link, unsigned serial)
{
    return link->serial == serial && link->pipe != INVALID_HANDLE_VALUE &&
           !link->is_closing;
}

/* Returns whether it was done at once. If not, a packet tells of it, or it failed. */
static bool start_read(struct link *link)
{
    ZeroMemory(&link->read, sizeof link->read);
    if (ReadFile(link->pipe, link->buffer, BUFFER_SIZE, NULL, &link->read))
        return true;
    link->is_reading = GetLastError() == ERROR_IO_PENDING;
    return false;
}

/* Reads until nothing is there. */
static void read_more(struct link *link)
{
    unsigned serial = link->serial;
    for (int turn = 0; turn < TURNS && is_same(link, serial); turn++) {
        if (!start_read(link)) {
            if (!link->is_reading)
                link->net->events->ended(link->owner);
            return;
        }
        link->net->events->received(link->owner, link->buffer, link->read.InternalHigh);
    }
    if (is_same(link, serial))
        link->is_reading =
            PostQueuedCompletionStatus(link->net->port, 0, (ULONG_PTR)link, NULL);
}

static void finish_read(struct link *link, bool is_done, size_t n)
{
    unsigned serial = link->serial;
    if (!is_done)
        link->net->events->ended(link->owner);
    else if (n > 0)
        link->net->events->received(link->owner, link->buffer, n);
    if (is_done && is_same(link, serial) && !link->is_reading)
        read_more(link);
}

/* ---- Writing ---- */

/* Writes until the pipe is full. Failures end the sending: the read tells of them. */
static void write_more(struct link *link)
{
    while (link->len > 0) {
        DWORD n = link->len < WRITE_MAX ? (DWORD)link->len : WRITE_MAX;
        ZeroMemory(&link->write, sizeof link->write);
        if (!WriteFile(link->pipe, link->data, n, NULL, &link->write)) {
            link->is_writing = GetLastError() == ERROR_IO_PENDING;
            if (!link->is_writing)
                link->len = 0;
            return;
        }
        link->data += n;
        link->len -= n;
    }
}

static void finish_write(struct link *link, bool is_done, size_t n)
{
    link->data += n;
    link->len = is_done ? link->len - n : 0;
    write_more(link);
    if (link->len == 0)
        link->net->events->sent(link->owner);
}

void link_send(struct link *link, const char *data, size_t len)
{
    link->data = data;
    link->len = len;
    write_more(link);
}

bool link_is_sending(const struct link *link)
{
    return link->len > 0;
}

/* ---- Opening and closing ---- */

enum link_result link_open(struct link *link)
{
    DWORD flags =
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    if (link->is_closing)
        return LINK_BUSY;
    link->pipe = CreateFileA(link->net->path, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                             OPEN_EXISTING, flags, NULL);
    if (link->pipe == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_PIPE_BUSY ? LINK_BUSY : LINK_FAILED;
    link->serial++;
    if (CreateIoCompletionPort(link->pipe, link->net->port, (ULONG_PTR)link, 0) &&
        SetFileCompletionNotificationModes(link->pipe,
                                           FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) &&
        !start_read(link) && link->is_reading) /* nothing was asked for yet */
        return LINK_OPEN;
    link_close(link);
    return LINK_FAILED;
}

static void close_if_idle(struct link *link)
{
    link->is_closing = link->is_reading || link->is_writing;
    if (link->is_closing)
        return;
    CloseHandle(link->pipe);
    link->pipe = INVALID_HANDLE_VALUE;
}

void link_close(struct link *link)
{
    if (link->pipe == INVALID_HANDLE_VALUE || link->is_closing)
        return;
    link->len = 0;
    if (link->is_reading || link->is_writing)
        CancelIoEx(link->pipe, NULL);
    close_if_idle(link);
}

/* ---- Packets ---- */

/* Without an OVERLAPPED it is one that read_more() has posted. */
static void take_packet(const OVERLAPPED_ENTRY *entry)
{
    struct link *link = (struct link *)entry->lpCompletionKey;
    const OVERLAPPED *overlapped = entry->lpOverlapped;
    size_t n = entry->dwNumberOfBytesTransferred;
    bool is_done = !overlapped || (LONG)overlapped->Internal >= 0;
    bool is_write = overlapped == &link->write;
    if (is_write)
        link->is_writing = false;
    else
        link->is_reading = false;
    if (link->is_closing)
        close_if_idle(link);
    else if (is_write)
        finish_write(link, is_done, n);
    else
        finish_read(link, is_done, n);
}

void net_wait(struct net *net, int ms)
{
    OVERLAPPED_ENTRY entries[ENTRIES];
    ULONG n;
    if (!GetQueuedCompletionStatusEx(net->port, entries, ENTRIES, &n, (DWORD)ms, FALSE))
        return;
    for (ULONG i = 0; i < n; i++)
        take_packet(&entries[i]);
}

void net_free(struct net *net)
{
    for (struct link *link = net->links; link; link = link->next)
        link_close(link);
    while (net->links) {
        struct link *link = net->links;
        while (link->is_closing)
            net_wait(net, 1000);
        net->links = link->next;
        free(link);
    }
    CloseHandle(net->port);
    free(net);
}
