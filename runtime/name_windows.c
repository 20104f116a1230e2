/* The claim to a pipe's name, and who has it when it is taken. */
#include "io_windows.h"
#include "os.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_PAUSE_MS = 100, /* between two attempts to take over a dead server's name */
    NAME_ATTEMPTS = 30,
};

/* Whether a server has the name; if not, it is free by now, or kept only by a client of
 * a server that ended, and cannot be opened. *pid is the server's, or 0 if it does not
 * come to light. To a live server this is a client that leaves at once. */
static bool is_alive(const wchar_t *path, ULONG *pid)
{
    *pid = 0;
    HANDLE pipe = CreateFileW(path, FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING,
                              SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return GetLastError() != ERROR_FILE_NOT_FOUND;
    if (!GetNamedPipeServerProcessId(pipe, pid))
        *pid = 0;
    CloseHandle(pipe);
    return true;
}

static int name_in_use(struct krt_error *error, const char *path, DWORD code,
                       const char *cause)
{
    const char *symbol =
        code == ERROR_PIPE_BUSY ? "ERROR_PIPE_BUSY" : "ERROR_ACCESS_DENIED";
    return krt_error_set(error, KRT_ERR_IN_USE, "cannot create %s: %s (%lu): %s", path,
                         symbol, code, cause);
}

static int name_has_owner(struct krt_error *error, const char *path, DWORD code,
                          ULONG pid)
{
    char cause[80] = "another server";
    if (pid)
        snprintf(cause, sizeof cause, "process %lu", pid);
    strcat(cause, " has this pipe; stop it or choose another name");
    return name_in_use(error, path, code, cause);
}

int krt__claim_name(struct krt_io *io, const char *path, struct krt_error *error)
{
    for (int attempt = 1;; attempt++) {
        ULONG pid;
        DWORD code = krt__listen_first(io);
        if (!code)
            return 0;
        if (code != ERROR_ACCESS_DENIED && code != ERROR_PIPE_BUSY)
            return krt_os_error(error, (long)code, "create", path);
        if (is_alive(io->path, &pid))
            return name_has_owner(error, path, code, pid);
        if (attempt == NAME_ATTEMPTS)
            return name_in_use(error, path, code,
                               "a client of a server that ended still holds the pipe; "
                               "end that client");
        krt_os_sleep_ms(NAME_PAUSE_MS);
    }
}
