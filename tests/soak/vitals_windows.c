#include "windows_api.h"

#include "vitals.h"

#include <psapi.h>
#include <stdint.h>
#include <stdlib.h>
#include <tlhelp32.h>
#include <winternl.h>

/* GetProcessHandleCount() is a stub in Wine, so the system's list of all handles is
 * searched: NtQuerySystemInformation(SystemExtendedHandleInformation). */
enum { EXTENDED_HANDLES = 64 };

#define TOO_SMALL ((NTSTATUS)0xC0000004) /* STATUS_INFO_LENGTH_MISMATCH */

struct handle_entry {
    void *object;
    ULONG_PTR pid;
    ULONG_PTR value;
    ULONG access;
    USHORT trace;
    USHORT type;
    ULONG attributes;
    ULONG reserved;
};

struct handle_list {
    ULONG_PTR n;
    ULONG_PTR reserved;
    struct handle_entry entries[];
};

static struct handle_list *list_handles(void)
{
    for (ULONG size = 64 * 1024;; size *= 2) {
        struct handle_list *list = malloc(size);
        if (!list)
            return NULL;
        NTSTATUS status = NtQuerySystemInformation(
            (SYSTEM_INFORMATION_CLASS)EXTENDED_HANDLES, list, size, NULL);
        if (status == 0)
            return list;
        free(list);
        if (status != TOO_SMALL)
            return NULL;
    }
}

static long count_handles(unsigned long pid)
{
    struct handle_list *list = list_handles();
    long n = 0;
    if (!list)
        return 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->entries[i].pid == pid;
    free(list);
    return n;
}

static long count_threads(unsigned long pid)
{
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    long n = 0;
    if (snapshot == INVALID_HANDLE_VALUE)
        return 0;
    for (BOOL is_one = Thread32First(snapshot, &entry); is_one;
         is_one = Thread32Next(snapshot, &entry))
        n += entry.th32OwnerProcessID == pid;
    CloseHandle(snapshot);
    return n;
}

static long measure_memory(unsigned long pid)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    HANDLE process =
        OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid);
    if (!process)
        return 0;
    if (!K32GetProcessMemoryInfo(process, &counters, sizeof counters))
        counters.PagefileUsage = 0;
    CloseHandle(process);
    return (long)(counters.PagefileUsage / 1024);
}

bool vitals_take(struct vitals *vitals, unsigned long pid)
{
    vitals->handles = count_handles(pid);
    vitals->threads = count_threads(pid);
    vitals->memory = measure_memory(pid);
    return vitals->handles > 0 && vitals->threads > 0 && vitals->memory > 0;
}
