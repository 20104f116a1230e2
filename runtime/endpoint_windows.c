/* Pipe names as paths below \\.\pipe\. */
#include "endpoint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PATH_PREFIX "\\\\.\\pipe\\"
#define URL_PREFIX "npipe:////./pipe/"

/* CreateNamedPipe documents 256 characters for the whole path. */
enum { PATH_MAX_LEN = 256 };

static int fill(struct krt_endpoint *endpoint, const char *name,
                struct krt_error *error)
{
    size_t max = PATH_MAX_LEN - strlen(PATH_PREFIX);
    if (strlen(name) > max)
        return krt_error_set(error, KRT_ERR_INVALID,
                             "pipe name '%.40s...' is longer than %lu bytes", name,
                             (unsigned long)max);
    snprintf(endpoint->path, sizeof endpoint->path, PATH_PREFIX "%s", name);
    snprintf(endpoint->url, sizeof endpoint->url, URL_PREFIX "%s", name);
    return 0;
}

int krt_endpoint_resolve(struct krt_endpoint *endpoint, const char *name,
                         struct krt_error *error)
{
    size_t at, len;
    const char *fault = krt_pipe_name_check(name, strlen(name), &at, &len);
    if (fault)
        return krt_error_set(error, KRT_ERR_INVALID, "pipe name '%.100s' %s", name,
                             fault);
    return fill(endpoint, name, error);
}

/* Windows takes both slashes and either case in the prefix of a pipe's path. */
static bool same_in_path(char a, char b)
{
    if (a == '\\')
        a = '/';
    if (b == '\\')
        b = '/';
    if (a >= 'A' && a <= 'Z')
        a = (char)(a - 'A' + 'a');
    return a == b;
}

/* What follows `prefix` (in lower case) in `text`, or NULL. */
static const char *after(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++)
        if (!same_in_path(*text, *prefix))
            return NULL;
    return text;
}

/* The name in a pipe's path or URL, `text` itself if it is neither. */
static const char *pipe_name(const char *text)
{
    /* \\?\pipe\ opens the same pipe, but WaitNamedPipe refuses it. */
    static const char *const prefixes[] = {"npipe:////./pipe/", "npipe://./pipe/",
                                           "//./pipe/", "//?/pipe/"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *name = after(text, prefixes[i]);
        if (name)
            return name;
    }
    return text;
}

int krt_endpoint_parse(struct krt_endpoint *endpoint, const char *text,
                       struct krt_error *error)
{
    const char *name = pipe_name(text);
    if (name == text && after(text, "unix:"))
        return krt_error_set(error, KRT_ERR_INVALID,
                             "'%.100s' is a Unix socket; give the name of a pipe",
                             text);
    if (same_in_path(*name, '/'))
        return krt_error_set(error, KRT_ERR_INVALID,
                             "'%.100s' is not the path of a local pipe; expected NAME "
                             "or " PATH_PREFIX "NAME",
                             text);
    if (*name == '\0')
        return krt_error_set(error, KRT_ERR_INVALID, "pipe name '%.100s' is empty",
                             text);
    return fill(endpoint, name, error);
}
