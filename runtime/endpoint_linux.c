/* Pipe names on Linux: the Unix sockets of .NET's System.IO.Pipes. */
#include "endpoint.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int set_path(struct krt_endpoint *endpoint, const char *path,
                    struct krt_error *error)
{
    size_t max = sizeof((struct sockaddr_un *)0)->sun_path - 1;
    if (strlen(path) > max)
        return krt_error_set(error, KRT_ERR_INVALID,
                             "socket path '%s' is longer than the %d characters that "
                             "the system allows; choose a shorter name or TMPDIR",
                             path, (int)max);
    struct krt_buffer out = KRT_BUFFER(endpoint->path);
    krt_put_text(&out, path);
    krt_end_text(&out);
    struct krt_buffer url = KRT_BUFFER(endpoint->url);
    krt_put_text(&url, "unix:");
    krt_put_text(&url, path);
    krt_end_text(&url);
    return KRT_OK;
}

/* .NET takes Path.GetTempPath(): $TMPDIR, if it is set and not empty, else /tmp. */
static int set_name(struct krt_endpoint *endpoint, const char *name,
                    struct krt_error *error)
{
    char storage[4096];
    struct krt_buffer path = KRT_BUFFER(storage);
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    krt_put_text(&path, folder);
    krt_put_text(&path, folder[strlen(folder) - 1] == '/' ? "" : "/");
    krt_put_text(&path, "CoreFxPipe_");
    krt_put_text(&path, name);
    return set_path(endpoint, krt_end_text(&path), error);
}

int krt_endpoint_resolve(struct krt_endpoint *endpoint, const char *name,
                         struct krt_error *error)
{
    size_t at;
    size_t len;
    const char *fault = krt_pipe_name_check(name, strlen(name), &at, &len);
    if (fault)
        return krt_error_set(error, KRT_ERR_INVALID, "pipe name '%s' %s", name, fault);
    return set_name(endpoint, name, error);
}

static const char *skip_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

int krt_endpoint_parse(struct krt_endpoint *endpoint, const char *text,
                       struct krt_error *error)
{
    static const char *const prefixes[] = {"\\\\.\\pipe\\", "//./pipe/",
                                           "npipe:////./pipe/"};
    const char *rest = skip_prefix(text, "unix:");
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (skip_prefix(text, prefixes[i]))
            text = skip_prefix(text, prefixes[i]);
    if (!*text || (rest && !*rest))
        return krt_error_set(error, KRT_ERR_INVALID, "the pipe's name is empty");
    if (rest)
        return set_path(endpoint, rest, error);
    if (*text == '/')
        return set_path(endpoint, text, error);
    if (strchr(text, '/'))
        return krt_error_set(error, KRT_ERR_INVALID,
                             "pipe name '%s' holds a '/'; give a name, or a socket's "
                             "absolute path",
                             text);
    return set_name(endpoint, text, error);
}
